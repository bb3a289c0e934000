"""The access record that an answer must leave behind: who was shown what, by which clause.

Takes what the judge answered, gives plain sets to compare with the ledger:
design, section 4; settled questions, section 3; decision 0002 for the leaves.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.judge import facts
from tests.judge.answering import Answered
from tests.judge.world import Row, World

Disclosure = tuple[str, str, str]
"""Record, field, clause."""


@dataclass(slots=True)
class Leaf:
    """The part of a record that one pair of countries holds."""

    disclosures: set[Disclosure] = field(default_factory=set)
    withheld: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def protocols(self) -> list[str]:
        """The versions relied on."""
        return sorted({clause.partition("#")[0] for _, _, clause in self.disclosures})


@dataclass(slots=True)
class Recorded:
    """One access record with its leaves by pair."""

    outcome: str
    searched: list[str]
    refusals: set[tuple[str, str]]
    whole: Leaf
    leaves: dict[str, Leaf]


def recorded(world: World, answered: Answered) -> Recorded | None:
    """The record of an answer; None where nothing protected was asked."""
    rules = answered.rules
    if not rules.protected:
        return None
    whole, leaves = Leaf(), dict[str, Leaf]()
    for row in answered.records.values():
        for leaf in (whole, *_leaves_of(world, answered, row, leaves)):
            leaf.disclosures |= _disclosed(answered, row)
            for record, name, reason in answered.withheld:
                if record == row.id:
                    leaf.withheld[name, reason] += 1
    outcome = "REFUSED" if answered.data is None else "DISCLOSED"
    return Recorded(outcome, sorted(rules.searched), rules.refusals, whole, leaves or {"": Leaf()})


def _disclosed(answered: Answered, row: Row) -> set[Disclosure]:
    fields = {
        (record, name, clause)
        for (record, name), clause in answered.shown.items()
        if record == row.id
    }
    grant = answered.verdict.opened(row, None)
    return fields or {(row.id, f"{row.kind}.id", str(grant.clause) if grant else "")}


def _leaves_of(
    world: World, answered: Answered, row: Row, leaves: dict[str, Leaf]
) -> list[Leaf]:
    pairs = {pair_of(world, case) for case in answered.verdict.through(row)} or {""}
    return [leaves.setdefault(pair, Leaf()) for pair in sorted(pairs)]


def pair_of(world: World, case: Row) -> str:
    """Both countries of a case; its host alone while origin may not know of it."""
    objected = facts.objection(world, case, (case["origin"],))
    if objected or not facts.origin_may_know(case):
        return str(case["host"])
    return "-".join(sorted((case["host"], case["origin"])))
