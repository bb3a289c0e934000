"""What waits to leave by one socket or stream, bounded.

Takes texts, hands them to a `send` one after another. Answers are made only
while there is room, so that what a slow client does not take is not even read
for it; replies to a client's own messages wait for room, and so does the
reading of its next message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

MESSAGES: Final = 16
BYTES: Final = 262_144

Send = Callable[[str], Awaitable[None]]


class Outbox:
    """Of one socket or stream. `on_room` is called whenever there is room again."""

    def __init__(self, send: Send, on_room: Callable[[], None]) -> None:
        self._send, self._on_room = send, on_room
        # bare futures and a list: an event and a deque take 2 KB of each of thousands of sockets
        self._waiting: list[str] = []
        self._size = 0
        self._idle: asyncio.Future[None] | None = None
        self._full: asyncio.Future[None] | None = None
        self.closing = False
        self.sending = False

    @property
    def room(self) -> bool:
        """Whether one more answer may be made."""
        return not self.closing and len(self._waiting) < MESSAGES and self._size < BYTES

    def put(self, text: str) -> None:
        """Let a text wait. Nothing is taken after the end."""
        if self.closing:
            return
        self._waiting.append(text)
        self._size += len(text)
        _wake(self._idle)

    async def until_room(self) -> None:
        """Returns when there is room, or when nothing will leave any more. One waits at a time."""
        while not (self.room or self.closing):
            self._full = asyncio.get_running_loop().create_future()
            await self._full
        self._full = None

    def close(self, *, drop: bool) -> None:
        """Nothing more is taken; with `drop` nothing that waits leaves either. May be repeated."""
        self.closing = True
        if drop:
            self._waiting.clear()
            self._size = 0
        _wake(self._full)
        _wake(self._idle)

    async def run(self) -> None:
        """Sends what comes until it is closed and empty. Raises what `send` raises."""
        while True:
            while self._waiting:
                was_full = not self.room
                text = self._waiting.pop(0)
                self._size -= len(text)
                self.sending = True
                await self._send(text)
                self.sending = False
                if was_full and self.room:
                    _wake(self._full)
                    self._on_room()
            if self.closing:
                return
            self._idle = asyncio.get_running_loop().create_future()
            await self._idle
            self._idle = None


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)
