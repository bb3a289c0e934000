"""Drawn callers: an agency, its roles, a purpose, and claims that narrow."""

from __future__ import annotations

from authz.caller import Caller
from authz.documents import Document
from tests.judge.laws import PURPOSES, ROLES
from tests.judge.people import AGENCIES, PROVINCES, Drawing

_EVERYBODY = tuple(agency for agencies in AGENCIES.values() for agency in agencies)
_MORE = ("KH-NCCT", "TH-ATC", "KH-AUDIT", "TH-MFA", "CN-MPS", "LA-NCAHT")
_OTHER_ROLES = (
    "INVESTIGATOR",
    "RECEPTION",
    "BORDER_OFFICER",
    "COORDINATOR",
    "AGREEMENT_STEWARD",
    "AUDITOR",
    "MDT_MEMBER",
    "CONSULAR_OFFICER",
)
_OTHER_PURPOSES = ("IDENTIFICATION", "REINTEGRATION", "PROSECUTION", "AUDIT")


def caller(d: Drawing, documents: list[Document]) -> tuple[Caller, str]:
    """A caller with a purpose; most often one whom some grant names."""
    grants = [grant for document in documents for grant in document.grants]
    agency, roles = d.one((*_EVERYBODY, *_MORE)), [d.one((*ROLES, *_OTHER_ROLES))]
    purpose = d.one((*PURPOSES, *_OTHER_PURPOSES))
    if grants and d.number(0, 9):
        grant = d.one(grants)
        to = grant.grantee
        named = sorted(to.agencies) or sorted(a for c in to.countries for a in AGENCIES.get(c, ()))
        agency = d.one(named) if named else agency
        roles = [d.one(sorted(to.roles))] if to.roles else roles
        purpose = d.one(sorted(grant.purposes))
    roles = list(dict.fromkeys([*roles, *d.few(ROLES, 1)]))
    cases = [row.id for row in d.world.all("ReturnCase")]
    narrowed: tuple[str, ...] | None = None
    match d.number(0, 11):
        case 10:
            narrowed = tuple(d.few(cases, 2))
        case 11:
            narrowed = ()
        case _:
            pass
    country = next((row["country"] for row in d.world.where("Agency", code=agency)), None)
    who = Caller(
        agency=agency,
        country=country or "",
        roles=tuple(roles),
        purposes=(purpose,),
        subject="u-1",
        client="desk",
        issuer="https://id.test.example",
        token_hash="0" * 64,
        expires_at=9_999_999_999,
        unit=d.one((*[""] * 7, *PROVINCES)),
        cases=narrowed,
    )
    return who, purpose
