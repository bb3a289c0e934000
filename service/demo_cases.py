"""The demonstration's cases: a simulated region, and three workbooks that the tour is about.

Takes an owner's and a service's connection and callers made from real tokens.
Promises that a second run changes nothing: the region is made once, workbooks
match, cases that have moved stay where they are. Everybody in it is invented.
"""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg

from authz.caller import Caller
from schema.codes import MAIN_STATES
from service import seeding
from service.htcds.importing import Options, import_rows
from service.seeding.rows import id_of

REGION: Final = 400
"""People of the region beside the workbooks'."""
SEED: Final = 2007
FOLDER = Path(__file__).resolve().parent.parent / "demo"
BOOKS = (
    ("found-in-thailand.xlsx", "TH-DATIP", ""),
    ("found-in-japan.xlsx", "TH-DATIP", "JP"),
    ("found-in-cambodia.xlsx", "KH-MOSVY", ""),
)
FURTHEST = MAIN_STATES.index("RETURN_PLANNED")
_NEW: LiteralString = (
    "select c.id, c.origin, c.holder from registry.return_case c"
    " join registry.victim v on v.id = c.victim_id where c.host = 'TH'"
    " and c.agreement_code is not null and c.state = 'SCREENED'"
    " and v.id <> all(%(region)s) and not exists (select from registry.return_case m"
    " where m.victim_id <> all(%(region)s) and m.host = 'TH' and m.main_rank > 1)"
    # Ids are random: by them, some first starts would show a tour without any name.
    ' order by v.given_name collate "C", v.family_name collate "C", v.birth_date, c.id'
)
_STEP: LiteralString = (
    "insert into registry.transition (id, case_id, state, at, from_state, clause, actor_agency)"
    " values (%s, %s, %s, clock_timestamp(), %s, %s, %s)"
)
_CONSENT: LiteralString = (
    "insert into registry.consent (id, case_id, purpose, state, recipients, stated_at, given_by)"
    " values (%s, %s, %s, %s, %s, clock_timestamp(), 'SELF')"
)
_ASSIGN: LiteralString = (
    "insert into registry.assignment (id, case_id, agency_code, from_at)"
    " values (%s, %s, %s, clock_timestamp())"
)
_DESK = {"KH": "KH-MOSVY", "LA": "LA-MLSW"}


def load_region(owner: psycopg.Connection[Any], today: dt.date) -> int:
    """Fill an empty registry with the region's year up to today, and commit; the people made."""
    try:
        made = seeding.fill(owner, REGION, SEED, today)
    except seeding.AlreadyPeopled:
        return 0
    owner.commit()  # a transaction of its caller's goes on otherwise, and holds the wall's tables
    return made.counts["victim"]


def load_cases(
    owner: psycopg.Connection[Any], service: psycopg.Connection[Any], callers: dict[str, Caller]
) -> tuple[int, int]:
    """Import the workbooks and move the cases; (rows made or matched, cases moved)."""
    rows = 0
    for name, agency, found in BOOKS:
        options = Options(country_of_finding=found)
        report = import_rows(service, callers[agency], FOLDER / name, options)
        if report.exit_code:
            raise RuntimeError(f"{name}: {'; '.join(report.lines())}")
        rows += len(report.rows)
    return rows, _move(owner)


def _move(owner: psycopg.Connection[Any]) -> int:
    region = [id_of(SEED, number) for number in range(REGION)]
    cases = owner.execute(_NEW, {"region": region}).fetchall()
    for number, (case, origin, holder) in enumerate(cases):
        _speak(owner, number, case, origin)
        steps = number % (FURTHEST + 1)
        for rank in range(1, steps + 1):
            before, state = MAIN_STATES[rank - 1], MAIN_STATES[rank]
            owner.execute(_STEP, (uuid.uuid4(), case, state, before, None, holder))
        if steps >= MAIN_STATES.index("TRACING"):
            owner.execute(_ASSIGN, (uuid.uuid4(), case, _DESK[origin]))
        if number % 9 == 5:
            consent(owner, case, "TRACING", "WITHDRAWN", [])
    owner.commit()
    return len(cases)


def _speak(owner: psycopg.Connection[Any], number: int, case: uuid.UUID, origin: str) -> None:
    """What the person agreed to: most to tracing, some to nothing, one in eleven to no notice."""
    if number % 11 == 4:
        consent(owner, case, "NOTIFICATION", "REFUSED", [origin])
    if number % 4 != 3:
        consent(owner, case, "TRACING", "GIVEN", [origin])


def consent(
    owner: psycopg.Connection[Any],
    case: uuid.UUID,
    purpose: str,
    state: str,
    recipients: list[str],
) -> None:
    """One statement of consent, now."""
    owner.execute(_CONSENT, (uuid.uuid4(), case, purpose, state, recipients))
