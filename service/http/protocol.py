"""Limits that uvicorn's HTTP/1.1 protocol leaves open, added to it.

Takes the bytes of one connection; beside what `HttpToolsProtocol` does:

- the request line and header fields must be whole within a time (408) and a
  size (431); uvicorn waits for ever and llhttp has no limit of its own;
- a body that is still coming after its answer has left is read for a little
  while, so that the client can read the answer, and then cut off;
- an answer of which the client takes nothing for the idle time is dropped;
  uvicorn keeps it, and the socket, for as long as the client stays;
- a request that is not HTTP gets an answer of our own form;
- a stream ends when the process stops;
- an upgrade that is none is refused in that form too (`sockets.upgrade`), and a
  socket's protocol sees the fields that it knows and no others.

Tested against the pinned uvicorn by tests/door/test_protocol.py; each
overridden method calls the original.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from service.http import answers
from service.http.answers import SECURITY, Refusal
from service.http.media import Media
from service.http.paths import STREAM_PATH
from service.http.sockets import upgrade

_LINGER: Final = 2.0
"""Seconds that a body may still come after its answer has left."""


class DoorProtocol(HttpToolsProtocol):
    """One connection. `limited` makes the class for given limits."""

    header_seconds: ClassVar[float] = 10.0
    header_bytes: ClassVar[int] = 32_768

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # uvicorn's own signature
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None
        self._in_headers = True
        self._begun = False
        self._received = 0
        self._upgraded = False

    @classmethod
    def limited(cls, header_seconds: float, header_bytes: int) -> type[DoorProtocol]:
        """A subclass with these limits: uvicorn takes a class and makes the connections itself."""
        return type(
            "LimitedDoorProtocol",
            (cls,),
            {"header_seconds": header_seconds, "header_bytes": header_bytes},
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected: its first request must begin and its headers be whole in time."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it to Transport
        self._arm(self.header_seconds, answers.HEADERS_TOO_SLOW)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._disarm()
        if self._taking is not None:
            self._taking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came. A timer runs only until a request has begun and its headers are whole."""
        self._begun = False
        super().data_received(data)
        if self._upgraded:
            return
        if self._in_headers:
            # Bytes before the beginning belong to another request; they are not counted.
            self._received = 0 if self._begun else self._received + len(data)
            if self._received > self.header_bytes:
                self._refuse(answers.HEADERS_TOO_LARGE)
                return
        if self._deadline is None and (self._in_headers or self._idle()):
            self._arm(self.header_seconds, answers.HEADERS_TOO_SLOW)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_headers = True
        self._begun = True

    def on_headers_complete(self) -> None:
        """The headers are whole: too many of them never reach the application."""
        self._in_headers = False
        self._received = 0
        self._disarm()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.header_bytes:
            self._refuse(answers.HEADERS_TOO_LARGE)
            return
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """The client wants a socket. From here on the connection is another protocol's."""
        if self.transport.is_closing():
            return
        if not self._free():
            self.transport.close()
            return
        headers = list(self.scope["headers"])
        refusal = upgrade.refusal_of(self.scope["method"], self.url, headers)
        if refusal is not None:
            self._refuse(refusal)
            return
        self._upgraded = True
        self._disarm()
        if self._taking is not None:
            self._taking.cancel()
        self.scope["headers"] = upgrade.handed_on(headers)
        super().handle_websocket_upgrade()
        # Parser and protocol hold each other, and what was read: thousands of them would wait long
        # for a collector that is seldom asked. uvicorn lets go of it in the same way at a loss.
        self.parser = None  # type: ignore[assignment]

    def pause_writing(self) -> None:
        """Much of an answer waits here, also of one that goes on: some of it must leave in each
        idle time.
        """
        super().pause_writing()
        self._watch_taking()

    def resume_writing(self) -> None:
        """Little of it waits here."""
        super().resume_writing()
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
        if self._free():
            self._watch_taking()

    def on_body(self, body: bytes) -> None:
        """A part of a body came."""
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self.transport.is_closing():
            return
        super().on_message_complete()
        cycle: RequestResponseCycle | None = self.cycle  # there is none for an upgrade
        if cycle is not None and cycle.response_complete:
            # The answer left before the body had come; now the connection is in step again.
            cycle.more_body = False
            self._disarm()

    def on_response_complete(self) -> None:
        """An answer has left; what may still come of its body is cut off after a while."""
        if self.cycle.response_complete and self.cycle.more_body:
            self._arm(_LINGER, None)
        self._watch_taking()
        super().on_response_complete()

    def _watch_taking(self, before: int | None = None) -> None:
        """As long as bytes of answers wait here, some must leave in each idle time."""
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
        left = self.transport.get_write_buffer_size()
        if left and before is not None and left >= before:
            self.transport.abort()
        elif left:
            seconds = self.timeout_keep_alive
            self._taking = self.loop.call_later(seconds, self._watch_taking, left)

    def shutdown(self) -> None:
        """The process stops: answers may finish, a stream never would."""
        if not self._free() and self.scope["path"] == STREAM_PATH:
            self.transport.abort()
            return
        super().shutdown()

    def send_400_response(self, _msg: str) -> None:
        """The bytes are not HTTP. uvicorn's text is not sent on."""
        self._refuse(answers.NOT_HTTP)

    def _idle(self) -> bool:
        """Whether nothing is under way and uvicorn's own idle timer is not running either."""
        return self.timeout_keep_alive_task is None and self._free()

    def _free(self) -> bool:
        """Whether no request is being worked on. Before the first one there is no cycle."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _refuse(self, refusal: Refusal) -> None:
        """Writes a refusal past the application and closes; in mid-answer it only closes."""
        self._disarm()
        if self.transport.is_closing():
            return
        if self._free() or not self.cycle.response_started:
            fields = [
                (b"content-type", Media.GRAPHQL.content_type),
                *SECURITY,
                *refusal.fields,
                (b"content-length", b"%d" % len(refusal.body)),
                (b"connection", b"close"),
            ]
            lines = [b"%b: %b\r\n" % field for field in fields]
            status = STATUS_LINE[refusal.status]
            self.transport.write(b"".join([status, *lines, b"\r\n", refusal.body]))
        self.transport.close()

    def _arm(self, seconds: float, refusal: Refusal | None) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, self._expired, refusal)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expired(self, refusal: Refusal | None) -> None:
        self._deadline = None
        if refusal is not None:
            self._refuse(refusal)
        elif not self.transport.is_closing():
            self.transport.close()
