"""Statistics: a fixed list of tables, and their cells.

Each table has fixed dimensions; besides it a caller chooses a corridor and a
span of months or years, nothing else. docs/statistics.md says what a number is
and what it does not tell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import strawberry

from schema.classes import DataClass
from schema.codes import MAIN_RANK, AgeBand, CaseState, ExploitationType, Gender
from schema.types.enums import describe_enum


class StatisticsTable(StrEnum):
    """What is counted, by what."""

    NOTIFIED_BY_MONTH = "NOTIFIED_BY_MONTH"
    STAGE = "STAGE"
    REPATRIATED_BY_YEAR = "REPATRIATED_BY_YEAR"
    GENDER = "GENDER"
    AGE_BAND = "AGE_BAND"
    EXPLOITATION = "EXPLOITATION"
    STEP_WEEKS = "STEP_WEEKS"


Counted = tuple[str, str, DataClass]
"""Entity, field and class of what a table counts over."""
NOT_STATED = "NOT_STATED"
_STAGES = tuple(
    (state.value, f"{rank:02}")
    for state, rank in MAIN_RANK.items()
    if rank >= MAIN_RANK[CaseState.NOTIFIED]
)
_CORRIDOR: tuple[Counted, ...] = (
    ("ReturnCase", "host", DataClass.SHELL),
    ("ReturnCase", "origin", DataClass.SHELL),
)
_STATE: tuple[Counted, ...] = (*_CORRIDOR, ("ReturnCase", "state", DataClass.SHELL))


@dataclass(frozen=True, slots=True)
class TableSource:
    """Where a table comes from.

    `series` is what it is stored under; `keys` are (as answered, as stored), in
    order, and empty where a table has no rows beside corridor and period.
    `measure`: `new` cases of a period, cases `standing` at its end, `weeks` of
    a step.
    """

    series: str
    keys: tuple[tuple[str, str], ...]
    period: Literal["month", "year"]
    measure: Literal["new", "standing", "weeks"]
    counted: tuple[Counted, ...]
    only: str | None = None
    """The one stored key that is read, of a table without keys."""


def _same(*keys: str) -> tuple[tuple[str, str], ...]:
    return tuple((key, key) for key in keys)


TABLES: Mapping[StatisticsTable, TableSource] = {
    StatisticsTable.NOTIFIED_BY_MONTH: TableSource("GENDER", (), "month", "new", _STATE),
    StatisticsTable.STAGE: TableSource("STAGE", _STAGES, "month", "standing", _STATE),
    StatisticsTable.REPATRIATED_BY_YEAR: TableSource(
        "STAGE", (), "year", "new", _STATE, f"{MAIN_RANK[CaseState.HANDED_OVER]:02}"
    ),
    StatisticsTable.GENDER: TableSource(
        "GENDER",
        _same(*(g.value for g in Gender if g is not Gender.NON_SPECIFIED_UNKNOWN), NOT_STATED),
        "year",
        "new",
        (*_CORRIDOR, ("Victim", "gender", DataClass.PERSON)),
    ),
    StatisticsTable.AGE_BAND: TableSource(
        "AGE_BAND",
        _same(*(band.value for band in AgeBand), NOT_STATED),
        "year",
        "new",
        (*_CORRIDOR, ("Victim", "ageBand", DataClass.PERSON)),
    ),
    StatisticsTable.EXPLOITATION: TableSource(
        "EXPLOITATION",
        _same(*(kind.value for kind in ExploitationType), "SEVERAL", NOT_STATED),
        "year",
        "new",
        (*_CORRIDOR, ("Victim", "exploitationTypes", DataClass.EXPLOITATION)),
    ),
    StatisticsTable.STEP_WEEKS: TableSource(
        "STAGE",
        _STAGES[1:],
        "year",
        "weeks",
        (*_STATE, ("ReturnCase", "stateSince", DataClass.SHELL)),
    ),
}

describe_enum(
    StatisticsTable,
    "The tables that there are. All of them count return cases from NOTIFIED on, by corridor; a "
    "case is counted under what was recorded of it when it was first counted.",
    {
        "NOTIFIED_BY_MONTH": "Cases that were notified to the country of origin, by month.",
        "STAGE": "Cases by the furthest main state they have come to, at the end of each month.",
        "REPATRIATED_BY_YEAR": "Cases that were handed over to the country of origin, by year.",
        "GENDER": "Notified cases by the person's HTCDS gender, by year.",
        "AGE_BAND": "Notified cases by the person's age band, by year.",
        "EXPLOITATION": "Notified cases by the form of exploitation, SEVERAL where there was more "
        "than one, by year.",
        "STEP_WEEKS": "How long cases took to come to each main state from the one before, by "
        "year, after it has ended.",
    },
)


@strawberry.type(
    description="One number of a table. Cases are released in lots of eleven, each when it is "
    "full: what is not full waits for a later month, so that no number stands on fewer than "
    "eleven cases and no two of them differ by one to ten."
)
class StatisticsCell:
    """A cell."""

    table: StatisticsTable = strawberry.field(description="Its table.")
    corridor: str = strawberry.field(description="Host and origin, as `TH-KH`.")
    period: str = strawberry.field(description="The month, as `2026-03`, or the year.")
    through: dt.date = strawberry.field(
        description="The last day counted: the period's own, or of a year not yet over the last "
        "of the newest month that is closed."
    )
    key: str | None = strawberry.field(
        description="Which row: a stage, gender, age band or form of exploitation; of STEP_WEEKS "
        "the state that was come to. Null where the table has none."
    )
    count: int | None = strawberry.field(
        description="Cases released in the period; of STAGE those that stand there. Null where "
        "no lot is."
    )
    total: int | None = strawberry.field(
        description="All cases released up to the end of the period; of STAGE those that came to "
        "that state or further. Null where there are none, and of STEP_WEEKS."
    )
    weeks: int | None = strawberry.field(
        description="Of STEP_WEEKS: the median in whole weeks, over at least 22 cases."
    )
    suppressed: bool = strawberry.field(
        description="True where nothing is told: there may be none, or up to ten, or some that "
        "wait for others."
    )
