"""The deny list as this process knows it: never older than a moment, or nobody is let in.

Takes connections of the service's role, gives `DenialWatch`, the `Denials` that
the token verifier asks. Every `PAUSE` seconds one small statement on a
connection of its own asks whether rows were added or a time has come, and only
then the entries are read. Whether an entry is in force is decided by the
database's clock, so that processes whose clocks differ agree.

What bites when: an entry within `PAUSE` seconds and the time of two statements,
in every process. A list that could not be read for `STALE` seconds lets no token
through (DenialsUnknown): the database is away then, this process is cut off from
it, or had no time. A request that meets such a list waits a little for a new
reading before it is answered 503. A connection that does not
answer within `PATIENCE` is given up for a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString

import psycopg

from authz.caller import Caller
from authz.denials import DenialList, DenialsUnknown
from schema.denials import DenialKind
from service import logs
from service.denials import IN_FORCE

PAUSE: Final = 0.25
PATIENCE: Final = 1.0
STALE: Final = 3.0
CATCH_UP: Final = 2.0
A_MOMENT: Final = 0.4
_FIRST_TRY: Final = 3.0

# Rows are only added, so their number tells of every change, whatever order they commit in.
_STATE: LiteralString = (
    "select (select count(*) from policy.denial) + (select count(*) from policy.denial_removal),"
    " (select count(*) from policy.denial where from_at <= now),"
    " (select count(*) from policy.denial where until_at <= now)"
    " from clock_timestamp() as now"
)

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class DenialWatch:
    """One per process. Knows nothing, and so lets nobody in, until it is `running`."""

    def __init__(
        self, dsn: Callable[[], str], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._dsn = dsn
        self._monotonic = monotonic
        self._known = DenialList(frozenset())
        self._state: tuple[Any, ...] = ()
        self._as_of = float("-inf")
        self._tried = asyncio.Event()
        self._read = asyncio.Event()
        self._stop = asyncio.Event()

    @property
    def fresh(self) -> bool:
        """Whether tokens can be held against the list now."""
        return self._monotonic() - self._as_of < STALE

    def denies(self, caller: Caller, kid: str) -> bool:
        """See authz.denials.Denials."""
        if not self.fresh:
            raise DenialsUnknown
        return self._known.denies(caller, kid)

    async def caught_up(self) -> bool:
        """Whether the list is fresh, after a wait for it: until it has been old for `CATCH_UP`
        seconds, and for `A_MOMENT` at least.

        A process that was kept from its event loop for a while finds its list old without the
        database being away: a little patience spares the caller a refusal.
        """
        left = self._as_of + STALE + CATCH_UP - self._monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(left, A_MOMENT)):
                while not self.fresh:
                    await self._read.wait()
        return self.fresh

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watches while the block runs. Entered after the first try, successful or not."""
        work = asyncio.create_task(self._work())
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FIRST_TRY):
                    await self._tried.wait()
            yield
        finally:
            # Asked to stop and not cancelled: psycopg would cancel a statement under way and
            # wait for a server that may be gone.
            self._stop.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2 * PATIENCE):
                    await work

    async def _work(self) -> None:
        told = ""
        while not self._stop.is_set():
            try:
                async with asyncio.timeout(PATIENCE):
                    connection = await _connect(self._dsn())
                try:
                    while not self._stop.is_set():
                        await self._look(connection)
                        if told:
                            logs.logger().info("the deny list is known again")
                            told = ""
                        await self._pause()
                finally:
                    await _close(connection)
            except Exception as error:  # noqa: BLE001  # whatever it is, the next try may do better
                if type(error).__name__ != told:
                    told = type(error).__name__
                    logs.logger().warning(
                        "the deny list cannot be read", error=told, reason=_remedy(error)
                    )
                await self._pause()

    async def _pause(self) -> None:
        self._tried.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAUSE):
                await self._stop.wait()

    async def _look(self, connection: Connection) -> None:
        """One look, and a reading where anything has changed. Raises psycopg.Error."""
        begun = self._monotonic()
        (state,) = await _within(connection, _STATE)
        if state != self._state:
            entries = await _within(connection, IN_FORCE)
            self._known = DenialList(
                frozenset((DenialKind(kind), issuer, value) for kind, issuer, value in entries)
            )
            self._state = state
        self._as_of = begun
        self._read.set()
        self._read = asyncio.Event()


async def _connect(dsn: str) -> Connection:
    # The server gives up first where it can: what hangs there would pile up, one a second.
    return await psycopg.AsyncConnection.connect(
        dsn,
        autocommit=True,
        prepare_threshold=None,
        application_name="saphan deny list",
        options=f"-c statement_timeout={round(PATIENCE * 900)}",
    )


async def _within(connection: Connection, statement: LiteralString) -> list[tuple[Any, ...]]:
    """The rows, or psycopg.OperationalError where they do not come within `PATIENCE`.

    A cancelled statement would wait for the server once more, and a closed
    descriptor may be somebody else's a moment later: so the line is cut from
    our side, on a copy of its number, and the statement fails by itself.
    """
    line = socket.socket(fileno=os.dup(connection.pgconn.socket))
    loop = asyncio.get_running_loop()
    cutting: asyncio.TimerHandle

    def cut() -> None:
        nonlocal cutting
        # What waits to be read came in time: it was this process that is late, not the server.
        if select.select([line], [], [], 0)[0]:
            cutting = loop.call_later(PATIENCE, cut)
            return
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    cutting = loop.call_later(PATIENCE, cut)
    try:
        found = await connection.execute(statement)
        return await found.fetchall()
    finally:
        cutting.cancel()
        line.close()


async def _close(connection: Connection) -> None:
    with contextlib.suppress(psycopg.Error):
        await connection.close()


def _remedy(error: BaseException) -> str:
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.InsufficientPrivilege):
        return "the database is older than this program: run `saphan migrate`"
    if isinstance(error, psycopg.OperationalError | OSError):
        return "the database does not answer"
    return "see the error's type"
