"""One drawn case from end to end: draw, load, ask both, compare.

Takes Hypothesis' `draw` and the ground, gives the differences found; raises
nothing but what the engine or the database raise.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from authz.caller import Caller
from tests.judge.answering import answer
from tests.judge.callers import caller
from tests.judge.costing import LIMIT, cost_of
from tests.judge.comparing import compare, compare_record, story
from tests.judge.ground import Ground, reference_world
from tests.judge.law import Law, Proposed, documents_in_force
from tests.judge.laws import laws
from tests.judge.papers import drafts, meetings
from tests.judge.people import Drawing, people
from tests.judge.questions import opened_by, question
from tests.judge.recording import recorded
from tests.judge.selecting import Question
from tests.judge.world import World

QUESTIONS = 3
"""Callers with a question each that one drawn world is asked by."""


class Disagreement(AssertionError):
    """Judge and engine say different things; the message is the story."""


@dataclass(slots=True)
class Tally:
    """What the cases so far were made of, to see that they are not empty."""

    cases: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)

    def __str__(self) -> str:
        pace = self.cases / max(time.monotonic() - self.began, 0.001)
        return f"{self.cases} cases, {pace:.1f} a second, {dict(sorted(self.seen.items()))}"


def drawn_world(d: Drawing) -> None:
    """Rows of every kind."""
    drafts(d)
    people(d)
    meetings(d)


def try_one(draw: Any, ground: Ground, tally: Tally) -> None:
    """Draw a world and a law, ask every question of both. Raises Disagreement."""
    world = reference_world(ground.now())
    d = Drawing(draw, world)
    drawn_world(d)
    law = laws(d)
    documents = documents_in_force(list(law), world.today)
    asked = []
    for _ in range(QUESTIONS):
        who, purpose = caller(d, documents)
        mine = Law.of(world, list(law), who, purpose)
        grants = [g for kind in {g.entity for g in mine.everything} for g in mine.grants(kind)]
        asked.append((who, purpose, question(d, opened_by(grants)), mine))
    with ground.holding(world, law):
        for who, purpose, text, mine in asked:
            lines = list(judged(ground, world, mine, who, purpose, text, tally))
            if lines:
                raise Disagreement(story(world, law, who, purpose, text, lines))


def judged(
    ground: Ground, world: World, law: Law, who: Caller, purpose: str, text: str, tally: Tally
) -> Iterator[str]:
    """One question of both; a line for each difference."""
    tally.cases += 1
    wanted = answer(text, {}, world, law)
    record = recorded(world, wanted)
    body = ground.ask(text, {}, who, purpose)
    cost = cost_of(Question.of(text, {}))
    if _is_too_dear(body):
        if cost is not None and cost <= LIMIT:
            yield f"cost: {cost}, not beyond the limit"
        return
    _count(tally, wanted, record)
    yield from compare(wanted, body, record)
    told = body.get("extensions", {}).get("cost", {}).get("requested")
    if cost is not None and cost != told:
        yield f"cost: {cost}, not {told}"
    found = body.get("extensions", {}).get("accessRecord")
    if record is not None and found is not None:
        stored = ground.stored(found)
        name = Question.of(text, {}).name
        yield from compare_record(record, stored, who, purpose, name)


def _is_too_dear(body: dict[str, Any]) -> bool:
    codes = [error["extensions"]["code"] for error in body.get("errors", ())]
    return "data" not in body and codes == ["COST_LIMIT"]


def _count(tally: Tally, wanted: Any, record: Any) -> None:
    tally.seen["refused as a whole"] += wanted.data is None
    tally.seen["with refused fields"] += bool(wanted.errors)
    tally.seen["with records"] += bool(wanted.records)
    tally.seen["with values shown"] += bool(wanted.shown)
    tally.seen["with several leaves"] += record is not None and len(record.leaves) > 1
    for _, _, reason in wanted.withheld:
        tally.seen[f"withheld {reason}"] += 1


__all__ = ["Disagreement", "Proposed", "Tally", "judged", "try_one"]
