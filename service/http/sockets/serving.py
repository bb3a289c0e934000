"""Sockets and streams of one process: the two ways in that go on being answered.

Takes an engine with its events and what is shared at the door, gives the ASGI
parts that `service.http.door` calls for an upgrade and for /graphql/stream.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from starlette.types import Receive, Scope, Send

from service.http import answers
from service.http.answers import SECURITY, Refusal
from service.http.fields import Fields
from service.http.media import Media
from service.http.origins import Origins
from service.http.paths import PATH
from service.http.reception import Reception
from service.http.sockets.connection import Connection, Serving
from service.http.sockets.messages import SUBPROTOCOL
from service.http.sockets.stream import StreamEndpoint


class Sockets:
    """One per process."""

    def __init__(self, serving: Serving, reception: Reception, origins: Origins) -> None:
        self._serving, self._origins = serving, origins
        limits = reception.limits
        streams = Reception(reception.admission, limits, answers.NOT_A_STREAM)
        self.stream = StreamEndpoint(streams, serving, origins)

    def running(self) -> AbstractAsyncContextManager[None]:
        """What runs beside the sockets."""
        return self._serving.presence.running()

    async def socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One upgrade that is well formed."""
        await receive()
        presence = self._serving.presence
        refusal = self._refusal(scope)
        if refusal is None and not presence.enter():
            refusal = answers.FULL
        if refusal is not None:
            await _refuse(send, refusal)
            return
        try:
            connection = Connection(scope, receive, send, self._serving)
            await connection.run(acceptable=SUBPROTOCOL in scope["subprotocols"])
        finally:
            presence.leave()

    def _refusal(self, scope: Scope) -> Refusal | None:
        if scope["path"] != PATH:
            return answers.NOT_FOUND
        fields = Fields(scope["headers"])
        if not self._origins.admits(fields.one.get(b"origin"), fields.one.get(b"host")):
            return answers.ORIGIN
        return None


async def _refuse(send: Send, refusal: Refusal) -> None:
    """A refusal in the place of the upgrade (ASGI's extension `websocket.http.response`)."""
    headers = [
        (b"content-type", Media.JSON.content_type),
        *SECURITY,
        *refusal.fields,
        (b"content-length", b"%d" % len(refusal.body)),
    ]
    start = {"type": "websocket.http.response.start", "status": refusal.status, "headers": headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": refusal.body})
