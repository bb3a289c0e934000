"""What is true of one case: a situation in which everything is in order, changed in one point.

Takes `Facts`, writes the rows as the owner of the tables, gives a `Target`. Every refusal here is a
`replace` of a situation that permits, so that each test says which one fact closes the door.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from schema.codes import MAIN_STATES

NOW: Final = dt.datetime.now(dt.UTC)
BEGAN: Final = NOW - dt.timedelta(days=60)
ANYBODY: Final = ("KH", "LA", "VN", "TH", "NGO-CWCC")
"""Recipients of a consent that leaves nobody out who asks here."""

_DESKS = {"TH": "TH-DATIP", "KH": "KH-MOSVY", "LA": "LA-MLSW"}
VALUES: Final[Mapping[str, object]] = {
    "given_name": "Canary",
    "middle_name": "Canary of the middle",
    "family_name": "Canary of the family",
    "alias": "Canary by another name",
    "name_in_script": "កាណារី",
    "name_script": "KHMR",
    "identity_number": None,  # unique for the agency that entered it: made for each person
    "photo": "canary.jpg",
    "gender": "Feminine",
    "home_province": "Siem Reap",
    "home_district": "Canary district",
    "home_village": "Canary village",
    "home_street": "Canary street",
    "phone": "+85512345678",
    "email": "canary@example.org",
    "exploitation_types": ["ForcedLabour"],
    "means_of_control": ["DebtBondage"],
    "age_when_trafficked": 15,
    "relation_to_trafficker": "Familial",
    "narrative": "an account that a canary sang",
    "care_needs": ["MEDICINE"],
    "children_count": 2,
}
"""What is written of every person, by column."""


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of the person, so many days after the case began."""

    purpose: str
    state: str = "GIVEN"
    recipients: tuple[str, ...] = ANYBODY
    day: int = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """One case and its person; the defaults: a grown woman found in Thailand who agreed to all."""

    host: str = "TH"
    origin: str = "KH"
    agreement: str | None = "TH-KH-2014"
    state: str = "TRACING"
    age: int = 30
    disputed: bool = False
    guarded: bool = False
    home_province: str = "Siem Reap"
    said: tuple[Said, ...] = (
        Said("TRACING"),
        Said("RETURN"),
        Said("SERVICES"),
        Said("PROSECUTION"),
        Said("PHOTO"),
    )
    assigned: tuple[str, int | None] | None = None
    """An agency, and the days until its assignment ends; below zero they are past."""
    requested_by: str | None = None
    planned_in: int | None = None
    """Days from today to the planned handover."""
    legal_hold: bool = True
    not_a_national: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """The ids under which the rows of one situation are asked for."""

    case: str
    victim: str
    meeting: str
    parts: tuple[tuple[str, str], ...] = ()
    """(type, id) of each part of the case."""

    def id_of(self, entity: str) -> str:
        return {"ReturnCase": self.case, "Victim": self.victim, **dict(self.parts)}[entity]

    def elsewhere(self) -> Target:
        """The same places with ids that no row has; the meeting stays."""
        parts = tuple((entity, str(uuid.uuid4())) for entity, _ in self.parts)
        return Target(str(uuid.uuid4()), str(uuid.uuid4()), self.meeting, parts)

    def ids(self) -> set[str]:
        return {self.case, self.victim, *(each for _, each in self.parts)}


def settle(connection: psycopg.Connection[Any], facts: Facts) -> Target:
    """Write it, with one row of each part and a meeting at which the case was spoken of."""
    target = Target(
        str(uuid.uuid4()),
        str(uuid.uuid4()),
        str(uuid.uuid4()),
        tuple(
            (entity, str(uuid.uuid4())) for entity in ("Assessment", "TravelPaper", "LegalRequest")
        ),
    )
    _person(connection, facts, target)
    _case(connection, facts, target)
    _history(connection, facts, target)
    _parts(connection, facts, target)
    _meeting(connection, target)
    return target


def _person(connection: psycopg.Connection[Any], facts: Facts, target: Target) -> None:
    born = dt.date(NOW.year - facts.age, 1, 1)
    row = dict(VALUES) | {
        "id": target.victim,
        "identity_number": target.victim[:8],
        "birth_date": born,
        "birth_precision": "DAY",
        "age_disputed": facts.disputed,
        "nationalities": [facts.origin],
        "stateless": False,
        "home_province": facts.home_province,
        "entered_by": _DESKS[facts.host],
    }
    _insert(connection, "victim", row)


def _case(connection: psycopg.Connection[Any], facts: Facts, target: Target) -> None:
    planned = None
    if facts.planned_in is not None:
        planned = NOW.date() + dt.timedelta(days=facts.planned_in)
    row = {
        "id": target.case,
        "victim_id": target.victim,
        "agreement_code": facts.agreement,
        "host": facts.host,
        "origin": facts.origin,
        "state": "SCREENED",
        "main_rank": 1,
        "state_since": BEGAN,
        "holder": _DESKS[facts.host],
        "case_worker": "a case worker",
        "opened_on": BEGAN.date(),
        "planned_handover_on": planned,
        "handover_place": "ARANYAPRATHET_POIPET",
        "shelter_name": "Canary house",
        "best_interests_decision": "a canary's best interests" if facts.guarded else None,
        "legal_hold": facts.legal_hold,
        "not_a_national": facts.not_a_national,
    }
    _insert(connection, "return_case", row)


def _history(connection: psycopg.Connection[Any], facts: Facts, target: Target) -> None:
    before = None
    for day, state in enumerate(MAIN_STATES[: MAIN_STATES.index(facts.state) + 1]):
        step = {
            "id": str(uuid.uuid4()),
            "case_id": target.case,
            "state": state,
            "at": BEGAN + dt.timedelta(days=day),
            "from_state": before,
            "actor_agency": _DESKS[facts.host],
        }
        _insert(connection, "transition", step)
        before = state
    for said in facts.said:
        guardian = facts.guarded and said.state == "GIVEN"
        consent = {
            "id": str(uuid.uuid4()),
            "case_id": target.case,
            "purpose": said.purpose,
            "state": said.state,
            "recipients": list(said.recipients),
            "stated_at": BEGAN + dt.timedelta(days=said.day),
            "given_by": "SELF_WITH_GUARDIAN" if guardian else "SELF",
            "guardian": "an aunt" if guardian else None,
            "assent": True if guardian else None,
        }
        _insert(connection, "consent", consent)


def _parts(connection: psycopg.Connection[Any], facts: Facts, target: Target) -> None:
    case: dict[str, object] = {"case_id": target.case}
    _insert(
        connection,
        "assessment",
        case
        | {
            "id": target.id_of("Assessment"),
            "outcome": "SUITABLE",
            "risk_flag": True,
            "report": "a canary's report",
        },
    )
    paper = {"id": target.id_of("TravelPaper"), "travel_document": "CANARY-1"}
    _insert(connection, "travel_paper", case | paper)
    request: dict[str, object] = {
        "id": target.id_of("LegalRequest"),
        "agency_code": facts.requested_by or "TH-ATPD",
        "number": "7/2569" if facts.requested_by else None,
        "received_on": BEGAN.date(),
    }
    _insert(connection, "legal_request", case | request)
    if facts.assigned is not None:
        agency, days = facts.assigned
        until = None if days is None else NOW + dt.timedelta(days=days)
        row = {"id": str(uuid.uuid4()), "agency_code": agency, "from_at": BEGAN, "until_at": until}
        _insert(connection, "assignment", case | row)


def _meeting(connection: psycopg.Connection[Any], target: Target) -> None:
    """All of the region took part: whoever asks may read the meeting itself."""
    meeting = {
        "id": target.meeting,
        "kind": "CASE_MANAGEMENT",
        "title": "a meeting on cases",
        "agreement_code": "TH-KH-2014",
        "starts_on": NOW.date(),
        "countries": ["KH", "LA", "MM", "TH", "VN"],
    }
    _insert(connection, "bilateral_contact", meeting)
    _insert(connection, "contact_case", {"contact_id": target.meeting, "case_id": target.case})
    for agency in ("KH-MOSVY", "LA-MLSW", "TH-DATIP", "VN-MOLISA"):
        row = {"contact_id": target.meeting, "agency_code": agency}
        _insert(connection, "contact_participant", row)


def _insert(connection: psycopg.Connection[Any], table: str, row: Mapping[str, object]) -> None:
    statement = sql.SQL("insert into registry.{} ({}) values ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() * len(row)),
    )
    values = [json.dumps(v) if isinstance(v, dict) else v for v in row.values()]
    connection.execute(statement, values)
