"""What the feed gives: entries a second of `changes`, and records a second that are judged.

Fills a registry, pulls everything as the system of the Lao focal point does, twice:
ids and fields alone, and with the records; then changes people and measures the
steps that turn events into entries. All through the engine, with access record and
commit, on one connection: one core for the service, one for PostgreSQL.
`python -m bench.feed --size small`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
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
CHANGED: Final = 3_000
IDS: Final = """query Ids($after: String) { changes(after: $after, first: 1000) {
  edges { node { recordId recordType fields action } } pageInfo { hasNextPage endCursor } } }"""
RECORDS: Final = """query Records($after: String) { changes(after: $after, first: 1000) {
  edges { node { recordId recordType fields action record {
    ... on Victim { id givenName familyName gender ageBand nationalities homeProvince homeVillage }
    ... on ReturnCase { id state stateSince holder host origin victim { id } }
    ... on Consent { id purpose state recipients returnCase { id } }
    ... on Transition { id state at clause returnCase { id } } } } }
  pageInfo { hasNextPage endCursor } } }"""
_TOUCH: LiteralString = (
    "update registry.victim set children_count = coalesce(children_count, 0) + 1 where id in"
    " (select victim_id from registry.return_case where origin = 'LA' order by id limit %s)"
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
        lambda: server.dsn("saphan_service"), b"k" * 32, connections=1, statement_timeout_ms=60_000
    )
    engine = Engine(graphql_schema(), catalog(), settings)
    await engine.start()
    try:
        return [line async for line in _lines(engine, server)]
    finally:
        await engine.stop()


async def _lines(engine: Engine, server: embedded.Server) -> Any:
    desk = Desk(engine, "bench")
    count, seconds = await desk.run(IDS)
    yield _line("begin: judged once, then listed", count, seconds)
    for name, document in (("listing, ids and fields", IDS), ("listing, with records", RECORDS)):
        desk.cursor = None
        yield _line(name, *(await desk.run(document)))
    events = _touch(server)
    begun = time.perf_counter()
    await engine.follow_feeds()
    while (await _behind(server)) > 0:
        await engine.follow_feeds()
    seconds = time.perf_counter() - begun
    records = _records(server)
    yield _line("steps: events judged into entries", events, seconds)
    yield _line("  records judged in them", records, seconds)
    place = desk.cursor
    yield _line("entries, ids and fields", *(await desk.run(IDS)))
    desk.cursor = place
    yield _line("entries, with records", *(await desk.run(RECORDS)))


def _touch(server: embedded.Server) -> int:
    with psycopg.connect(server.dsn(embedded.SUPERUSER), autocommit=True) as connection:
        events = connection.execute(_TOUCH, (CHANGED,)).rowcount
        connection.execute("vacuum analyze")
        return events


async def _behind(server: embedded.Server) -> int:
    with psycopg.connect(server.dsn(embedded.SUPERUSER)) as connection:
        row = connection.execute(
            "select count(*) from feed.stream where event_seq <> 9223372036854775807"
            " or position < registry.newest_position()"
        ).fetchone()
    return int(row[0]) if row else 0


def _records(server: embedded.Server) -> int:
    """Of the persons that were touched: themselves, their cases and all parts."""
    with psycopg.connect(server.dsn(embedded.SUPERUSER)) as connection:
        row = connection.execute(
            "select count(*) from feed.view v where v.unit in (select e.record_id"
            " from registry.event e where e.fields = '{childrenCount}')"
        ).fetchone()
    return int(row[0]) if row else 0


def _line(name: str, count: int, seconds: float) -> str:
    return f"{name:36} {count / seconds:10,.0f}/s ({count:,} in {seconds:.2f} s)"


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
