"""Bilateral contacts and focal points: meetings, visits, trainings, campaigns, who is whose desk.

Takes a seed, how many contacts and the cases that were known, gives rows by
table name. Half of the contacts lie in the last year. A meeting on cases deals
with cases of its agreement that were open on its day. Offices are handed over.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from schema.codes import MeetingKind
from service.seeding.chance import Chance
from service.seeding.keeping import Row, Rows

_PAIRS = (
    ("TH-KH-2014", ("TH-DATIP", "KH-MOSVY", "KH-NCCT")),
    ("TH-LA-2017", ("TH-DATIP", "LA-MLSW", "LA-NCAHT")),
    ("TH-KH-SOP-2022", ("TH-ATPD", "KH-DAHTJP")),
    ("TH-VN-2008", ("TH-DATIP", "VN-MPS")),
    ("TH-MM-2009", ("TH-DATIP", "MM-DSW")),
    ("COMMIT-2004", ("TH-ATC", "KH-NCCT", "LA-NCAHT", "VN-MPS", "MM-DSW", "CN-MPS")),
    ("IOM-MSDHS-2007", ("TH-DATIP", "INT-IOM")),
    (None, ("TH-DATIP", "CN-MPS", "INT-UNACT")),
)
_ON_CASES = _PAIRS[:2]
_TITLES = {
    MeetingKind.CASE_MANAGEMENT: "Case management meeting",
    MeetingKind.TECHNICAL: "Technical meeting on the return of victims",
    MeetingKind.SENIOR_OFFICIALS: "Meeting of senior officials",
    MeetingKind.MINISTERIAL: "Meeting of ministers",
    MeetingKind.STUDY_VISIT: "Study visit to shelters",
    MeetingKind.CASE_WORKER_VISIT: "Visit of case workers",
    MeetingKind.WORKSHOP: "Workshop on standard operating procedures",
    MeetingKind.TRAINING: "Training of officials",
    MeetingKind.CAMPAIGN: "Awareness campaign in border provinces",
}
_PLACES = ("Bangkok", "Phnom Penh", "Vientiane", "Aranyaprathet", "Mukdahan", "Poipet")


@dataclass(frozen=True, slots=True)
class Known:
    """A case of some agreement, and the days between which it was worked on."""

    case: uuid.UUID
    first: dt.date
    last: dt.date


def contacts(seed: int, count: int, until: dt.date, cases: dict[str, list[Known]]) -> Rows:
    """Rows by table; `cases` are some cases of each agreement, for meetings about cases."""
    chance = Chance(seed, "contacts")
    rows: Rows = {
        "bilateral_contact": [],
        "contact_participant": [],
        "contact_case": [],
        "focal_point": [],
    }
    for number in range(count):
        _meet(chance, rows, tuple(MeetingKind)[number % len(MeetingKind)], until, cases)
    rows["focal_point"] = _focal_points(chance, until)
    return rows


def _meet(
    chance: Chance, rows: Rows, kind: MeetingKind, until: dt.date, cases: dict[str, list[Known]]
) -> None:
    on_cases = kind in (MeetingKind.CASE_MANAGEMENT, MeetingKind.CASE_WORKER_VISIT)
    agreement, agencies = chance.pick(_ON_CASES if on_cases else _PAIRS)
    begins = until - dt.timedelta(days=5 + chance.below(360 if chance.true(0.5) else 3_600))
    ends = begins + dt.timedelta(days=chance.below(4))
    identifier = chance.id_of(begins)
    entered = dt.datetime.combine(ends, dt.time(9), dt.UTC)
    rows["bilateral_contact"].append(
        {
            "id": identifier,
            "kind": kind,
            "title": f"{_TITLES[kind]}, {begins.year}",
            "agreement_code": agreement,
            "starts_on": begins,
            "ends_on": ends,
            "place": chance.pick(_PLACES),
            "hosts": [agencies[0]],
            "countries": sorted({a[:2] for a in agencies if a[2] == "-"}),
            "funder": "INT-IOM" if chance.true(0.4) else None,
            "agenda": "Invented agenda",
            "decisions": "Invented decisions" if chance.true(0.7) else None,
            "minutes": "Invented minutes" if chance.true(0.5) else None,
            "recorded_at": entered,
        }
    )
    rows["contact_participant"] += [
        {"contact_id": identifier, "agency_code": agency, "recorded_at": entered}
        for agency in agencies
    ]
    if on_cases:
        known = [k.case for k in cases.get(agreement or "", []) if k.first <= begins <= k.last]
        dealt = dict.fromkeys(chance.pick(known) for _ in range(4)) if known else {}
        rows["contact_case"] += [{"contact_id": identifier, "case_id": case} for case in dealt]


def _focal_points(chance: Chance, until: dt.date) -> list[Row]:
    """One for each agency of each agreement; of some of them the one before as well."""
    rows = []
    for agreement, agencies in _PAIRS:
        for agency in agencies if agreement else ():
            since = until - dt.timedelta(days=30 + chance.below(1_500))
            countries = sorted({a[:2] for a in agencies if a[2] == "-"})
            corridors = ["-".join(countries)] if len(countries) == 2 else []  # it joins two
            rows.append(_officer(chance, agreement, agency, corridors, since, None))
            if chance.true(0.5):
                before = since - dt.timedelta(days=200 + chance.below(900))
                rows.append(_officer(chance, agreement, agency, corridors, before, since))
    return rows


def _officer(
    chance: Chance,
    agreement: str | None,
    agency: str,
    corridors: list[str],
    since: dt.date,
    until: dt.date | None,
) -> Row:
    return {
        "id": chance.id_of(since),
        "agency_code": agency,
        "agreement_code": agreement,
        "person": f"Invented officer {1 + chance.below(9_000)}",
        "title": "Director" if chance.true(0.3) else "Officer",
        "phone": f"+66 2 {chance.below(10**7):07d}",
        "email": f"desk{chance.below(900)}@{agency.lower()}.example",
        "private_phone": f"+66 8 {chance.below(10**8):08d}",
        "corridors": corridors,
        "since_on": since,
        "until_on": until,
    }
