"""What the access record costs: the same statements with it and without, beside one durable insert.

The second statement has all that finds and redacts rows and sums up what is withheld, and nothing
that groups, writes or flushes. The inserts are transactions of one row: into a plain table with a
primary key, and into the ledger's own table of leaves. All in one run, in turn.
`python -m bench.record`.
"""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import dataclass
from unittest.mock import patch

import psycopg

from bench.ceiling import Ready
from bench.filled import filled, rendered
from bench.questions import Question
from bench.sides import seconds
from resolvers import recording, rendering
from resolvers.rows import Build
from resolvers.wire import Wire
from service import embedded

LIVES, ROUNDS = 6, 8
REPEATS = {"point": 40, "page": 10, "bulk": 2}
_PLAIN = (
    "create table public.plain_row (id uuid primary key, body text not null)",
    "grant select, insert on public.plain_row to saphan_service",
)
_BODY = "x" * 900


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of one transaction in one round: with the record, without, a plain row, a leaf."""

    recorded: float
    bare: float
    insert: float
    leaf: float

    @property
    def share(self) -> float:
        """The record's cost as a share of the statement without it."""
        return (self.recorded - self.bare) / self.bare

    @property
    def inserts(self) -> float:
        """The record's cost counted in durable inserts of a plain row."""
        return (self.recorded - self.bare) / self.insert

    @property
    def leaves(self) -> float:
        """The same counted in durable inserts of a leaf alone."""
        return (self.recorded - self.bare) / self.leaf


def _nothing(build: Build) -> None:
    """In place of the record: what was shown is looked at, for the sums of what is withheld."""
    recorded = [i for i in build.instances if i.row.entity.binding != "INHERITED"]
    build.add("u", " union all ".join(recording.seen(i) for i in recorded) or recording.EMPTY)
    build.ctes.append(("k", f"select {recording.moment_sql(build.params)}"))
    build.add("rec", "select true")
    build.add("leaf", "select true")


async def unrecorded(dsn: str, question: Question) -> Ready:
    """The question's statement as it would be without any record."""
    with patch.object(rendering, "record", _nothing):
        return await rendered(dsn, question)


def leaf(it: Ready) -> Ready:
    """One leaf of two records, durably, with its indexes and behind the wall."""
    sql = (
        "insert into ledger.access_leaf (record_id, pair, actor, body, records) values"
        f" ($1::uuid, 'KH-TH', $2, '{_BODY}', array[gen_random_uuid(), gen_random_uuid()])"
    )
    return Ready(sql, [b"", it.context[0]], (0,), (), it.context)


def plain(it: Ready) -> Ready:
    """One row, durably, in the same context."""
    sql = f"insert into public.plain_row (id, body) values ($1::uuid, '{_BODY}') returning id"
    return Ready(sql, [b""], (0,), (), it.context)


async def measure(dsn: str, asked: tuple[Question, ...]) -> dict[str, list[Measured]]:
    """Round by round, by question."""
    statements = {question.name: await rendered(dsn, question) for question in asked}
    without = {question.name: await unrecorded(dsn, question) for question in asked}
    found: dict[str, list[Measured]] = {name: [] for name in statements}
    for _ in range(LIVES):
        wires = [await Wire.connect(dsn, 60_000) for _ in range(4)]
        for name, it in statements.items():
            sides = (it, without[name], plain(it), leaf(it))
            repeats = REPEATS[name]
            for wire, side in zip(wires, sides, strict=True):
                await seconds(wire, side, repeats)
            for turn in range(ROUNDS):
                took = [0.0] * 4
                for n in (0, 1, 2, 3) if turn % 2 else (3, 2, 1, 0):
                    took[n] = await seconds(wires[n], sides[n], repeats) / repeats
                found[name].append(Measured(*took))
        for wire in wires:
            await wire.close()
    return found


def line(name: str, measured: list[Measured]) -> str:
    """Median and middle half, in words."""

    def spread(values: list[float], form: str) -> str:
        ordered = sorted(values)
        quarter = len(ordered) // 4
        low, high = ordered[quarter], ordered[-1 - quarter]
        return f"{statistics.median(ordered):{form}} ({low:{form}} to {high:{form}})"

    ms = [
        statistics.median(getattr(m, side) for m in measured) * 1000
        for side in ("recorded", "bare", "insert", "leaf")
    ]
    return (
        f"{name:6} the record costs {spread([m.inserts for m in measured], '.2f')} durable inserts"
        f" of a plain row, {spread([m.leaves for m in measured], '.2f')} of a leaf,"
        f" {spread([m.share for m in measured], '.0%')} of the statement;"
        f" {ms[0]:.2f} ms with it, {ms[1]:.2f} without, {ms[2]:.2f} one row, {ms[3]:.2f} one leaf"
    )


def prepared_for(server: embedded.Server) -> None:
    """The plain table beside the registry."""
    with psycopg.connect(server.dsn(embedded.SUPERUSER), autocommit=True) as connection:
        for statement in _PLAIN:
            connection.execute(statement.encode())


def main() -> None:
    """Make and fill a registry in a folder of its own, measure, print."""
    with filled("python -m bench.record") as (server, asked):
        prepared_for(server)
        for name, measured in asyncio.run(measure(server.dsn("saphan_service"), asked)).items():
            print(line(name, measured))


if __name__ == "__main__":
    main()
