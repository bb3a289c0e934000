"""The engine and its endpoint within the test: each byte that leaves is seen at the moment it does.

Takes a connection string, gives `Inside`, which asks through the real ASGI
application and notes every message it sends, with no socket in between.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvloop
from starlette.types import Message, Scope

from resolvers.engine import Engine, EngineSettings
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service.app import create_app
from service.http.door import Door
from service.http.reception import Limits
from tests.door.doors import GOOD, ListedTokens
from tests.durability.evidence import Receipt
from tests.durability.people import fresh_name, question

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """On the event loop that the service runs on."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


@dataclass(slots=True)
class Sent:
    """What one request was answered so far, as it would stand on the wire."""

    name: str
    raw: bytes = b""
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def receipt(self) -> Receipt:
        """For the judge. Nothing but the service can have cut it."""
        return Receipt((self.name,), self.raw, cut=False)

    @property
    def status(self) -> int:
        """Of the answer; 0 where none has left."""
        return int(self.raw[9:12] or b"0")

    async def note(self, message: Message) -> None:
        """ASGI's `send`."""
        if message["type"] == "http.response.start":
            lines = [b"%s: %s" % pair for pair in message["headers"]]
            head = b"HTTP/1.1 %d x" % message["status"]
            self.raw += b"\r\n".join([head, *lines, b"", b""])
        else:
            self.raw += message["body"]


@dataclass(frozen=True, slots=True)
class Inside:
    """One engine behind its endpoint."""

    engine: Engine
    app: Door

    def within(self, seconds: float) -> Inside:
        """The same engine, whose answers must be ready in this time."""
        return Inside(self.engine, _app(self.engine, seconds))

    async def ask(self, sent: Sent | None = None, query: str = "") -> Sent:
        """The question of `people`, or another; `sent.gone` is the client's hanging up."""
        into = sent or Sent(fresh_name())
        body = json.dumps({"query": query} if query else question(into.name)).encode()
        told = False

        async def receive() -> Message:
            nonlocal told
            if not told:
                told = True
                return {"type": "http.request", "body": body, "more_body": False}
            await into.gone.wait()
            return {"type": "http.disconnect"}

        await self.app(_scope("POST", "/graphql", body), receive, into.note)
        return into

    async def get(self, path: str) -> Sent:
        """One of the pages."""
        sent = Sent("")

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        await self.app(_scope("GET", path, b""), receive, sent.note)
        return sent


@asynccontextmanager
async def inside(
    dsn: str, *, connections: int = 1, statement_seconds: float = 5.0
) -> AsyncIterator[Inside]:
    """An engine for the time of the block."""
    settings = EngineSettings(
        dsn=lambda: dsn,
        cursor_key=bytes(32),
        connections=connections,
        statement_timeout_ms=round(statement_seconds * 1000),
    )
    engine = Engine(graphql_schema(), catalog(), settings)
    await engine.start()
    try:
        yield Inside(engine, _app(engine, 5.0))
    finally:
        await engine.stop()


def _app(engine: Engine, answer_seconds: float) -> Door:
    limits = Limits(65_536, 5.0, answer_seconds)
    return create_app(engine, ListedTokens(), limits=limits, sdl="type Query { a: Int }\n")


def _scope(method: str, path: str, body: bytes) -> Scope:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [
            (b"host", b"registry.example"),
            (b"authorization", b"Bearer " + GOOD.encode()),
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
        ],
    }
