"""Synthetic rows into the database: streamed by COPY, all of them or none.

Takes a connection of the owner's role to a migrated registry, gives what was
made. One transaction: a failure or an interruption leaves nothing behind.
Memory is bounded by one batch of people.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, LiteralString

import psycopg
from psycopg import sql

from service.seeding.contacts import contacts
from service.seeding.rows import TABLES, rows_of

BATCH = 2_000
MOST = 5_000_000
_KNOWN_CASES = 300
_PEOPLED: LiteralString = "select exists (select from registry.victim)"
_WALLED: LiteralString = (
    "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where n.nspname = 'registry' and c.relrowsecurity order by 1"
)
Progress = Callable[[int], None]
Row = dict[str, Any]


class AlreadyPeopled(Exception):
    """The registry holds people already: invented ones are never mixed among others."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """Rows made, by table."""

    counts: dict[str, int]


def fill(
    connection: psycopg.Connection[Any],
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
        known: dict[str, list[uuid.UUID]] = {}
        for first in range(0, victims, BATCH):
            count = min(BATCH, victims - first)
            batch = _batch(seed, range(first, first + count), until)
            for table in TABLES:
                counts[table] += _copy(connection, table, batch[table])
            _remember(known, batch["return_case"])
            progress(count)
        number = 40 + victims // 500
        for table, rows in contacts(seed, number, until, known).items():
            counts[table] += _copy(connection, table, rows)
        _force(connection, "force")
    return Seeded(dict(counts))


def _force(connection: psycopg.Connection[Any], how: Literal["force", "no force"]) -> None:
    """COPY does not pass a forced wall, whatever its policies say: it lies down for the owner, and
    for this transaction alone.
    """
    for (table,) in connection.execute(_WALLED).fetchall():
        connection.execute(
            sql.SQL("alter table registry.{} {} row level security").format(
                sql.Identifier(table), sql.SQL(how)
            )
        )


def _batch(seed: int, numbers: Iterable[int], until: dt.date) -> dict[str, list[Row]]:
    batch: dict[str, list[Row]] = {table: [] for table in TABLES}
    for number in numbers:
        for table, rows in rows_of(seed, number, until).items():
            batch[table] += rows
    return batch


def _remember(known: dict[str, list[uuid.UUID]], cases: list[Row]) -> None:
    for case in cases:
        some = known.setdefault(case["agreement_code"] or "", [])
        if len(some) < _KNOWN_CASES:
            some.append(case["id"])


def _copy(connection: psycopg.Connection[Any], table: str, rows: list[Row]) -> int:
    """Load rows; those of one table may leave out different columns."""
    if not rows:
        return 0
    columns = list(dict.fromkeys(column for row in rows for column in row))
    command = sql.SQL("copy registry.{} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor().copy(command) as copy:
        for row in rows:
            copy.write_row([row.get(column) for column in columns])
    return len(rows)
