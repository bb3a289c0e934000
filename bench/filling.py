"""A ledger filled with invented accesses over the months that were, by the database itself.

Takes a superuser's connection, gives leaves whose bodies are lines as the registry
writes them, about ids of an invented pool of records. Nobody is behind any id.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg

POOL: Final = 2_000_000
"""Records that were shown; each of them in several accesses."""
CHUNK: Final = 2_000
_MONTHS: LiteralString = "select ledger.add_months(clock_timestamp() - interval '36 months', 36)"
_QUIET: LiteralString = "set session_replication_role = replica"
_FAST: LiteralString = "set synchronous_commit = off"
_BARE: LiteralString = "drop index ledger.access_leaf_records_idx"
_INDEXED: LiteralString = (
    "create index access_leaf_records_idx on ledger.access_leaf using gin (records)"
    " with (fastupdate = on)"
)
_LEAVES: Final = Path(__file__).with_name("filling.sql").read_bytes()


def fill(connection: psycopg.Connection[Any], records: int, said: Callable[[int], None]) -> None:
    """Add so many access records of one leaf each; `said` hears how many. In autocommit."""
    for statement in (_MONTHS, _QUIET, _FAST, _BARE):
        connection.execute(statement)
    for first in range(1, records + 1, CHUNK):
        last = min(first + CHUNK - 1, records)
        connection.execute(
            _LEAVES,
            {"first": first, "last": last, "of": records, "pool": min(POOL, max(records // 5, 1))},
        )
        said(last)
    connection.execute(_INDEXED)
    connection.execute("reset session_replication_role")
    connection.execute("reset synchronous_commit")
    connection.execute("vacuum analyze ledger.access_leaf, ledger.access_record")


def a_record(connection: psycopg.Connection[Any], records: int) -> str:
    """The id of a record that was shown about as often as any."""
    pool = min(POOL, max(records // 5, 1))
    row = connection.execute("select md5('record' || %s)::uuid::text", (pool // 3,)).fetchone()
    if row is None:
        raise RuntimeError("the database made no id")
    return str(row[0])
