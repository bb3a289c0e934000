"""`make bench`: point and page of 50, the registry beside its own statement behind bare ASGI.

Both sides run in this process over the same kind of connection to the same
embedded PostgreSQL, in interleaved rounds; the ceiling runs the very statement
that the registry rendered, access record included, and returns its bytes. The
HTTP server is left out on both sides, which makes the ratio stricter.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import psycopg

from authz.caller import Caller
from bench.rows import fill
from resolvers.engine import Engine, EngineSettings, Request
from resolvers.execution import bind_all, disclose
from resolvers.header import header_values
from resolvers.rendering import Statement
from resolvers.wire import Pool
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service import embedded, migrate
from service.stewards import ratify_shipped

SIZES = {"small": 20_000, "full": 200_000}
POINT = "query($id: ID!) { victim(id: $id) { id familyName gender ageBand withheld { field } } }"
PAGE = """query { returnCases(first: 50) { edges { node { id state stateSince origin
  victim { id familyName gender ageBand withheld { field reason } } } } } }"""
ROUNDS = 15
Ask = Callable[[], Awaitable[bytes]]


def _caller() -> Caller:
    return Caller(
        "KH-MOSVY",
        "KH",
        ("FOCAL_POINT",),
        ("TRACING",),
        "bench",
        "bench",
        "bench",
        "0" * 64,
        1 << 40,
    )


def registry_side(engine: Engine, query: str, variables: dict[str, object]) -> Ask:
    """One request through the whole engine, from JSON text to bytes."""
    text = orjson.dumps({"query": query, "variables": variables})
    who = _caller()

    async def ask() -> bytes:
        body = orjson.loads(text)
        request = Request(body["query"], None, body["variables"], who, "TRACING", "bench")
        return (await engine.answer(request)).body

    return ask


def ceiling_side(
    pool: Pool, statement: Statement, version: int, variables: dict[str, object]
) -> Ask:
    """The same statement and commit, bytes joined without looking at them."""
    who, plan = _caller(), statement.narrowed.plan

    async def ask() -> bytes:
        context = header_values(
            who, "TRACING", "", plan.document_hash, "bench", statement.narrowed.searched, []
        )
        context |= {"nonce": "0" * 32, "policy_version": version, "policy_horizon": None}
        params = bind_all(statement.binds, variables, context)
        fetched = await disclose(pool, statement, params, lambda same: same)
        return b'{"data":{' + b",".join(root or b"null" for root in fetched.roots) + b"}}"

    return ask


async def _rate(ask: Ask, seconds: float) -> float:
    count, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds:
        await ask()
        count += 1
    return count / spent


async def _compare(name: str, ours: Ask, ceiling: Ask, seconds: float) -> None:
    for warm in (ours, ceiling):
        await _rate(warm, seconds)
    pairs = []
    for number in range(ROUNDS):
        first, second = (ours, ceiling) if number % 2 else (ceiling, ours)
        one, two = await _rate(first, seconds), await _rate(second, seconds)
        pairs.append((one, two) if number % 2 else (two, one))
    ratios = sorted(a / b for a, b in pairs)
    print(
        f"{name:6} registry {statistics.median(a for a, _ in pairs):8.1f}/s"
        f"  ceiling {statistics.median(b for _, b in pairs):8.1f}/s"
        f"  ratio {statistics.median(ratios):.2f} (min {ratios[0]:.2f}, max {ratios[-1]:.2f})"
    )


async def _measure(dsn: str, person: str, seconds: float) -> None:
    engine = Engine(graphql_schema(), catalog(), EngineSettings(lambda: dsn, b"k" * 32))
    await engine.start()
    pool = Pool(lambda: dsn, 1, 10_000)
    cases: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("point", POINT, {"id": person}),
        ("page", PAGE, {}),
    )
    for name, query, variables in cases:
        ours = registry_side(engine, query, variables)
        await ours()
        statement, version = engine.newest()
        await _compare(name, ours, ceiling_side(pool, statement, version, variables), seconds)
    await pool.close()
    await engine.stop()


def main() -> None:
    """Make a registry in a folder of its own, fill it, measure, print ratios with their spread."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    size = parser.parse_args().size
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "bench")
        with embedded.server(home) as server:
            migrate.upgrade(server.dsn(embedded.OWNER))
            with psycopg.connect(server.dsn(embedded.SUPERUSER)) as connection:
                ratify_shipped(connection)
                connection.commit()
                person = fill(connection, SIZES[size])
            asyncio.run(_measure(server.dsn("saphan_service"), person, 0.5))
        embedded.remove(home)


if __name__ == "__main__":
    main()
