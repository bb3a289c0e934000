"""Months that have ended are closed before they are asked about.

Takes a pool, gives nothing: whoever asks first in a new month has the database
count it (`registry.close_month()`), each month in a transaction of its own. The
service can neither choose the month nor read what is counted.
"""

from __future__ import annotations

import asyncio
import datetime as dt

from resolvers.execution import lent
from resolvers.wire import Pool

_CLOSE = "select registry.close_month()::text as closed"


class Months:
    """What one process knows to be closed. A clock that goes wrong makes it ask too often, or too
    late; the database decides.
    """

    def __init__(self) -> None:
        self._known: tuple[int, int] | None = None
        self._closing = asyncio.Lock()

    async def close(self, pool: Pool) -> None:
        """Close every month that has ended. Raises Unavailable, TimedOut."""
        now = dt.datetime.now(dt.UTC)
        present = (now.year, now.month)
        if self._known == present:
            return
        async with self._closing:
            if self._known == present:
                return
            async with lent(pool) as wire:
                closed: bytes | None = b""
                while closed is not None:
                    closed = (await wire.begin(_CLOSE, [])).get_value(0, 0)
                    await wire.commit()
            self._known = present
