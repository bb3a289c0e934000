"""What the feed gives: entries a second of `changes`, and records a second that are judged.

Fills a registry, pulls everything as the system of the Lao focal point does, twice:
ids and fields alone, and with the records; then changes people, takes cases a step
on, and measures what turns events into entries and the entries themselves. All
through the engine, with access record and commit, on one connection, so that service
and PostgreSQL take turns; at the end two systems pull at once. Beside the rate by the
clock stands what one core of PostgreSQL would give, by the time its processes computed:
other work on the machine changes the first and hardly the second.
`python -m bench.feed --size small`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, LiteralString

import orjson
import psycopg

from authz.caller import Caller
from bench.filled import filled
from resolvers.engine import Engine, EngineSettings, Request
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service import embedded

DESK: Final = Caller(
    "LA-MLSW", "LA", ("FOCAL_POINT",), ("TRACING",), "bench", "bench", "bench", "0" * 64, 1 << 40
)
MORE: Final = 7
"""Rounds of changes more, so that there are entries enough to be read for a while."""
STEPS: Final = 4
"""As many steps as a case has from its notice to the plan of its return."""
AGAIN: Final = 5
"""The few entries of the steps are read so often from the same place."""
IDS: Final = """query Ids($after: String) { changes(after: $after, first: 1000) {
  edges { node { recordId recordType fields action } } pageInfo { hasNextPage endCursor } } }"""
RECORDS: Final = """query Records($after: String) { changes(after: $after, first: 1000) {
  edges { node { recordId recordType fields action record {
    ... on Victim { id givenName familyName gender ageBand nationalities homeProvince homeVillage }
    ... on ReturnCase { id state stateSince holder host origin victim { id } }
    ... on Consent { id purpose state recipients returnCase { id } }
    ... on Transition { id state at clause returnCase { id } } } } }
  pageInfo { hasNextPage endCursor } } }"""
_STEP: LiteralString = """insert into registry.transition
    (id, case_id, state, at, from_state, clause, actor_agency)
  select gen_random_uuid(), c.id, (case c.state when 'NOTIFIED' then 'TRACING_REQUESTED'
      when 'TRACING_REQUESTED' then 'TRACING' when 'TRACING' then 'ASSESSED'
      when 'ASSESSED' then 'RETURN_PLANNED' end)::text,
    clock_timestamp(), c.state, 'TH-LA-2017@1#art. 4', c.holder
  from registry.return_case c where c.origin = 'LA'
    and c.state in ('NOTIFIED', 'TRACING_REQUESTED', 'TRACING', 'ASSESSED')"""
_TOUCH: LiteralString = (
    "update registry.victim set children_count = coalesce(children_count, 0) + 1 where id in"
    " (select victim_id from registry.return_case where origin = 'LA' order by id limit 3000)"
)


class Desk:
    """One puller and where it stands."""

    def __init__(self, engine: Engine, client: str) -> None:
        self.engine, self.who, self.cursor = engine, replace(DESK, client=client), None

    async def page(self, document: str) -> tuple[int, bool]:
        """Entries of one page, and whether another follows."""
        request = Request(document, None, {"after": self.cursor}, self.who, "TRACING", "bench")
        answer: dict[str, Any] = orjson.loads((await self.engine.answer(request)).body)
        found = answer["data"]["changes"]
        self.cursor = found["pageInfo"]["endCursor"]
        return len(found["edges"]), found["pageInfo"]["hasNextPage"]

    async def run(self, document: str) -> tuple[int, float]:
        """Entries of a run, and its seconds."""
        begun, entries, more = time.perf_counter(), 0, True
        while more:
            count, more = await self.page(document)
            entries += count
        return entries, time.perf_counter() - begun


async def _measured(server: embedded.Server) -> list[str]:
    settings = EngineSettings(
        lambda: server.dsn("saphan_service"), b"k" * 32, connections=2, statement_timeout_ms=60_000
    )
    engine = Engine(graphql_schema(), catalog(), settings)
    await engine.start()
    try:
        return [line async for line in _told(engine, server)]
    finally:
        await engine.stop()


async def _told(engine: Engine, server: embedded.Server) -> AsyncIterator[str]:
    async for name, count, seconds, computed in _rates(engine, server):
        core = f", {count / computed:,.0f}/s of a core" if computed else ""
        yield f"{name:36} {count / seconds:10,.0f}/s{core} ({count:,} in {seconds:.2f} s)"


def _computed(server: embedded.Server) -> float:
    """Seconds that the service's backends have computed; 0 where the system does not say."""
    with psycopg.connect(server.dsn(embedded.SUPERUSER)) as connection:
        pids = connection.execute(
            "select pid from pg_stat_activity where usename = 'saphan_service'"
        ).fetchall()
    ticks = 0
    for (pid,) in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


Rate = tuple[str, int, float, float]
"""What was measured, how many, in how many seconds, of which PostgreSQL computed so many."""


async def _rates(engine: Engine, server: embedded.Server) -> AsyncIterator[Rate]:
    desk = Desk(engine, "bench")

    async def rate(name: str, document: str, times: int = 1) -> Rate:
        place, before, count, seconds = desk.cursor, _computed(server), 0, 0.0
        for _ in range(times):
            desk.cursor = place
            entries, took = await desk.run(document)
            count, seconds = count + entries, seconds + took
        return name, count, seconds, _computed(server) - before

    yield await rate("begin: judged once, then listed", IDS)
    for name, document in (("listing, ids and fields", IDS), ("listing, with records", RECORDS)):
        desk.cursor = None
        yield await rate(name, document)
    events, before = _change(server, _TOUCH), _computed(server)
    begun = time.perf_counter()
    await _follow(engine, server)
    took = time.perf_counter() - begun
    computed = _computed(server) - before
    yield f"steps: {events:,} events, records judged", _judged(server), took, computed
    for change, rounds, times, what in (
        (_TOUCH, MORE, 1, "of persons"),
        (_STEP, STEPS, AGAIN, "of steps"),
    ):
        for _ in range(rounds):
            _change(server, change)
            await _follow(engine, server)
        place = desk.cursor
        yield await rate(f"entries {what}, ids and fields", IDS, times)
        desk.cursor = place
        yield await rate(f"entries {what}, with records", RECORDS, times)
    async for each in _two(engine, server, desk):
        yield each


async def _two(engine: Engine, server: embedded.Server, desk: Desk) -> AsyncIterator[Rate]:
    """What two pullers get at once, of changes of persons."""
    desks = (desk, Desk(engine, "bench-too"))
    for each in desks:
        await each.run(IDS)
    for _ in range(MORE):
        _change(server, _TOUCH)
        await _follow(engine, server)
    places = [each.cursor for each in desks]
    for what, document in (("ids and fields", IDS), ("with records", RECORDS)):
        for each, place in zip(desks, places, strict=True):
            each.cursor = place
        begun, before = time.perf_counter(), _computed(server)
        runs = await asyncio.gather(*(each.run(document) for each in desks))
        seconds, entries = time.perf_counter() - begun, sum(count for count, _ in runs)
        yield f"two at once, persons, {what}", entries, seconds, _computed(server) - before


async def _follow(engine: Engine, server: embedded.Server) -> None:
    await engine.follow_feeds()
    while _behind(server):
        await engine.follow_feeds()


def _change(server: embedded.Server, statement: LiteralString) -> int:
    with psycopg.connect(server.dsn(embedded.SUPERUSER), autocommit=True) as connection:
        events = connection.execute(statement).rowcount
        connection.execute("vacuum analyze")
        return events


def _behind(server: embedded.Server) -> bool:
    with psycopg.connect(server.dsn(embedded.SUPERUSER)) as connection:
        row = connection.execute(
            "select count(*) from feed.stream where event_seq <> 9223372036854775807"
            " or position < registry.newest_position()"
        ).fetchone()
    return bool(row and row[0])


def _judged(server: embedded.Server) -> int:
    """Of the persons that were touched: themselves, their cases and all parts."""
    with psycopg.connect(server.dsn(embedded.SUPERUSER)) as connection:
        row = connection.execute(
            "select count(*) from feed.view v where v.unit in (select e.record_id"
            " from registry.event e where e.fields = '{childrenCount}')"
        ).fetchone()
    return int(row[0]) if row else 0


def measured(server: embedded.Server) -> Iterator[str]:
    """The lines of a filled server's feed."""
    yield from asyncio.run(_measured(server))


def main() -> None:
    """Fill, pull, print."""
    with filled("python -m bench.feed") as (server, _):
        for line in measured(server):
            print(line, flush=True)


if __name__ == "__main__":
    main()
