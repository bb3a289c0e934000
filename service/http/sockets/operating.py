"""One operation of a socket or a stream: run, answered or refused, and ended.

Takes a request and a `Line` by which its texts leave. A query is answered once,
a subscription until somebody ends it, a mutation is refused. What POST /graphql
would answer without `data` is an error here, what it would answer with `data`,
null or not, is an answer: the two ways in refuse alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from authz.caller import Caller
from resolvers.engine import Request
from resolvers.errors import ErrorCode, RequestRefused, error_body, errors_body
from resolvers.execution import TimedOut, Unavailable
from resolvers.subscribing import Events, Refused, Watching
from service import logs
from service.http import answers
from service.http.endpoint import Engine
from service.http.sockets.presence import Place, Presence

FULL: Final = error_body(
    ErrorCode.UNAVAILABLE, "as many subscriptions are under way as this service takes"
)
CALLER_FULL: Final = error_body(
    ErrorCode.COST_LIMIT, "this caller has as many subscriptions under way as it may"
)
SLOW: Final = error_body(ErrorCode.TIMEOUT, "the answer took too long")


class Line(Protocol):
    """By which the texts of an operation leave."""

    def room(self) -> bool:
        """Whether one more answer may be made now."""

    def stands(self) -> bool:
        """Whether anything may be sent to this caller at this moment."""

    def answer(self, body: bytes) -> None:
        """Send a complete response."""

    def refuse(self, errors: bytes) -> None:
        """Send errors alone; it was the last text of the operation."""

    def finish(self) -> None:
        """There are no more answers; it was the last text of the operation."""

    def slow(self) -> None:
        """The client takes nothing while ever more waits for it."""


class Operation:
    """One operation. `run` is awaited once; `end` ends it at any time."""

    def __init__(
        self, engine: Engine, events: Events, presence: Presence, line: Line, seconds: float
    ) -> None:
        self._engine, self._events, self._presence = engine, events, presence
        self._line, self._seconds = line, seconds
        self._watching: Watching | None = None
        self._counted: Caller | None = None
        self._begun = self._over = False

    async def run(self, make: Callable[[], Request]) -> bool:
        """Do what is asked; True where it goes on as a subscription. `make` gives the request, or
        raises RequestRefused.
        """
        trace = ""
        try:
            request = make()
            trace = request.trace_id
            if self._events.asks(request):
                return await self._subscribe(request)
            async with asyncio.timeout(self._seconds):
                answer = await self._engine.answer(request)
            self._last(answer.body, answered=answer.status == 200)
        except RequestRefused as refused:
            self._last(errors_body(refused.faults))
        except Refused as refused:
            self._last(refused.body, answered=True)
        except Unavailable:
            self._last(answers.UNAVAILABLE.body)
        except (TimedOut, TimeoutError):
            self._last(SLOW)
        except Exception as error:  # noqa: BLE001  # nothing of an error may leave
            logs.logger().error(
                "request failed", trace=trace, error=type(error).__name__, at=logs.origin(error)
            )
            self._last(answers.INTERNAL.body)
        self.end()
        return False

    def go_on(self) -> None:
        """There is room for answers again."""
        if self._watching is not None:
            self._watching.go_on()

    def end(self) -> None:
        """Nothing is watched any more. May be repeated."""
        self._over = True
        if self._watching is not None:
            self._watching.leave()
            self._watching = None
        if self._counted is not None:
            counted, self._counted = self._counted, None
            self._presence.unsubscribe(counted, begun=self._begun)

    # What the hub asks of an outlet.

    def room(self) -> bool:
        """See `resolvers.subscribing.Outlet`."""
        return self._line.room()

    def stands(self) -> bool:
        """See `resolvers.subscribing.Outlet`."""
        return not self._over and self._line.stands()

    def event(self, body: bytes) -> None:
        """See `resolvers.subscribing.Outlet`."""
        if not self._over:
            self._presence.meters.events += 1
            self._line.answer(body)

    def over(self, body: bytes) -> None:
        """See `resolvers.subscribing.Outlet`."""
        self._last(body, answered=body.startswith(b'{"data"'))
        self.end()

    def slow(self) -> None:
        """See `resolvers.subscribing.Outlet`."""
        self._line.slow()

    def _last(self, body: bytes, *, answered: bool = False) -> None:
        """The last word, unless the client has ended the operation: then it is not to hear it."""
        if self._over:
            return
        if answered:
            self._line.answer(body)
            self._line.finish()
        else:
            self._line.refuse(body)

    async def _subscribe(self, request: Request) -> bool:
        place = self._presence.subscribe(request.caller)
        if place is not Place.GIVEN:
            self._last(CALLER_FULL if place is Place.CALLER_FULL else FULL)
            self.end()
            return False
        self._counted = request.caller
        async with asyncio.timeout(self._seconds):
            watching = await self._events.watch(request, self)
        if self._over:
            watching.leave()
            return False
        self._watching = watching
        self._begun = True
        self._presence.begun()
        return True
