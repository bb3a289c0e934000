"""A witness over HTTP: `add-checkpoint`, what it cosigned last of each log, `healthz`.

Takes `Rules`, a `Memory` and a clock, gives an ASGI application. Answers are
texts of one line; none repeats anything that was sent. The cosignature leaves
after the memory has it on disk and not before.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ledger.notes import read_note
from ledger.witnessing import Refused, Rules, Seen, Submission, contradicts
from service import logs
from service.ledger.witness_memory import Memory

MAX_BODY: Final = 131_072
"""Bytes: 63 hashes and a checkpoint with 16 signatures of 5,000 bytes fit (C2SP signed-note)."""

BODY_SECONDS: Final = 10.0
_SIZE: Final = "text/x.tlog.size"
_TEXT: Final = "text/plain; charset=utf-8"
_LATEST: Final = "public, max-age=2"

Endpoint = Callable[[Request], Awaitable[Response]]


class WitnessDoor:
    """The application; `clock` gives POSIX seconds."""

    def __init__(
        self,
        rules: Rules,
        memory: Memory,
        clock: Callable[[], float] = time.time,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._rules = rules
        self._memory = memory
        self._clock = clock
        self._body_seconds = body_seconds
        self._origins = {sha256(origin.encode()).hexdigest(): origin for origin in rules.logs}
        app = Starlette(
            routes=[
                Route("/add-checkpoint", _guarded(self._add), methods=["POST"]),
                Route("/{hashed}/checkpoint", _guarded(self._latest), methods=["GET"]),
                Route("/healthz", _healthz, methods=["GET"]),
            ],
            exception_handlers={HTTPException: _http_error},
        )
        # A redirect would be built from the `Host` field, which the client writes.
        app.router.redirect_slashes = False
        self._app: ASGIApp = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the lifespan of the process."""
        await self._app(scope, receive, send)

    async def _add(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(self._body_seconds):
                body = await _body_of(request)
        except TimeoutError:
            return _told(408, "the body did not arrive in time", close=True)
        if body is None:
            return _told(413, f"a body has at most {MAX_BODY} bytes", close=True)
        try:
            seen = await asyncio.to_thread(self._cosigned, body)
        except Refused as refused:
            if refused.size is not None:
                return _content(409, f"{refused.size}\n", _SIZE)
            return _told(refused.status, str(refused))
        return _content(200, read_note(seen.note).signatures[-1].line, _TEXT)

    async def _latest(self, request: Request) -> Response:
        origin = self._origins.get(request.path_params["hashed"])
        if origin is None:
            return _told(404, "this witness does not know the log")
        seen = await asyncio.to_thread(self._memory.seen, origin)
        if seen is None:
            return _told(404, "this witness has cosigned nothing of the log")
        return _content(200, seen.note, _TEXT, caching=_LATEST)

    def _cosigned(self, body: bytes) -> Seen:
        """In a thread: judged, signed and on disk. Raises Refused and sqlite3.Error."""
        submission = self._rules.read(body)
        origin = submission.checkpoint.origin
        held: Seen | None = None

        def step(seen: Seen | None) -> Seen:
            nonlocal held
            held = seen
            return self._rules.cosign(submission, seen, int(self._clock()))

        try:
            return self._memory.advance(origin, step)
        except Refused:
            if held is not None and contradicts(submission, held):
                self._keep(origin, held, submission)
            raise

    def _keep(self, origin: str, held: Seen, submission: Submission) -> None:
        logs.logger().error("the log has signed two trees of one size: both notes are kept")
        offered = f"{submission.text}\n{''.join(submission.lines)}"
        self._memory.keep_contradiction(origin, held.note, offered, int(self._clock()))


def _guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint; what fails in it is logged by type and answered without its text."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ClientDisconnect:
            return _told(400, "the body is not whole", close=True)
        except sqlite3.Error as error:
            logs.logger().error("the witness's state fails", error=type(error).__name__)
            return _told(503, "the witness cannot remember at the moment")
        except Exception as error:  # noqa: BLE001  # no text of ours or of a library leaves
            logs.logger().error("request failed", error=type(error).__name__, at=logs.origin(error))
            return _told(500, "the request failed within the witness")

    return guarded


async def _body_of(request: Request) -> bytes | None:
    """The body, or None where it is longer than `MAX_BODY`, whatever its header says."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


async def _healthz(_request: Request) -> Response:
    return _content(200, "ok\n", _TEXT)


async def _http_error(_request: Request, error: Exception) -> Response:
    """Starlette's own refusals: no such route, no such method."""
    if isinstance(error, HTTPException) and error.status_code == 405:  # HTTP
        allowed = (error.headers or {}).get("Allow", "")
        return _told(405, "this address is asked in another way", allow=allowed)
    return _told(404, "there is nothing at this address")


def _told(status: int, reason: str, *, close: bool = False, allow: str = "") -> Response:
    fields = ({"connection": "close"} if close else {}) | ({"allow": allow} if allow else {})
    return _content(status, f"{reason}\n", _TEXT, fields)


def _content(
    status: int,
    text: str,
    media_type: str,
    fields: dict[str, str] | None = None,
    caching: str = "no-store",
) -> Response:
    # As a header and not as `media_type`: Starlette would append a charset of its own.
    headers = {
        "content-type": media_type,
        "cache-control": caching,
        "x-content-type-options": "nosniff",
        **(fields or {}),
    }
    return Response(text.encode(), status, headers)
