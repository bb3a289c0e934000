"""One socket at /graphql, message by message (graphql-transport-ws).

Takes an upgrade that asks for a socket, gives an accepted socket or a refusal:
404 elsewhere, 403 to a page of a foreign origin, 503 where there are too many.
The token comes in `connection_init` as `Authorization`, or in that field of the
upgrade, the purpose likewise as `Saphan-Purpose`; never in both places. A
socket serves one caller for one purpose and ends with her token.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.types import Receive, Scope, Send

from authz.caller import Caller
from resolvers.engine import Request
from resolvers.errors import ErrorCode, RequestRefused, error_body
from resolvers.subscribing import Events
from service.http.admission import Ended
from service.http.endpoint import Engine
from service.http.fields import Fields, bearer_of
from service.http.parameters import parameters_of
from service.http.sockets.messages import (
    ACK,
    PONG,
    REASONS,
    SUBPROTOCOL,
    Close,
    Heard,
    Malformed,
    complete_of,
    error_of,
    next_of,
    read,
)
from service.http.sockets.operating import Operation
from service.http.sockets.outbox import Outbox
from service.http.sockets.presence import Presence
from service.http.sockets.protocol import CUT
from service.telemetry import new_trace_id

CROWDED: Final = error_body(
    ErrorCode.COST_LIMIT, "this socket has as many operations under way as it may"
)
_UNAUTHENTICATED: Final = 401


@dataclass(frozen=True, slots=True)
class Serving:
    """What every socket and stream of a process shares; `seconds` until an answer must be there."""

    engine: Engine
    events: Events
    presence: Presence
    seconds: float


@dataclass(slots=True)
class _Line:
    """By which the texts of one operation leave."""

    socket: Connection
    id: str
    task: asyncio.Task[bool] | None = None
    operation: Operation | None = None

    def room(self) -> bool:
        return self.socket.outbox.room

    def stands(self) -> bool:
        return self.socket.serving.presence.stands(self.socket)

    def answer(self, body: bytes) -> None:
        self.socket.outbox.put(next_of(self.id, body))

    def refuse(self, errors: bytes) -> None:
        self.socket.outbox.put(error_of(self.id, errors))
        self.socket.done(self)

    def finish(self) -> None:
        self.socket.outbox.put(complete_of(self.id))
        self.socket.done(self)

    def slow(self) -> None:
        self.socket.close(Close.TRY_AGAIN)


class Connection:
    """One accepted socket."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, serving: Serving) -> None:
        self.serving = serving
        self._fields: Fields | None = Fields(scope["headers"])
        # the scope lives as long as the socket, what was read of it need not
        scope["headers"] = []
        self._receive, self._send_message = receive, send
        self._cut = scope["extensions"].get(CUT, {}).get("cut")
        self.outbox = Outbox(self._send, self._go_on)
        self._code: Close | None = None
        self._caller: Caller | None = None
        self._token = ""
        self._purpose: str | None = None
        self._lines: dict[str, _Line] = {}
        self._writer: asyncio.Task[None] | None = None

    @property
    def token(self) -> str:
        """The text that was shown; it is kept as long as the socket is open."""
        return self._token

    @property
    def caller(self) -> Caller:
        """Who is at the other end. Only after the acknowledgement."""
        if self._caller is None:
            raise AssertionError("nobody has been let in")
        return self._caller

    async def run(self, *, acceptable: bool) -> None:
        """The life of the socket. `acceptable`: the client speaks graphql-transport-ws."""
        accepted = {"type": "websocket.accept", "headers": []}
        await self._send_message(accepted | ({"subprotocol": SUBPROTOCOL} if acceptable else {}))
        self._writer = asyncio.create_task(self._write())
        self.serving.presence.met(self)
        loop, seconds = asyncio.get_running_loop(), self.serving.presence.bounds.init_seconds
        late = loop.call_later(seconds, self._too_late)
        if not acceptable:
            self.close(Close.SUBPROTOCOL)
        try:
            while (message := await self._receive())["type"] == "websocket.receive":
                if self._code is None:
                    await self._hear(message.get("text"))
                    await self.outbox.until_room()
        finally:
            late.cancel()
            self._leave()
            self.outbox.close(drop=True)
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer

    def close(self, code: Close) -> None:
        """End the socket: what waits is dropped, and nothing is sent any more. May be repeated."""
        if self._code is not None:
            return
        self._code = code
        self._leave()
        self.outbox.close(drop=True)
        if self.outbox.sending:
            # the client takes nothing: the end does not wait for it
            self._cut_off(code)

    def expel(self) -> None:
        """Its token is good no more."""
        self.close(Close.FORBIDDEN)

    def crowded_out(self) -> None:
        """Others wait for its place, who may say who they are."""
        self.close(Close.TRY_AGAIN)
        self._cut_off(Close.TRY_AGAIN)

    def done(self, line: _Line) -> None:
        """An operation has ended; its id may be used again."""
        if self._lines.get(line.id) is line:
            del self._lines[line.id]

    async def _hear(self, text: str | None) -> None:
        try:
            heard = read(text)
        except Malformed:
            self.close(Close.BAD_MESSAGE)
            return
        match heard.kind:
            case "connection_init":
                await self._begin(heard)
            case "ping":
                self.outbox.put(PONG)
            case "subscribe":
                self._subscribe(heard)
            case "complete":
                self._complete(heard.id)

    async def _begin(self, heard: Heard) -> None:
        fields, self._fields = self._fields, None
        if fields is None:
            self.close(Close.INIT_TWICE)
            return
        try:
            stated = _stated(fields, heard.payload or {})
        except Malformed:
            self.close(Close.BAD_MESSAGE)
            return
        self._token, self._purpose = stated.get("authorization", ""), stated.get("saphan-purpose")
        try:
            caller = await self.serving.presence.admission.caller(self._token or None)
        except Ended as ended:
            refused = ended.refusal.status == _UNAUTHENTICATED
            self.close(Close.FORBIDDEN if refused else Close.TRY_AGAIN)
            return
        if self._code is not None:
            return
        self._caller = caller
        self.serving.presence.parted(self)
        self.serving.presence.known(self)
        self.outbox.put(ACK)

    def _subscribe(self, heard: Heard) -> None:
        if self._caller is None:
            self.close(Close.NOT_READY)
            return
        if heard.id in self._lines:
            self.close(Close.ID_TAKEN)
            return
        line = _Line(self, heard.id)
        if len(self._lines) >= self.serving.presence.bounds.of_socket:
            line.refuse(CROWDED)
            return
        serving = self.serving
        operation = Operation(
            serving.engine, serving.events, serving.presence, line, serving.seconds
        )
        line.operation = operation
        line.task = asyncio.create_task(operation.run(self._request(heard, self._caller)))
        self._lines[heard.id] = line

    def _request(self, heard: Heard, caller: Caller) -> Callable[[], Request]:
        def make() -> Request:
            parameters = parameters_of(heard.payload, may_hold_nul=heard.may_hold_nul)
            return Request(
                query=parameters.query,
                operation_name=parameters.operation_name,
                variables=parameters.variables,
                caller=caller,
                purpose=_purpose(self._purpose, caller),
                trace_id=new_trace_id(),
            )

        return make

    def _complete(self, operation: str) -> None:
        line = self._lines.pop(operation, None)
        if line is not None:
            _end(line)

    def _leave(self) -> None:
        """Nobody is told anything any more."""
        self.serving.presence.parted(self)
        self.serving.presence.gone(self)
        lines = tuple(self._lines.values())
        self._lines.clear()
        for line in lines:
            _end(line)

    def _cut_off(self, code: Close) -> None:
        if self._cut is not None:
            self._cut(int(code), REASONS[code])

    def _too_late(self) -> None:
        if self._fields is not None:
            self.close(Close.INIT_TIMEOUT)

    def _go_on(self) -> None:
        for line in tuple(self._lines.values()):
            if line.operation is not None:
                line.operation.go_on()

    async def _send(self, text: str) -> None:
        await self._send_message({"type": "websocket.send", "text": text})

    async def _write(self) -> None:
        try:
            await self.outbox.run()
            if self._code is not None:
                code, reason = int(self._code), REASONS[self._code]
                await self._send_message(
                    {"type": "websocket.close", "code": code, "reason": reason}
                )
        except OSError:
            # the client has gone, or was cut off: what it said before that is not heard any more,
            # and nobody waits for room
            self.close(Close.TRY_AGAIN)


def _end(line: _Line) -> None:
    if line.task is not None and not line.task.done():
        line.task.cancel()
    if line.operation is not None:
        line.operation.end()


def _purpose(stated: str | None, caller: Caller) -> str | None:
    if stated is None:
        return caller.purposes[0] if len(caller.purposes) == 1 else None
    if stated not in caller.purposes:
        raise RequestRefused.of(
            ErrorCode.PURPOSE_NOT_ALLOWED, "the access token does not allow this purpose"
        )
    return stated


def _stated(fields: Fields, payload: Mapping[str, object]) -> dict[str, str]:
    """Token and purpose by lower-case name, of the upgrade or of `connection_init`. Raises
    Malformed where one is no text, or stands twice.
    """
    found: dict[str, str] = {}
    for name in ("authorization", "saphan-purpose"):
        given = [value for key, value in payload.items() if key.lower() == name]
        own = fields.one.get(name.encode())
        if len(given) + (own is not None) > 1 or name.encode() in fields.doubled:
            raise Malformed
        value: object = own.decode("latin-1") if own is not None else (given or [None])[0]
        if value is None:
            continue
        if not isinstance(value, str):
            raise Malformed
        text = bearer_of(value) if name == "authorization" else value
        if text is not None:
            found[name] = text
    return found
