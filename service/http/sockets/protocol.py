"""Limits that uvicorn's protocol for sockets leaves open, added to it.

Takes the bytes of one upgraded connection; beside what `WSProtocol` does:

- a socket that takes nothing for the idle time is cut off with 1013; uvicorn
  waits for ever and keeps what was to be sent;
- a client that asks for pongs and takes none of them is cut off;
- a client whose frame is none is told so (1002, 1007; RFC 6455, section 7.1.7),
  without a byte of what it sent;
- a socket that was closed, by whichever side and for whatever reason, is gone
  after `close_timeout`, also where its client takes nothing of what is left;
- the application can end a socket at once, also one that takes nothing:
  `cut` stands in the scope's extensions under `saphan.cut`.

Tested against the pinned uvicorn by tests/subscriptions; each overridden method
calls the original.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

from uvicorn._types import ASGISendEvent, WebSocketEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, Ping, Request
from wsproto.utilities import LocalProtocolError

from service.http.sockets.waiting import Gate, Messages

SLOW: Final = 1013
CUT: Final = "saphan.cut"
_BROKEN: Final = {1002: "Protocol error", 1007: "Invalid frame payload data"}
_FAREWELL: Final = 1.0
"""Seconds that a client has to take the code for which it is cut off."""
_UNTAKEN: Final = 65_536
"""Bytes that may wait for a client that asks for pongs."""


class DoorSocket(WSProtocol):
    """One socket. `limited` makes the class for a given idle time."""

    idle_seconds: ClassVar[float] = 30.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # uvicorn's own signature
        super().__init__(*args, **kwargs)
        self.queue: Messages[WebSocketEvent] = Messages()  # type: ignore[assignment]
        self.writable = Gate()  # type: ignore[assignment]
        self._taking: asyncio.TimerHandle | None = None
        self._leaving: asyncio.TimerHandle | None = None

    @classmethod
    def limited(cls, idle_seconds: float) -> type[DoorSocket]:
        """A subclass with this limit: uvicorn takes a class and makes the sockets itself."""
        return type("LimitedDoorSocket", (cls,), {"idle_seconds": idle_seconds})

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._watch_no_more()
        if self._leaving is not None:
            self._leaving.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of the client; they may close the socket, or have broken it."""
        super().data_received(data)
        self._closes_in_time()

    def keepalive_timeout(self) -> None:
        """A ping was not answered."""
        super().keepalive_timeout()
        self._closes_in_time()

    def shutdown(self) -> None:
        """The process ends."""
        super().shutdown()
        self._closes_in_time()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The application has returned."""
        super().on_task_complete(task)
        self._closes_in_time()

    def handle_connect(self, event: Request) -> None:
        """The upgrade is understood; the application begins in a moment."""
        super().handle_connect(event)
        self.scope["extensions"][CUT] = {"cut": self.cut}

    def handle_close(self, event: CloseConnection) -> None:
        """The client closes, or what it sent is no frame: then it is told with which code."""
        if not self.close_sent and self.conn.state is ConnectionState.OPEN:
            # the reader's own reason repeats what was sent
            event = CloseConnection(event.code, _BROKEN.get(event.code, "Invalid frame"))
            self.transport.write(self.conn.send(event))
        super().handle_close(event)

    def handle_ping(self, event: Ping) -> None:
        """The client asks for a pong."""
        if self.transport.get_write_buffer_size() > _UNTAKEN:
            self.transport.abort()
            return
        super().handle_ping(event)

    def pause_writing(self) -> None:
        """Much waits here: some of it must leave in each idle time."""
        super().pause_writing()
        self._watch_taking()

    def resume_writing(self) -> None:
        """Little waits here."""
        self._watch_no_more()
        super().resume_writing()

    async def send(self, message: ASGISendEvent) -> None:
        """A message of the application. Raises ClientDisconnected once the end was announced."""
        await self.writable.wait()
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)
        if self.close_timer is not None:
            # the client has as long to answer the close, and nothing more after that
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)
        self._closes_in_time()
        upgraded: Any = getattr(self.conn, "connection", None)
        if upgraded is not None:
            # the handshake is over: what read it would be kept as long as the socket. What is left
            # has the same methods
            self.conn = upgraded

    def cut(self, code: int, reason: str) -> None:
        """End the socket now: the code is sent behind what waits here already, and what is not
        taken within a moment is dropped.
        """
        self.stop_keepalive()
        if self.close_sent or self.transport.is_closing():
            self.transport.abort()
            return
        try:
            farewell = self.conn.send(CloseConnection(code=code, reason=reason))
        except LocalProtocolError:
            self.transport.abort()
            return
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(farewell)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(_FAREWELL, self.transport.abort)
        # whoever waits to send waits for nothing any more
        self.writable.set()

    def _closes_in_time(self) -> None:
        """A transport that closes waits for ever until all that is left has been taken."""
        if self._leaving is None and self.transport.is_closing() and not self.disconnected:
            self._leaving = self.loop.call_later(self.close_timeout, self.transport.abort)

    def _watch_taking(self, before: int | None = None) -> None:
        self._watch_no_more()
        left = self.transport.get_write_buffer_size()
        if left and before is not None and left >= before:
            self.cut(SLOW, "too slow")
        elif left:
            self._taking = self.loop.call_later(self.idle_seconds, self._watch_taking, left)

    def _watch_no_more(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
