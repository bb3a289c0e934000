"""The task that follows every stream of the feed while nobody asks.

Takes the engine, gives `Following`. Any number of processes may run it: the one
that has the lock works, the others look again. Nothing here ends a process; a
database that is away is tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import psycopg

from resolvers.engine import Engine
from resolvers.execution import Stale, TimedOut, Unavailable
from resolvers.wire import WireError
from service import logs
from service.ledger.running import ALIVE

PAUSE: Final = 10.0
"""Seconds between two rounds over all streams: what time or law closes is told in a minute."""
LOOK: Final = 5.0
DROP: Final = 3600.0
_LOCK: Final = 7_310_100_040
_LEAD: Final = "select pg_try_advisory_lock(%s)"


class Following:
    """Follows while it leads. `rounds` counts those that came to their end."""

    def __init__(self, engine: Engine, dsn: Callable[[], str], *, pause: float = PAUSE) -> None:
        self._engine, self._dsn, self._pause = engine, dsn, pause
        self._dropped = 0.0
        self._told = ""
        self.leads = False
        self.rounds = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """For the time of the block."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(
                    self._dsn(), autocommit=True, application_name="saphan feed", **ALIVE
                )
                async with connection:
                    await self._lead(connection)
            except (psycopg.Error, Unavailable, TimedOut, Stale, WireError) as error:
                self._say(type(error).__name__)
            finally:
                self.leads = False
            await asyncio.sleep(LOOK)

    async def _lead(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        while True:
            found = await (await connection.execute(_LEAD, (_LOCK,))).fetchone()
            if found is None or not found[0]:
                await asyncio.sleep(LOOK)
                continue
            self.leads = True
            while True:
                # a line that died has lost the lock: then somebody else leads
                await connection.execute("select 1")
                await self._engine.follow_feeds()
                if time.monotonic() - self._dropped > DROP or not self._dropped:
                    await self._engine.drop_old_entries()
                    self._dropped = time.monotonic()
                self.rounds += 1
                self._told = ""
                await asyncio.sleep(self._pause)

    def _say(self, reason: str) -> None:
        if reason != self._told:
            self._told = reason
            logs.logger().error("the feeds are not followed", reason=reason)
