"""Which clause a step was taken under, and which protocol was in force: read from the documents.

Takes the protocol documents that are shipped with the registry; gives the
lowest clause whose grant names the act, the agency and the role, of the case's
agreement or else of the agency's own law, as long as it was in force that day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache, lru_cache

from authz.documents import Document, read_folder
from authz.grants import Side
from schema import reference
from schema.codes import Role
from service.proposals import FOLDER


@dataclass(frozen=True, slots=True)
class _Permit:
    agreement: str
    since: dt.date
    until: dt.date
    clause: str


@cache
def _documents() -> tuple[Document, ...]:
    return read_folder(FOLDER)


@lru_cache(maxsize=1_024)
def _permits(act: str, agency: str, role: Role, side: Side) -> tuple[_Permit, ...]:
    found = [
        (
            grant.clause.order,
            _Permit(
                document.agreement,
                grant.since or document.in_force or dt.date.max,
                grant.until or document.until or dt.date.max,
                str(grant.clause),
            ),
        )
        for document in _documents()
        for grant in document.grants
        if act in grant.operations
        and role in grant.grantee.roles
        and grant.grantee.side in (None, Side.ANY, side)
        and (not grant.grantee.agencies or agency in grant.grantee.agencies)
        and (not grant.grantee.countries or _countries().get(agency) in grant.grantee.countries)
    ]
    return tuple(permit for _, permit in sorted(found, key=lambda each: each[0]))


def clause_of(
    act: str, official: tuple[str, Role], host: str, agreement: str | None, on: dt.date
) -> str | None:
    """As it is always written (`TH-KH-2014@3#art. 9(2)`); None where no clause permits the act.

    `official` is an agency and a role, `host` the country where the person was found.
    """
    agency, role = official
    country = _countries().get(agency)
    side = Side.HOST if country == host else Side.ORIGIN
    found = [p for p in _permits(act, agency, role, side) if p.since <= on < p.until]
    if country is None:  # an organisation acts by what it signed itself
        return found[0].clause if found else None
    for wanted in (agreement, f"{country}-LAW"):
        for permit in found:
            if permit.agreement == wanted:
                return permit.clause
    return None


@cache
def _countries() -> dict[str, str | None]:
    return {agency.code: agency.country for agency in reference.agencies()}


@lru_cache(maxsize=4_096)
def in_force(agreement: str | None, on: dt.date) -> bool:
    """Whether a protocol of the agreement was in force on that day, by its own dates."""
    return any(
        document.agreement == agreement and document.in_force_on(on) for document in _documents()
    )
