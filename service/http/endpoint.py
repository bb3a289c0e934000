"""POST /graphql as bare ASGI: the hot path.

Takes a scope whose method and path are already known, gives exactly one
answer, unless the client has gone. The order of refusals: method and header
fields (405, 406, 415, 413), token (401), body (408, 413, 400), purpose (400),
then the engine. Nothing of a body is read for a caller who has not proved who
it is, and every way a token can be wrong gives one and the same answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from starlette.types import Receive, Scope, Send

from authz.caller import Caller
from authz.denials import DenialsUnknown
from authz.tokens import KeyUnknown, TokenRefused
from resolvers.engine import Answer, Request
from resolvers.errors import RequestRefused, errors_body
from resolvers.execution import Unavailable
from service import logs
from service.http import answers
from service.http.answers import Refusal, send_answer, send_refusal
from service.http.fields import Fields
from service.http.media import Media, answer_media, is_json
from service.http.meters import Meters
from service.http.parameters import BodyTooLarge, ClientGone, read_parameters, receive_body
from service.http.watching import Cause, Watch
from service.telemetry import Tracing, new_trace_id, parse_traceparent

_SINGLE = (b"content-type", b"content-encoding", b"content-length")
_BAD_REQUEST = 400
_UNAVAILABLE = 503


class Engine(Protocol):
    """What the door needs of `resolvers.engine.Engine` while it serves."""

    async def answer(self, request: Request) -> Answer:
        """A complete answer; raises Unavailable, and nothing for a bad request."""

    async def ready(self) -> bool:
        """Whether a request could be answered now."""


class Verifier(Protocol):
    """What the door needs of `authz.tokens.TokenVerifier`."""

    def verify(self, token: str) -> Caller:
        """The caller; raises TokenRefused, DenialsUnknown."""


Learn = Callable[[str], Awaitable[bool]]
"""Given the issuer of a KeyUnknown: whether its keys were fetched since, see service.keysets."""
CaughtUp = Callable[[], Awaitable[bool]]
"""After DenialsUnknown: whether the deny list was read since, see service.denialwatch."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and seconds of one request."""

    body: int
    body_seconds: float
    answer_seconds: float


class _Ended(Exception):
    """The request ends with this refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status)
        self.refusal = refusal


class GraphQLEndpoint:
    """The endpoint of one process. `serving` says whether verifier and engine may be used yet."""

    def __init__(
        self,
        engine: Engine,
        verifier: Verifier,
        limits: Limits,
        *,
        serving: Callable[[], bool] = lambda: True,
        learn: Learn | None = None,
        caught_up: CaughtUp | None = None,
        tracing: Tracing | None = None,
        meters: Meters | None = None,
    ) -> None:
        self._engine = engine
        self._learn = learn
        self._caught_up = caught_up
        self._verifier = verifier
        self._limits = limits
        self._serving = serving
        self._tracing = tracing or Tracing()
        self._hop = self._tracing.hop
        self.meters = meters or Meters()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one POST request."""
        started = time.perf_counter()
        fields = Fields(scope["headers"])
        parent = None
        if b"traceparent" in fields.one and b"traceparent" not in fields.doubled:
            parent = parse_traceparent(fields.one[b"traceparent"])
        if not self._tracing.on:
            trace_id = new_trace_id() if parent is None else f"{parent.trace_id:032x}"
            await self._respond(fields, receive, send, trace_id, started)
            return
        with self._tracing.receive(parent) as span:
            span.status = await self._respond(fields, receive, send, span.trace_id, started)

    async def _respond(
        self, fields: Fields, receive: Receive, send: Send, trace_id: str, started: float
    ) -> int:
        """Sends the one answer; its status, or 0 if the client has gone."""
        media = answer_media(fields.one.get(b"accept"))
        watch = Watch()
        try:
            status, body = await self._answer(fields, receive, trace_id, media, watch)
        except _Ended as ended:
            status, body = ended.refusal.status, ended.refusal.body
            await send_refusal(send, media or Media.GRAPHQL, ended.refusal)
        except ClientGone:
            self.meters.gone += 1
            return 0
        else:
            if status == _BAD_REQUEST and media is Media.JSON_LEGACY:
                status = 200
            await send_answer(send, media or Media.GRAPHQL, status, body)
        self.meters.answered(status, time.perf_counter() - started, len(body))
        return status

    async def _answer(
        self,
        fields: Fields,
        receive: Receive,
        trace_id: str,
        media: Media | None,
        watch: Watch,
    ) -> tuple[int, bytes]:
        """Status and body of the engine's answer. Raises _Ended or ClientGone."""
        try:
            self._check_fields(fields, media)
            caller = await self._caller_in_time(fields)
            watch.body(self._limits.body_seconds)
            body = await receive_body(receive, self._limits.body)
            parameters = read_parameters(body)
            request = Request(
                query=parameters.query,
                operation_name=parameters.operation_name,
                variables=parameters.variables,
                caller=caller,
                purpose=_purpose(fields, caller),
                trace_id=trace_id,
            )
            watch.answer(self._limits.answer_seconds, receive)
            answer = await self._engine.answer(request)
        except asyncio.CancelledError:
            raise _cancelled(watch) from None
        except (_Ended, ClientGone):
            raise
        except RequestRefused as refused:
            return _BAD_REQUEST, errors_body(refused.faults)
        except BodyTooLarge:
            raise _Ended(answers.TOO_LARGE) from None
        except Unavailable:
            raise _Ended(answers.UNAVAILABLE) from None
        except Exception as error:  # noqa: BLE001  # the last line: nothing of an error may leave
            logs.logger().error(
                "request failed", trace=trace_id, error=type(error).__name__, at=logs.origin(error)
            )
            raise _Ended(answers.INTERNAL) from None
        else:
            if answer.status == _UNAVAILABLE:
                raise _Ended(Refusal(answer.status, answer.body, (answers.RETRY,)))
            return answer.status, answer.body
        finally:
            watch.over()

    def _check_fields(self, fields: Fields, media: Media | None) -> None:
        one, doubled = fields.one, fields.doubled
        if media is None:
            raise _Ended(answers.NOT_ACCEPTABLE)
        if (doubled and not doubled.isdisjoint(_SINGLE)) or not is_json(one.get(b"content-type")):
            raise _Ended(answers.CONTENT_TYPE)
        if one.get(b"content-encoding", b"identity").lower() != b"identity":
            raise _Ended(answers.CONTENT_ENCODING)
        length = one.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > len(str(self._limits.body)):
            raise _Ended(answers.TOO_LARGE)
        if int(length) > self._limits.body:
            raise _Ended(answers.TOO_LARGE)

    def _caller(self, fields: Fields) -> Caller:
        with self._hop("verify"):
            token = fields.bearer()
            if token is None:
                raise _Ended(answers.UNAUTHENTICATED)
            if not self._serving():
                raise _Ended(answers.UNAVAILABLE)
            try:
                return self._verifier.verify(token)
            except (KeyUnknown, DenialsUnknown):
                raise
            except TokenRefused:
                raise _Ended(answers.UNAUTHENTICATED) from None

    async def _caller_in_time(self, fields: Fields) -> Caller:
        try:
            try:
                return self._caller(fields)
            except KeyUnknown as unknown:
                return await self._caller_of_new_key(fields, unknown)
        except DenialsUnknown:
            if self._caught_up is None or not await self._caught_up():
                raise _Ended(answers.UNAVAILABLE) from None
        try:
            return self._caller(fields)
        except KeyUnknown:
            raise _Ended(answers.UNAUTHENTICATED) from None
        except DenialsUnknown:
            raise _Ended(answers.UNAVAILABLE) from None

    async def _caller_of_new_key(self, fields: Fields, unknown: KeyUnknown) -> Caller:
        """An issuer may have begun with a new key: waits for a fetch that is allowed, tries once
        more. Nobody with a known key comes here.
        """
        if self._learn is not None and await self._learn(unknown.issuer):
            with contextlib.suppress(KeyUnknown):
                return self._caller(fields)
        raise _Ended(answers.UNAUTHENTICATED)


def _purpose(fields: Fields, caller: Caller) -> str | None:
    """The purpose of this request; None where neither header nor token fixes one."""
    if b"saphan-purpose" in fields.doubled:
        raise _Ended(answers.PURPOSE_TWICE)
    stated = fields.one.get(b"saphan-purpose")
    if stated is None:
        return caller.purposes[0] if len(caller.purposes) == 1 else None
    purpose = stated.decode("latin-1")
    if purpose not in caller.purposes:
        raise _Ended(answers.PURPOSE_NOT_ALLOWED)
    return purpose


def _cancelled(watch: Watch) -> BaseException:
    """What a cancellation means: an end that the watch made, or the whole process stopping."""
    task = asyncio.current_task()
    if watch.cause is None or task is None:
        return asyncio.CancelledError()
    task.uncancel()
    if watch.cause is Cause.BODY_SLOW:
        return _Ended(answers.TOO_SLOW)
    if watch.cause is Cause.ANSWER_SLOW:
        return _Ended(answers.TIMEOUT)
    return ClientGone()
