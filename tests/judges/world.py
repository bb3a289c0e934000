"""A small world of return cases as plain data, and the way to put it into a registry at once.

A world is written past every trigger, so that any state of affairs can be had in a few
milliseconds. What the triggers keep (whose case it is, where an id stands, on what a restriction
lies) is written beside it, from the same data.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass, fields
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Json


@dataclass(frozen=True, slots=True)
class Victim:
    """One person."""

    id: str
    given_name: str | None = None
    family_name: str | None = None
    birth_date: dt.date | None = None
    birth_precision: str | None = None
    age_disputed: bool = False
    gender: str | None = None
    nationalities: tuple[str, ...] = ()
    stateless: bool = False
    languages: tuple[str, ...] | None = None
    children_count: int | None = None
    home_province: str | None = None
    home_district: str | None = None
    phone: str | None = None
    family_contacts: tuple[dict[str, Any], ...] | None = None
    photo: str | None = None
    identity_number: str | None = None
    exploitation_types: tuple[str, ...] | None = None
    apps: tuple[str, ...] | None = None
    narrative: str | None = None
    care_needs: tuple[str, ...] | None = None
    diagnosis: str | None = None
    entered_by: str = "TH-DATIP"


@dataclass(frozen=True, slots=True)
class Case:
    """One return of a person. `main_rank` counts the main states from 1; side states keep it."""

    id: str
    victim_id: str
    agreement_code: str | None
    host: str
    origin: str
    state: str
    main_rank: int
    state_since: dt.datetime
    holder: str
    notified_at: dt.datetime | None = None
    handed_over_at: dt.datetime | None = None
    not_a_national: bool = False
    planned_handover_on: dt.date | None = None
    case_worker: str | None = None
    outcome: str | None = None
    closing_reason: str | None = None
    opened_on: dt.date = dt.date(2026, 1, 5)
    shelter_name: str | None = None
    handover_place: str | None = None
    handover_at: dt.datetime | None = None
    best_interests_decision: str | None = None
    proceedings: str | None = None
    legal_hold: bool = False
    reintegration_plan: str | None = None
    feedback_code: str | None = None
    feedback_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of state."""

    id: str
    case_id: str
    state: str
    at: dt.datetime
    clause: str | None = None
    from_state: str | None = None
    actor_agency: str = "TH-DATIP"


@dataclass(frozen=True, slots=True)
class Consent:
    """One statement of the person on one purpose."""

    id: str
    case_id: str
    purpose: str
    state: str
    recipients: tuple[str, ...]
    stated_at: dt.datetime
    given_by: str | None = None
    guardian: str | None = None
    assent: bool | None = None


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral of a case from one agency to another."""

    id: str
    case_id: str
    from_agency: str
    to_agency: str
    state: str
    reason: str | None = None
    case_owner: str | None = None
    details: str | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """A family tracing and assessment."""

    id: str
    case_id: str
    report: str | None = None
    family_willing: bool | None = None
    risk: str | None = None
    outcome: str | None = None
    risk_flag: bool | None = None


@dataclass(frozen=True, slots=True)
class TravelPaper:
    """Papers for the journey."""

    id: str
    case_id: str
    travel_document: str | None = None
    escort: str | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A visit after the return."""

    id: str
    case_id: str
    visited_on: dt.date | None = None
    month: int | None = None
    notes: str | None = None
    feedback_code: str | None = None


@dataclass(frozen=True, slots=True)
class LegalRequest:
    """A formal request of law enforcement."""

    id: str
    case_id: str
    agency_code: str
    number: str | None
    received_on: dt.date
    expires_on: dt.date | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A case given to an agency, or to one unit of it."""

    id: str
    case_id: str
    agency_code: str
    unit: str | None
    from_at: dt.datetime
    until_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Restriction:
    """What the sender does not want passed on: of a record, one class or all, to one or to all."""

    id: str
    record_id: str
    data_class: str | None
    recipient: str | None
    set_by: str
    from_at: dt.datetime
    until_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """An emergency opening of a case by one person."""

    id: str
    case_id: str
    agency_code: str
    subject: str
    issuer: str
    clause: str
    reason: str
    opened_at: dt.datetime
    until_at: dt.datetime


Part = Transition | Consent | Referral | Assessment | TravelPaper | FollowUp | LegalRequest
Record = Victim | Case | Part


@dataclass(frozen=True, slots=True)
class Copy:
    """A record as it stood when a case was handed over."""

    case_id: str
    row: Record


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is."""

    victims: tuple[Victim, ...] = ()
    cases: tuple[Case, ...] = ()
    transitions: tuple[Transition, ...] = ()
    consents: tuple[Consent, ...] = ()
    referrals: tuple[Referral, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    travel_papers: tuple[TravelPaper, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    legal_requests: tuple[LegalRequest, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    openings: tuple[Opening, ...] = ()
    copies: tuple[Copy, ...] = ()

    def of_case(self, kind: str, case: str) -> list[Any]:
        """The rows of one kind that belong to a case."""
        return [row for row in getattr(self, kind) if row.case_id == case]

    def copy_of(self, record: str, case: str) -> Record | None:
        """The copy of a record that was kept when this case was handed over."""
        kept = [c.row for c in self.copies if c.case_id == case and c.row.id == record]
        return kept[0] if kept else None

    def records(self) -> dict[str, Record]:
        """Every record that can be asked for, by its id."""
        return {row.id: row for kind in KINDS for row in getattr(self, kind)}


KINDS = {
    "victims": "Victim",
    "cases": "ReturnCase",
    "transitions": "Transition",
    "consents": "Consent",
    "referrals": "Referral",
    "assessments": "Assessment",
    "travel_papers": "TravelPaper",
    "follow_ups": "FollowUp",
    "legal_requests": "LegalRequest",
}
"""The rows of a world that are records of the schema, and their types."""

TYPES: dict[type, str] = {
    Victim: "Victim",
    Case: "ReturnCase",
    Transition: "Transition",
    Consent: "Consent",
    Referral: "Referral",
    Assessment: "Assessment",
    TravelPaper: "TravelPaper",
    FollowUp: "FollowUp",
    LegalRequest: "LegalRequest",
}
_TABLES = {
    "victims": "victim",
    "cases": "return_case",
    "transitions": "transition",
    "consents": "consent",
    "referrals": "referral",
    "assessments": "assessment",
    "travel_papers": "travel_paper",
    "follow_ups": "follow_up",
    "legal_requests": "legal_request",
    "assignments": "assignment",
    "restrictions": "restriction",
    "openings": "emergency_opening",
}
_WITHOUT_COUNTRY = ("INT-IOM", "INT-UNACT", "INT-UNODC", "INT-JICA")


def identifier(*words: object) -> str:
    """A UUID of version 4 that follows from these words."""
    digest = hashlib.md5(repr(words).encode(), usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def organisations_of(world: World, case: Case) -> set[str]:
    """Organisations without a country that have to do with the case."""
    named = {case.holder}
    named |= {row.agency_code for row in world.of_case("assignments", case.id)}
    named |= {row.to_agency for row in world.of_case("referrals", case.id)}
    named |= {who for row in world.of_case("consents", case.id) for who in row.recipients}
    return named & set(_WITHOUT_COUNTRY)


def load(connection: psycopg.Connection[Any], world: World) -> None:
    """Put the world into an empty registry, or into one that held another world."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        for table in (*_TABLES.values(), "frozen", "case_party", "record_index"):
            cursor.execute(sql.SQL("delete from registry.{}").format(sql.Identifier(table)))
        for kind, table in _TABLES.items():
            insert(cursor, table, [row_of(row) for row in getattr(world, kind)])
        places = _places(world)
        for row in world.restrictions:
            cursor.execute(
                "update registry.restriction set case_id = %s, victim_id = %s where id = %s",
                (*places[row.record_id], row.id),
            )
        index = [
            {"id": row.id, "type": named}
            for kind, named in KINDS.items()
            for row in getattr(world, kind)
        ]
        insert(cursor, "record_index", index)
        parties = [
            {"case_id": case.id, "party": party}
            for case in world.cases
            for party in {case.host, case.origin} | organisations_of(world, case)
        ]
        insert(cursor, "case_party", parties)


def _places(world: World) -> dict[str, tuple[str | None, str | None]]:
    """The case or the person on which each record lies."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for row in world.records().values():
        if isinstance(row, Victim):
            found[row.id] = (None, row.id)
        elif isinstance(row, Case):
            found[row.id] = (row.id, None)
        else:
            found[row.id] = (row.case_id, None)
    return found


def row_of(row: Any) -> dict[str, Any]:
    values = {each.name: getattr(row, each.name) for each in fields(row)}
    return {name: _stored(value) for name, value in values.items()}


def _stored(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    return Json(list(value)) if value and isinstance(value[0], dict) else list(value)


def insert(cursor: psycopg.Cursor[Any], table: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    names = list(rows[0])
    statement = sql.SQL("insert into registry.{} ({}) values ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.Placeholder() for _ in names),
    )
    cursor.executemany(statement, [list(row.values()) for row in rows])
