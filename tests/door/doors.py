"""A door in a thread: the real server and protocol over a chosen engine, on a free port."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from authz.caller import Caller
from authz.tokens import Cause, TokenRefused
from resolvers.engine import Answer, Request
from service.app import Life, create_app
from service.http.admission import Verifier
from service.http.endpoint import Engine
from service.http.listening import DoorServer, bind
from service.http.reception import Limits
from service.settings import Settings
from service.telemetry import Tracing

GOOD = "good.access.token"
NO_PURPOSES = "token.without.purposes"
TWO_PURPOSES = "token.with.two"
SDL = "type Query { me: String }\n"


def caller(*purposes: str) -> Caller:
    return Caller(
        agency="KH-MOSVY",
        country="KH",
        roles=("FOCAL_POINT",),
        purposes=purposes,
        subject="u-4411",
        client="desk",
        issuer="https://id.gov.example/kh",
        token_hash="0" * 64,
        expires_at=4_000_000_000,
    )


CALLERS = {
    GOOD: caller("TRACING"),
    NO_PURPOSES: caller(),
    TWO_PURPOSES: caller("TRACING", "RETURN"),
}


class ListedTokens:
    """A verifier of the texts in `CALLERS`."""

    def verify(self, token: str) -> Caller:
        if token not in CALLERS:
            raise TokenRefused(Cause.SIGNATURE)
        return CALLERS[token]


@dataclass
class ScriptedEngine:
    """An engine that keeps what it is asked and does what `act` says."""

    act: Callable[[Request], Awaitable[Answer]] | None = None
    up: bool = True
    requests: list[Request] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)

    async def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        self.begun.set()
        try:
            if self.act is not None:
                return await self.act(request)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return Answer(200, b'{"data":{"__typename":"Query"}}')

    async def ready(self) -> bool:
        return self.up


@dataclass
class OpenDoor:
    """Where it listens, and ways to knock."""

    url: str
    address: tuple[str, int]
    stop: Callable[[], None]

    def client(self, **options: Any) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, timeout=20, **options)

    def post(self, body: object, **headers: str) -> httpx2.Response:
        """POST /graphql with the good token; `headers` replace, an empty one removes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {"authorization": f"Bearer {GOOD}", "content-type": "application/json"}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        with self.client() as client:
            sent = {name: value for name, value in fields.items() if value}
            return client.post("/graphql", content=content, headers=sent)

    @contextmanager
    def socket(self) -> Iterator[socket.socket]:
        with socket.create_connection(self.address, timeout=20) as connection:
            yield connection

    def raw(self, sent: bytes) -> bytes:
        """All that comes back for `sent` until the server closes."""
        with self.socket() as connection:
            connection.sendall(sent)
            return receive_all(connection)


def receive_all(connection: socket.socket) -> bytes:
    """Bytes until the end, a reset counting as one."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def request_bytes(body: bytes, *extra: bytes, length: int | None = None) -> bytes:
    """A well-formed POST /graphql that closes, with `extra` header lines."""
    lines = [
        b"POST /graphql HTTP/1.1",
        b"Host: registry.example",
        b"Authorization: Bearer " + GOOD.encode(),
        b"Content-Type: application/json",
        b"Connection: close",
        b"Content-Length: %d" % (len(body) if length is None else length),
        *extra,
    ]
    return b"\r\n".join([*lines, b"", body])


@contextmanager
def open_door(
    engine: Engine,
    verifier: Verifier | None = None,
    *,
    life: Life | None = None,
    tracing: Tracing | None = None,
    **settings: Any,
) -> Iterator[OpenDoor]:
    """The door over `engine`, closed at the end of the block."""
    given = Settings(**settings)
    limits = Limits(given.body_limit, given.body_timeout, given.request_timeout)
    app = create_app(
        engine, verifier or ListedTokens(), limits=limits, sdl=SDL, life=life, tracing=tracing
    )
    announced = threading.Event()
    server = DoorServer(app, given, lambda _address: announced.set())
    listener = bind("127.0.0.1", 0)
    host, port = listener.getsockname()
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        assert announced.wait(20)
        yield OpenDoor(f"http://{host}:{port}", (host, port), server.stop)
    finally:
        server.stop()
        thread.join(30)
        listener.close()
        assert not thread.is_alive()


def errors_of(response: httpx2.Response) -> list[dict[str, Any]]:
    body = response.json()
    assert "data" not in body
    found: list[dict[str, Any]] = body["errors"]
    return found


def code_of(response: httpx2.Response) -> str:
    """The one error's code."""
    (error,) = errors_of(response)
    code: str = error["extensions"]["code"]
    return code
