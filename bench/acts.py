"""Edges of the return case per second, beside the bare statement; `python -m bench.acts`.

Ours is a mutation from its document to its bytes, as the door hands it in:
locked, decided, guarded, written, with its event, its deed, its access record and
its payload, durable. Bare is the one insert of the transition, with the triggers
that keep the machine and the event, durable as well. Both take the same step of
cases of their own, eight at a time over eight connections of one process, in
turn; the ratio of two neighbouring rounds is what counts.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import LiteralString

import psycopg

from authz.caller import Caller
from resolvers.engine import Engine, EngineSettings, Request
from resolvers.wire import Wire
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service import embedded, migrate
from service.stewards import ratify_shipped

AT_ONCE = 8
SIZES = {"small": (6, 250), "full": (12, 1_000)}
"""Rounds, and edges of each side in each round."""
_NOTIFY = """mutation Notify($c: ID!) { notifyOrigin(caseId: $c) {
  problems { __typename } returnCase { id state stateSince } } }"""
_BARE: LiteralString = (
    "insert into registry.transition (id, case_id, state, at, clause, from_state, actor_agency)"
    " values (gen_random_uuid(), $1::uuid, 'NOTIFIED', clock_timestamp(), 'TH-KH-2014@3#art. 4',"
    " 'IDENTIFIED', 'TH-DATIP')"
)
_CASES: LiteralString = """
with people as (insert into registry.victim (id, family_name, nationalities, stateless, entered_by)
  select gen_random_uuid(), 'Sok', '{KH}', false, 'TH-DATIP' from generate_series(1, %s)
  returning id),
cases as (insert into registry.return_case (id, victim_id, agreement_code, host, origin, state,
  main_rank, state_since, holder, opened_on)
  select gen_random_uuid(), id, 'TH-KH-2014', 'TH', 'KH', 'IDENTIFIED', 2, now() - interval '1 day',
  'TH-DATIP', current_date from people returning id),
first as (insert into registry.transition (id, case_id, state, at, from_state, actor_agency)
  select gen_random_uuid(), id, 'SCREENED', now() - interval '2 days', null, 'TH-DATIP' from cases)
select id::text from cases"""
_SECOND: LiteralString = """
insert into registry.transition (id, case_id, state, at, from_state, actor_agency)
  select gen_random_uuid(), id, 'IDENTIFIED', state_since, 'SCREENED', 'TH-DATIP'
  from registry.return_case c where c.state = 'IDENTIFIED' and not exists (select from
  registry.transition t where t.case_id = c.id and t.state = 'IDENTIFIED')"""
_DESK = Caller(
    agency="TH-DATIP",
    country="TH",
    roles=("FOCAL_POINT",),
    purposes=("TRACING",),
    subject="bench",
    client="bench",
    issuer="https://id.bench.example",
    token_hash="0" * 64,
    expires_at=9_999_999_999,
)

Take = Callable[[str], Awaitable[None]]


def _cases(connection: psycopg.Connection[tuple[str]], count: int) -> list[str]:
    """Cases that stand at IDENTIFIED."""
    found = [case for (case,) in connection.execute(_CASES, (count,)).fetchall()]
    connection.execute(_SECOND)
    connection.commit()
    return found


async def _rate(take: Take, cases: list[str]) -> float:
    """Edges a second, `AT_ONCE` at a time."""
    left = iter(cases)

    async def hand() -> None:
        for case in left:
            await take(case)

    begun = time.perf_counter()
    await asyncio.gather(*(hand() for _ in range(AT_ONCE)))
    return len(cases) / (time.perf_counter() - begun)


@contextlib.asynccontextmanager
async def _ours(dsn: str) -> AsyncIterator[Take]:
    engine = Engine(
        graphql_schema(), catalog(), EngineSettings(lambda: dsn, b"k" * 32, connections=AT_ONCE)
    )
    await engine.start()

    async def take(case: str) -> None:
        answer = await engine.answer(Request(_NOTIFY, None, {"c": case}, _DESK, "TRACING", "t"))
        if b'"problems":[]' not in answer.body:
            raise RuntimeError(answer.body.decode())

    yield take
    await engine.stop()


@contextlib.asynccontextmanager
async def _bare(dsn: str) -> AsyncIterator[Take]:
    idle = [await Wire.connect(dsn, 10_000) for _ in range(AT_ONCE)]

    async def take(case: str) -> None:
        wire = idle.pop()
        await wire.begin(_BARE, [case.encode()], (b"TH", b"TH-DATIP"))
        await wire.commit()
        idle.append(wire)

    yield take
    for wire in idle:
        await wire.close()


async def measure(
    owner: psycopg.Connection[tuple[str]], dsn: str, rounds: int, edges: int
) -> list[tuple[float, float]]:
    """Edges per second of ours and bare, round by round."""
    pairs: list[tuple[float, float]] = []
    async with _ours(dsn) as ours, _bare(dsn) as bare:
        for number in range(rounds + 1):
            sides = (ours, bare) if number % 2 else (bare, ours)
            found = {id(side): await _rate(side, _cases(owner, edges)) for side in sides}
            if number:  # the first round plans
                pairs.append((found[id(ours)], found[id(bare)]))
    return pairs


def report(pairs: list[tuple[float, float]]) -> str:
    """One line of the bench."""
    ratios = sorted(ours / bare for ours, bare in pairs)
    return (
        f"edges  ours {statistics.median(a for a, _ in pairs):7.1f}/s"
        f"  bare {statistics.median(b for _, b in pairs):7.1f}/s"
        f"  ratio {statistics.median(ratios):.2f} (all {ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


def main() -> None:
    """Make a registry in a folder of its own, measure, print one line."""
    parser = argparse.ArgumentParser(prog="bench.acts")
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    rounds, edges = SIZES[parser.parse_args().size]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "bench")
        with embedded.server(home) as server:
            migrate.upgrade(server.dsn(embedded.OWNER))
            with psycopg.connect(server.dsn(embedded.SUPERUSER)) as connection:
                ratify_shipped(connection)
                connection.commit()
                dsn = server.dsn("saphan_service")
                print(report(asyncio.run(measure(connection, dsn, rounds, edges))), flush=True)
        embedded.remove(home)


if __name__ == "__main__":
    main()
