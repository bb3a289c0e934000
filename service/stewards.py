"""Proposing and ratifying the shipped protocols, for `demo` and `seed` only.

The stewards are fictitious and named so. Takes an owner's connection, gives the
number of versions that took effect. In
production a version is proposed and ratified by people of each party; here the
stewards' names say that they are invented, and the ledger keeps them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, LiteralString

import psycopg

from authz.documents import Document, read
from ledger.header import uuid7

STEWARDS = {"TH": "TH-MFA", "KH": "KH-MFAIC", "LA": "LA-MOFA"}
_PROPOSE: LiteralString = (
    "insert into policy.protocol_version (id, agreement_code, version, content, content_hash,"
    " proposed_by_agency, proposed_by_subject) values (%s, %s, %s, %s, %s, %s, %s)"
    " on conflict do nothing"
)
_RATIFY: LiteralString = (
    "insert into policy.ratification (version_id, party, agency, subject, kind)"
    " values (%s, %s, %s, %s, %s)"
)
_PARTIES: LiteralString = (
    "select p.party from registry.agreement_party p where p.agreement_code = %s order by 1"
)


def ratify_shipped(connection: psycopg.Connection[Any], folder: Path) -> int:
    """Propose and ratify every document of `folder` that the registry does not hold yet."""
    count = 0
    for file in sorted(folder.glob("*.toml")):
        text = file.read_text(encoding="utf-8")
        count += _ratify(connection, read(text, file.name), text)
    return count


def _ratify(connection: psycopg.Connection[Any], document: Document, text: str) -> int:
    parties = [row[0] for row in connection.execute(_PARTIES, (document.agreement,))]
    seats = [party for party in parties if party in STEWARDS]
    proposer = STEWARDS[seats[0]] if seats else parties[0]
    version = uuid7()
    made = connection.execute(
        _PROPOSE,
        (
            version,
            document.agreement,
            document.version,
            text,
            document.content_hash,
            proposer,
            f"fictitious proposer of {proposer}",
        ),
    )
    if made.rowcount == 0:
        return 0
    for party in parties:
        agency = STEWARDS.get(party, party if "-" in party else proposer)
        kind = "RATIFIED" if party in STEWARDS or "-" in party else "BOUND_BY_SIGNATURE"
        subject = f"fictitious steward of {party}"
        connection.execute(_RATIFY, (version, party, agency, subject, kind))
    return 1
