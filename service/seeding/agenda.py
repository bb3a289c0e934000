"""One person's time: what is due comes in its order, and nothing happens after the last day.

Takes the instant at which the story begins and the one before which it ends.
Promises that `now` never goes back, that what was put down for later happens
before whatever comes after it, and that `Over` ends a story at the last day.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable
from itertools import count

from service.seeding.chance import Chance

Aside = Callable[[], None]
_DAY = dt.timedelta(days=1)
_FIRST_HOUR = 1
_HOURS = 9


class Over(Exception):
    """The last day has come."""


class Agenda:
    """A clock that only goes forward, and a list of what is due."""

    def __init__(self, now: dt.datetime, end: dt.datetime) -> None:
        self.now, self._end = now, end
        self._due: list[tuple[dt.datetime, int, Aside]] = []
        self._number = count()

    def later(self, at: dt.datetime, act: Aside) -> None:
        """Put down what happens beside the story; it reads `now` when it happens."""
        heapq.heappush(self._due, (max(at, self.now), next(self._number), act))

    def until(self, at: dt.datetime) -> None:
        """Let what is due by then happen, and go on to then. Raises Over at the last day."""
        stop = min(at, self._end)
        while self._due and self._due[0][0] < stop:
            due, _, act = heapq.heappop(self._due)
            self.now = max(self.now, due)
            act()
        if at >= self._end:
            raise Over
        self.now = max(self.now, at)


def working(chance: Chance, at: dt.datetime) -> dt.datetime:
    """The same day or the Monday after it, in office hours of the region (UTC+7)."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    day += _DAY * max(0, 7 - day.weekday()) if day.weekday() > 4 else _DAY * 0
    return day + dt.timedelta(hours=_FIRST_HOUR, seconds=int(chance.real() * _HOURS * 3_600))
