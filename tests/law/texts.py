"""Documents to make law of, and the short way for a test to enact one as its owner."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from authz.documents import Document, read

PROTOCOLS = Path(__file__).resolve().parents[2] / "protocols"
_VERSION: LiteralString = (
    "insert into policy.protocol_version (id, agreement_code, version, content, content_hash,"
    " proposed_by_agency, proposed_by_subject) values (%s, %s, %s, %s, %s, %s, 'proposer')"
)
_BIND: LiteralString = (
    "insert into policy.ratification (version_id, party, agency, subject, kind)"
    " values (%s, %s, %s, %s, %s)"
)
_STEWARDS = {"TH": "TH-MFA", "KH": "KH-MFAIC", "LA": "LA-MOFA"}


def text_of(agreement: str, version: int | None = None) -> str:
    """The shipped text of an agreement, as its next version where one is named."""
    (file,) = sorted(PROTOCOLS.glob(f"{agreement}.v*.toml"))[-1:]
    text = file.read_text(encoding="utf-8")
    if version is not None:
        numbered = f"version = {version}"
        text = re.sub(r"^version = \d+$", numbered, text, count=1, flags=re.MULTILINE)
    return text


def next_version(agreement: str) -> int:
    """The number after the shipped one."""
    return read(text_of(agreement), agreement).version + 1


def enact(connection: psycopg.Connection[Any], text: str, *parties: str) -> Document:
    """Put a version into force at once, as the owner of the tables could and nobody else."""
    document, made = read(text, "enacted"), uuid.uuid4()
    connection.execute(
        _VERSION,
        (
            made,
            document.agreement,
            document.version,
            text,
            document.content_hash,
            _STEWARDS.get(parties[0], parties[0]),
        ),
    )
    for party in document.parties:
        agency = _STEWARDS.get(party, party if "-" in party else _STEWARDS["TH"])
        kind = "RATIFIED" if party in _STEWARDS or "-" in party else "BOUND_BY_SIGNATURE"
        connection.execute(_BIND, (made, party, agency, f"steward of {party}", kind))
    return document
