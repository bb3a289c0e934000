"""Puts the shipped protocol documents before the parties: proposed, ratified by nobody.

Takes an owner's connection in a transaction of the caller's. Each proposal is
an act on record. Promises that a version the registry already holds is left
alone, so that a second run adds nothing, and that no grant takes effect: that
takes people of each party.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, LiteralString

import psycopg

from authz.documents import Document, read
from ledger.ids import uuid7
from service.acts import record_policy_act

FOLDER = Path(__file__).resolve().parent.parent / "protocols"
STEWARDS = {"TH": "TH-MFA", "KH": "KH-MFAIC", "LA": "LA-MOFA"}
"""The treaty desk that speaks for each country with a seat."""
SUBJECT = "saphan migrate"
"""Who proposes on paper: the migration itself, and no person."""

_INSERT: LiteralString = (
    "insert into policy.protocol_version (id, agreement_code, version, content, content_hash,"
    " proposed_by_agency, proposed_by_subject) values (%s, %s, %s, %s, %s, %s, %s)"
    " on conflict (agreement_code, version) do nothing"
)


def proposer_of(document: Document) -> str:
    """The agency on whose paper a document is proposed: the first seated party's treaty desk.

    A document of no seated party is proposed by its first party, an organisation.
    """
    parties = sorted(document.parties)
    return next((STEWARDS[party] for party in parties if party in STEWARDS), parties[0])


def propose(
    connection: psycopg.Connection[Any], document: Document, text: str, subject: str = SUBJECT
) -> bool:
    """Store one version of one agreement; False where the registry already holds it."""
    agency = proposer_of(document)
    made = connection.execute(
        _INSERT,
        (
            uuid7(),
            document.agreement,
            document.version,
            text,
            document.content_hash,
            agency,
            subject,
        ),
    )
    if made.rowcount != 1:
        return False
    record_policy_act(
        connection,
        agreement=document.agreement,
        version=document.version,
        content_hash=document.content_hash,
        before="",
        after="PROPOSED",
        agency=agency,
        person=subject,
    )
    return True


def propose_shipped(connection: psycopg.Connection[Any], folder: Path = FOLDER) -> int:
    """Propose every document of `folder`; the number that were new. Raises DocumentRefused."""
    texts = [
        (file.name, file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.toml"))
    ]
    return sum(propose(connection, read(text, name), text) for name, text in texts)
