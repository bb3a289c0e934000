"""Bilateral contacts and focal points: meetings, visits, trainings, campaigns, who is whose desk.

Takes a seed and how many contacts, gives rows by table name.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from schema.codes import MeetingKind
from service.seeding.chance import Chance

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


def contacts(
    seed: int, count: int, until: dt.date, cases: dict[str, list[uuid.UUID]]
) -> dict[str, list[dict[str, Any]]]:
    """Rows by table; `cases` are some cases of each agreement, for meetings about cases."""
    chance = Chance(seed, "contacts")
    rows: dict[str, list[dict[str, Any]]] = {
        "bilateral_contact": [],
        "contact_participant": [],
        "contact_case": [],
        "focal_point": [],
    }
    for number in range(count):
        agreement, agencies = chance.pick(_PAIRS)
        kind = tuple(MeetingKind)[number % len(MeetingKind)]
        begins = until - dt.timedelta(days=1 + chance.below(3_600))
        identifier = chance.id_of(begins)
        rows["bilateral_contact"].append(
            {
                "id": identifier,
                "kind": kind,
                "title": f"{_TITLES[kind]}, {begins.year}",
                "agreement_code": agreement,
                "starts_on": begins,
                "ends_on": begins + dt.timedelta(days=chance.below(4)),
                "place": chance.pick(_PLACES),
                "hosts": [agencies[0]],
                "countries": sorted({a[:2] for a in agencies if a[2] == "-"}),
                "funder": "INT-IOM" if chance.true(0.4) else None,
                "agenda": "Invented agenda",
                "decisions": "Invented decisions" if chance.true(0.7) else None,
                "minutes": "Invented minutes" if chance.true(0.5) else None,
            }
        )
        for agency in agencies:
            rows["contact_participant"].append({"contact_id": identifier, "agency_code": agency})
        known = cases.get(agreement or "", [])
        if kind is MeetingKind.CASE_MANAGEMENT and known:
            for case in dict.fromkeys(chance.pick(known) for _ in range(3)):
                rows["contact_case"].append({"contact_id": identifier, "case_id": case})
    rows["focal_point"] = _focal_points(chance, until)
    return rows


def _focal_points(chance: Chance, until: dt.date) -> list[dict[str, Any]]:
    rows = []
    for agreement, agencies in _PAIRS:
        for agency in agencies if agreement else ():
            since = until - dt.timedelta(days=200 + chance.below(2_000))
            countries = sorted({a[:2] for a in agencies if a[2] == "-"})
            pair = len(countries) == 2  # a corridor joins two
            rows.append(
                {
                    "id": chance.id_of(since),
                    "agency_code": agency,
                    "agreement_code": agreement,
                    "person": f"Invented officer {1 + chance.below(900)}",
                    "title": "Director" if chance.true(0.3) else "Officer",
                    "phone": f"+66 2 {chance.below(10**7):07d}",
                    "email": f"desk{chance.below(900)}@{agency.lower()}.example",
                    "private_phone": f"+66 8 {chance.below(10**8):08d}",
                    "corridors": ["-".join(countries)] if pair else [],
                    "since_on": since,
                }
            )
    return rows
