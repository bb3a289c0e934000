"""Two ways to run the same questions, measured in turn over one server.

A side is a database and one rendered statement for each question; each
statement runs in a transaction with its context and its access record. Each
life opens both connections anew, in turn the one or the other first.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass

from bench.ceiling import Ready
from ledger.ids import uuid7
from resolvers.wire import Wire

LIVES, ROUNDS = 8, 6
REPEATS = {"point": 40, "page": 8, "ordered": 8, "bulk": 1}


@dataclass(frozen=True, slots=True)
class Side:
    """A database, and the statement of each question by its name."""

    dsn: str
    statements: Mapping[str, Ready]


async def once(wire: Wire, it: Ready) -> None:
    """One transaction with a record of its own, durable."""
    params = list(it.params)
    for place in it.record:
        params[place] = str(uuid7()).encode()
    await wire.begin(it.sql, params, it.context)
    await wire.commit()


async def seconds(wire: Wire, it: Ready, repeats: int) -> float:
    """What so many transactions took together."""
    begun = time.perf_counter()
    for _ in range(repeats):
        await once(wire, it)
    return time.perf_counter() - begun


async def ratios(with_it: Side, without: Side) -> dict[str, list[float]]:
    """The speed of `with_it` as ratios of that of `without`, round by round, by question."""
    found: dict[str, list[float]] = {name: [] for name in with_it.statements}
    for life in range(LIVES):
        order = (with_it, without) if life % 2 else (without, with_it)
        wires = {id(side): await Wire.connect(side.dsn, 60_000) for side in order}
        for name, measured in found.items():
            repeats = REPEATS[name]
            for side in order:
                await seconds(wires[id(side)], side.statements[name], repeats)
            for turn in range(ROUNDS):
                took = {}
                for side in order if turn % 2 else reversed(order):
                    it = side.statements[name]
                    took[id(side)] = await seconds(wires[id(side)], it, repeats)
                measured.append(took[id(without)] / took[id(with_it)])
        for wire in wires.values():
            await wire.close()
    return found


def line(name: str, what: str, measured: list[float]) -> str:
    """Median and spread in words."""
    measured = sorted(measured)
    quarter = len(measured) // 4
    return (
        f"{name:6} speed with {what} {statistics.median(measured):.2f} of that without"
        f" (middle half {measured[quarter]:.2f} to {measured[-1 - quarter]:.2f},"
        f" all {measured[0]:.2f} to {measured[-1]:.2f})"
    )
