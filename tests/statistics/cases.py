"""Cases on record at the instants that a test says, written past every trigger, in few statements.

Takes `Case`s, writes victim, case with its earlier versions, transitions and what was objected or
restricted. `close` closes one month as the owner of the tables: months to come can be closed too,
so that a test lives through years without waiting for them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

from schema.codes import MAIN_STATES

_VICTIM: LiteralString = (
    "insert into registry.victim (id, nationalities, gender, birth_date, birth_precision,"
    " exploitation_types, entered_by, recorded_at)"
    " values (%s, %s, %s, %s, %s, %s, 'TH-DATIP', %s)"
)
_CASE: LiteralString = (
    "insert into registry.return_case (id, victim_id, agreement_code, host, origin, state,"
    " main_rank, state_since, holder, opened_on, not_a_national, closing_reason, recorded_at)"
    " values (%s, %s, 'TH-KH-2014', %s, %s, %s, %s, %s, 'TH-DATIP', '2025-01-01', %s, %s, %s)"
)
_BEFORE: LiteralString = (
    "insert into history.return_case (recorded_from, recorded_to, id, victim_id, host, origin,"
    " state, main_rank, state_since, holder, opened_on, not_a_national, legal_hold, recorded_at)"
    " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'TH-DATIP', '2025-01-01', false, false, %s)"
)
_STEP: LiteralString = (
    "insert into registry.transition (id, case_id, state, at, from_state, actor_agency)"
    " values (%s, %s, %s, %s, %s, 'TH-DATIP')"
)
_SAID: LiteralString = (
    "insert into registry.consent (id, case_id, purpose, state, recipients, stated_at,"
    " recorded_at, given_by) values (%s, %s, 'NOTIFICATION', %s, %s, %s, %s, 'SELF')"
)
_RESTRICTED: LiteralString = (
    "insert into registry.restriction (id, record_id, data_class, recipient, set_by, from_at,"
    " recorded_at, case_id) values (%s, %s, %s, null, 'TH-DATIP', %s, %s, %s)"
)


@dataclass(frozen=True, slots=True)
class Case:
    """`came` are (rank, when it was recorded), the first entry first."""

    came: tuple[tuple[int, dt.datetime], ...]
    origin: str = "KH"
    host: str = "TH"
    gender: str | None = "Feminine"
    born: dt.date | None = dt.date(2000, 1, 1)
    kinds: tuple[str, ...] = ("ForcedLabour",)
    said: tuple[tuple[str, tuple[str, ...], dt.datetime], ...] = ()
    restricted: str | None = None
    """A data class, '' for all."""
    foreign: bool = False
    closing: str | None = None
    took: dt.timedelta = field(default=dt.timedelta(weeks=3))
    """From each main state to the next, by the dates of the transitions."""


def enter(owner: psycopg.Connection[Any], cases: Sequence[Case]) -> list[str]:
    """Write the cases; their ids."""
    rows: dict[LiteralString, list[tuple[object, ...]]] = {
        text: [] for text in (_VICTIM, _CASE, _BEFORE, _STEP, _SAID, _RESTRICTED)
    }
    ids = []
    for case in cases:
        person, identifier = str(uuid.uuid4()), str(uuid.uuid4())
        ids.append(identifier)
        first, (rank, newest) = case.came[0][1], case.came[-1]
        precision = "DAY" if case.born else None
        rows[_VICTIM].append(
            (person, [case.origin], case.gender, case.born, precision, list(case.kinds), first)
        )
        rows[_CASE].append(
            (
                identifier,
                person,
                case.host,
                case.origin,
                MAIN_STATES[rank - 1],
                rank,
                newest,
                case.foreign,
                case.closing,
                newest,
            )
        )
        for (was, since), (_, until) in zip(case.came, case.came[1:], strict=False):
            then = MAIN_STATES[was - 1]
            rows[_BEFORE].append(
                (since, until, identifier, person, case.host, case.origin, then, was, since, since)
            )
        start = newest - case.took * (rank - 1)
        for number, entered in enumerate(MAIN_STATES[:rank]):
            before = MAIN_STATES[number - 1] if number else None
            at = start + case.took * number
            rows[_STEP].append((str(uuid.uuid4()), identifier, entered, at, before))
        for state, named, at in case.said:
            rows[_SAID].append((str(uuid.uuid4()), identifier, state, list(named), at, at))
        if case.restricted is not None:
            rows[_RESTRICTED].append(
                (str(uuid.uuid4()), identifier, case.restricted or None, first, first, identifier)
            )
    owner.execute("set session_replication_role = replica")
    with owner.cursor() as cursor:
        for text, values in rows.items():
            if values:
                cursor.executemany(text, values)
    owner.execute("set session_replication_role = origin")
    return ids


def close(owner: psycopg.Connection[Any], month: dt.date) -> None:
    """What `registry.close_month()` does of one month, whatever the clock says."""
    with owner.transaction():
        owner.execute("insert into registry.statistics_edition (month) values (%s)", (month,))
        owner.execute("select registry.count_month(%s)", (month,))
        owner.execute("select registry.release_month(%s)", (month,))
        if month.month == 12:
            owner.execute("select registry.release_medians(%s)", (month.year,))


def tallied(owner: psycopg.Connection[Any], month: dt.date) -> dict[tuple[str, str], int]:
    """What was counted up to the end of a month, by series and key; all corridors together."""
    rows = owner.execute(
        "select series, key, sum(counted) from registry.statistics_tally where month = %s"
        " group by 1, 2",
        (month,),
    ).fetchall()
    return {(series, key): int(n) for series, key, n in rows}
