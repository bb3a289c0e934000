"""Ends a request's own task when its client has gone or its time is over.

Takes the task that works on a request, gives `Watch`, which cancels it and
remembers why. A cancelled task cancels its statement: that is the engine's
promise. Most answers leave within `GRACE` seconds, and for them a watch is one
timer that never fires; only then does a second task listen for the hang-up.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import Final

from starlette.types import Receive

GRACE: Final = 0.02
"""Seconds that a request runs before anybody listens for its client's hang-up."""


class Cause(Enum):
    """Why a watch cancelled its task."""

    BODY_SLOW = auto()
    ANSWER_SLOW = auto()
    CLIENT_GONE = auto()


class Watch:
    """The watch over the current task. One phase at a time: `body`, then `answer`, then `over`."""

    __slots__ = ("_listener", "_loop", "_task", "_timer", "cause")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._timer: asyncio.TimerHandle | None = None
        self._listener: asyncio.Task[None] | None = None
        self.cause: Cause | None = None

    def body(self, seconds: float) -> None:
        """The body must be whole within `seconds`."""
        self._timer = self._loop.call_later(seconds, self._end, Cause.BODY_SLOW)

    def answer(self, seconds: float, receive: Receive) -> None:
        """The answer must be ready within `seconds`, and before the client hangs up."""
        self.over()
        first = min(GRACE, seconds)
        self._timer = self._loop.call_later(first, self._listen, seconds - first, receive)

    def over(self) -> None:
        """Nothing is watched any more; a cause that was set stays."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._listener is not None:
            self._listener.cancel()
            self._listener = None

    def _listen(self, seconds: float, receive: Receive) -> None:
        self._timer = self._loop.call_later(seconds, self._end, Cause.ANSWER_SLOW)
        self._listener = self._loop.create_task(self._until_gone(receive))

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._end(Cause.CLIENT_GONE)

    def _end(self, cause: Cause) -> None:
        if self.cause is None and self._task is not None:
            self.cause = cause
            self._task.cancel()
