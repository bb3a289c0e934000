"""POST /graphql as bare ASGI: the hot path.

Takes a scope whose method and path are already known, gives exactly one
answer, unless the client has gone. The order of refusals: method and header
fields (405, 406, 415, 413), token (401), body (408, 413, 400), purpose (400),
then the engine. Nothing of a body is read for a caller who has not proved who
it is, and every way a token can be wrong gives one and the same answer.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from starlette.types import Receive, Scope, Send

from resolvers.engine import Answer, Request
from resolvers.errors import RequestRefused, errors_body
from resolvers.execution import Unavailable
from service import logs
from service.http import answers
from service.http.admission import Ended
from service.http.answers import Refusal, send_answer, send_refusal
from service.http.fields import Fields
from service.http.media import Media, answer_media
from service.http.meters import Meters
from service.http.parameters import ClientGone
from service.http.reception import Reception
from service.http.watching import Cause, Watch
from service.telemetry import Tracing, new_trace_id, parse_traceparent

_BAD_REQUEST = 400
_UNAVAILABLE = 503


class Engine(Protocol):
    """What the door needs of `resolvers.engine.Engine` while it serves."""

    async def answer(self, request: Request) -> Answer:
        """A complete answer; raises Unavailable, and nothing for a bad request."""

    async def ready(self) -> bool:
        """Whether a request could be answered now."""


class GraphQLEndpoint:
    """The endpoint of one process."""

    def __init__(
        self,
        engine: Engine,
        reception: Reception,
        *,
        tracing: Tracing | None = None,
        meters: Meters | None = None,
    ) -> None:
        self._engine = engine
        self._reception = reception
        self._tracing = tracing or Tracing()
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
        except Ended as ended:
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
        """Status and body of the engine's answer. Raises Ended or ClientGone."""
        try:
            request = await self._reception.request(
                fields, receive, trace_id, watch, acceptable=media is not None
            )
            watch.answer(self._reception.limits.answer_seconds, receive)
            answer = await self._engine.answer(request)
        except asyncio.CancelledError:
            raise cancelled(watch) from None
        except (Ended, ClientGone):
            raise
        except RequestRefused as refused:
            return _BAD_REQUEST, errors_body(refused.faults)
        except Unavailable:
            raise Ended(answers.UNAVAILABLE) from None
        except Exception as error:  # noqa: BLE001  # the last line: nothing of an error may leave
            logs.logger().error(
                "request failed", trace=trace_id, error=type(error).__name__, at=logs.origin(error)
            )
            raise Ended(answers.INTERNAL) from None
        else:
            if answer.status == _UNAVAILABLE:
                raise Ended(Refusal(answer.status, answer.body, (answers.RETRY,)))
            return answer.status, answer.body
        finally:
            watch.over()


def cancelled(watch: Watch) -> BaseException:
    """What a cancellation means: an end that the watch made, or the whole process stopping."""
    task = asyncio.current_task()
    if watch.cause is None or task is None:
        return asyncio.CancelledError()
    task.uncancel()
    if watch.cause is Cause.BODY_SLOW:
        return Ended(answers.TOO_SLOW)
    if watch.cause is Cause.ANSWER_SLOW:
        return Ended(answers.TIMEOUT)
    return ClientGone()
