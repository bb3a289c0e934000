"""`make bench-ledger`: what the ledger costs and how fast it answers, with so many records in it.

Fills a ledger of its own, lets the integrator place it, then measures: records
per second and bytes per record, how fast the backlog was placed, the lag of the
integrator while 500 records come each second, the trace of one record through the
whole engine, and how fast an export is checked. `python -m bench.ledger --size small`.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, LiteralString

import orjson
import psycopg

from authz.caller import Caller
from bench import fsck
from bench.filling import a_record, fill
from ledger.ids import uuid7
from ledger.integrating import Integrator
from ledger.notes import Signer
from resolvers.engine import Engine, EngineSettings, Request
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service import embedded, migrate
from service.ledger.questions import shown
from service.ledger.running import Integrating
from service.stewards import ratify_shipped

SIZES: Final = {"small": 200_000, "full": 10_000_000}
SIGNER: Final = Signer.of_seed("bench.example/saphan", bytes(32))
RATE: Final = 500
SECONDS: Final = 15
WRITERS: Final = 8
_BODY: Final = "x" * 900
_RECORD: LiteralString = (
    "with r as (insert into ledger.access_record (id, kind, outcome, agency, country, subject)"
    " values (%(id)s, 'ACCESS', 'DISCLOSED', 'TH-DATIP', 'TH', 'u-1'))"
    " insert into ledger.access_leaf (record_id, pair, actor, body, records)"
    " values (%(id)s, 'KH-TH', 'TH', %(body)s, array[gen_random_uuid(), gen_random_uuid()])"
)
_SIZE: LiteralString = (
    "select sum(pg_total_relation_size(c.oid))::bigint from pg_class c"
    " join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'ledger' and c.relkind = 'r'"
)
AUDITOR: Final = Caller(
    "TH-AUDIT", "TH", ("AUDITOR",), ("AUDIT",), "bench", "bench", "bench", "0" * 64, 1 << 40
)


@dataclass(frozen=True, slots=True)
class House:
    """A filled ledger and the ways to it."""

    server: embedded.Server
    records: int
    asked: str

    def dsn(self, role: str) -> str:
        """The way of one role."""
        return self.server.dsn(role)


@contextmanager
def filled(folder: Path, records: int) -> Iterator[House]:
    """A server in `folder` with so many access records."""
    with embedded.server(folder) as server:
        migrate.upgrade(server.dsn(embedded.OWNER))
        with psycopg.connect(server.dsn(embedded.SUPERUSER)) as connection:
            ratify_shipped(connection)
            connection.commit()
            connection.autocommit = True
            row = connection.execute("select count(*) from ledger.access_leaf").fetchone()
            if row is None or row[0] < records:
                connection.execute("set maintenance_work_mem = '1GB'")
                fill(connection, records, _filling)
            yield House(server, records, a_record(connection, records))


def _filling(records: int) -> None:
    if records % 100_000 == 0:
        print(f"filling: {records:,}", end="\r", flush=True)


def placing(house: House) -> str:
    """The backlog, placed by one integrator."""
    with psycopg.connect(house.dsn("saphan_integrator"), autocommit=True) as connection:
        integrator = Integrator(connection, SIGNER)
        if not integrator.lead():
            raise RuntimeError("another integrator is at work")
        begun, placed, step = time.perf_counter(), 0, integrator.step()
        while True:
            placed += step.placed
            if not step.more:
                break
            step = integrator.step()
        took = time.perf_counter() - begun
    return f"integrator, backlog   {placed / took:10,.0f} leaves/s ({placed:,} in {took:.0f} s)"


def size(house: House) -> str:
    """What a record takes on disk, with its leaf, its indexes and its part of the tree."""
    with psycopg.connect(house.dsn(embedded.SUPERUSER)) as connection:
        row = connection.execute(_SIZE).fetchone()
    taken = int(row[0]) if row else 0
    return f"on disk               {taken / house.records:10,.0f} bytes/record"


def writing(house: House, seconds: float) -> str:
    """As many durable records as eight connections can write."""
    counts = _written(house, seconds, pause=0)
    return f"records written       {sum(counts) / seconds:10,.0f} records/s, {WRITERS} connections"


def _written(house: House, seconds: float, pause: float) -> list[int]:
    counts = [0] * WRITERS
    until = time.perf_counter() + seconds

    def write(number: int) -> None:
        with psycopg.connect(house.dsn(embedded.OWNER), autocommit=True) as connection:
            due = time.perf_counter()
            while (now := time.perf_counter()) < until:
                if now < due:
                    time.sleep(due - now)
                due += pause
                connection.execute(_RECORD, {"id": uuid7(), "body": _BODY})
                counts[number] += 1

    threads = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts


def lagging(house: House, seconds: float) -> str:
    """The age of the oldest leaf without a place while so many come each second."""
    running = Integrating(lambda: house.dsn("saphan_integrator"), SIGNER)
    running.start()
    seen: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            if running.leads and running.lag is not None:
                seen.append(running.lag)

    watcher = threading.Thread(target=look)
    watcher.start()
    counts = _written(house, seconds, pause=WRITERS / RATE)
    over.set()
    watcher.join()
    running.stop()
    return (
        f"integrator, lag       median {statistics.median(seen):.2f} s, largest {max(seen):.2f} s"
        f" at {sum(counts) / seconds:,.0f} records/s"
    )


async def _traced(house: House, times: int) -> tuple[list[float], int]:
    engine = Engine(
        graphql_schema(),
        catalog(),
        EngineSettings(lambda: house.dsn("saphan_service"), b"k" * 32, statement_timeout_ms=60_000),
    )
    question = shown({"recordId": house.asked}, "recordId")
    await engine.start()
    took, found = [], 0
    for _ in range(times):
        begun = time.perf_counter()
        request = Request(
            question.document, None, dict(question.variables), AUDITOR, "AUDIT", "bench"
        )
        answer: dict[str, Any] = orjson.loads((await engine.answer(request)).body)
        took.append((time.perf_counter() - begun) * 1000)
        found = len(answer["data"]["accessRecords"]["edges"])
    await engine.stop()
    return took, found


def tracing(house: House) -> str:
    """`saphan ledger trace` of one record: its first page through the whole engine, recorded."""
    took, found = asyncio.run(_traced(house, 40))
    warm = sorted(took[5:])
    return (
        f"trace of one record   {statistics.median(warm):10.1f} ms (middle half"
        f" {warm[len(warm) // 4]:.1f} to {warm[-1 - len(warm) // 4]:.1f}, first"
        f" {took[0]:.0f}), {found} accesses among {house.records:,}"
    )


def checking(records: int) -> list[str]:
    """Exports checked on one core, by the kind of their lines."""
    return [
        f"fsck, {name:15} {found['records_per_second']:10,} records/s of"
        f" {found['bytes_per_record']:,} bytes, peak {found['peak_mb']:.0f} MB"
        f" ({found['peak_mb_of_a_tenth']:.0f} MB for a tenth)"
        for name, found in fsck.measure(records).items()
    ]


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.ledger")
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    parser.add_argument("--folder", type=Path, help="Keep the filled ledger here, or use it again.")
    options = parser.parse_args()
    records = SIZES[options.size]
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made, "bench")
        with filled(folder, records) as house:
            print(placing(house))
            print(size(house))
            print(tracing(house))
            print(writing(house, SECONDS / 3))
            print(lagging(house, SECONDS))
        if options.folder is None:
            embedded.remove(folder)
    print(*checking(min(records, 200_000)), sep="\n")


if __name__ == "__main__":
    main()
