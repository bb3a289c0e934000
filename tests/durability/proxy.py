"""Between the service and PostgreSQL: passes protocol messages on, one at a time, until told else.

Takes the connection string of a server, gives one of itself. Each message of
the frontend/backend protocol is read whole and passed on alone, so that a
connection can be cut before it or inside it, and it can be held, swallowed or
replaced. PostgreSQL's documentation, chapter "Frontend/Backend Protocol".
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_LENGTH: Final = struct.Struct("!I")
_CANCEL: Final = _LENGTH.pack(80_877_102)
_RESET: Final = struct.pack("ii", 1, 0)
_MOMENT: Final = 0.01


class Side(Enum):
    """Who sent a message."""

    SERVICE = auto()
    SERVER = auto()


class Act(Enum):
    """What is done at a message. `SWALLOW`: nothing passes any more, and nobody is told."""

    PASS = auto()
    CUT = auto()
    RESET = auto()
    CUT_INSIDE = auto()
    SWALLOW = auto()


@dataclass(frozen=True, slots=True)
class Message:
    """One message, counted by side since `Proxy.arm`. `kind` is its type byte; `^` stands for the
    first one of a connection, which has none.
    """

    side: Side
    number: int
    kind: str
    content: bytes

    @property
    def place(self) -> tuple[Side, int]:
        """Which one it is, whatever it says."""
        return (self.side, self.number)

    def is_done(self, command: bytes) -> bool:
        """Whether the server says here that `command` is done."""
        return self.kind == "C" and self.content[5:].rstrip(b"\0") == command


Decide = Callable[[Message], Awaitable[Act | bytes]]
"""What is done at a message, or what is passed on in its stead; it may take its time."""


async def passing(_message: Message) -> Act:
    """Pass everything."""
    return Act.PASS


def refusal(sqlstate: str, text: str) -> bytes:
    """An ErrorResponse."""
    fields = (f"SERROR\0VERROR\0C{sqlstate}\0M{text}\0D{text}\0H{text}\0\0").encode()
    return b"E" + _LENGTH.pack(len(fields) + 4) + fields


class Proxy:
    """One listening socket. `passed` holds the messages since `arm`; `cancels` counts requests to
    cancel a statement, which are passed on without asking.
    """

    def __init__(self, server: str) -> None:
        parts = conninfo_to_dict(server)
        self._path = f"{parts['host']}/.s.PGSQL.{parts.get('port') or '5432'}"
        self._server = server
        self._lines: set[asyncio.Task[None]] = set()
        self.dsn = ""
        self.cancels = 0
        self.arm(passing)

    def arm(self, decide: Decide) -> None:
        """Ask `decide` from now on."""
        self._decide = decide
        self._counts = dict.fromkeys(Side, 0)
        self._hole = asyncio.Event()
        self.passed: list[Message] = []

    async def heal(self) -> None:
        """Pass everything again; what was cut or hangs is ended."""
        self.arm(passing)
        for line in list(self._lines):
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        await asyncio.sleep(_MOMENT)

    async def start(self) -> asyncio.Server:
        """Listen on a free port."""
        server = await asyncio.start_server(self._met, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.dsn = make_conninfo(
            self._server, host="127.0.0.1", port=port, sslmode="disable", gssencmode="disable"
        )
        return server

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        try:
            beyond, to_server = await asyncio.open_unix_connection(self._path)
            try:
                both = (
                    asyncio.create_task(self._carry(reader, to_server, writer, Side.SERVICE)),
                    asyncio.create_task(self._carry(beyond, writer, to_server, Side.SERVER)),
                )
                try:
                    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for each in both:
                        each.cancel()
                    await asyncio.gather(*both, return_exceptions=True)
            finally:
                _end(to_server)
        except asyncio.CancelledError:
            pass
        finally:
            _end(writer)
            self._lines.discard(task)

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamWriter,
        side: Side,
    ) -> None:
        """Pass messages on until an end closes or the line is cut."""
        kind = "^" if side is Side.SERVICE else ""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = b"" if kind == "^" else await reader.readexactly(1)
                size = await reader.readexactly(4)
                rest = await reader.readexactly(_LENGTH.unpack(size)[0] - 4)
                if kind == "^" and rest.startswith(_CANCEL):
                    self.cancels += 1
                kind = kind if kind == "^" else head.decode("latin-1")
                message = self._counted(side, kind, head + size + rest)
                if not await self._pass(message, writer, back):
                    return
                kind = ""

    def _counted(self, side: Side, kind: str, content: bytes) -> Message:
        number = self._counts[side]
        self._counts[side] = number + 1
        return Message(side, number, kind, content)

    async def _pass(
        self, message: Message, writer: asyncio.StreamWriter, back: asyncio.StreamWriter
    ) -> bool:
        """Whether the line goes on."""
        act = Act.SWALLOW if self._hole.is_set() else await self._decide(message)
        if isinstance(act, bytes):
            writer.write(act)
            await writer.drain()
            return True
        match act:
            case Act.PASS:
                self.passed.append(message)
                writer.write(message.content)
                await writer.drain()
                return True
            case Act.SWALLOW:
                self._hole.set()
                await asyncio.Event().wait()
            case Act.CUT_INSIDE:
                writer.write(message.content[: max(1, len(message.content) // 2)])
                await asyncio.sleep(_MOMENT)
            case Act.RESET:
                for end in (writer, back):
                    end.get_extra_info("socket").setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, _RESET
                    )
        return False


def _end(writer: asyncio.StreamWriter) -> None:
    """Close, without waiting for who does not read."""
    if writer.transport.get_write_buffer_size():
        writer.transport.abort()
    else:
        writer.close()


@asynccontextmanager
async def proxied(server: str) -> AsyncIterator[Proxy]:
    """A proxy before `server` for the time of the block."""
    proxy = Proxy(server)
    listening = await proxy.start()
    try:
        yield proxy
    finally:
        listening.close()
        await proxy.heal()
