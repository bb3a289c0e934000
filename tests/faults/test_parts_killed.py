"""kill -9 of service, integrator, witness and database at random instants, under load.

One registry lives through all rounds. After them every answer that a client got
whole is on record, every record is once in the tree, and two countries' exports
are clean. How often and how quickly an integrator was followed is printed.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.durability import ground as grounds
from tests.durability.conftest import House
from tests.durability.database import database
from tests.durability.ground import becomes
from tests.durability.nursery import Nursery
from tests.faults.asking import Load
from tests.faults.parts import PATIENCE, Parts, assembled, goes_on
from tests.faults.whole import audited, judged

VICTIMS = ("the leader", "service", "integrator", "witness", "database")
BOTH = ("service", "integrator")
TAKEN_OVER = 5.0
LONGEST = 0.5
MANY = int(os.environ.get("FAULT_ROUNDS", "200"))
"""Of `make test-deep`; `FAULT_ROUNDS=60 make test-deep` where there is less time."""


class Rounds:
    """What happened to whom."""

    def __init__(self, parts: Parts, load: Load, chance: random.Random) -> None:
        self._parts, self._load, self._chance = parts, load, chance
        self.followed: list[float] = []
        self.blows: Counter[str] = Counter()
        self._remembered = -1
        self._leads: str | None = None

    def one(self, victim: str) -> None:
        """Kill at a random instant, start again, and see that everything goes on."""
        parts = self._parts
        time.sleep(self._chance.uniform(0, LONGEST))
        if victim == "the leader":
            victim = self._leads or self._chance.choice(BOTH)
        self.blows[victim] += 1
        if victim in BOTH:
            followed = parts.kill_integrating(victim)
            if followed is not None:
                self.followed.append(followed)
            self._leads = BOTH[1 - BOTH.index(victim)]
        elif victim == "witness":
            parts.witness.end(signal.SIGKILL)
        else:
            self.blows[parts.strike_database(self._chance)] += 1
            self._leads = None
        parts.restart(victim)
        goes_on(parts, self._load)
        self._witness_goes_on()

    def _witness_goes_on(self) -> None:
        remembered = self._parts.remembered()
        assert remembered >= self._remembered, "the witness went back"
        self._remembered = remembered


@pytest.mark.parametrize(
    "count", [10, pytest.param(MANY, marks=pytest.mark.deep)], ids=["few", "many"]
)
def test_parts_are_killed_at_any_instant(
    nursery: Nursery, house: House, tmp_path: Path, count: int
) -> None:
    seed = secrets.randbits(32)
    chance = random.Random(seed)
    victims = (VICTIMS * (count // len(VICTIMS) + 1))[:count]
    order = chance.sample(victims, count)
    with database(tmp_path / "own") as own, grounds.made(own.dsn) as ground:
        with assembled(nursery, house, ground, own, tmp_path) as parts:
            load = Load(lambda: parts.service.address, house.token, ground.people)
            rounds = Rounds(parts, load, chance)
            assert becomes(parts.ready, PATIENCE)
            began = time.monotonic()
            with load.going():
                for number, victim in enumerate(order):
                    rounds.one(victim)
                    assert not load.offences, (seed, number, victim, load.offences[:5])
            seconds = time.monotonic() - began
            assert becomes(parts.settled, PATIENCE), "the ledger does not come to rest"
            assert parts.remembered() == parts.newest()
            found = judged(load, ground, parts.plan.key.verifier)
            assert found.cosigned > 0
            reports = audited(parts.plan.settings, tmp_path, parts.plan.key.vkey)
        own.revive()
    followed = sorted(round(each, 2) for each in rounds.followed)
    print(  # noqa: T201
        f"seed {seed}: {count} kills in {seconds:.0f} s {dict(rounds.blows)}; {found};"
        f" {load.refused} refused, {load.cut} cut, {load.away} away;"
        f" an integrator was followed after {followed} s;"
        f" {[report['records'] for report in reports]} leaves exported"
    )
    assert load.cut > 0
    assert followed
    # a machine that stood still once is no integrator that was not followed
    late = [each for each in followed if each > TAKEN_OVER]
    assert len(late) <= 1 + len(followed) // 20, followed
    assert followed[len(followed) // 2] < TAKEN_OVER, followed
