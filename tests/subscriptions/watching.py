"""Subscribers without a door: an engine in this process, outlets that keep what they are given.

Takes a house of `tests.tracing`, gives `Kept` outlets and a way to let everything settle: a marker
case that a subscriber of the same caller watches is touched last, and when its event is there all
earlier touches have been looked at.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from authz.caller import Caller
from resolvers.engine import Request
from resolvers.subscribing import Watching
from tests.refusals.facts import Facts, Said
from tests.tracing.house import House

PATIENCE = 30.0
ONE = "subscription One($id: ID!) { c: returnCaseChanged(id: $id) { id state openedOn } }"
PERSON = """subscription Person($id: ID) { returnCaseChanged(id: $id) { id openedOn
  victim { familyName narrative withheld { field reason } } } }"""
ANY = "subscription Any { returnCaseChanged { id openedOn legalHold victim { familyName } } }"
DESK = "subscription Desk { worklistChanged { id openedOn holder } }"


@dataclass
class Kept:
    """An outlet that keeps all."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    ended: list[dict[str, Any]] = field(default_factory=list)
    open: bool = True
    good: bool = True
    cut: bool = False
    asked: int = 0

    def room(self) -> bool:
        return self.open

    def stands(self) -> bool:
        self.asked += 1
        return self.good

    def event(self, body: bytes) -> None:
        self.bodies.append(json.loads(body))

    def over(self, body: bytes) -> None:
        self.ended.append(json.loads(body))

    def slow(self) -> None:
        self.cut = True

    def cases(self) -> list[Any]:
        """What stood under the one root of each event."""
        return [next(iter(body["data"].values())) for body in self.bodies]

    def records(self) -> list[str]:
        return [body["extensions"]["accessRecord"] for body in self.bodies]


def request(who: Caller, text: str, purpose: str | None = "", **variables: object) -> Request:
    stated = who.purposes[0] if purpose == "" else purpose
    return Request(text, None, dict(variables), who, stated, "trace")


@dataclass
class Watchers:
    """The subscribers of one house."""

    house: House
    under_way: list[Watching] = field(default_factory=list)

    def watch(self, who: Caller, text: str, purpose: str | None = "", **variables: object) -> Kept:
        """Begin; the outlet. Raises what the engine raises."""
        outlet = Kept()
        asked = request(who, text, purpose, **variables)
        self.under_way.append(self.run(lambda: self.house.engine.events.watch(asked, outlet)))
        return outlet

    def run(self, work: Callable[[], Awaitable[Any]]) -> Any:
        async def done() -> Any:
            return await work()

        return self.house.loop.run(done())

    def until(self, done: Callable[[], bool]) -> None:
        """Let the loop run until it is so."""

        async def waited() -> None:
            async with asyncio.timeout(PATIENCE):
                while not done():  # noqa: ASYNC110  # of rows and outlets: nobody says so
                    await asyncio.sleep(0.01)

        self.house.loop.run(waited())

    def settled(self, who: Caller) -> None:
        """Everything that was committed before has been looked at, for this caller too."""
        marker = self.house.settle(Facts())
        outlet = self.watch(who, ONE, id=marker.case)
        watching = self.under_way[-1]
        self.step(marker.case)
        self.until(lambda: bool(outlet.bodies))
        self.until(self._nothing_waits)
        self.run(lambda: _left(watching))

    def _nothing_waits(self) -> bool:
        return all(not each.pending and not each.busy for each in self.under_way if not each.left)

    def step(self, case: str) -> None:
        """A change of the case that everybody sees who may see its shell."""
        self.house.owner.execute(
            "update registry.return_case set opened_on = opened_on + 1 where id = %s",
            (case,),
        )

    def hidden(self, case: str) -> None:
        """A change of the case that no desk abroad may see."""
        self.house.owner.execute(
            "update registry.return_case set remarks = %s where id = %s", (uuid.uuid4().hex, case)
        )

    def move(self, case: str, before: str, after: str) -> None:
        """One step of the machine."""
        self.house.owner.execute(
            "insert into registry.transition (id, case_id, state, at, from_state, actor_agency)"
            " values (%s, %s, %s, now(), %s, 'KH-MOSVY')",
            (str(uuid.uuid4()), case, after, before),
        )

    def sign(self, case: str, side: str) -> None:
        """A word of one side on the plan, and nothing else."""
        self.house.owner.execute(
            "insert into registry.signature (id, case_id, step, side, agency_code, subject, issuer,"
            " clause, content_hash) values (gen_random_uuid(), %s, 'PLAN', %s, 'TH-DATIP', 's',"
            " 'i', 'c', %s)",
            (case, side, "0" * 64),
        )

    def say(self, case: str, said: Said) -> None:
        """One more statement of the person, now."""
        self.house.owner.execute(
            "insert into registry.consent (id, case_id, purpose, state, recipients, stated_at,"
            " given_by) values (%s, %s, %s, %s, %s, now(), 'SELF')",
            (str(uuid.uuid4()), case, said.purpose, said.state, list(said.recipients)),
        )


async def _left(watching: Watching) -> None:
    watching.leave()
