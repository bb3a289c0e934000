"""One stream at /graphql/stream: graphql-sse in the mode of distinct connections.

Takes a POST as /graphql does, answers with `text/event-stream`: an event `next`
for each response, then `complete`. What is refused before anything is run (the
form, the origin, the token, the purpose's field) has the status that /graphql
gives it; everything that a document can be refused for comes as a `next`, as
the protocol has it. A stream that ends without `complete` was ended by us: its
token is over, or the client took nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from starlette.types import Receive, Scope, Send

from authz.caller import Caller
from resolvers.engine import Request
from resolvers.errors import RequestRefused, errors_body
from service import logs
from service.http import answers
from service.http.admission import Ended
from service.http.answers import SECURITY, send_refusal
from service.http.endpoint import cancelled
from service.http.fields import Fields
from service.http.media import Media, takes_stream
from service.http.origins import Origins
from service.http.parameters import ClientGone
from service.http.reception import Reception
from service.http.sockets.connection import Serving
from service.http.sockets.operating import Operation
from service.http.sockets.outbox import Outbox
from service.http.watching import Watch
from service.telemetry import new_trace_id, parse_traceparent

BEAT: Final = 15.0
"""Seconds after which a stream says that it is there."""
_FIELDS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
    *SECURITY,
)
_COMPLETE: Final = "event: complete\ndata:\n\n"


class Stream:
    """One stream whose caller was let in, and the line of its one operation."""

    def __init__(self, send: Send, serving: Serving, token: str, caller: Caller) -> None:
        self._send_message, self._serving = send, serving
        self.token, self.caller = token, caller
        self._outbox = Outbox(self._send, self._go_on)
        self._writing: asyncio.Task[None] | None = None
        self._operation = Operation(
            serving.engine, serving.events, serving.presence, self, serving.seconds
        )

    async def run(self, request: Request, receive: Receive) -> None:
        """Answers until it is over, or until the client hangs up."""
        presence = self._serving.presence
        presence.known(self)
        work = (
            asyncio.create_task(self._operation.run(lambda: request)),
            asyncio.create_task(self._until_gone(receive)),
            asyncio.create_task(self._beat()),
        )
        self._writing = asyncio.create_task(self._outbox.run())
        try:
            await asyncio.wait((self._writing,))
        finally:
            presence.gone(self)
            self._operation.end()
            for each in (*work, self._writing):
                each.cancel()
            await asyncio.gather(*work, self._writing, return_exceptions=True)

    def expel(self) -> None:
        """Its token is good no more."""
        self._operation.end()
        self._outbox.close(drop=True)
        if self._outbox.sending and self._writing is not None:
            # it waits for a client that takes nothing: what it holds must not leave later
            self._writing.cancel()

    def room(self) -> bool:
        """See `operating.Line`."""
        return self._outbox.room

    def stands(self) -> bool:
        """See `operating.Line`."""
        return self._serving.presence.stands(self)

    def answer(self, body: bytes) -> None:
        """See `operating.Line`. A line end would end the event's data; in JSON it says nothing."""
        text = body.decode().replace("\n", " ").replace("\r", " ")
        self._outbox.put(f"event: next\ndata: {text}\n\n")

    def refuse(self, errors: bytes) -> None:
        """See `operating.Line`."""
        self.answer(errors)
        self.finish()

    def finish(self) -> None:
        """See `operating.Line`."""
        self._outbox.put(_COMPLETE)
        self._outbox.close(drop=False)

    def slow(self) -> None:
        """See `operating.Line`."""
        self.expel()

    def _go_on(self) -> None:
        self._operation.go_on()

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.expel()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            if self._outbox.room:
                self._outbox.put(":\n\n")

    async def _send(self, text: str) -> None:
        await self._send_message(
            {"type": "http.response.body", "body": text.encode(), "more_body": True}
        )


class StreamEndpoint:
    """POST /graphql/stream of one process."""

    def __init__(self, reception: Reception, serving: Serving, origins: Origins) -> None:
        self._reception, self._serving, self._origins = reception, serving, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        fields = Fields(scope["headers"])
        watch = Watch()
        presence = self._serving.presence
        try:
            request = await self._request(scope, fields, receive, watch)
        except Ended as ended:
            await send_refusal(send, Media.JSON, ended.refusal)
            return
        except ClientGone:
            return
        if not presence.enter():
            await send_refusal(send, Media.JSON, answers.FULL)
            return
        try:
            start = {"type": "http.response.start", "status": 200, "headers": [*_FIELDS]}
            await send(start)
            stream = Stream(send, self._serving, fields.bearer() or "", request.caller)
            await stream.run(request, receive)
            with contextlib.suppress(OSError):
                await send({"type": "http.response.body", "body": b""})
        finally:
            presence.leave()

    async def _request(
        self, scope: Scope, fields: Fields, receive: Receive, watch: Watch
    ) -> Request:
        """The request. Raises Ended or ClientGone."""
        own = fields.one.get(b"origin"), fields.one.get(b"host")
        if b"origin" in fields.doubled or not self._origins.admits(*own):
            raise Ended(answers.ORIGIN)
        if scope["method"] != "POST":
            raise Ended(answers.STREAM_METHOD)
        parent = None
        if b"traceparent" in fields.one and b"traceparent" not in fields.doubled:
            parent = parse_traceparent(fields.one[b"traceparent"])
        trace_id = new_trace_id() if parent is None else f"{parent.trace_id:032x}"
        acceptable = takes_stream(fields.one.get(b"accept"))
        try:
            return await self._reception.request(
                fields, receive, trace_id, watch, acceptable=acceptable
            )
        except asyncio.CancelledError:
            raise cancelled(watch) from None
        except (Ended, ClientGone):
            raise
        except RequestRefused as refused:
            raise Ended(answers.Refusal(400, errors_body(refused.faults))) from None
        except Exception as error:  # noqa: BLE001  # nothing of an error may leave
            logs.logger().error("request failed", error=type(error).__name__, at=logs.origin(error))
            raise Ended(answers.INTERNAL) from None
        finally:
            watch.over()
