"""Lines to PostgreSQL that break, fall silent or wait: each test is named by what was wrong."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import psycopg
import pytest

from resolvers import policies
from resolvers.engine import READY_SECONDS
from resolvers.wire import Pool, Wire, WireError
from tests.durability.evidence import judge
from tests.durability.ground import Ground
from tests.durability.inside import Sent, inside, run
from tests.durability.proxy import Act, Message, Proxy, Side, proxied

REFUSED = "query Refused { victims(filter: {narrative: {isNull: true}}) { totalCount } }"


async def first(pool: Pool, sql: str = "select pg_backend_pid()::text") -> int:
    wire = await pool.take()
    try:
        result = await wire.begin(sql, [])
        await wire.commit()
        return int(result.get_value(0, 0) or b"0")
    finally:
        await pool.give(wire)


async def reset_at_row(message: Message) -> Act:
    return Act.RESET if message.side is Side.SERVER and message.kind == "D" else Act.PASS


async def reset_at_error(message: Message) -> Act:
    return Act.RESET if message.side is Side.SERVER and message.kind == "E" else Act.PASS


@pytest.mark.parametrize("idle", [False, True])
def test_a_reset_line_left_its_number_watched_and_later_lines_failed(
    ground: Ground, *, idle: bool
) -> None:
    """The socket was closed by libpq; the loop went on watching the number, which the next had."""

    async def again(proxy: Proxy, pool: Pool) -> None:
        pid = await first(pool)
        proxy.arm(reset_at_error if idle else reset_at_row)
        if idle:
            await asyncio.to_thread(
                ground.run_with, "select pg_terminate_backend(%s::integer)", str(pid)
            )
            await asyncio.sleep(0.1)
        else:
            with pytest.raises(WireError):
                await first(pool)
        await proxy.heal()
        assert await first(pool) != pid

    async def several() -> list[dict[str, Any]]:
        failed: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, said: failed.append(said))
        async with proxied(ground.service) as proxy:
            pool = Pool(lambda: proxy.dsn, 1, 5_000)
            for _ in range(5):
                await again(proxy, pool)
            await pool.close()
        return failed

    assert not run(several())


def test_readyz_waited_for_ever_for_a_silent_database(ground: Ground) -> None:
    async def silent() -> tuple[int, float, int]:
        async with proxied(ground.service) as proxy, inside(proxy.dsn) as inner:
            assert (await inner.get("/readyz")).status == 200

            async def swallow(_message: Message) -> Act:
                return Act.SWALLOW

            proxy.arm(swallow)
            began = time.perf_counter()
            away = await asyncio.wait_for(inner.get("/readyz"), 30)
            seconds = time.perf_counter() - began
            await proxy.heal()
            return away.status, seconds, (await inner.get("/readyz")).status

    away, seconds, back = run(silent())
    assert (away, back) == (503, 200)
    assert seconds < READY_SECONDS + 1


def test_a_statement_that_took_too_long_did_not_say_when_to_try_again(ground: Ground) -> None:
    async def waits() -> Sent:
        async with inside(ground.service, statement_seconds=0.2) as inner:
            return await inner.ask()

    with ground.locked():
        sent = run(waits())
    verdict = judge([sent.receipt], ground, codes=["TIMEOUT"])
    assert (verdict.offences, verdict.refused) == ([], 1)
    failed = ground.written([sent.name])[sent.name]
    assert failed.outcomes == frozenset({"ERROR"})
    assert not failed.shown


@pytest.mark.parametrize("query", ["", REFUSED])
def test_a_client_that_has_gone_left_the_statement_of_a_refusal_running(
    ground: Ground, query: str
) -> None:
    """Hanging up ends the statement in PostgreSQL, that of an answer and that of a refusal."""

    async def leaves() -> float:
        async with inside(ground.service, statement_seconds=20) as inner:
            sent = Sent("Refused" if query else "Gone")
            asked = asyncio.create_task(inner.ask(sent, query))
            while not await asyncio.to_thread(ground.waiting):
                assert not asked.done(), sent.raw
                await asyncio.sleep(0.02)
            began = time.perf_counter()
            sent.gone.set()
            while await asyncio.to_thread(ground.busy):
                await asyncio.sleep(0.02)
                assert time.perf_counter() - began < 10
            seconds = time.perf_counter() - began
            await asked
            assert not sent.raw
            return seconds

    with ground.locked("ledger.access_record"):
        assert run(leaves()) < 2


def test_reading_the_policy_again_held_up_every_answer(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nine documents were parsed at each look at /readyz: a quarter of a second for everybody."""

    def read(_content: str, name: str) -> None:
        raise AssertionError(f"{name} is read again")

    before = run(policies.load(ground.service))
    monkeypatch.setattr(policies, "read", read)
    assert run(policies.load(ground.service)) == before


def test_a_statement_larger_than_the_sockets_buffers(ground: Ground) -> None:
    """Sending waits, and ends when the line does."""
    large = b"x" * 20_000_000

    async def sends(act: Act) -> str:
        async def slow(message: Message) -> Act:
            if message.side is Side.SERVICE and message.kind == "B" and message.number > 3:
                await asyncio.sleep(0.2)
                return act
            return Act.PASS

        async with proxied(ground.service) as proxy:
            proxy_wire = await Wire.connect(proxy.dsn, 5_000)
            proxy.arm(slow)
            try:
                result = await proxy_wire.begin("select length($1::text)::text, $1::text", [large])
                assert result.get_value(0, 1) == large
                return (result.get_value(0, 0) or b"").decode()
            finally:
                await proxy_wire.close()

    assert run(sends(Act.PASS)) == str(len(large))
    for act in (Act.CUT, Act.RESET, Act.CUT_INSIDE):
        with pytest.raises(WireError):
            run(sends(act))


def test_a_role_cannot_turn_off_waiting_for_the_disk(ground: Ground) -> None:
    """`synchronous_commit` of a role or database is overruled by each connection's own."""

    async def setting() -> bytes | None:
        wire = await Wire.connect(ground.service, 5_000)
        try:
            return (await wire.begin("show synchronous_commit", [])).get_value(0, 0)
        finally:
            await wire.close()

    ground.run("alter role saphan_service set synchronous_commit = off")
    try:
        with psycopg.connect(ground.service) as plain:
            assert plain.execute("show synchronous_commit").fetchone() == ("off",)
        assert run(setting()) == b"on"
    finally:
        ground.run("alter role saphan_service reset synchronous_commit")
