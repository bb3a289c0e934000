"""What waits to leave by one socket or stream, bounded.

Takes texts, hands them to a `send` one after another. Answers are made only
while there is room, so that what a slow client does not take is not even read
for it; replies to a client's own messages wait for room, and so does the
reading of its next message.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

MESSAGES: Final = 16
BYTES: Final = 262_144

Send = Callable[[str], Awaitable[None]]


class Outbox:
    """Of one socket or stream. `on_room` is called whenever there is room again."""

    def __init__(self, send: Send, on_room: Callable[[], None]) -> None:
        self._send, self._on_room = send, on_room
        self._waiting: deque[str] = deque()
        self._size = 0
        self._stirred = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
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
        if not self.room:
            self._has_room.clear()
        self._stirred.set()

    async def until_room(self) -> None:
        """Returns when there is room, or when nothing will leave any more."""
        await self._has_room.wait()

    def close(self, *, drop: bool) -> None:
        """Nothing more is taken; with `drop` nothing that waits leaves either. May be repeated."""
        self.closing = True
        if drop:
            self._waiting.clear()
            self._size = 0
        self._has_room.set()
        self._stirred.set()

    async def run(self) -> None:
        """Sends what comes until it is closed and empty. Raises what `send` raises."""
        while True:
            while self._waiting:
                text = self._waiting.popleft()
                self._size -= len(text)
                self.sending = True
                await self._send(text)
                self.sending = False
                if self.room and not self._has_room.is_set():
                    self._has_room.set()
                    self._on_room()
            if self.closing:
                return
            self._stirred.clear()
            await self._stirred.wait()
