"""An attacker who lives through the months, with every answer that the committees were given."""

from __future__ import annotations

import datetime as dt
import random
from itertools import combinations
from typing import Any, Final

from schema.types.statistics import TABLES, StatisticsTable
from tests.statistics.cases import Case, close, enter
from tests.statistics.conftest import COMMITTEES, Office
from tests.statistics.worlds import LOT, Released, released, witness

FIRST: Final = dt.date(2030, 1, 1)
MONTHS: Final = 5
SECOND: Final = dt.timedelta(seconds=1)
_GENDERS: Final = ("Feminine", "Feminine", "Masculine", "Masculine", "NonSpecifiedUnknown", None)
_KINDS: Final = ((), ("ForcedLabour",), ("ForcedLabour",), ("Servitude", "Other"))


def _month(number: int) -> dt.date:
    return dt.date(FIRST.year + number // 12, number % 12 + 1, 1)


def _in(chance: random.Random, month: dt.date) -> dt.datetime:
    start = dt.datetime(month.year, month.month, 1, tzinfo=dt.UTC)
    return start + dt.timedelta(minutes=chance.randrange(27 * 24 * 60))


def _case(chance: random.Random, number: int) -> Case:
    """A case of this month, on its way through it and the months after."""
    came, rank, at = [], chance.choice((2, 3, 3, 5)), number
    while rank <= 13 and at < MONTHS:
        came.append((rank, _in(chance, _month(at))))
        rank, at = rank + chance.randrange(1, 4), at + chance.randrange(1, 3)
    return Case(
        tuple(came),
        origin=chance.choice(("KH", "KH", "KH", "LA")),
        gender=chance.choice(_GENDERS),
        born=chance.choice((None, dt.date(chance.randrange(1975, 2025), 1, 1))),
        kinds=chance.choice(_KINDS),
    )


def _everything(office: Office) -> dict[tuple[str, ...], tuple[object, ...]]:
    """All cells of all tables, the same for all three committees."""
    told = []
    for who in COMMITTEES:
        cells: dict[tuple[str, ...], tuple[object, ...]] = {}
        for table in StatisticsTable:
            for cell in office.cells(who, table.value):
                place = (table.value, cell["corridor"], cell["period"], cell["key"] or "")
                cells[place] = (cell["count"], cell["total"], cell["weeks"])
                assert cell["suppressed"] == (cell["count"] is None)
        told.append(cells)
    assert told[0] == told[1] == told[2]
    return told[0]


def test_O11_all_answers_of_all_months_pin_no_cell(office: Office) -> None:
    chance = random.Random(20)
    seen: list[dict[tuple[str, ...], tuple[object, ...]]] = []
    for number in range(MONTHS):
        enter(office.owner, [_case(chance, number) for _ in range(chance.randrange(55, 75))])
        close(office.owner, _month(number))
        told = _everything(office)
        # one more in the month that is closed, and one in the month that is open: nothing moves
        late, early = _in(chance, _month(number)), _in(chance, _month(number + 1))
        enter(office.owner, [Case(((3, late),)), Case(((4, early),))])
        assert _everything(office) == told
        for earlier in seen:
            # what was said of a month that is closed stays; a year that is not over grows
            for place, numbers in earlier.items():
                assert told[place] == numbers or len(place[2]) == len("2030")
        seen.append(told)
    _no_difference_of_one_to_ten(seen)
    for corridor in ("TH-KH", "TH-LA"):
        _no_cell_is_pinned(office, seen, corridor)


def _no_difference_of_one_to_ten(seen: list[dict[tuple[str, ...], tuple[object, ...]]]) -> None:
    numbers: set[int] = set()
    for told in seen:
        sums: dict[tuple[str, ...], int] = {}
        for (table, corridor, period, key), (count, total, _) in told.items():
            numbers.update(n for n in (count, total) if isinstance(n, int))
            for n, whole in ((count, "count"), (total, "total")):
                # a whole and its parts: keys of a table, months of a year, corridors of a host
                for part in ((corridor, period), (corridor, key), (period, key), (corridor,)):
                    place = (table, whole, *part)
                    sums[place] = sums.get(place, 0) + (n if isinstance(n, int) else 0)
        numbers.update(sums.values())
    assert len(numbers) > 12
    assert min(numbers - {0}) >= LOT
    for one, other in combinations(sorted(numbers), 2):
        assert not 1 <= other - one <= LOT - 1
    for one, two, three in combinations(sorted(numbers)[:40], 3):
        assert not 1 <= abs(three - two - one) <= LOT - 1


def _no_cell_is_pinned(
    office: Office, seen: list[dict[tuple[str, ...], tuple[object, ...]]], corridor: str
) -> None:
    """From the answers alone, the attacker of `worlds`."""
    shown = _released(seen, corridor)
    assert shown
    for cell in shown:
        for more in (0, LOT - 1):
            other = witness(shown, MONTHS, cell, MONTHS - 1, more)
            assert released(office.owner, other, MONTHS, apart=True) == shown


def _released(seen: list[dict[tuple[str, ...], tuple[object, ...]]], corridor: str) -> Released:
    found: dict[tuple[str, str], list[int]] = {}
    for series in ("GENDER", "AGE_BAND", "EXPLOITATION", "STAGE"):
        for shown, stored in TABLES[StatisticsTable(series)].keys:
            if (series, stored) == ("STAGE", "03"):
                continue  # the sum of the sexes
            totals = []
            for number, told in enumerate(seen):
                period = f"{_month(number):%Y-%m}" if series == "STAGE" else str(FIRST.year)
                numbers: tuple[Any, ...] = told.get((series, corridor, period, shown), (0, 0, 0))
                totals.append(numbers[1] or 0)
            if any(totals):
                found[series, stored] = totals
    return {cell: tuple(totals) for cell, totals in found.items()}
