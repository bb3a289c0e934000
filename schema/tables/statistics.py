"""Statistics: which months are closed, what was counted in them, and what of it was released.

Editions, releases and medians are what the service reads; who was counted as
what, and how many of a kind there are, is the owner's alone. Rows are written
once, by `registry.close_month()`. docs/statistics.md says what that protects.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
)

from schema.tables.columns import PRESENT, table

SCHEMA = "registry"
LOT = 11
"""Cases are released by so many: CTDC's bar (domain model, C9)."""


def _word(name: str) -> Column[str]:
    """A code that the database itself has put there."""
    return Column(name, Text, nullable=False, info={"formed": True})


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _month() -> Column[object]:
    """A month, by its first day."""
    return Column("month", Date, nullable=False)


edition = table(
    SCHEMA,
    "statistics_edition",
    Column("month", Date, primary_key=True),
    Column("closed_at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    CheckConstraint("extract(day from month) = 1", name="whole_month"),
    append_only=True,
)

case = table(
    SCHEMA,
    "statistics_case",
    Column("case_id", Uuid, primary_key=True),
    _word("host"),
    _word("origin"),
    _month(),
    _word("gender"),
    _word("age_band"),
    _word("exploitation"),
    append_only=True,
)

step = table(
    SCHEMA,
    "statistics_step",
    Column("case_id", Uuid, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    _word("host"),
    _word("origin"),
    _month(),
    _number("place"),
    Column("weeks", Integer),
    PrimaryKeyConstraint("case_id", "rank"),
    UniqueConstraint("host", "origin", "rank", "place", name="statistics_step_place_key"),
    append_only=True,
)

tally = table(
    SCHEMA,
    "statistics_tally",
    _word("series"),
    _word("host"),
    _word("origin"),
    _word("key"),
    _month(),
    _number("counted"),
    PrimaryKeyConstraint("month", "series", "host", "origin", "key"),
    CheckConstraint("counted > 0", name="counted_some"),
    append_only=True,
)

release = table(
    SCHEMA,
    "statistics_release",
    _word("series"),
    _word("host"),
    _word("origin"),
    _word("key"),
    _month(),
    _number("total"),
    PrimaryKeyConstraint("series", "host", "origin", "month", "key"),
    CheckConstraint(
        "series in ('GENDER', 'AGE_BAND', 'EXPLOITATION', 'STAGE')", name="series_listed"
    ),
    CheckConstraint(f"total > 0 and total % {LOT} = 0", name="whole_lots"),
    append_only=True,
)

median = table(
    SCHEMA,
    "statistics_median",
    _number("year"),
    _word("host"),
    _word("origin"),
    _word("key"),
    _number("cases"),
    _number("weeks"),
    PrimaryKeyConstraint("year", "host", "origin", "key"),
    CheckConstraint(f"cases >= {2 * LOT} and cases % {LOT} = 0", name="two_lots"),
    append_only=True,
)
