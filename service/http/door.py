"""The outermost ASGI application: the ways in, and nothing thrown out.

POST /graphql goes straight to the endpoint, upgrades and /graphql/stream to the
sockets, everything else to Starlette's routes. Measured on this service, routing
by Starlette costs about as much as the endpoint itself, hence the short cut.
What fails unexpectedly on any way is logged by type and answered as INTERNAL.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import logs
from service.http import answers
from service.http.answers import send_refusal
from service.http.endpoint import GraphQLEndpoint
from service.http.media import Media, is_host
from service.http.paths import PATH, STREAM_PATH
from service.http.sockets.serving import Sockets


class Door:
    """The ASGI application that `service.app.create_app` gives."""

    def __init__(
        self, endpoint: GraphQLEndpoint, pages: ASGIApp, sockets: Sockets | None = None
    ) -> None:
        self._endpoint = endpoint
        self._pages = pages
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the lifespan of the process."""
        if scope["type"] == "lifespan":
            await self._pages(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._upgrade(scope, receive, send)
            return
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            if not _one_host(scope):
                await send_refusal(noted, Media.GRAPHQL, answers.HOST)
            elif scope["path"] == PATH and scope["method"] == "POST":
                await self._endpoint(scope, receive, noted)
            elif scope["path"] == STREAM_PATH and self._sockets is not None:
                await self._sockets.stream(scope, receive, noted)
            else:
                await self._pages(scope, receive, noted)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            logs.logger().error("request failed", error=type(error).__name__, at=logs.origin(error))
            if begun:
                raise
            await send_refusal(send, Media.GRAPHQL, answers.INTERNAL)

    async def _upgrade(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if self._sockets is not None:
                await self._sockets.socket(scope, receive, send)
                return
            # Refused before the upgrade: 403 by the ASGI specification.
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        except (asyncio.CancelledError, OSError):
            raise
        except Exception as error:
            logs.logger().error("socket failed", error=type(error).__name__, at=logs.origin(error))
            raise


def _one_host(scope: Scope) -> bool:
    """Exactly one valid `Host`, as RFC 9112, section 3.2 asks; no address is ever built from it."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if not hosts:
        return bool(scope["http_version"] == "1.0")
    return len(hosts) == 1 and is_host(hosts[0])
