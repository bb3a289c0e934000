"""What the second wall costs: the same statements with row-level security and without.

Two copies of one filled registry on one server, in one of them the policies of
the tables are switched off. The statements that the registry renders for a
point, a page and a bulk are run in turn on both, each in a transaction with its
context and its access record; each life opens both connections anew. Printed is
the speed with the wall as a ratio of the speed without. `python -m bench.wall`.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql

from bench.__main__ import SIZES, _prepared
from bench.ceiling import Ready, caller_of, ready
from bench.questions import Question
from ledger.ids import uuid7
from resolvers.engine import Engine, EngineSettings
from resolvers.execution import context_of
from resolvers.wire import Wire
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service import embedded

LIVES, ROUNDS = 8, 6
REPEATS = {"point": 40, "page": 8, "bulk": 1}
_UNWALL = (
    "do $$ declare t regclass; begin for t in select oid from pg_class where relrowsecurity loop"
    " execute format('alter table %s disable row level security', t); end loop; end $$"
)


async def _seconds(wire: Wire, it: Ready, repeats: int) -> float:
    begun = time.perf_counter()
    for _ in range(repeats):
        params = list(it.params)
        for place in it.record:
            params[place] = str(uuid7()).encode()
        await wire.begin(it.sql, params, it.context)
        await wire.commit()
    return time.perf_counter() - begun


async def _rendered(dsn: str, question: Question) -> Ready:
    engine = Engine(graphql_schema(), catalog(), EngineSettings(lambda: dsn, b"k" * 32))
    await engine.start()
    try:
        return replace(await ready(engine, question), context=context_of(caller_of(question)))
    finally:
        await engine.stop()


async def _measure(walled: str, bare: str, asked: tuple[Question, ...]) -> dict[str, list[float]]:
    ratios: dict[str, list[float]] = {question.name: [] for question in asked}
    statements = {q.name: await _rendered(walled, q) for q in asked}
    for life in range(LIVES):
        order = (walled, bare) if life % 2 else (bare, walled)
        wires = {dsn: await Wire.connect(dsn, 60_000) for dsn in order}
        for question in asked:
            it, repeats = statements[question.name], REPEATS[question.name]
            for dsn in order:
                await _seconds(wires[dsn], it, repeats)
            for turn in range(ROUNDS):
                took = {}
                for dsn in order if turn % 2 else reversed(order):
                    took[dsn] = await _seconds(wires[dsn], it, repeats)
                ratios[question.name].append(took[bare] / took[walled])
        for wire in wires.values():
            await wire.close()
    return ratios


def _report(name: str, ratios: list[float]) -> None:
    ratios.sort()
    quarter = len(ratios) // 4
    print(
        f"{name:6} speed with the wall {statistics.median(ratios):.2f} of that without"
        f" (middle half {ratios[quarter]:.2f} to {ratios[-1 - quarter]:.2f},"
        f" all {ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


def compare(server: embedded.Server, asked: tuple[Question, ...], say: Callable[..., None]) -> None:
    """Copy the registry of `server`, take the copy's wall down, measure both."""
    copy = "saphan_without_wall"
    with psycopg.connect(server.dsn(embedded.SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(copy)))
        connection.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(copy), sql.Identifier("saphan")
            )
        )
    with psycopg.connect(server.dsn(embedded.SUPERUSER, copy), autocommit=True) as connection:
        connection.execute(_UNWALL.encode())
        connection.execute("vacuum analyze")
    dsns = server.dsn("saphan_service"), server.dsn("saphan_service", copy)
    for name, ratios in asyncio.run(_measure(*dsns, asked)).items():
        say(name, ratios)


def main() -> None:
    """Make and fill a registry in a folder of its own, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.wall")
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    people = SIZES[parser.parse_args().size][0]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "bench")
        with embedded.server(home) as server:
            compare(server, _prepared(server, people), _report)
        embedded.remove(home)


if __name__ == "__main__":
    main()
