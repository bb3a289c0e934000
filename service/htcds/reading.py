"""The cells of one row, each parsed once, with a fault for each that does not parse.

Takes a `Sheet`, the index of a row and the `Finding` of the run, gives values
by the standard's system names. What a column means is the business of `person`,
`appended` and `rows`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from service.htcds import values
from service.htcds.dates import ImpreciseDate, parse_date
from service.htcds.faults import BadCell, CellFault, column_letters
from service.htcds.sheet import Sheet
from service.htcds.text import script_of

LONG_TEXT = 10_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a run says of all its rows: one country of finding, one entering agency, one day."""

    host: str
    host_has_seat: bool
    agency_country: str
    today: dt.date
    provinces: Mapping[str, Mapping[str, str]]
    """For each country whose provinces the registry lists: code by name, see `text.same_name`."""


class RowReading:
    """The cells of one row; collects a fault for each cell that does not parse."""

    def __init__(self, sheet: Sheet, index: int, finding: Finding) -> None:
        self.sheet = sheet
        self.index = index
        self.finding = finding
        self.faults: list[CellFault] = []
        self.notes: list[str] = []
        for name, column in sheet.columns.items():
            if (index, column) in sheet.formulas:
                self.fault(name, "a formula: write the value itself")

    def take(self, name: str, parse: Callable[[object], T]) -> T | None:
        """The value of the column of this system name; None where it is empty, absent or faulty."""
        column = self.sheet.columns.get(name)
        if column is None:
            return None
        if (self.index, column) in self.sheet.formulas:
            return None
        cell = self.sheet.cell(self.index, column)
        if cell == "":
            return None
        try:
            return parse(cell)
        except BadCell as fault:
            self.fault(name, str(fault))
            return None

    def fault(self, name: str, reason: str) -> None:
        """Refuse the row for the column of this system name, `""` for the row as a whole."""
        column = self.sheet.columns.get(name)
        letters = "" if column is None else column_letters(column)
        self.faults.append(CellFault(self.index + 1, letters, name, reason))

    def date(self, name: str) -> ImpreciseDate | None:
        """A date column, in the past."""
        finding = self.finding
        return self.take(name, lambda c: parse_date(c, finding.today, finding.agency_country))

    def day(self, name: str) -> dt.date | None:
        """A date column that must name a day."""
        found = self.date(name)
        if found is not None and found.precision != "DAY":
            self.fault(name, "the day is needed, as in 2000-05-31")
            return None
        return found.day if found else None

    def name(self, name: str) -> str | None:
        """A name: a line of text in one script."""

        def parse(cell: object) -> str:
            text = values.text(cell)
            script_of(text)
            return text

        return self.take(name, parse)

    def code(self, name: str, codes: type[StrEnum]) -> str | None:
        """One system name of a list."""
        return self.take(name, lambda cell: values.code(cell, codes))

    def codes(self, name: str, codes: type[StrEnum]) -> tuple[str, ...]:
        """Several system names of a list."""
        return self.take(name, lambda cell: values.code_list(cell, codes)) or ()

    def long(self, name: str) -> str | None:
        """Text of several lines."""
        return self.take(name, lambda cell: values.text(cell, LONG_TEXT, lines=True))

    def line(self, name: str) -> str | None:
        """A line of text."""
        return self.take(name, values.text)
