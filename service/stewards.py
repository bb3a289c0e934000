"""Proposing and ratifying the shipped protocols, for `demo` and `seed` only.

The stewards are fictitious and named so. Takes an owner's connection, gives the
number of versions that took effect. In
production a version is proposed and ratified by people of each party; here the
stewards' names say that they are invented, and the ledger keeps them.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from authz.documents import read
from service.acts import record_policy_act
from service.proposals import FOLDER, STEWARDS, propose_shipped

_OPEN: LiteralString = (
    "select v.id, p.party, v.proposed_by_agency, v.agreement_code, v.version, v.content_hash,"
    " v.content"
    " from policy.protocol_version v"
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

    A party without a seat is recorded as bound by its signature. A document that
    says nowhere when it begins waits until that country joins: nobody ratifies it.
    """
    propose_shipped(connection, folder)
    versions = set()
    for row in connection.execute(_OPEN).fetchall():
        version, party, proposer, agreement, number, digest, content = row
        if _begins(content, f"{agreement}@{number}") is None:
            continue
        organisation = "-" in party
        agency = party if organisation else STEWARDS.get(party, proposer)
        kind = "RATIFIED" if organisation or party in STEWARDS else "BOUND_BY_SIGNATURE"
        person = f"fictitious steward of {party}"
        connection.execute(_RATIFY, (version, party, agency, person, kind))
        record_policy_act(
            connection,
            agreement=agreement,
            version=number,
            content_hash=digest,
            before="PROPOSED",
            after=f"{kind} {party}",
            agency=agency,
            person=person,
        )
        versions.add(version)
    return len(versions)


@lru_cache(maxsize=64)
def _begins(content: str, name: str) -> dt.date | None:
    return read(content, name).in_force
