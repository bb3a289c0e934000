"""The search for a row that breaks a property, and its telling apart from a proof.

Takes a formula, gives a model or None, and promises the difference: None is
given only where the solver showed that there is no such row. A counterexample
is made as plain as the formula allows, so that people read of what matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import z3

from authz.proving.symbols import Unknowns, is_one, laws, lodged_where_it_belongs
from authz.proving.words import PURPOSES, STATES, number
from schema.codes import SIDE_STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from authz.proving.words import Words

MILLISECONDS: Final = 20_000
"""For one question; they take one to ten."""

_DAYS: Final = 9
_KNOWN: Final = ("TH", "KH", "LA", "VN")


class Undecided(Exception):
    """The solver gave up: neither a proof nor a counterexample."""


class Search:
    """A solver that knows the laws of every row."""

    def __init__(self, row: Unknowns, words: Words) -> None:
        self._row = row
        self._words = words
        self._solver = z3.Solver()
        self._solver.set("timeout", MILLISECONDS)
        self._solver.add(laws(row, words))

    def exists(self, *formulas: z3.BoolRef) -> bool:
        """Whether some row satisfies all. Raises Undecided."""
        self._solver.push()
        try:
            self._solver.add(*formulas)
            return self._satisfied()
        finally:
            self._solver.pop()

    def example(self, *formulas: z3.BoolRef) -> z3.ModelRef | None:
        """The plainest row found that satisfies all; None where there is none."""
        self._solver.push()
        try:
            self._solver.add(*formulas)
            if not self._satisfied():
                return None
            for wish, lesser in self._wishes():
                if not self._granted(wish):
                    for part in lesser:
                        self._granted(part)
            if not self._satisfied():
                raise Undecided
            model = self._solver.model()
        finally:
            self._solver.pop(self._solver.num_scopes())
        return model

    def conflict(self, parts: list[tuple[str, z3.BoolRef]], *formulas: z3.BoolRef) -> list[str]:
        """Which of the named parts no row can satisfy together; none left out in vain."""
        left = list(parts)
        for part in parts:
            fewer = [p for p in left if p is not part]
            if not self.exists(*formulas, *(formula for _, formula in fewer)):
                left = fewer
        return [name for name, _ in left]

    def _granted(self, wish: z3.BoolRef) -> bool:
        """Keeps the wish where it leaves a row."""
        self._solver.push()
        self._solver.add(wish)
        if self._solver.check() == z3.sat:
            return True
        self._solver.pop()
        return False

    def _satisfied(self) -> bool:
        answer = self._solver.check()
        if answer == z3.unknown:
            raise Undecided
        return bool(answer == z3.sat)

    def _wishes(self) -> Iterator[tuple[z3.BoolRef, list[z3.BoolRef]]]:
        """What makes a case plain, the most telling first; each with what to wish for instead."""
        row, words = self._row, self._words
        side = [number(STATES, state) for state in SIDE_STATES]
        seats = [number(words.countries, code) for code in _KNOWN]
        of_age = z3.And(row.age_known, z3.Not(row.age_disputed))
        for wish in (
            z3.Not(is_one(row.state, side)),
            lodged_where_it_belongs(row, words),
            z3.Not(row.not_a_national),
            *map(z3.Not, (row.emergency, row.restricted, row.narrowed, row.requested, row.frozen)),
            z3.Not(row.asked),
            row.agency <= len(words.agencies),
            row.holder <= len(words.agencies),
            row.holder_country == row.host,
            row.host == number(words.countries, "TH"),
            is_one(row.origin, seats),
            is_one(row.country, seats),
            z3.Not(row.referred),
            row.unit == 0,
            z3.Not(row.assigned),
            row.purpose == number(PURPOSES, "TRACING"),
        ):
            yield wish, []
        yield z3.And(of_age, row.age == 30), [z3.And(of_age, row.age == 16)]
        yield z3.Not(z3.Or(row.best_interests, row.case_worker)), []
        yield z3.Not(row.planned), []
        yield row.home_province == 0, []
        yield z3.And([time <= _DAYS for times in row.times.values() for time in times.all()]), []
        for times in row.times.values():
            silent = [time == 0 for time in times.all()]
            yield z3.And(silent), silent
