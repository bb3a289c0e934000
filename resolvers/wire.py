"""The wire: a lean asynchronous connection to PostgreSQL, one transaction for one answer.

Takes SQL text and parameters in text format, gives the one row of the result
while the transaction is still open, so that the caller can seal cursors before
`commit`. Uses libpq's pipeline mode: BEGIN and the statement travel together.
A connection on which anything went wrong is closed, never reused: no context
of one caller can reach another.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence

import psycopg
from psycopg import pq

PREPARED = 256
CANCEL_SECONDS = 2.0
_OPTIONS = (
    "-c plan_cache_mode=force_generic_plan -c jit=off -c timezone=UTC -c synchronous_commit=on"
    " -c client_min_messages=error -c search_path= -c idle_in_transaction_session_timeout=15s"
)
_CONTEXT = "select set_config('saphan.party', $1, true), set_config('saphan.agency', $2, true)"
_CONTEXT_OF_PAST = _CONTEXT + ", set_config('saphan.as_of', $3, true)"
_AWAY = frozenset({"08", "53", "57", "58", "25", "55"})


class WireError(Exception):
    """PostgreSQL refused or was lost. `sqlstate` is five characters, '08006'
    where the line broke.
    """

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate

    @property
    def is_timeout(self) -> bool:
        return self.sqlstate == "57014"

    @property
    def is_away(self) -> bool:
        """The database is down, full, read-only or overloaded: the same request
        may succeed later.
        """
        return self.sqlstate[:2] in _AWAY and not self.is_timeout


Context = tuple[bytes, ...]
"""For whom a transaction works, as the second wall reads it: party (country, or agency where it has
none) and agency; third, where it reads the past, the instant.
"""


class Wire:
    """One connection in pipeline mode. Not to be shared by two requests at a time."""

    def __init__(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        self._connection = connection
        self._pg = connection.pgconn
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._prepared: OrderedDict[str, bytes] = OrderedDict()
        self._count = 0
        self.broken = False
        self._pg.enter_pipeline_mode()
        # libpq closes its socket the moment a line breaks, and the number goes to whoever opens
        # the next one: what the loop watches must be a descriptor that we alone close
        self._ear = os.dup(self._pg.socket)
        self._loop.add_reader(self._ear, self._stirred)

    @classmethod
    async def connect(cls, dsn: str, statement_timeout_ms: int) -> Wire:
        """Open a connection. Raises WireError."""
        options = f"{_OPTIONS} -c statement_timeout={statement_timeout_ms}"
        try:
            connection = await psycopg.AsyncConnection.connect(
                dsn, autocommit=True, options=options, connect_timeout=5
            )
        except psycopg.Error as error:
            raise WireError(error.sqlstate or "08006") from None
        return cls(connection)

    async def begin(
        self, sql: str, params: Sequence[bytes | None], context: Context | None = None
    ) -> pq.abc.PGresult:
        """Open a transaction for `context`, run the statement, give its result.

        Without a context the second wall lets nothing protected through. Raises
        WireError; then the wire is broken.
        """
        try:
            self._pg.send_query_params(b"begin", None)
            expected = 1
            if context is not None:
                expected += self._send(_context_sql(context), context)
            expected += self._send(sql, params)
            self._pg.send_flush_request()
            return (await self._results(expected))[-1]
        except psycopg.Error as error:
            self.broken = True
            raise WireError(error.sqlstate or "08006") from None
        except BaseException:
            self.broken = True
            raise

    async def go_on(
        self, sql: str, params: Sequence[bytes | None], context: Context | None = None
    ) -> pq.abc.PGresult:
        """One more statement of the open transaction, from here on for `context` where one is
        given. Raises WireError; then the wire is broken.
        """
        try:
            expected = self._send(_context_sql(context), context) if context is not None else 0
            expected += self._send(sql, params)
            self._pg.send_flush_request()
            return (await self._results(expected))[-1]
        except psycopg.Error as error:
            self.broken = True
            raise WireError(error.sqlstate or "08006") from None
        except BaseException:
            self.broken = True
            raise

    async def fly(
        self,
        statements: Sequence[tuple[str, Sequence[bytes | None]]],
        context: Context | None = None,
    ) -> list[pq.abc.PGresult]:
        """Several statements in one flight, each with a snapshot of its own; their results. With a
        context a transaction is opened for it first. Raises WireError; then the wire is broken.
        """
        try:
            expected = 0
            if context is not None:
                self._pg.send_query_params(b"begin", None)
                expected = 1 + self._send(_context_sql(context), context)
            places = []
            for sql, params in statements:
                expected += self._send(sql, params)
                places.append(expected - 1)
            self._pg.send_flush_request()
            results = await self._results(expected)
            return [results[place] for place in places]
        except psycopg.Error as error:
            self.broken = True
            raise WireError(error.sqlstate or "08006") from None
        except BaseException:
            self.broken = True
            raise

    def _send(self, sql: str, params: Sequence[bytes | None]) -> int:
        """Send one statement, prepared if it is new; the number of results to await."""
        expected = 1
        if sql in self._prepared:
            self._prepared.move_to_end(sql)
        else:
            expected += self._prepare(sql)
        self._pg.send_query_prepared(self._prepared[sql], list(params))
        return expected

    async def commit(self) -> None:
        """Make it durable. Only after this returns may the answer leave."""
        await self._finish(b"commit")

    async def rollback(self) -> None:
        """Undo: nothing was disclosed, nothing recorded."""
        await self._finish(b"rollback")

    async def _finish(self, command: bytes) -> None:
        try:
            self._pg.send_query_params(command, None)
            self._pg.pipeline_sync()
            results = await self._results(2)
            if results[0].command_status != command.upper():
                raise WireError("25P02")
        except psycopg.Error as error:
            self.broken = True
            raise WireError(error.sqlstate or "08006") from None
        except BaseException:
            self.broken = True
            raise

    def _prepare(self, sql: str) -> int:
        self._count += 1
        name = b"s%d" % self._count
        sent = 1
        if len(self._prepared) >= PREPARED:
            _, old = self._prepared.popitem(last=False)
            self._pg.send_query_params(b"deallocate " + old, None)
            sent += 1
        self._pg.send_prepare(name, sql.encode())
        self._prepared[sql] = name
        return sent

    async def _results(self, expected: int) -> list[pq.abc.PGresult]:
        """The results of `expected` commands, each followed by None except a sync."""
        found: list[pq.abc.PGresult] = []
        await self._flush()
        while len(found) < expected:
            while self._pg.is_busy():
                await self._wait()
                self._pg.consume_input()
            result = self._pg.get_result()
            if result is None:
                continue
            if result.status in (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.PIPELINE_ABORTED):
                field = result.error_field(pq.DiagnosticField.SQLSTATE)
                raise WireError(field.decode() if field else "08006")
            found.append(result)
        return found

    async def _flush(self) -> None:
        """Send what libpq has buffered; the socket tells when it takes more."""
        while self._pg.flush():
            self._loop.add_writer(self._ear, self._stirred)
            try:
                await self._wait()
            finally:
                self._loop.remove_writer(self._ear)
            self._pg.consume_input()

    async def _wait(self) -> None:
        if self.broken:
            # the line ended before anybody waited: no event will come any more
            raise WireError("08006")
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _stirred(self) -> None:
        waiter = self._waiter
        if waiter is None:
            self._overheard()
        elif not waiter.done():
            waiter.set_result(None)

    def _overheard(self) -> None:
        """Nothing is awaited: an event that came too late, a notice, or the server's goodbye.

        The loop may report once more what the request has read meanwhile, so
        only a line that has ended counts as broken.
        """
        with contextlib.suppress(psycopg.Error):
            self._pg.consume_input()
            if self._pg.status == pq.ConnStatus.OK:
                return
        self.broken = True
        self._listen_no_more()

    def _listen_no_more(self) -> None:
        if self._ear >= 0:
            self._loop.remove_reader(self._ear)
            os.close(self._ear)
            self._ear = -1

    async def cancel(self) -> None:
        """Ask the server to stop the running statement. Gives up after `CANCEL_SECONDS`: a server
        that cannot be reached must not keep the one who asked.
        """
        self.broken = True
        with contextlib.suppress(psycopg.Error):
            await self._connection.cancel_safe(timeout=CANCEL_SECONDS)

    async def close(self) -> None:
        """Close the connection; what was not committed is rolled back by the server."""
        self.broken = True
        self._listen_no_more()
        await self._connection.close()


def _context_sql(context: Context) -> str:
    return _CONTEXT if len(context) == 2 else _CONTEXT_OF_PAST


class Pool:
    """At most `size` wires, made when needed, replaced when broken."""

    def __init__(self, dsn: Callable[[], str], size: int, statement_timeout_ms: int) -> None:
        self._dsn, self._timeout = dsn, statement_timeout_ms
        self._free: list[Wire] = []
        self._turn = asyncio.Semaphore(size)

    async def take(self, wait: float = 10.0) -> Wire:
        """A wire of one's own. Raises WireError where none can be had in `wait` seconds."""
        try:
            async with asyncio.timeout(wait):
                await self._turn.acquire()
        except TimeoutError:
            raise WireError("53300") from None
        try:
            while self._free:
                wire = self._free.pop()
                if not wire.broken:
                    return wire
                await wire.close()
            return await Wire.connect(self._dsn(), self._timeout)
        except BaseException:
            self._turn.release()
            raise

    async def give(self, wire: Wire) -> None:
        """Give a wire back; a broken one is closed."""
        try:
            if wire.broken:
                await asyncio.shield(wire.close())
            else:
                self._free.append(wire)
        finally:
            self._turn.release()

    async def close(self) -> None:
        """Close every free wire."""
        while self._free:
            await self._free.pop().close()
