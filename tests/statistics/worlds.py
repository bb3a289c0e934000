"""Worlds of cases, what the registry releases of them, and the attacker's own account of it.

A `World` is who entered in which month, as what, and how far each came. `released` puts its counts
through the registry's own function. `witness` is the attacker: from everything that was released it
makes another world of which the same must be released, with `extra` cases more in one cell. Where
that is impossible, what was released pins that cell down, and it raises `Pinned`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import psycopg

GENDERS = (
    "Feminine",
    "Masculine",
    "TransgenderFeminine",
    "TransgenderMasculine",
    "NonConforming",
    "NOT_STATED",
)
AGES = ("0-8", "9-17", "18-20", "21-23", "24-26", "27-29", "30-38", "39-47", "48+", "NOT_STATED")
KINDS = (
    "ForcedLabour",
    "SexualExploitation",
    "ChildLabour",
    "ForcedMarriage",
    "Servitude",
    "ForcedMilitaryByNonStateActors",
    "OrganRemoval",
    "ForcedBegging",
    "ForcedAdoption",
    "Surrogacy",
    "Other",
    "SEVERAL",
    "NOT_STATED",
)
KEYS = {"GENDER": GENDERS, "AGE_BAND": AGES, "EXPLOITATION": KINDS}
RANKS = tuple(range(4, 14))
LOT = 11
FIRST = dt.date(2020, 1, 1)


class Pinned(Exception):
    """What was released leaves a cell fewer than eleven values."""


@dataclass(frozen=True, slots=True)
class Group:
    """So many cases alike: entered in `month`, counted from 0; `steps` are the months in which they
    came to the states from TRACING_REQUESTED on.
    """

    month: int
    cases: int
    gender: str = GENDERS[0]
    age: str = AGES[0]
    kind: str = KINDS[0]
    steps: tuple[int, ...] = ()


World = Sequence[Group]
Cell = tuple[str, str]
"""Series and key; of the series STAGE the rank as two digits."""
Released = Mapping[Cell, tuple[int, ...]]
"""The total released of each cell, month by month."""


def counted(world: World, months: int) -> dict[Cell, tuple[int, ...]]:
    """How many cases of each kind there are up to the end of each month."""
    new: dict[Cell, Counter[int]] = {}
    for group in world:
        for cell in _cells(group):
            new.setdefault(cell, Counter())[group.month] += group.cases
        for rank, month in zip(RANKS, group.steps, strict=False):
            new.setdefault(("STAGE", f"{rank:02}"), Counter())[month] += group.cases
    return {
        cell: tuple(sum(n for at, n in found.items() if at <= month) for month in range(months))
        for cell, found in new.items()
    }


def _cells(group: Group) -> tuple[Cell, ...]:
    return ("GENDER", group.gender), ("AGE_BAND", group.age), ("EXPLOITATION", group.kind)


def month_of(number: int) -> dt.date:
    """The first day of a month, counted from `FIRST`."""
    return dt.date(FIRST.year + number // 12, number % 12 + 1, 1)


def released(
    connection: psycopg.Connection[Any], world: World, months: int, *, apart: bool = False
) -> Released:
    """What the registry releases of this world; taken back afterwards. `apart` leaves out what is
    there besides.
    """
    tallies = [
        (series, key, month_of(at), n)
        for (series, key), totals in counted(world, months).items()
        for at, n in enumerate(totals)
        if n
    ]
    corridor = ("MM", "CN") if apart else ("TH", "KH")
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        cursor.execute(
            "insert into registry.statistics_tally (series, host, origin, key, month, counted)"
            " select s, %s, %s, k, m, n"
            " from unnest(%s::text[], %s::text[], %s::date[], %s::int[]) x(s, k, m, n)",
            [*corridor, *([row[i] for row in tallies] for i in range(4))],
        )
        for at in range(months):
            cursor.execute("select registry.release_month(%s)", (month_of(at),))
        rows = cursor.execute(
            "select series, key, month, total from registry.statistics_release"
            " where host = %s and origin = %s",
            corridor,
        ).fetchall()
    found: dict[Cell, list[int]] = {}
    for series, key, month, total in rows:
        at = (month.year - FIRST.year) * 12 + month.month - 1
        found.setdefault((series, key), [0] * months)[at] = total
    return {cell: tuple(totals) for cell, totals in found.items()}


def witness(shown: Released, months: int, target: Cell, at: int, extra: int) -> World:
    """A world of which `shown` must come, and which at the end of month `at` has `extra` cases more
    in `target` than were released. Raises Pinned.
    """
    people = [sum(_of(shown, "GENDER", key, month) for key in GENDERS) for month in range(months)]
    more = extra
    rests: dict[str, list[list[int]]] = {}
    gaps = {series: _gap(shown, series, people) for series in ("AGE_BAND", "EXPLOITATION")}
    if target[0] in gaps:
        more = max(0, extra - gaps[target[0]][at])
    for series, gap in gaps.items():
        caps = dict.fromkeys(KEYS[series], LOT - 1)
        if target[0] == series:
            caps = {target[1]: extra} | {k: c for k, c in caps.items() if k != target[1]}
        rests[series] = [_fill(series, caps, left + more) for left in gap]
    gender = target[1] if target[0] == "GENDER" else GENDERS[0]
    far = int(target[1]) if target[0] == "STAGE" else 3
    world: list[Group] = []
    before = 0
    for month in range(months):
        sexes = _new(shown, "GENDER", month, None)
        strangers = more if month == 0 else 0
        sexes += [gender] * strangers
        ages = _new(shown, "AGE_BAND", month, rests)
        kinds = _new(shown, "EXPLOITATION", month, rests)
        if not len(sexes) == len(ages) == len(kinds):
            raise Pinned
        for number, (sex, age, kind) in enumerate(zip(sexes, ages, kinds, strict=True)):
            if number < len(sexes) - strangers:
                steps = _steps(shown, before + number, months)
            else:
                steps = (0,) * (far - 3)
            world.append(Group(month, 1, sex, age, kind, steps))
        before += len(sexes) - strangers
    return _joined(world)


def _of(shown: Released, series: str, key: str, month: int) -> int:
    return shown[series, key][month] if (series, key) in shown and month >= 0 else 0


def _gap(shown: Released, series: str, people: Sequence[int]) -> list[int]:
    """How many cases of each month's total no cell of the series accounts for; never fewer than the
    month before, since nobody's age is recorded later than she is.
    """
    gaps = [
        total - sum(_of(shown, series, key, month) for key in KEYS[series])
        for month, total in enumerate(people)
    ]
    if gaps and (gaps[0] < 0 or any(b < a for a, b in pairwise(gaps))):
        raise Pinned
    return gaps


def _fill(series: str, caps: Mapping[str, int], left: int) -> list[int]:
    """Spread the rest over the cells, first cells first, in the order of `caps`."""
    taken = {}
    for key, cap in caps.items():
        taken[key] = min(cap, left)
        left -= taken[key]
    if left:
        raise Pinned
    return [taken[key] for key in KEYS[series]]


def _new(
    shown: Released, series: str, month: int, rests: Mapping[str, list[list[int]]] | None
) -> list[str]:
    """The keys of those who entered in a month."""
    found = []
    for place, key in enumerate(KEYS[series]):
        new = _of(shown, series, key, month) - _of(shown, series, key, month - 1)
        if rests is not None:
            new += rests[series][month][place] - (rests[series][month - 1][place] if month else 0)
        if new < 0:
            raise Pinned
        found += [key] * new
    return found


def _steps(shown: Released, place: int, months: int) -> tuple[int, ...]:
    """Who came first goes on first."""
    steps = []
    for rank in RANKS:
        came = [m for m in range(months) if _of(shown, "STAGE", f"{rank:02}", m) > place]
        if not came:
            break
        steps.append(came[0])
    return tuple(steps)


def _joined(world: Iterable[Group]) -> list[Group]:
    alike = Counter(world)
    return [replace(group, cases=n) for group, n in alike.items()]
