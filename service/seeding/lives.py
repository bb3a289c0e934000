"""One case's life: a walk along the machine's edges, stage by stage, until the last day or its end.

Takes a case file that has been opened; gives nothing back: everything is
written in the story. What befalls a case beside the straight way (`Fate`) is
drawn when it opens; when it happens lies in the stage where it happens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from schema.codes import (
    MAIN_RANK,
    AssessmentOutcome,
    CaseState,
    ClosingReason,
    ConsentPurpose,
    HoldReason,
)
from service.seeding.agenda import working
from service.seeding.casefile import CaseFile
from service.seeding.chance import Chance
from service.seeding.corridors import Corridor
from service.seeding.keeping import Row
from service.seeding.talks import Talk

_S, _P = CaseState, ConsentPurpose
_LATE = 0.2
_ALWAYS = 1_000


class Turn(StrEnum):
    """What may befall a case before the handover."""

    LEGAL = "LEGAL"
    SAFETY = "SAFETY"
    HEALTH = "HEALTH"
    WITHDRAWN = "WITHDRAWN"
    ALTERNATIVE = "ALTERNATIVE"
    CANCELLED = "CANCELLED"
    STILL = "STILL"
    """Nobody does anything for a long while."""


_TURNS: tuple[tuple[float, Turn | None], ...] = (
    (64.5, None),
    (5, Turn.LEGAL),
    (2, Turn.SAFETY),
    (2.5, Turn.HEALTH),
    (8, Turn.WITHDRAWN),
    (6, Turn.ALTERNATIVE),
    (6, Turn.CANCELLED),
    (6, Turn.STILL),
)
_CLOSINGS = (
    (70, ClosingReason.REINTEGRATED),
    (14, ClosingReason.LOST_CONTACT),
    (10, ClosingReason.DECLINED_SERVICES),
    (4, ClosingReason.RE_TRAFFICKED),
    (2, ClosingReason.DECEASED),
)
_OF_HOSTS = (_S.SCREENED, _S.IDENTIFIED, _S.NOTIFIED, _S.TRACING_REQUESTED)
_OF_BOTH = (_S.TRACING, _S.ASSESSED, _S.RETURN_PLANNED, _S.DOCUMENTS_READY)


@dataclass(frozen=True, slots=True)
class Fate:
    """What will befall one case; the default is the straight way to the end."""

    turn: Turn | None = None
    where: CaseState | None = None
    objects: bool = False
    not_a_victim: bool = False
    not_a_national: bool = False
    duplicate: bool = False
    straight: bool = False
    """Nobody is late, refuses or takes back: the life that came before another."""
    closing: ClosingReason = ClosingReason.REINTEGRATED


def draw_fate(chance: Chance, corridor: Corridor) -> Fate:
    """As likely as in the region that is told of."""
    turn = chance.weighted(_TURNS)
    states: tuple[CaseState, ...] = (*_OF_HOSTS, *_OF_BOTH) if corridor.seated else _OF_BOTH
    if turn is Turn.WITHDRAWN:
        states = tuple(s for s in states if MAIN_RANK[s] >= MAIN_RANK[_S.TRACING_REQUESTED])
    return Fate(
        turn,
        chance.pick(states),
        objects=chance.true(0.04),
        not_a_victim=chance.true(0.06),
        not_a_national=chance.true(0.025),
        closing=chance.weighted(_CLOSINGS),
    )


class Concluded(Exception):  # no error: the story of a case comes to its end
    """The case has come to an end beside the straight way."""


class Life:
    """A case file, the talk with the person, and what will befall the case."""

    def __init__(self, file: CaseFile, fate: Fate, learnt: Row) -> None:
        self.file, self.fate, self.learnt = file, fate, learnt
        self.outcome: AssessmentOutcome | None = None
        self.chance, self.corridor = file.chance, file.corridor
        self.talk = Talk(file)
        self._turned = fate.turn is None

    def live(self, stages: Mapping[CaseState, Callable[[Life], None]]) -> None:
        """Stage after stage. Raises Over at the last day; ends where there is no next stage."""
        try:
            while self.file.state in stages:
                stages[self.file.state](self)
        except Concluded:
            pass

    def rest(self, low: float, high: float) -> None:
        """Let days go by, from `low` to `high`, the shorter the likelier; in office hours."""
        self._until(self.now + self.chance.span(low, high))

    def work(self, limit: float) -> None:
        """The time a step takes: mostly within its limit in days, one in five late.

        What befalls the case in this stage befalls it on the way.
        """
        days = limit * (0.1 + 0.85 * self.chance.real())
        if not self.fate.straight and self.chance.true(_LATE):
            days = limit * (1 + 1.5 * self.chance.real() ** 2)
        if not self._turned and self.fate.where is self.file.state:
            self._turned = True
            self._until(self.now + dt.timedelta(days=days * self.chance.real()))
            _turn(self)
        self._until(self.now + dt.timedelta(days=days))

    def go(self, at: dt.datetime) -> None:
        """Let time go by until then, in office hours; not at all where it has come already."""
        if at > self.now:
            self._until(at)

    def conclude(
        self, target: CaseState, reason: ClosingReason | None, **columns: object
    ) -> NoReturn:
        """Edges 14. Raises Concluded."""
        self.file.end(target, reason, **columns)
        raise Concluded

    def insist(self, purpose: ConsentPurpose, times: int) -> bool:
        """Ask, and ask again some weeks later, up to so many times; whether it stands."""
        for number in range(_ALWAYS if self.fate.straight else times):
            if number:
                self.rest(8, 45)
            if self.talk.stands(purpose) or self.talk.ask(purpose, self._sure()):
                return True
        return False

    @property
    def now(self) -> dt.datetime:
        """The instant the story has come to."""
        return self.file.agenda.now

    def _sure(self) -> float | None:
        return 1.0 if self.fate.straight else None

    def _until(self, at: dt.datetime) -> None:
        agenda = self.file.agenda
        agenda.until(max(working(self.chance, at), agenda.now + dt.timedelta(minutes=20)))


def _turn(life: Life) -> None:
    turn = life.fate.turn
    if turn is Turn.STILL:
        life.rest(40, 260)
    elif turn is Turn.WITHDRAWN:
        _take_back(life)
    elif turn in (Turn.ALTERNATIVE, Turn.CANCELLED):
        _give_up(life, _S(turn))
    elif turn is not None:
        life.file.hold(HoldReason(turn))
        _wait_on_hold(life, comes_back=0.75)


def _take_back(life: Life) -> None:
    """Consent withdrawn before the handover stops the flow (domain model, section 4, rule a)."""
    past = MAIN_RANK[life.file.state] >= MAIN_RANK[_S.RETURN_PLANNED]
    purpose = _P.RETURN if past and life.chance.true(0.6) else _P.TRACING
    life.talk.withdraw(purpose)
    life.rest(0.2, 4)
    if life.chance.true(0.3):
        _give_up(life, life.chance.pick((_S.ALTERNATIVE, _S.CANCELLED)))
    life.file.hold(HoldReason.CONSENT)
    _wait_on_hold(life, comes_back=0.5, purpose=purpose)


def _wait_on_hold(life: Life, *, comes_back: float, purpose: ConsentPurpose | None = None) -> None:
    life.rest(5, 120)
    if not life.chance.true(comes_back):
        life.rest(10, 150)
        _give_up(life, life.chance.pick((_S.ALTERNATIVE, _S.CANCELLED)))
    while purpose is not None and not life.talk.ask(purpose, 0.95):
        life.rest(4, 30)
    life.rest(0.1, 3)
    life.file.resume()


def _give_up(life: Life, target: CaseState) -> NoReturn:
    stays = life.chance.weighted(
        ((70, ClosingReason.STAYED_IN_HOST), (30, ClosingReason.THIRD_COUNTRY))
    )
    life.conclude(target, stays if target is _S.ALTERNATIVE else None)


def withdraw_after(life: Life, purpose: ConsentPurpose, days: float) -> None:
    """Put down that what was agreed to is taken back some time within so many days."""
    agenda = life.file.agenda
    at = working(life.chance, agenda.now + life.chance.span(1, days))

    def take_back() -> None:
        if not life.file.concluded:
            life.talk.withdraw(purpose)

    agenda.later(at, take_back)
