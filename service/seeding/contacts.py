"""Bilateral contacts: meetings, visits, trainings, campaigns, each for its area of cooperation.

Takes a seed, how many contacts and the cases that were known, gives rows by
table name. Half of the contacts lie in the last year. A meeting on cases deals
with cases of its agreement that were open on its day; a campaign is carried out
by provincial offices. What came of a contact stands in `outcomes`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from schema import reference
from schema.codes import CooperationArea, MeetingKind
from service.seeding.chance import Chance
from service.seeding.corridors import stood
from service.seeding.keeping import Rows

Pool = tuple[tuple[str | None, tuple[str, ...]], ...]
"""Agreements and who meets under each of them; the first hosts, and records it."""
PAIRS: Pool = (
    ("TH-KH-2014", ("TH-DATIP", "KH-MOSVY", "KH-NCCT")),
    ("TH-LA-2017", ("TH-DATIP", "LA-MLSW", "LA-NCAHT")),
    ("TH-KH-SOP-2022", ("TH-ATPD", "KH-DAHTJP")),
    ("TH-VN-2008", ("TH-DATIP", "VN-MPS")),
    ("TH-MM-2009", ("TH-DATIP", "MM-DSW")),
    ("COMMIT-2004", ("TH-ATC", "KH-NCCT", "LA-NCAHT", "VN-MPS", "MM-DSW", "CN-MPS")),
    ("IOM-MSDHS-2007", ("TH-DATIP", "INT-IOM")),
    (None, ("TH-DATIP", "CN-MPS", "INT-UNACT")),
)
_ON_CASES = PAIRS[:2]
_TRAININGS: Pool = (
    ("IOM-MSDHS-2007", ("TH-DATIP", "TH-MDT", "TH-SHELTER", "INT-IOM")),
    ("TH-KH-2014", ("KH-MOSVY", "KH-POSVY", "KH-PTC", "TH-DATIP")),
    ("TH-LA-2017", ("LA-MLSW", "LA-LWU", "LA-PLSW", "TH-DATIP")),
    ("COMMIT-2004", ("TH-ATC", "KH-NCCT", "LA-NCAHT", "VN-MPS", "MM-DSW", "CN-MPS")),
)
_CAMPAIGNS: Pool = (
    ("IOM-MSDHS-2007", ("TH-PSDHS", "TH-ATC", "INT-IOM")),
    ("IOM-MSDHS-2007", ("TH-PSDHS", "TH-ATC")),
    (None, ("KH-POSVY", "KH-NCCT", "NGO-CWCC")),
    (None, ("LA-PLSW", "LA-NCAHT", "LA-LWU")),
)
AREAS = {
    MeetingKind.CASE_MANAGEMENT: CooperationArea.RETURN,
    MeetingKind.TECHNICAL: CooperationArea.RETURN,
    MeetingKind.SENIOR_OFFICIALS: CooperationArea.AGREEMENTS,
    MeetingKind.MINISTERIAL: CooperationArea.AGREEMENTS,
    MeetingKind.STUDY_VISIT: CooperationArea.CARE,
    MeetingKind.CASE_WORKER_VISIT: CooperationArea.CARE,
    MeetingKind.WORKSHOP: CooperationArea.AGREEMENTS,
    MeetingKind.TRAINING: CooperationArea.TRAINING,
    MeetingKind.CAMPAIGN: CooperationArea.PREVENTION,
}
"""What a contact of each kind is about here."""
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
    rows: Rows = {"bilateral_contact": [], "contact_participant": [], "contact_case": []}
    for number in range(count):
        _meet(chance, rows, tuple(MeetingKind)[number % len(MeetingKind)], until, cases)
    return rows


def _pool(kind: MeetingKind) -> Pool:
    if kind in (MeetingKind.CASE_MANAGEMENT, MeetingKind.CASE_WORKER_VISIT):
        return _ON_CASES
    return {MeetingKind.TRAINING: _TRAININGS, MeetingKind.CAMPAIGN: _CAMPAIGNS}.get(kind, PAIRS)


def _meet(
    chance: Chance, rows: Rows, kind: MeetingKind, until: dt.date, cases: dict[str, list[Known]]
) -> None:
    pool = _pool(kind)
    named, agencies = chance.pick(pool)
    begins = until - dt.timedelta(days=5 + chance.below(360 if chance.true(0.5) else 3_600))
    agreement = named if named and stood(named, begins) else None
    ends = begins + dt.timedelta(days=chance.below(4))
    identifier = chance.id_of(begins)
    entered = dt.datetime.combine(ends, dt.time(9), dt.UTC)
    rows["bilateral_contact"].append(
        {
            "id": identifier,
            "kind": kind,
            "area": AREAS[kind],
            "title": f"{_TITLES[kind]}, {begins.year}",
            "agreement_code": agreement,
            "starts_on": begins,
            "ends_on": ends,
            "place": chance.pick(_PLACES),
            "hosts": [agencies[0]],
            "countries": countries_of(agencies),
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
    if pool is _ON_CASES and agreement:
        known = [k.case for k in cases.get(agreement, []) if k.first <= begins <= k.last]
        dealt = dict.fromkeys(chance.pick(known) for _ in range(4)) if known else {}
        rows["contact_case"] += [{"contact_id": identifier, "case_id": case} for case in dealt]


def countries_of(agencies: tuple[str, ...]) -> list[str]:
    """The countries whose agencies these are, in order; organisations have none."""
    known = {agency.code: agency.country for agency in reference.agencies()}
    return sorted({country for code in agencies if (country := known[code]) is not None})
