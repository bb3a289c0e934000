"""Offices: whose desk an agency has, from term to term.

Takes a seed and the last day, gives rows and the changes they were. An office
is an agency's desk under an agreement, or for pairs of countries. Who hands it
over ends one term and begins the next on the same day; one will do so soon, and
one office stands empty. Private numbers are given by the desks that read each other's.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from service.seeding.chance import Chance
from service.seeding.contacts import PAIRS, countries_of
from service.seeding.corridors import DESKS, stood
from service.seeding.keeping import Edit, Row
from service.seeding.rows import Told

Office = tuple[str, str | None, tuple[str, ...]]
"""Agency, agreement, pairs of countries."""
_IN_GENERAL: tuple[Office, ...] = (
    ("TH-PSDHS", None, ("KH-TH", "LA-TH")),
    ("TH-IMM", None, ("KH-TH", "LA-TH")),
    ("KH-PTC", None, ("KH-TH",)),
    ("LA-PLSW", None, ("LA-TH",)),
    ("LA-LWU", None, ("LA-TH",)),
)
SOON: Final = "TH-PSDHS"
"""Its office in general is handed over on a day to come."""
EMPTY: Final = "LA-LWU"
"""Its office in general ended, and nobody was appointed since."""
PRIVATE: Final = tuple(
    (agency, agreement)
    for agreement, agencies in PAIRS[:2]
    for agency in agencies
    if agency in DESKS.values()
)
"""Desks that answer for a handover, each under its agreement."""
_DIALLED = {"TH": "+66", "KH": "+855", "LA": "+856", "VN": "+84", "MM": "+95", "CN": "+86"}
_LONGEST = 4
"""Terms of one office at most."""


def offices(seed: int, until: dt.date) -> Told:
    """Focal points in the order of their offices, the newest term of each first."""
    told = Told({"focal_point": []}, [])
    for office in (*_under_agreements(), *_IN_GENERAL):
        agency, agreement, _ = office
        chance = Chance(seed, f"office/{agency}/{agreement or ''}")
        terms = _terms(chance, office, until)
        told.rows["focal_point"] += [_officer(chance, office, *term) for term in terms]
    told.edits.extend(
        Edit("focal_point", row["id"], None, None, frozenset({"until_on"}))
        for row in told.rows["focal_point"]
        if row["until_on"] is not None
    )
    return told


def _under_agreements() -> tuple[Office, ...]:
    found: list[Office] = []
    for agreement, agencies in PAIRS:
        countries = countries_of(agencies)
        pairs = ("-".join(countries),) if len(countries) == 2 else ()  # it joins two
        found += [(agency, agreement, pairs) for agency in agencies if agreement]
    return tuple(found)


def _terms(chance: Chance, office: Office, until: dt.date) -> list[tuple[dt.date, dt.date | None]]:
    """First day and end of each term, the newest first; none begins before its agreement."""
    agency, agreement, _ = office
    end: dt.date | None = None
    since = until - dt.timedelta(days=30 + chance.below(700))
    if agreement is None and agency == EMPTY:
        end = since + dt.timedelta(days=10)
    if agreement is None and agency == SOON:
        since = until + dt.timedelta(days=5 + chance.below(30))
    terms = [(since, end)]
    while len(terms) < 2 or (len(terms) < _LONGEST and chance.true(0.4)):
        first = terms[-1][0]
        terms.append((first - dt.timedelta(days=200 + chance.below(900)), first))
    return [term for term in terms if agreement is None or stood(agreement, term[0])]


def _officer(chance: Chance, office: Office, since: dt.date, until: dt.date | None) -> Row:
    agency, agreement, pairs = office
    country = (countries_of((agency,)) or ["TH"])[0]
    private = f"{_DIALLED[country]} 8 {chance.below(10**8):08d}"
    return {
        "id": chance.id_of(since),
        "agency_code": agency,
        "agreement_code": agreement,
        "person": f"Invented officer {1 + chance.below(9_000)}",
        "title": "Director" if chance.true(0.3) else "Officer",
        "phone": f"{_DIALLED[country]} 2 {chance.below(10**7):07d}",
        "email": f"desk{chance.below(900)}@{agency.lower()}.example",
        "private_phone": private if (agency, agreement) in PRIVATE else None,
        "corridors": list(pairs),
        "since_on": since,
        "until_on": until,
    }
