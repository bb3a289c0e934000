"""Whatever is released, every cell keeps eleven values: by an attacker who knows the rules.

He has every number that was ever released, of every month, knows how they are made, that every case
has one sex, one age and one kind of exploitation, stated at once, and that it passes the states in
their order. He looks for a cell that cannot have had some value from the released one to ten more.
For each he must find a world with that value from which the registry releases the same.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.statistics.worlds import (
    AGES,
    GENDERS,
    KINDS,
    LOT,
    RANKS,
    Cell,
    Group,
    Pinned,
    Released,
    World,
    counted,
    released,
    witness,
)

MONTHS = 8
CELLS: tuple[Cell, ...] = (
    *(("GENDER", key) for key in GENDERS),
    *(("AGE_BAND", key) for key in AGES),
    *(("EXPLOITATION", key) for key in KINDS),
    *(("STAGE", f"{rank:02}") for rank in RANKS),
)


@st.composite
def groups(draw: st.DrawFn) -> Group:
    """Cases alike; often as many as are just too few, or just enough."""
    month = draw(st.integers(0, MONTHS - 1))
    later = draw(st.lists(st.integers(month, MONTHS - 1), max_size=len(RANKS)))
    return Group(
        month,
        draw(st.sampled_from((1, 1, 2, 5, 9, 10, 10, 11, 12, 21, 22, 40))),
        draw(st.sampled_from(GENDERS[:3])),
        draw(st.sampled_from(AGES)),
        draw(st.sampled_from(KINDS)),
        tuple(sorted(later)),
    )


def _all_but_one() -> list[Group]:
    """One short of a lot in every age and every kind, and then one more of each, at once."""
    short = [Group(0, 10, GENDERS[n % 2], age, kind) for n, (age, kind) in _both()]
    return short + [Group(2, 1, GENDERS[n % 2], age, kind) for n, (age, kind) in _both()]


def _both() -> list[tuple[int, tuple[str, str]]]:
    return list(enumerate(zip(AGES, KINDS, strict=False)))


worlds = st.one_of(
    st.lists(groups(), min_size=1, max_size=14),
    st.lists(groups(), max_size=6).map(lambda more: [*_all_but_one(), *more]),
)


def _judge(connection: psycopg.Connection[Any], world: World, cell: Cell, at: int, n: int) -> None:
    shown = released(connection, world, MONTHS)
    other = witness(shown, MONTHS, cell, at, n)
    assert released(connection, other, MONTHS) == shown
    there = counted(other, MONTHS).get(cell, (0,) * MONTHS)
    assert there[at] == shown.get(cell, (0,) * MONTHS)[at] + n


@settings(max_examples=60)
@given(worlds, st.sampled_from(CELLS), st.integers(0, MONTHS - 1), st.integers(0, LOT - 1))
def test_any_cell_may_hold_up_to_ten_more_than_was_released(
    owner: psycopg.Connection[Any], world: list[Group], cell: Cell, at: int, more: int
) -> None:
    _judge(owner, world, cell, at, more)


@pytest.mark.deep
@settings(max_examples=4000)
@given(worlds, st.sampled_from(CELLS), st.integers(0, MONTHS - 1), st.sampled_from((0, 1, 10)))
def test_any_cell_may_hold_up_to_ten_more_than_was_released_many_times(
    owner: psycopg.Connection[Any], world: list[Group], cell: Cell, at: int, more: int
) -> None:
    _judge(owner, world, cell, at, more)


def test_every_cell_of_every_month_of_the_worst_world(owner: psycopg.Connection[Any]) -> None:
    world = [*_all_but_one(), Group(4, 33, GENDERS[1], AGES[4], KINDS[1], (4, 5, 5, 6, 6, 6))]
    shown = released(owner, world, MONTHS)
    for cell in CELLS:
        other = witness(shown, MONTHS, cell, 4, LOT - 1)
        assert released(owner, other, MONTHS) == shown, cell


@settings(max_examples=40)
@given(worlds)
def test_what_is_released_is_there_in_whole_lots_and_never_taken_back(
    owner: psycopg.Connection[Any], world: list[Group]
) -> None:
    shown, there = released(owner, world, MONTHS), counted(world, MONTHS)
    for cell, totals in shown.items():
        assert all(total % LOT == 0 for total in totals)
        assert all(later >= earlier for earlier, later in pairwise(totals))
        assert all(total <= n for total, n in zip(totals, there[cell], strict=True))


@settings(max_examples=25)
@given(worlds, groups())
def test_one_case_more_moves_every_number_by_whole_lots(
    owner: psycopg.Connection[Any], world: list[Group], more: Group
) -> None:
    alone = Group(more.month, 1, more.gender, more.age, more.kind, more.steps)
    before, after = released(owner, world, MONTHS), released(owner, [*world, alone], MONTHS)
    nothing = (0,) * MONTHS
    for cell in {*before, *after}:
        pairs = zip(before.get(cell, nothing), after.get(cell, nothing), strict=True)
        assert all(abs(a - b) % LOT == 0 for a, b in pairs)


def _rounded(world: World) -> Released:
    """What rounding each figure by itself would show: the usual rule, and not enough."""
    floors = {
        cell: tuple(n - n % LOT for n in totals) for cell, totals in counted(world, MONTHS).items()
    }
    return {cell: totals for cell, totals in floors.items() if any(totals)}


def test_the_attacker_breaks_figures_that_are_rounded_one_by_one() -> None:
    """Ten ages complete their lot in one month, while the sum hardly grows: each is then known."""
    with pytest.raises(Pinned):
        witness(_rounded(_all_but_one()), MONTHS, ("AGE_BAND", AGES[3]), 2, LOT - 1)


def test_what_waits_goes_with_the_next_lots(owner: psycopg.Connection[Any]) -> None:
    """Held back for the sake of others, not lost: ages stay near the sum of the sexes."""
    world = [*_all_but_one(), Group(5, 220, GENDERS[0], AGES[0], KINDS[0])]
    shown = released(owner, world, MONTHS)
    for series, keys, lag in (("AGE_BAND", AGES, 8), ("EXPLOITATION", KINDS, 10)):
        people = sum(shown[cell][7] for cell in shown if cell[0] == "GENDER")
        parts = sum(shown[cell][7] for cell in shown if cell[0] == series and cell[1] in keys)
        assert 0 <= people - parts <= lag * LOT
    assert people == 330
