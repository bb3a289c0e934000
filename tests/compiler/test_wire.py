"""The wire itself: which connections are kept, which are thrown away."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from resolvers.wire import Pool, Wire, WireError
from tests.compiler.registry import Registry


async def _pid(pool: Pool) -> int:
    wire = await pool.take()
    try:
        result = await wire.begin("select pg_backend_pid()::text, repeat('x', 100000)", [])
        # let the loop run: late events of the socket come now
        for _ in range(5):
            await asyncio.sleep(0)
        await wire.commit()
        return int(result.get_value(0, 0) or b"0")
    finally:
        await pool.give(wire)


def test_every_request_threw_its_connection_away_because_an_event_came_late(
    registry: Registry,
) -> None:
    async def ask() -> set[int]:
        pool = Pool(lambda: registry.service, 1, 10_000)
        try:
            return {await _pid(pool) for _ in range(30)}
        finally:
            await pool.close()

    assert len(asyncio.run(ask())) == 1


def test_a_connection_that_the_server_ended_is_not_used_again(registry: Registry) -> None:
    async def ask() -> tuple[int, int]:
        pool = Pool(lambda: registry.service, 1, 10_000)
        try:
            before = await _pid(pool)
            with psycopg.connect(registry.owner, user="postgres", autocommit=True) as other:
                other.execute("select pg_terminate_backend(%s)", (before,))
            await asyncio.sleep(0.2)
            return before, await _pid(pool)
        finally:
            await pool.close()

    before, after = asyncio.run(ask())
    assert before != after


def test_a_time_limit_that_passed_while_a_connection_was_taken_was_lost(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request went on without any limit: on a silent line for ever."""

    async def never(_dsn: str, _timeout: int) -> Wire:
        await asyncio.Event().wait()
        raise AssertionError

    async def ended_at(step: int) -> bool:
        pool = Pool(lambda: registry.service, 1, 10_000)
        with monkeypatch.context() as patch:
            patch.setattr(Wire, "connect", never)
            taking = asyncio.create_task(pool.take())
            for _ in range(step):
                await asyncio.sleep(0)
            taking.cancel()
            await asyncio.wait([taking], timeout=1)
        ended = taking.cancelled()
        taking.cancel()
        await asyncio.wait([taking])
        try:
            # the turn was given back
            return ended and await _pid(pool) > 0
        finally:
            await pool.close()

    async def each() -> list[bool]:
        return [await ended_at(step) for step in range(6)]

    assert asyncio.run(each()) == [True] * 6


def test_a_wire_that_failed_is_broken(registry: Registry) -> None:
    async def ask() -> str:
        wire = await Wire.connect(registry.service, 10_000)
        try:
            await wire.begin("select 1/0", [])
        except WireError as error:
            assert wire.broken
            return error.sqlstate
        finally:
            await wire.close()
        return ""

    assert asyncio.run(ask()) == "22012"
