"""A socket that is to end does end, also where its client takes nothing of what waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from service.http.sockets.protocol import DoorSocket

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
PING = bytes([0x89, 0x80 | 125]) + bytes(4 + 125)
LITTLE = 4_096


def masked(first: int, payload: bytes) -> bytes:
    """A short frame of a client; the mask changes nothing."""
    return bytes([first, 0x80 | len(payload)]) + bytes(4) + payload


@dataclass
class Place:
    """One socket in this process, and its client, which takes nothing."""

    client: socket.socket
    protocol: DoorSocket
    close: asyncio.Event
    ended: asyncio.Event

    async def say(self, sent: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.client, sent)

    def waiting(self) -> int:
        """Bytes that wait in this process, because the system takes no more of them."""
        return self.protocol.transport.get_write_buffer_size()


@asynccontextmanager
async def place(seconds: float) -> AsyncIterator[Place]:
    """A socket that was accepted, with pings after so many seconds."""
    loop, close, ended = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

    async def application(_scope: Scope, receive: Receive, send: Send) -> None:
        async def closes() -> None:
            await close.wait()
            await send({"type": "websocket.close", "code": 4403, "reason": "Forbidden"})

        await receive()
        await send({"type": "websocket.accept"})
        closing = asyncio.create_task(closes())
        while (await receive())["type"] != "websocket.disconnect":
            pass
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)
        ended.set()

    config = Config(
        application,
        ws=DoorSocket,
        ws_max_size=LITTLE,
        ws_ping_interval=seconds,
        ws_ping_timeout=seconds,
        log_config=None,
        lifespan="off",
    )
    config.load()
    state = ServerState()
    with socket.socket() as bound, socket.socket() as client:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LITTLE)
        bound.bind(("127.0.0.1", 0))
        made = DoorSocket.limited(30)
        server = await loop.create_server(lambda: made(config, state, {}), sock=bound)
        async with server:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE)
            client.setblocking(False)
            await loop.sock_connect(client, bound.getsockname())
            await loop.sock_sendall(client, UPGRADE)
            answer = await loop.sock_recv(client, 1_000)
            assert answer.startswith(b"HTTP/1.1 101 ")
            (protocol,) = state.connections
            assert isinstance(protocol, DoorSocket)
            protocol.close_timeout = 0.3
            yield Place(client, protocol, close, ended)


async def unanswered(_place: Place) -> None:
    """Nothing: pings stay unanswered."""


async def too_large(place: Place) -> None:
    await place.say(bytes([0x81, 0x80 | 126]) + struct.pack("!H", 9_000) + bytes(4 + 9_000))


async def broken(place: Place) -> None:
    await place.say(b"\x81\x02{}")


async def closed_by_the_client(place: Place) -> None:
    await place.say(bytes([0x88, 0x80]) + bytes(4))


async def closed_by_the_service(place: Place) -> None:
    place.close.set()


@pytest.mark.parametrize(
    "end", [unanswered, too_large, broken, closed_by_the_client, closed_by_the_service]
)
@pytest.mark.parametrize("blocked", [True, False], ids=["takes nothing", "takes all"])
def test_a_client_that_takes_nothing_holds_no_socket(
    end: Callable[[Place], Awaitable[None]], blocked: bool
) -> None:
    """Bytes that wait, fewer than 64 KB of them, kept a socket and its place for ever: by
    `transport.close` it ends when they have been taken.
    """

    async def tried() -> None:
        async with place(0.5 if end is unanswered else 30) as held:
            while blocked and not held.waiting():
                await held.say(PING)
                await asyncio.sleep(0)
            await end(held)
            async with asyncio.timeout(5):
                await held.ended.wait()
                while not held.protocol.disconnected:  # noqa: ASYNC110  # uvicorn tells nobody
                    await asyncio.sleep(0.05)
            if not blocked:
                told = b""
                with contextlib.suppress(ConnectionResetError):
                    while part := await asyncio.get_running_loop().sock_recv(held.client, 1_000):
                        told += part
                # the client could read why
                assert b"\x88" in told

    asyncio.run(tried())


@pytest.mark.parametrize(
    ("sent", "code", "reason"),
    [
        (masked(0x81, b"\xff"), 1007, b"Invalid frame payload data"),
        (masked(0x88, struct.pack("!H", 1000) + b"\xff"), 1007, b"Invalid frame payload data"),
        (masked(0x85, b""), 1002, b"Protocol error"),
        (masked(0x80, b"{}"), 1002, b"Protocol error"),
        (masked(0x88, struct.pack("!H", 99)), 1002, b"Protocol error"),
    ],
    ids=["text", "reason of a close", "opcode", "continuation", "code"],
)
def test_the_reason_of_a_close_repeated_what_was_sent(
    sent: bytes, code: int, reason: bytes
) -> None:
    async def tried() -> bytes:
        async with place(30) as held:
            await held.say(sent)
            told = b""
            async with asyncio.timeout(5):
                with contextlib.suppress(ConnectionResetError):
                    while part := await asyncio.get_running_loop().sock_recv(held.client, 1_000):
                        told += part
            return told

    told = struct.pack("!H", code) + reason
    assert asyncio.run(tried()) == bytes([0x88, len(told)]) + told
