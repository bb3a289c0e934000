"""Callers whose volume or hours depart from their own past: a rule that can be explained.

Takes what each caller did, gives `Departure`s, each with the figures that make
it one. A caller is a person as her issuer names her, at one agency; a day and
an hour are those of `ZONE`. Compared with her own earlier days on which she
asked anything, of which there must be `ENOUGH`:

- a day stands out where its accesses, or the records shown in them, exceed the
  median of those days by more than 5 times the median absolute deviation, by
  more than the median itself, and by more than 10;
- an hour stands out where she asked in it on none of those days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from service.ledger.accesses import Access
from service.ledger.words import ZONE

ENOUGH: Final = 5
"""Earlier days that say what is usual."""
SPREADS: Final = 5
LEAST: Final = 10


@dataclass(frozen=True, slots=True)
class Caller:
    """A person at an agency."""

    agency: str
    subject: str


@dataclass(slots=True)
class Day:
    """What one caller did on one day: accesses by hour, and records shown in all of them."""

    hours: dict[int, int] = field(default_factory=dict)
    records: int = 0

    @property
    def accesses(self) -> int:
        """How many."""
        return sum(self.hours.values())


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual of one figure: over how many days, and up to where."""

    days: int
    median: float
    spread: float
    """Median absolute deviation."""

    @property
    def most(self) -> float:
        """The largest figure that does not stand out."""
        return self.median + max(SPREADS * self.spread, self.median, LEAST)


@dataclass(frozen=True, slots=True)
class Departure:
    """One day of one caller that stands out, and why: `measure` is `accesses`, `records` or `hour`.

    `figure` is what was counted; of an hour (`hour`, 0 to 23) the accesses in it, and of `usual`
    its days alone say something.
    """

    caller: Caller
    day: dt.date
    measure: str
    figure: int
    usual: Usual
    hour: int | None = None

    def as_json(self) -> dict[str, object]:
        """For machines."""
        usual: dict[str, float] = {"days": self.usual.days}
        if self.hour is None:
            figures = (self.usual.median, self.usual.spread, self.usual.most)
            usual |= dict(zip(("median", "deviation", "most"), figures, strict=True))
        return {
            "agency": self.caller.agency,
            "subject": self.caller.subject,
            "day": self.day.isoformat(),
            "measure": self.measure,
            "hour": self.hour,
            "figure": self.figure,
            "usual": usual,
            "why": self.why,
        }

    @property
    def why(self) -> str:
        """In words."""
        usual = self.usual
        if self.hour is not None:
            times = "once" if self.figure == 1 else f"{self.figure} times"
            return (
                f"asked {times} between {self.hour:02}:00 and {self.hour:02}:59,"
                f" which it had not on any of {usual.days} earlier days"
            )
        counted = "accesses" if self.measure == "accesses" else "records shown"
        return (
            f"{self.figure} {counted}; on {usual.days} earlier days the median was"
            f" {usual.median:g} (median deviation {usual.spread:g}): up to {usual.most:g} is usual"
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found, and who could not be judged: with fewer than `ENOUGH` earlier days."""

    departures: tuple[Departure, ...]
    too_new: tuple[Caller, ...]


def judge(accesses: Iterable[Access], begin: dt.datetime, past: dt.timedelta) -> Judged:
    """Judge each day from that of `begin` on against the days of the `past` before it."""
    first = begin.astimezone(ZONE).date()
    departures: list[Departure] = []
    too_new: list[Caller] = []
    for caller, days in sorted(_by_caller(accesses).items(), key=lambda item: _name(item[0])):
        new = False
        for day in sorted(day for day in days if day >= first):
            earlier = [known for at, known in days.items() if day - past <= at < day]
            if len(earlier) < ENOUGH:
                new = True
                continue
            departures += _of_day(caller, day, days[day], earlier)
        too_new += [caller] if new else []
    return Judged(tuple(departures), tuple(too_new))


def _name(caller: Caller) -> tuple[str, str]:
    return caller.agency, caller.subject


def _by_caller(accesses: Iterable[Access]) -> Mapping[Caller, dict[dt.date, Day]]:
    found: dict[Caller, dict[dt.date, Day]] = {}
    for access in accesses:
        here = access.at.astimezone(ZONE)
        caller = Caller(access.agency, access.subject)
        day = found.setdefault(caller, {}).setdefault(here.date(), Day())
        day.hours[here.hour] = day.hours.get(here.hour, 0) + 1
        day.records += access.records
    return found


def _of_day(caller: Caller, date: dt.date, day: Day, earlier: Sequence[Day]) -> Iterable[Departure]:
    for measure, figure, before in (
        ("accesses", day.accesses, [known.accesses for known in earlier]),
        ("records", day.records, [known.records for known in earlier]),
    ):
        usual = usual_of(before)
        if figure > usual.most:
            yield Departure(caller, date, measure, figure, usual)
    worked = {hour for known in earlier for hour in known.hours}
    for hour in sorted(day.hours.keys() - worked):
        yield Departure(caller, date, "hour", day.hours[hour], Usual(len(earlier), 0, 0), hour)


def usual_of(figures: Sequence[int]) -> Usual:
    """Median and median absolute deviation of at least one figure."""
    middle = median(figures)
    return Usual(len(figures), middle, median(abs(figure - middle) for figure in figures))
