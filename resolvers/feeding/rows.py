"""Rows of a result as texts."""

from __future__ import annotations

from psycopg.pq.abc import PGresult

Row = tuple[str | None, ...]


def rows_of(result: PGresult) -> list[Row]:
    """Every row, each column as text or None."""
    columns = range(result.nfields)
    return [
        tuple(_text(result.get_value(row, column)) for column in columns)
        for row in range(result.ntuples)
    ]


def _text(value: bytes | None) -> str | None:
    return None if value is None else bytes(value).decode()
