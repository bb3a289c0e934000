"""Being woken by the database: one connection that listens, and what was touched since.

Takes a connection string, gives `Touched` cases in the order of commits. A
notification says that something was committed and nothing else; what it was is
asked for by position, so that a notification that was lost, and a connection
that broke, cost a moment and no change.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from psycopg.conninfo import make_conninfo

_LISTEN: LiteralString = "listen saphan_changed"
_NEWEST: LiteralString = "select registry.newest_position()"
_TOUCHED: LiteralString = (
    "select place, case_id::text, began from registry.touched(%s, %s) order by place"
)
_OPTIONS: Final = "-c statement_timeout=5000 -c client_min_messages=error -c search_path="
_LINE: Final[dict[str, int | str]] = {
    # a server that is gone without a word is noticed by the system below
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "connect_timeout": 5,
    "application_name": "saphan events",
}


@dataclass(frozen=True, slots=True)
class Touched:
    """A case that a transaction touched which began at `began` and was committed at `place`."""

    place: int
    case: str
    began: dt.datetime


class Waking:
    """One connection, in autocommit. Every method raises psycopg.Error where it is lost."""

    def __init__(self, connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
        self._connection = connection

    @classmethod
    async def connect(cls, dsn: str) -> Waking:
        """Connect and listen."""
        connection = await psycopg.AsyncConnection.connect(
            make_conninfo(dsn, options=_OPTIONS, **_LINE), autocommit=True, prepare_threshold=None
        )
        await connection.execute(_LISTEN)
        return cls(connection)

    async def newest(self) -> int:
        """The position of the newest commit, 0 before the first."""
        found = await (await self._connection.execute(_NEWEST)).fetchone()
        return int(found[0]) if found else 0

    async def touched(self, after: int, most: int) -> list[Touched]:
        """What the next `most` commits after a position touched, in their order."""
        rows = await (await self._connection.execute(_TOUCHED, (after, most))).fetchall()
        return [Touched(place, case, began) for place, case, began in rows]

    async def woken(self, seconds: float) -> None:
        """Returns when something was committed since the last call, after `seconds` at most."""
        async for _ in self._connection.notifies(timeout=seconds, stop_after=1):
            pass

    async def close(self) -> None:
        """Close it."""
        await self._connection.close()
