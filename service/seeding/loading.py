"""Synthetic rows into the database: streamed by COPY, all of them or none.

Takes a connection of the owner's role to a migrated registry, gives what was
made. One transaction: a failure or an interruption leaves nothing behind.
Memory is bounded by one batch of people. What was superseded goes to `history`
as it was in the story; how often a record changed goes to its version.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, LiteralString

import psycopg
from psycopg import sql

from schema.catalog import catalog
from schema.codes import CaseState
from schema.stored import stored_fields
from service.seeding.contacts import Known
from service.seeding.cooperation import cooperation
from service.seeding.keeping import Edit, Row, Rows
from service.seeding.rows import HISTORY, TABLES, told_of

BATCH = 2_000
MOST = 5_000_000
CONTACTS = 40
"""Meetings, visits, trainings and campaigns of a small region; one more for 500 people."""
_KNOWN_CASES = 300
_PEOPLED: LiteralString = "select exists (select from registry.victim)"
_WALLED: LiteralString = (
    "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where n.nspname in ('registry', 'history') and c.relrowsecurity order by 1, 2"
)
_FREEZE: LiteralString = (
    "select registry.freeze(variadic coalesce(array_agg(id), '{}')) from registry.return_case"
    " where main_rank >= 9"
)
_OVER = (CaseState.CLOSED, CaseState.NOT_A_VICTIM, CaseState.ALTERNATIVE, CaseState.CANCELLED)
Progress = Callable[[int], None]


class AlreadyPeopled(Exception):
    """The registry holds people already: invented ones are never mixed among others."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """Rows made, by table."""

    counts: dict[str, int]


def fill(
    connection: psycopg.Connection[tuple[object, ...]],
    victims: int,
    seed: int,
    until: dt.date,
    progress: Progress = lambda _: None,
) -> Seeded:
    """Make `victims` people as of the start of `until` (UTC) and commit. Raises AlreadyPeopled.

    `progress` is called with the number of people made since the last call.
    """
    with connection.transaction():
        row = connection.execute(_PEOPLED).fetchone()
        if row is None or row[0]:
            raise AlreadyPeopled
        _force(connection, "no force")
        counts: Counter[str] = Counter()
        known: dict[str, list[Known]] = {}
        for first in range(0, victims, BATCH):
            count = min(BATCH, victims - first)
            batch = _batch(seed, range(first, first + count), until)
            for table, rows in batch.items():
                counts[table] += _copy(connection, table, rows)
            _remember(known, batch["return_case"], until)
            progress(count)
        # once for all: batch by batch it would read the growing tables again and again
        connection.execute(_FREEZE)
        told = cooperation(seed, CONTACTS + victims // 500, until, known)
        for table, rows in (told.rows | {"record_version": versions(told.edits)}).items():
            counts[table] += _copy(connection, table, rows)
        _force(connection, "force")
    return Seeded(dict(counts))


def _force(
    connection: psycopg.Connection[tuple[object, ...]], how: Literal["force", "no force"]
) -> None:
    """COPY does not pass a forced wall, whatever its policies say: it lies down for the owner, and
    for this transaction alone.
    """
    for schema, table in connection.execute(_WALLED).fetchall():
        connection.execute(
            sql.SQL("alter table {} {} row level security").format(
                sql.Identifier(str(schema), str(table)), sql.SQL(how)
            )
        )


def _batch(seed: int, numbers: Iterable[int], until: dt.date) -> Rows:
    """Rows by table in the order of loading: a past goes in last, for what is written at a step is
    made of what the past says.
    """
    batch: Rows = {table: [] for table in (*TABLES, *HISTORY, "record_version")}
    for number in numbers:
        told = told_of(seed, number, until)
        for table, rows in told.rows.items():
            batch[table] += rows
        batch["record_version"] += versions(told.edits)
    return batch


def versions(edits: Iterable[Edit]) -> list[Row]:
    """Of each record and data class that was changed, which version it is now."""
    classes = _classes()
    counted: dict[tuple[uuid.UUID, str], Row] = {}
    for edit in edits:
        for data_class in {
            c for column in edit.columns for c in classes.get((edit.table, column), ())
        }:
            row = counted.setdefault(
                (edit.record, data_class),
                {
                    "record_id": edit.record,
                    "data_class": data_class,
                    "version": 1,
                    "case_id": edit.case,
                    "victim_id": edit.victim,
                },
            )
            row["version"] += 1
    return list(counted.values())


@cache
def _classes() -> dict[tuple[str, str], frozenset[str]]:
    """Data classes of the fields that a column is part of."""
    found: dict[tuple[str, str], set[str]] = {}
    for each in stored_fields(catalog()):
        found.setdefault((each.table_name, each.column_name), set()).add(each.data_class)
    return {key: frozenset(value) for key, value in found.items()}


def _remember(known: dict[str, list[Known]], cases: list[Row], until: dt.date) -> None:
    for case in cases:
        some = known.setdefault(case["agreement_code"] or "", [])
        if len(some) < _KNOWN_CASES:
            last = case["state_since"].date() if case["state"] in _OVER else until
            some.append(Known(case["id"], case["opened_on"], last))


def _copy(connection: psycopg.Connection[tuple[object, ...]], table: str, rows: list[Row]) -> int:
    """Load rows; those of one table may leave out different columns."""
    if not rows:
        return 0
    schema, _, name = table.rpartition(".")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    command = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(schema or "registry", name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor().copy(command) as copy:
        for row in rows:
            copy.write_row([row.get(column) for column in columns])
    return len(rows)
