"""The wire itself: which connections are kept, which are thrown away."""

from __future__ import annotations

import asyncio

import psycopg

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
