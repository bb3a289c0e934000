"""What watching costs: memory of a service process with many subscriptions, and events per second.

Run by `make bench`. A real `saphan serve` over the bench's registry, and one
socket for each subscriber: `idle` ones watch cases that nobody touches, `busy`
ones a case each. All of these are touched by one commit, again as soon as the
last of their subscribers has heard of it: each event is a statement, a record
and a commit of its own.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString

import psycopg

SIZES = {"small": (200, 50, 4.0), "full": (1_000, 200, 20.0)}
"""Idle subscribers, busy ones, seconds of touching."""
GOAL_MB = 150
_OPENING = 50
_PAGE = os.sysconf("SC_PAGE_SIZE")
WATCH = """subscription Watch($id: ID!) { returnCaseChanged(id: $id) { id state openedOn
  victim { gender ageBand } } }"""

_CASES: LiteralString = (
    "select id::text, seen from (select id, origin = 'KH' and host = 'TH' and main_rank between 3"
    " and 8 and not not_a_national and not exists (select from registry.consent s where s.case_id ="
    " r.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN')) as seen"
    " from registry.return_case r order by seen desc, id limit %s) c order by seen"
)
"""Those that the desk sees come last: they are the ones that are touched."""
_TOUCH: LiteralString = (
    "update registry.return_case set opened_on = opened_on + 1 where id = any(%s::uuid[])"
)
_PATIENCE = 60.0
_SETTLING = 5.0


@dataclass(slots=True)
class Line:
    """One socket with one subscription."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    case: str
    heard: int = 0
    latencies: list[float] = field(default_factory=list)
    touched: float = 0.0


@dataclass(frozen=True, slots=True)
class Watched:
    """Megabytes resident before, with idle subscribers, and with all of them at work; how many of
    these were told; subscriptions begun and events told per second; the median of seconds from a
    commit that touched all to the bytes of one.
    """

    alone: float
    idle: float
    busy: float
    told: int
    opened: float
    rate: float
    delay: float


def resident(pid: int) -> float:
    """Megabytes of a process that are in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * _PAGE / 1e6


async def _text(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """The next text of the server. Pings are answered; any other frame ends the bench."""
    head = await reader.readexactly(2)
    size = head[1] & 0x7F
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2))
    elif size == 127:
        size = int.from_bytes(await reader.readexactly(8))
    payload = await reader.readexactly(size)
    if head[0] & 0x0F == 0x9:
        writer.write(_frame(0xA, payload))
        return await _text(reader, writer)
    if head[0] & 0x0F != 0x1:
        raise RuntimeError(f"a socket ended: {payload[:80]!r}")
    return payload


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2)
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


def _message(message: object) -> bytes:
    return _frame(0x1, json.dumps(message).encode())


async def _open(port: int, token: str, purpose: str, case: str) -> Line:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        "\r\n".join(
            (
                "GET /graphql HTTP/1.1",
                f"Host: 127.0.0.1:{port}",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                f"Sec-WebSocket-Key: {key}",
                "Sec-WebSocket-Protocol: graphql-transport-ws",
                "",
                "",
            )
        ).encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    hello = {"Authorization": f"Bearer {token}", "Saphan-Purpose": purpose}
    writer.write(_message({"type": "connection_init", "payload": hello}))
    await _text(reader, writer)
    asked = {"query": WATCH, "variables": {"id": case}}
    writer.write(_message({"type": "subscribe", "id": "1", "payload": asked}))
    return Line(reader, writer, case)


async def _listen(line: Line) -> None:
    while True:
        await _text(line.reader, line.writer)
        line.heard += 1
        line.latencies.append(time.perf_counter() - line.touched)


@asynccontextmanager
async def _listening() -> AsyncIterator[Callable[[Sequence[Line]], None]]:
    """Gives what lets lines be listened to until the end of the block."""
    tasks: list[asyncio.Task[None]] = []

    def listen(lines: Sequence[Line]) -> None:
        tasks.extend(asyncio.create_task(_listen(line)) for line in lines)

    try:
        yield listen
    finally:
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        for each in done:
            if isinstance(each, Exception):
                raise each


@dataclass(frozen=True, slots=True)
class Watching:
    """A server's process and port, who watches there for which purpose, and who touches."""

    pid: int
    port: int
    token: str
    purpose: str
    owner: str

    async def measured(self, size: str) -> Watched:
        """Open, wait, touch, count."""
        idle, busy, seconds = SIZES[size]
        alone = resident(self.pid)
        async with await psycopg.AsyncConnection.connect(self.owner, autocommit=True) as owner:
            found = await (await owner.execute(_CASES, (idle + busy,))).fetchall()
            cases = [case for case, _ in found]
            if sum(seen for _, seen in found) < busy or len(cases) < idle + busy:
                raise RuntimeError("too few cases to watch")
            async with _listening() as listen:
                lines: list[Line] = []
                opening = time.perf_counter()
                for first in range(0, idle + busy, _OPENING):
                    some = cases[first : min(first + _OPENING, idle + busy)]
                    each = (_open(self.port, self.token, self.purpose, case) for case in some)
                    opened = await asyncio.gather(*each)
                    listen(opened)
                    lines += opened
                await _until_watching(self.port, idle + busy)
                opening = time.perf_counter() - opening
                with_idle, at_work = resident(self.pid), lines[idle:]
                await owner.execute(_TOUCH, ([line.case for line in at_work],))
                await asyncio.sleep(_SETTLING)
                # a case that its desk may not see makes no event
                at_work = [line for line in at_work if line.heard]
                for line in at_work:
                    line.heard, line.latencies = 0, []
                rounds, begun = 0, time.perf_counter()
                while time.perf_counter() - begun < seconds:
                    rounds += 1
                    for line in at_work:
                        line.touched = time.perf_counter()
                    await owner.execute(_TOUCH, ([line.case for line in at_work],))
                    await _all_heard(at_work, rounds)
                took = time.perf_counter() - begun
                counted = sum(line.heard for line in at_work)
                with_busy = resident(self.pid)
        for line in lines:
            line.writer.close()
        delays = [delay for line in at_work for delay in line.latencies]
        delay = statistics.median(delays)
        opened_rate = (idle + busy) / opening
        memory = (alone, with_idle, with_busy)
        return Watched(*memory, len(at_work), opened_rate, counted / took, delay)


async def _all_heard(lines: Sequence[Line], rounds: int) -> None:
    async with asyncio.timeout(_PATIENCE):
        while any(line.heard < rounds for line in lines):  # noqa: ASYNC110  # of many lines at once
            await asyncio.sleep(0.005)


async def _until_watching(port: int, count: int) -> None:
    for _ in range(600):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        told = await reader.read()
        writer.close()
        if f"saphan_subscriptions {count}\n".encode() in told:
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("not all subscriptions have begun")


def report(size: str, found: Watched) -> None:
    """One line."""
    idle = SIZES[size][0]
    print(
        f"watch  {idle} idle and {found.told} busy subscriptions: {found.busy:.0f} MB resident"
        f" ({found.alone:.0f} before, {found.idle:.0f} while all were idle; goal {GOAL_MB} for"
        f" 1000 and 200), {found.opened:.0f} begun/s, {found.rate:.0f} events/s,"
        f" {found.delay * 1000:.0f} ms to each",
        flush=True,
    )
