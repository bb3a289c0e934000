"""Subscriptions as doors: each event is an operation of its own, held against its own record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from authz.caller import Caller
from resolvers.engine import Request
from tests.exact.ground import HOST, PHNOM_PENH, Ground
from tests.exact.judging import hold
from tests.exact.marking import marked
from tests.subscriptions.watching import PATIENCE, Kept

_STEP = "update registry.return_case set opened_on = opened_on + 1 where id = %s"


def watched(name: str, selected: str) -> Callable[[Ground], None]:
    """The case of one subscription; `selected` is a selection of everything of a case."""

    def case(ground: Ground) -> None:
        for who in (HOST, PHNOM_PENH):
            # what is next on her desk she is told of by either
            listed = ground.body(who, "{ worklist(first: 1) { edges { node { id } } } }")
            touched = listed["data"]["worklist"]["edges"][0]["node"]["id"]
            text = marked(f"subscription {{ {name} {selected} }}")
            for body in _events(ground, who, text, touched):
                asked = ground.held(text, body, {})
                assert asked.record is not None
                assert asked.leaves
                hold(asked)

    return case


def _events(ground: Ground, who: Caller, text: str, touched: str) -> list[dict[str, Any]]:
    """What was told of one change."""
    outlet = Kept()
    request = Request(text, None, {}, who, who.purposes[0], "trace")

    async def told() -> None:
        watching = await ground.engine.events.watch(request, outlet)
        try:
            await asyncio.to_thread(ground.owner.execute, _STEP, (touched,))
            async with asyncio.timeout(PATIENCE):
                while not outlet.bodies:  # noqa: ASYNC110  # an outlet tells nobody
                    await asyncio.sleep(0.01)
        finally:
            watching.leave()

    ground.loop.run(told())
    return outlet.bodies
