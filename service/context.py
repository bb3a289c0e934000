"""For whom a transaction works: what the database's second wall asks.

Takes a psycopg connection inside a transaction and an agency, sets the two
settings that row-level security reads (migrations/sql/v0002/40_wall.sql) for
this transaction alone. Without it the service's role reads nothing protected.
"""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg

_SET: LiteralString = (
    "select set_config('saphan.party', %s, true), set_config('saphan.agency', %s, true)"
)


def work_for(connection: psycopg.Connection[Any], agency: str, country: str) -> None:
    """Let the rest of the open transaction work for `agency`; `country` is "" where it has none."""
    connection.execute(_SET, (country or agency, agency))
