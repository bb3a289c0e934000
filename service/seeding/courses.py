"""The way of one case through the states of the machine, up to the last day.

Takes a stream, a corridor and the day of opening, gives a `Course`: transitions
in order, along the edges that the registry knows, each later than the one
before, and what follows from them for the case. Durations are near the time
limits of the domain model; most old cases are closed, some stand still.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from schema.codes import MAIN_RANK, CaseState, ClosingReason
from service.seeding.chance import Chance
from service.seeding.corridors import Corridor

_S = CaseState
MAIN = tuple(MAIN_RANK)
_DAYS: dict[CaseState, tuple[float, float]] = {
    _S.SCREENED: (1, 25),
    _S.IDENTIFIED: (1, 20),
    _S.NOTIFIED: (1, 30),
    _S.TRACING_REQUESTED: (1, 15),
    _S.TRACING: (7, 80),
    _S.ASSESSED: (5, 45),
    _S.RETURN_PLANNED: (4, 40),
    _S.DOCUMENTS_READY: (3, 25),
    _S.HANDED_OVER: (0.1, 1),
    _S.IN_RECEPTION: (1, 7),
    _S.REINTEGRATING: (20, 90),
    _S.FOLLOW_UP: (270, 420),
}
"""Least and most days spent in each state before the next."""
_STILL = 0.015
_HELD = 0.012
_ENDED = {_S.ALTERNATIVE: 0.008, _S.CANCELLED: 0.006}
_BEFORE_HANDOVER = frozenset(s for s, rank in MAIN_RANK.items() if rank < MAIN_RANK[_S.HANDED_OVER])
_CLOSING = (
    (70, ClosingReason.REINTEGRATED),
    (14, ClosingReason.LOST_CONTACT),
    (10, ClosingReason.DECLINED_SERVICES),
    (3, ClosingReason.RE_TRAFFICKED),
    (1, ClosingReason.DECEASED),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One transition."""

    before: CaseState | None
    state: CaseState
    at: dt.datetime


@dataclass(slots=True)
class Course:
    """Transitions, and how far the case came. `objected`: the person would have nobody told."""

    steps: list[Step] = field(default_factory=list)
    main: CaseState = _S.SCREENED
    objected: bool = False
    not_a_national: bool = False
    legal_hold: bool = False
    closing: ClosingReason | None = None

    @property
    def state(self) -> CaseState:
        return self.steps[-1].state

    @property
    def since(self) -> dt.datetime:
        return self.steps[-1].at

    @property
    def rank(self) -> int:
        return MAIN_RANK[self.main]

    def at(self, state: CaseState) -> dt.datetime | None:
        """When the state was first entered, None where it was not."""
        return next((step.at for step in self.steps if step.state is state), None)

    def reached(self, state: CaseState) -> bool:
        """Whether the main state was come to, at whatever step the case entered the machine."""
        return self.rank >= MAIN_RANK[state]


def course(chance: Chance, corridor: Corridor, opened: dt.datetime, end: dt.datetime) -> Course:
    """Walk from the first entry until `end`, a side state or a standstill."""
    state = _S.SCREENED if corridor.seated else _S.TRACING
    made = Course([Step(None, state, opened)], state, objected=chance.true(0.04))
    while made.main is not _S.CLOSED:
        at = made.since + chance.span(*_DAYS[made.main])
        if at >= end or chance.true(_STILL):
            break
        side = _side(chance, made)
        if side is _S.ON_HOLD:
            made.steps.append(Step(made.state, side, at))
            made.legal_hold = chance.true(0.5)
            back = at + chance.span(5, 120)
            if back >= end or chance.true(0.3):
                break
            made.legal_hold = False
            made.steps.append(Step(side, made.main, back))
            continue
        if side is not None:
            made.steps.append(Step(made.state, side, at))
            if side is not _S.NOT_A_VICTIM:
                made.closing = ClosingReason.STAYED_IN_HOST
            break
        following = MAIN[MAIN.index(made.main) + 1]
        made.steps.append(Step(made.state, following, at))
        made.main = following
        if following is _S.ASSESSED:
            made.not_a_national = chance.true(0.025)
    if made.main is _S.CLOSED:
        made.closing = chance.weighted(_CLOSING)
    return made


def _side(chance: Chance, made: Course) -> CaseState | None:
    """The side state that comes next, None for the next main state."""
    if made.main is _S.SCREENED and chance.true(0.06):
        return _S.NOT_A_VICTIM
    if made.main not in _BEFORE_HANDOVER:
        return None
    if made.objected and made.main is _S.IDENTIFIED:
        return _S.ALTERNATIVE
    if made.not_a_national:
        return _S.CANCELLED
    point = chance.real()
    for state, share in ((_S.ON_HOLD, _HELD), *_ENDED.items()):
        point -= share
        if point < 0:
            return state
    return None
