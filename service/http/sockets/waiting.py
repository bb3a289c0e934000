"""What a socket waits by, in little memory: most sockets wait for most of the time.

`Messages` stands in for `asyncio.Queue`, `Gate` for `asyncio.Event`, as far as
uvicorn's protocol for sockets uses them; those of the standard library take
5 KB of each socket before anything has come. One event loop, one receiver.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

M = TypeVar("M")


class Messages(Generic[M]):
    """What has come and was not received yet, in order."""

    __slots__ = ("_come", "_waiting")

    def __init__(self) -> None:
        self._come: deque[M] | None = None
        self._waiting: asyncio.Future[None] | None = None

    def put_nowait(self, message: M) -> None:
        """Let it wait for the receiver."""
        if self._come is None:
            self._come = deque()
        self._come.append(message)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def empty(self) -> bool:
        """Whether nothing waits."""
        return self._come is None

    async def get(self) -> M:
        """The oldest, once there is one."""
        while self._come is None:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        message = self._come.popleft()
        if not self._come:
            # nothing is kept for what may come
            self._come = None
        return message


class Gate:
    """Open or closed; whoever waits goes on when it opens."""

    __slots__ = ("_open", "_waiting")

    def __init__(self) -> None:
        self._open = True
        self._waiting: list[asyncio.Future[None]] = []

    def set(self) -> None:
        """Open it."""
        self._open = True
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    def clear(self) -> None:
        """Close it."""
        self._open = False

    def is_set(self) -> bool:
        """Whether it is open."""
        return self._open

    async def wait(self) -> bool:
        """Returns True when it was open or has opened, as `asyncio.Event.wait` does."""
        if not self._open:
            opened = asyncio.get_running_loop().create_future()
            self._waiting.append(opened)
            await opened
        return True
