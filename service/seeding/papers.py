"""What else stands on a case: who works on it, referrals, reports, papers, visits, restrictions.

Takes a stream, a course and a corridor, gives rows by table name. A row stands
only where the course has come far enough for it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from schema.classes import DataClass
from schema.codes import AssessmentOutcome, CaseState, ReferralReason, ReferralState, SupportType
from service.seeding.chance import Chance
from service.seeding.corridors import POLICE, TRACERS, Corridor
from service.seeding.courses import Course

Rows = dict[str, list[dict[str, Any]]]
_S = CaseState
_HELPERS = {"TH": ("NGO-AAT", "NGO-LPN"), "KH": ("NGO-AFESIP", "NGO-CWCC", "NGO-CCPCR")}
_FOUND = (
    (55, AssessmentOutcome.SUITABLE),
    (25, AssessmentOutcome.SUITABLE_WITH_SUPPORT),
    (7, AssessmentOutcome.UNSUITABLE),
    (8, AssessmentOutcome.FAMILY_NOT_FOUND),
    (5, AssessmentOutcome.FAMILY_REFUSES),
)
_SHELTERS = ("Nonthaburi", "Phitsanulok", "Ranong", "Songkhla", "Surat Thani")
_VISITS = (1, 3, 6, 12)


def papers(
    chance: Chance,
    made: Course,
    corridor: Corridor,
    end: dt.datetime,
    *,
    victim: uuid.UUID,
    province: str,
) -> Rows:
    """Rows by table, without the case's id."""
    return {
        "assignment": _assignments(chance, made, corridor, end, province),
        "referral": _referrals(chance, made, corridor),
        "assessment": _assessments(chance, made),
        "travel_paper": _travel(chance, made),
        "follow_up": _visits(chance, made, end),
        "legal_request": _requests(chance, made, corridor, end),
        "restriction": _restrictions(chance, made, corridor, victim),
    }


def _assignments(
    chance: Chance, made: Course, corridor: Corridor, end: dt.datetime, province: str
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []

    def assign(agency: str, since: dt.datetime | None, unit: str | None = None) -> None:
        if since is not None:
            ended = since + chance.span(30, 400) if chance.true(0.3) else None
            rows.append(
                {
                    "id": chance.id(),
                    "agency_code": agency,
                    "unit": unit,
                    "from_at": since,
                    "until_at": ended if ended and ended < end else None,
                }
            )

    if corridor.host == "TH":
        assign("TH-SHELTER", made.at(_S.IDENTIFIED), chance.pick(_SHELTERS))
        if chance.true(0.25):
            assign("TH-ATPD", made.at(_S.IDENTIFIED))
    tracing = made.at(_S.TRACING)
    if corridor.receiving_desk and corridor.seated:
        assign(corridor.receiving_desk, tracing)
    if corridor.origin in TRACERS:
        assign(TRACERS[corridor.origin], tracing, province)
    if chance.true(0.12):
        assign("INT-IOM", made.at(_S.RETURN_PLANNED))
    if corridor.origin == "KH" and corridor.host == "TH":
        assign("KH-PTC", made.at(_S.HANDED_OVER), "Poipet")
    if corridor.origin == "LA" and chance.true(0.3):
        assign("LA-LWU", made.at(_S.HANDED_OVER))
    return rows


def _referrals(chance: Chance, made: Course, corridor: Corridor) -> list[dict[str, Any]]:
    helpers = _HELPERS.get(corridor.host if corridor.seated else corridor.origin, ("NGO-VFI",))
    if not made.reached(_S.IDENTIFIED) or not chance.true(0.3):
        return []
    return [
        {
            "id": chance.id(),
            "from_agency": corridor.desk,
            "to_agency": chance.pick(helpers),
            "reason": chance.pick(tuple(ReferralReason)),
            "state": chance.pick(tuple(ReferralState)),
            "case_owner": "Invented case owner" if chance.true(0.5) else None,
            "details": "Invented: legal aid asked for" if chance.true(0.4) else None,
        }
    ]


def _assessments(chance: Chance, made: Course) -> list[dict[str, Any]]:
    if not made.reached(_S.ASSESSED):
        return []
    outcome = chance.weighted(_FOUND)
    if made.not_a_national:
        outcome = AssessmentOutcome.NOT_A_NATIONAL
    elif made.reached(_S.RETURN_PLANNED) and outcome is AssessmentOutcome.UNSUITABLE:
        outcome = AssessmentOutcome.SUITABLE_WITH_SUPPORT
    return [
        {
            "id": chance.id(),
            "report": "Invented report of the visit to the family",
            "family_willing": outcome is not AssessmentOutcome.FAMILY_REFUSES,
            "risk": "Invented: debts in the village" if chance.true(0.2) else None,
            "outcome": outcome,
            "risk_flag": chance.true(0.15),
        }
    ]


def _travel(chance: Chance, made: Course) -> list[dict[str, Any]]:
    if not made.reached(_S.DOCUMENTS_READY):
        return []
    return [
        {
            "id": chance.id(),
            "travel_document": f"CI-{chance.below(10**6):06d}",
            "exit_permit": f"EP-{chance.below(10**6):06d}" if chance.true(0.8) else None,
            "escort": "Invented escort" if chance.true(0.6) else None,
            "transport": chance.pick(("bus", "van", "air")),
        }
    ]


def _visits(chance: Chance, made: Course, end: dt.datetime) -> list[dict[str, Any]]:
    begun = made.at(_S.FOLLOW_UP)
    if begun is None:
        return []
    rows = []
    for month in _VISITS:
        on = begun + dt.timedelta(days=30 * month) + chance.span(0, 10)
        if on < end and chance.true(0.85):
            told = chance.true(0.5)
            rows.append(
                {
                    "id": chance.id(),
                    "visited_on": on.date(),
                    "month": month,
                    "notes": "Invented notes of a visit",
                    "support_types": chance.some(tuple(SupportType), 2),
                    "feedback_code": "AtHomeAndWell" if told else None,
                    "feedback_on": on.date() if told else None,
                }
            )
    return rows


def _requests(
    chance: Chance, made: Course, corridor: Corridor, end: dt.datetime
) -> list[dict[str, Any]]:
    police = [POLICE[c] for c in (corridor.host, corridor.origin) if c in POLICE]
    if not made.reached(_S.NOTIFIED) or not police or not chance.true(0.08):
        return []
    received = made.steps[0].at + chance.span(5, 200)
    if received >= end:
        return []
    return [
        {
            "id": chance.id(),
            "agency_code": chance.pick(police),
            "number": f"MLA {received.year}/{chance.below(10**4):04d}"
            if chance.true(0.9)
            else None,
            "subject": "Invented: statement of the victim",
            "received_on": received.date(),
            "expires_on": (received + dt.timedelta(days=365)).date() if chance.true(0.7) else None,
        }
    ]


def _restrictions(
    chance: Chance, made: Course, corridor: Corridor, victim: uuid.UUID
) -> list[dict[str, Any]]:
    since = made.at(_S.NOTIFIED)
    if since is None or not chance.true(0.02):
        return []
    return [
        {
            "id": chance.id(),
            "record_id": victim,
            "data_class": chance.pick((DataClass.FAMILY, DataClass.IDENTITY)),
            "recipient": corridor.origin,
            "set_by": corridor.desk,
            "from_at": since,
        }
    ]
