"""Servers that are not as they should be: a host with narrow buffers, and promises broken.

What notices nothing of the broken ones proves nothing. Each function alters
this process once and for all: `nursery` calls it in a server just forked.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from types import ModuleType

from resolvers import engine, wire
from resolvers.execution import Fetched
from resolvers.rendering import COLUMNS_BEFORE_ROOTS, Statement
from resolvers.wire import Context, Pool, Wire
from service import cli_serve
from service.http.listening import bind

_LATE = 0.2
_NARROW = 4096
_RUNNING: set[asyncio.Task[None]] = set()


def narrow() -> None:
    """No promise broken: the kernel takes little of an answer at a time, the rest waits in the
    process, so that killing it cuts answers in two.
    """

    def bound(host: str, port: int) -> socket.socket:
        listener = bind(host, port)
        # what it accepts inherits the size
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _NARROW)
        return listener

    _replace(cli_serve, "bind", bound)


def sends_before_commit() -> None:
    """The answer leaves, and its record is committed a moment later."""

    async def late(own: Wire) -> None:
        await asyncio.sleep(_LATE)
        await own.commit()

    _after_fetching(late)


def forgets_to_commit() -> None:
    """The answer leaves, and its record is rolled back."""
    _after_fetching(Wire.rollback)


def commits_without_waiting() -> None:
    """PostgreSQL confirms a commit before it is on disk."""
    options = wire._OPTIONS.replace("synchronous_commit=on", "synchronous_commit=off")
    assert options != wire._OPTIONS
    _replace(wire, "_OPTIONS", options)


def _after_fetching(then: Callable[[Wire], object]) -> None:
    async def disclose(
        pool: Pool,
        statement: Statement,
        params: list[bytes | None],
        _seal: Callable[[Fetched], Fetched],
        context: Context,
        _hop: object,
    ) -> Fetched:
        own = await pool.take()
        result = await own.begin(statement.sql, params, context)
        record = result.get_value(0, 1)
        roots = range(COLUMNS_BEFORE_ROOTS, COLUMNS_BEFORE_ROOTS + len(statement.root_keys))
        fetched = Fetched(
            tuple(result.get_value(0, column) for column in roots),
            record.decode() if record else None,
            result.get_value(0, 2),
            result.get_value(0, 4),
        )

        async def finish() -> None:
            end = then(own)
            assert asyncio.iscoroutine(end)
            await end
            await pool.give(own)

        task = asyncio.create_task(finish())
        _RUNNING.add(task)
        task.add_done_callback(_RUNNING.discard)
        return fetched

    _replace(engine, "disclose", disclose)


def _replace(module: ModuleType, name: str, value: object) -> None:
    assert hasattr(module, name)
    setattr(module, name, value)
