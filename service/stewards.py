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

from service.proposals import FOLDER, STEWARDS, propose_shipped

_OPEN: LiteralString = (
    "select v.id, p.party, v.proposed_by_agency from policy.protocol_version v"
    " join registry.agreement_party p on p.agreement_code = v.agreement_code"
    " where not exists (select from policy.ratification r"
    " where r.version_id = v.id and r.party = p.party) order by v.agreement_code, p.party"
)
_RATIFY: LiteralString = (
    "insert into policy.ratification (version_id, party, agency, subject, kind)"
    " values (%s, %s, %s, %s, %s)"
)


def ratify_shipped(connection: psycopg.Connection[Any], folder: Path = FOLDER) -> int:
    """Propose what is new in `folder` and ratify every open version; the number that took effect.

    A party without a seat is recorded as bound by its signature.
    """
    propose_shipped(connection, folder)
    versions = set()
    for version, party, proposer in connection.execute(_OPEN).fetchall():
        organisation = "-" in party
        agency = party if organisation else STEWARDS.get(party, proposer)
        kind = "RATIFIED" if organisation or party in STEWARDS else "BOUND_BY_SIGNATURE"
        connection.execute(
            _RATIFY, (version, party, agency, f"fictitious steward of {party}", kind)
        )
        versions.add(version)
    return len(versions)
