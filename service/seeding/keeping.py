"""Rows with their past: what was recorded, when, and what it was before.

Takes changes in the order of time, gives rows by table: those that stand, under
the table's name, and superseded ones under `history.<table>`. Promises the form
that the registry's own triggers give: a version is superseded at the instant at
which the next one was recorded, and a row that did not change makes no version.
"""

from __future__ import annotations

import calendar
import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from schema.codes import BirthPrecision

Row = dict[str, Any]
Rows = dict[str, list[Row]]
TABLES = (
    "victim",
    "return_case",
    "assignment",
    "transition",
    "consent",
    "restriction",
    "referral",
    "assessment",
    "travel_paper",
    "follow_up",
    "legal_request",
)
"""In the order in which foreign keys and triggers let them be loaded."""
KEPT = ("victim", "return_case", "assignment", "restriction", "referral", "travel_paper")
"""Those whose rows change in a story."""
_BIRTH = ("birth_date", "birth_precision")
HISTORY = tuple(f"history.{table}" for table in KEPT)


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a record: which columns became different."""

    table: str
    record: uuid.UUID
    case: uuid.UUID | None
    victim: uuid.UUID | None
    columns: frozenset[str]


@dataclass(slots=True)
class Kept:
    """A row as it stands; `past` holds (recorded from, recorded to, what it was)."""

    table: str
    row: Row
    past: list[tuple[dt.datetime, dt.datetime, Row]] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)

    def set(self, at: dt.datetime, **changes: Any) -> None:
        """Change columns at an instant; what does not change leaves no version."""
        changed = {column for column, value in changes.items() if self.row.get(column) != value}
        if not changed:
            return
        if not changed.isdisjoint(_BIRTH) and _latest({**self.row, **changes}) != _latest(self.row):
            changed.add("birth_latest")
        since: dt.datetime = self.row["recorded_at"]
        if at > since:
            self.past.append((since, at, dict(self.row)))
            case = self.row["id"] if self.table == "return_case" else self.row.get("case_id")
            victim = self.row["id"] if self.table == "victim" else self.row.get("victim_id")
            self.edits.append(Edit(self.table, self.row["id"], case, victim, frozenset(changed)))
        self.row |= {**changes, "recorded_at": max(at, since)}


class Story:
    """Everything recorded about one person."""

    def __init__(self) -> None:
        self._kept: list[Kept] = []
        self._rows: Rows = {table: [] for table in TABLES}

    def keep(self, table: str, at: dt.datetime, **columns: Any) -> Kept:
        """A row that may change."""
        made = Kept(table, {**columns, "recorded_at": at})
        self._kept.append(made)
        self._rows[table].append(made.row)
        return made

    def add(self, table: str, **columns: Any) -> None:
        """A row that never changes."""
        self._rows[table].append(columns)

    def rows(self) -> Rows:
        """What stands and what stood, by table."""
        found: Rows = {**self._rows, **{table: [] for table in HISTORY}}
        for kept in self._kept:
            for since, until, row in kept.past:
                was = {"recorded_from": since, "recorded_to": until, **row}
                if kept.table == "victim":
                    was["birth_latest"] = _latest(row)
                found[f"history.{kept.table}"].append(was)
        return found

    def edits(self) -> list[Edit]:
        """Every change of a record, record by record."""
        return [edit for kept in self._kept for edit in kept.edits]


def _latest(row: Row) -> dt.date | None:
    return latest(row["birth_date"], row["birth_precision"])


def latest(born: dt.date | None, precision: BirthPrecision | None) -> dt.date | None:
    """The last day on which a person may have been born, as the registry computes it."""
    if born is None or precision is None or precision is BirthPrecision.DAY:
        return born
    month = 12 if precision is BirthPrecision.YEAR else born.month
    return dt.date(born.year, month, calendar.monthrange(born.year, month)[1])
