"""How the ledger stands, for `/readyz` and `/metrics`: leaves, lag, witnesses that are behind.

Takes the service's database, gives counts without any name. A witness is behind
where a checkpoint is older than `BEHIND` seconds and it has cosigned neither
that one nor a later one: a registry at rest leaves nobody behind, and under load
it is not the newest checkpoint of all that counts. The clock is the database's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, LiteralString

from service.http.ledger import LedgerAway
from service.http.meters import Standing
from service.ledger.running import Integrating
from service.ledger.serving import TreeReader

BEHIND: Final = 60.0
_KNOWN: Final = 1.0
"""Seconds; anybody may ask, so the database is not asked each time."""

# Looked for from the newest checkpoint back: neither table is read beyond the limit's time.
_COUNTS: LiteralString = (
    "with asked as (select n.name from (select distinct on (w.name) w.name, w.active"
    " from ledger.witness w order by w.name, w.seq desc) n where n.active),"
    " due as (select c.size from ledger.checkpoint c where c.at < clock_timestamp()"
    " - make_interval(secs => %s) order by c.size desc limit 1)"
    " select array[(select coalesce(max(c.size), 0) from ledger.checkpoint c),"
    " (select count(*) from asked), (select count(*) from asked a, due d where not exists"
    " (select from ledger.cosignature s where s.size >= d.size and s.witness = a.name))]"
)


class LedgerStanding:
    """One per process. What could not be read stands as it was read last."""

    def __init__(
        self,
        dsn: Callable[[], str],
        integrating: Integrating | None = None,
        behind: float = BEHIND,
    ) -> None:
        self._tree = TreeReader(dsn)
        self._integrating = integrating
        self._limit = behind
        self._asking = asyncio.Lock()
        self._counts: tuple[int | None, int | None, int | None] = (None, None, None)
        self._until = 0.0
        self._begun = time.monotonic()

    async def now(self) -> Standing:
        """As of at most a second ago."""
        async with self._asking:
            if time.monotonic() >= self._until:
                try:
                    found = await self._tree.read(_COUNTS, (self._limit,))
                    if isinstance(found, list):
                        leaves, witnesses, behind = found
                        self._counts = leaves, witnesses, behind
                except LedgerAway:
                    pass
                self._until = time.monotonic() + _KNOWN
        leaves, witnesses, behind = self._counts
        return Standing(leaves, self._lag(), witnesses, behind)

    async def close(self) -> None:
        """Close its connection."""
        await self._tree.close()

    def _lag(self) -> float | None:
        if self._integrating is None:
            return None
        # Before it was measured: what was written since the start may have no place yet.
        lag = self._integrating.lag
        return time.monotonic() - self._begun if lag is None else lag
