"""One person with all that stands about her, as rows by table in the order of loading.

Takes a seed, the person's number and the last day. Each person has a stream of
her own, so that the rows of one do not depend on how many others there are.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from schema.codes import CaseState, HandoverPoint
from service.seeding.chance import Chance
from service.seeding.consents import consents
from service.seeding.corridors import Corridor, agreement_of, draw
from service.seeding.courses import Course, course
from service.seeding.papers import Rows, papers
from service.seeding.people import is_minor, person

TABLES = (
    "victim",
    "return_case",
    "transition",
    "assignment",
    "consent",
    "restriction",
    "referral",
    "assessment",
    "travel_paper",
    "follow_up",
    "legal_request",
)
"""In the order in which foreign keys and triggers let them be loaded."""
_TWICE = 0.02
_RECENT = 0.55
_POINTS = {"KH": HandoverPoint.ARANYAPRATHET_POIPET, "LA": HandoverPoint.MUKDAHAN_SAVANNAKHET}
_S = CaseState


def rows_of(seed: int, number: int, until: dt.date) -> Rows:
    """Rows by table; table names are those of `TABLES`."""
    chance = Chance(seed, f"person/{number}")
    end = dt.datetime(until.year, until.month, until.day, tzinfo=dt.UTC)
    corridor = draw(chance)
    victim = person(chance, corridor.origin, until, corridor.desk)
    rows: Rows = {name: [] for name in TABLES}
    rows["victim"].append(victim)
    for _ in range(2 if chance.true(_TWICE) else 1):
        opened = end - _age_of_case(chance)
        _add_case(rows, chance, corridor, victim, opened, end)
    return rows


def _age_of_case(chance: Chance) -> dt.timedelta:
    """More than half of the cases are younger than two years, the oldest are of 2013."""
    low, high = (2.0, 730.0) if chance.true(_RECENT) else (730.0, 4_700.0)
    return chance.span(low, high)


def _add_case(
    rows: Rows,
    chance: Chance,
    corridor: Corridor,
    victim: dict[str, Any],
    opened: dt.datetime,
    end: dt.datetime,
) -> None:
    made = course(chance, corridor, opened, end)
    minor = is_minor(victim, opened.date())
    case = _case(chance, made, corridor, victim["id"], minor=minor)
    rows["return_case"].append(case)
    rows["transition"] += [
        {
            "id": chance.id(),
            "case_id": case["id"],
            "state": step.state,
            "at": step.at,
            "from_state": step.before,
            "actor_agency": corridor.desk,
        }
        for step in made.steps
    ]
    said = consents(chance, made, corridor, end, minor=minor)
    rows["consent"] += [{**row, "case_id": case["id"]} for row in said]
    province: str = victim["home_province"]
    others = papers(chance, made, corridor, end, victim=victim["id"], province=province)
    for table, found in others.items():
        case_bound = table != "restriction"
        rows[table] += [{**r, "case_id": case["id"]} if case_bound else r for r in found]


def _case(
    chance: Chance, made: Course, corridor: Corridor, victim: uuid.UUID, *, minor: bool
) -> dict[str, Any]:
    opened = made.steps[0].at
    handed = made.at(_S.HANDED_OVER)
    notified = next((s.at for s in made.steps if s.state in (_S.NOTIFIED, _S.TRACING)), None)
    planned = made.at(_S.RETURN_PLANNED)
    day = handed or (planned + chance.span(7, 40) if planned else None)
    closing = made.at(_S.FOLLOW_UP)
    told = closing is not None and chance.true(0.5)
    decided = minor and made.reached(_S.NOTIFIED) and chance.true(0.75)
    return {
        "id": chance.id(),
        "victim_id": victim,
        "agreement_code": agreement_of(corridor, opened.date()),
        "host": corridor.host,
        "origin": corridor.origin,
        "state": made.state,
        "main_rank": made.rank,
        "state_since": made.since,
        "notified_at": notified,
        "handed_over_at": handed,
        "not_a_national": made.not_a_national,
        "planned_handover_on": day.date() if day else None,
        "holder": (corridor.receiving_desk or corridor.desk) if handed else corridor.desk,
        "case_worker": f"Invented worker {1 + chance.below(400)}" if chance.true(0.85) else None,
        "outcome": "ReturnedHome" if made.reached(_S.REINTEGRATING) else None,
        "closing_reason": made.closing,
        "opened_on": opened.date(),
        "shelter_name": "Invented shelter" if made.reached(_S.IDENTIFIED) else None,
        "shelter_place": "Invented town" if made.reached(_S.IDENTIFIED) else None,
        "handover_place": _POINTS.get(corridor.origin, HandoverPoint.AIRPORT) if day else None,
        "handover_at": handed,
        "best_interests_decision": "Invented: return to the family" if decided else None,
        "proceedings": "Invented: investigation open" if chance.true(0.12) else None,
        "legal_hold": made.legal_hold and made.state is _S.ON_HOLD,
        "reintegration_plan": "Invented plan" if made.reached(_S.REINTEGRATING) else None,
        "feedback_code": "AtHomeAndWell" if told else None,
        "feedback_on": closing.date() if told and closing else None,
    }
