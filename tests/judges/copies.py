"""What was kept of a case when it was handed over: copies that differ from what stands there now."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from random import Random
from typing import Any

import psycopg
from psycopg.types.json import Json

from tests.judges.facts import latest_birth
from tests.judges.world import (
    TYPES,
    Assessment,
    Case,
    Consent,
    Copy,
    FollowUp,
    LegalRequest,
    Referral,
    Transition,
    TravelPaper,
    Victim,
    World,
    insert,
    row_of,
)


def load_copies(connection: psycopg.Connection[Any], world: World) -> None:
    """Put them beside the world that was loaded."""
    with connection.transaction(), connection.cursor() as cursor:
        insert(cursor, "frozen", [_copied(copy) for copy in world.copies])


def as_it_was(r: Random, row: Any, holder: str, since: dt.datetime) -> Any:
    """The row with another value here and there; a case as it was handed over then by its holder."""
    match row:
        case Victim():
            other = {
                "given_name": r.choice(("Sok", "Dara", None)),
                "family_name": r.choice(("Chan", "Keo")),
                "gender": r.choice((None, "Masculine")),
                "birth_date": dt.date(1999, 3, 14),
                "birth_precision": r.choice(("DAY", "YEAR")),
                "age_disputed": not row.age_disputed,
                "nationalities": ("KH",),
                "children_count": r.choice((1, 2)),
                "phone": None,
                "family_contacts": ({"name": "an uncle", "relation": "uncle"},),
                "care_needs": ("MEDICINE",),
            }
            if r.random() < 0.5:
                del other["birth_date"], other["birth_precision"]
        case Case():
            other = {
                "outcome": None,
                "shelter_name": "another shelter",
                "legal_hold": not row.legal_hold,
                "feedback_code": None,
                "holder": holder,
            }
            row = replace(row, state="HANDED_OVER", main_rank=9, state_since=since)
        case Transition():
            other = {"at": row.at + dt.timedelta(days=1), "clause": "TH-LAW@1#rule 2"}
        case Consent():
            other = {"state": "GIVEN", "assent": None, "recipients": ("TH",)}
        case Referral():
            other = {"state": "OPEN", "details": "as it was"}
        case Assessment():
            other = {"outcome": "SUITABLE", "risk_flag": None, "report": "as it was"}
        case TravelPaper():
            other = {"travel_document": "P-0", "escort": None}
        case FollowUp():
            other = {"notes": "as it was", "feedback_code": "AS_IT_WAS"}
        case LegalRequest():
            other = {"number": "0/2026", "subject": "as it was"}
    changed = {name: value for name, value in other.items() if r.random() < 0.6}
    return replace(row, **changed)


def _copied(copy: Copy) -> dict[str, Any]:
    row = copy.row
    stored = {name: _as_json(value) for name, value in row_of(row).items()}
    if isinstance(row, Victim):
        stored["birth_latest"] = _as_json(latest_birth(row))
    return {
        "case_id": copy.case_id,
        "record_id": row.id,
        "record_type": TYPES[type(row)],
        "row": Json(stored),
        "state_since": row.state_since if isinstance(row, Case) else None,
    }


def _as_json(value: Any) -> Any:
    if isinstance(value, Json):
        return value.obj
    return value.isoformat() if isinstance(value, dt.date) else value
