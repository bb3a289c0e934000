"""What an operation on the feed does before its statement: its stream is brought up to date.

Takes a caller, a purpose and a cursor, gives the parameters of the page. Steps
are bounded in time: what is left is said by `hasNextPage`, and the next call
goes on with it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from authz.caller import Caller
from authz.profile import Policy
from resolvers.bounded import Bounded
from resolvers.execution import Unavailable, lent
from resolvers.feeding.advancing import Ground, Standing, step
from resolvers.feeding.judging import judgements
from resolvers.feeding.lasting import openings_of
from resolvers.feeding.linking import Linking, linkings
from resolvers.feeding.places import beginning, parameters, place_of
from resolvers.feeding.streams import Puller, nobody, registered, rights_of
from resolvers.wire import Pool, WireError
from schema.catalog import Catalog

BUDGET: Final = 0.7
"""Seconds of steps before an answer."""
PATIENCE: Final = 8.0
"""Seconds to wait for somebody else's step."""
_PAUSE: Final = 0.02
_LOST: Final = "40001"
"""Somebody else's step ended between our snapshot and our lock."""
Opened = Callable[[], list[str | None] | None]


class Feeds:
    """The streams of one process: their ids and the statements that judge for them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._linkings: dict[str, Linking] = {}
        self._grounds: Bounded[tuple[object, ...], Ground] = Bounded(256)
        self._ids: Bounded[str, int] = Bounded(4096)

    async def followed(
        self, pool: Pool, caller: Caller, purpose: str, policy: Policy, opened: Opened
    ) -> dict[str, object]:
        """Parameters of the page after a cursor, whose keys `opened` gives. Raises RequestRefused,
        Stale, Unavailable or TimedOut.
        """
        keys = opened()
        puller = Puller(nobody(caller), purpose)
        stream = await self._stream(pool, puller, policy)
        standing = await self.advance(pool, puller, stream, policy, BUDGET, asked=True)
        place = beginning(standing) if keys is None else place_of(keys, stream, standing)
        return parameters(place, stream, standing)

    async def advance(
        self,
        pool: Pool,
        puller: Puller,
        stream: int,
        policy: Policy,
        seconds: float,
        *,
        asked: bool = False,
    ) -> Standing:
        """Steps until there is nothing to do or the time is over. Raises as `followed`."""
        ground = self._ground(puller, policy)
        begun = time.monotonic()
        while True:
            standing = await self._step(pool, puller, stream, ground, asked=asked)
            passed = time.monotonic() - begun
            if standing is not None and (not standing.more or passed > seconds):
                return standing
            if standing is None:
                if passed > PATIENCE:
                    raise Unavailable
                await asyncio.sleep(_PAUSE)

    async def _step(
        self, pool: Pool, puller: Puller, stream: int, ground: Ground, *, asked: bool
    ) -> Standing | None:
        try:
            async with lent(pool) as wire:
                return await step(wire, puller, stream, ground, asked=asked)
        except WireError as error:
            if error.sqlstate == _LOST:
                return None
            raise

    async def _stream(self, pool: Pool, puller: Puller, policy: Policy) -> int:
        known = self._ids.get(puller.key)
        if known is None:
            async with lent(pool) as wire:
                known = await registered(wire, puller, policy)
            self._ids.put(puller.key, known)
        return known

    def _ground(self, puller: Puller, policy: Policy) -> Ground:
        key = (puller.key, puller.caller.country, policy.version, policy.horizon)
        ground = self._grounds.get(key)
        if ground is None:
            if not self._linkings:
                self._linkings.update(linkings(self._catalog))
            ground = Ground(
                policy,
                rights_of(policy, puller),
                judgements(policy, self._catalog, puller),
                self._linkings,
                self._catalog,
                openings_of(policy),
            )
            self._grounds.put(key, ground)
        return ground
