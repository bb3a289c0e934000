"""Many requests, one flush: are answers that wait for a common flush faster than commits?

Both sides run the point question with its record on so many connections at a time. One commits as
the registry does. The other commits without a flush, then waits for the next flush of one further
connection, which covers all commits before it: the answer still leaves only after its record is
durable. A second way to commit is worth its place where it gains 30 %.
`python -m bench.groupcommit`.
"""

from __future__ import annotations

import asyncio
import statistics
import time

from bench.ceiling import Ready
from bench.filled import filled, rendered
from bench.sides import once
from resolvers.wire import Wire

ROUNDS, SECONDS = 10, 1.0
_FLUSHED = "select pg_logical_emit_message(true, 'flush', '')"
_LAZY = "set synchronous_commit = off"


class Flusher:
    """One connection that flushes for whoever waits."""

    def __init__(self, wire: Wire, it: Ready) -> None:
        self._wire, self._context = wire, it.context
        self._wanted = asyncio.Event()
        self._next: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def durable(self) -> None:
        """Wait for a flush that begins after now."""
        waiting = self._next
        self._wanted.set()
        await waiting

    async def run(self) -> None:
        """Flush as long as somebody waits."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            done, self._next = self._next, asyncio.get_running_loop().create_future()
            await self._wire.begin(_FLUSHED, [], self._context)
            await self._wire.commit()
            done.set_result(None)


async def _ask(wire: Wire, it: Ready, flusher: Flusher | None) -> None:
    await once(wire, it)
    if flusher is not None:
        await flusher.durable()


async def _rate(wires: list[Wire], it: Ready, flusher: Flusher | None) -> float:
    until = time.perf_counter() + SECONDS

    async def work(wire: Wire) -> int:
        done = 0
        while time.perf_counter() < until:
            await _ask(wire, it, flusher)
            done += 1
        return done

    begun = time.perf_counter()
    counts = await asyncio.gather(*(work(wire) for wire in wires))
    return sum(counts) / (time.perf_counter() - begun)


async def measure(dsn: str, it: Ready, callers: int) -> list[tuple[float, float]]:
    """(as it is, with a common flush) in requests per second, round by round."""
    plain = [await Wire.connect(dsn, 60_000) for _ in range(callers)]
    lazy = [await Wire.connect(dsn, 60_000) for _ in range(callers)]
    for wire in lazy:
        await wire.begin(_LAZY, [], it.context)
        await wire.commit()
    flusher = Flusher(await Wire.connect(dsn, 60_000), it)
    task = asyncio.create_task(flusher.run())
    found = []
    for turn in range(ROUNDS + 1):
        sides = [(plain, None), (lazy, flusher)]
        rates = [0.0, 0.0]
        for n in (0, 1) if turn % 2 else (1, 0):
            rates[n] = await _rate(sides[n][0], it, sides[n][1])
        if turn:
            found.append((rates[0], rates[1]))
    task.cancel()
    for wire in (*plain, *lazy):
        await wire.close()
    return found


def line(callers: int, found: list[tuple[float, float]]) -> str:
    """Median gain and spread, in words."""
    gains = sorted(grouped / plain - 1 for plain, grouped in found)
    quarter = len(gains) // 4
    rates = [statistics.median(each[n] for each in found) for n in (0, 1)]
    return (
        f"{callers:3} at a time: a common flush gains {statistics.median(gains):+.0%}"
        f" ({gains[quarter]:+.0%} to {gains[-1 - quarter]:+.0%});"
        f" {rates[0]:.0f} requests/s as it is, {rates[1]:.0f} with it"
    )


def main() -> None:
    """Make and fill a registry in a folder of its own, measure, print."""
    with filled("python -m bench.groupcommit") as (server, asked):
        dsn = server.dsn("saphan_service")

        async def all_of_it() -> None:
            point = await rendered(dsn, asked[0])
            for callers in (1, 4, 16):
                print(line(callers, await measure(dsn, point, callers)))

        asyncio.run(all_of_it())


if __name__ == "__main__":
    main()
