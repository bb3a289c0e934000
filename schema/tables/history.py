"""Superseded row versions: a table of the same columns, and its period, for each with history.

A version stood from `recorded_from` (inclusive) to `recorded_to` (exclusive).
The two stand first, so that a column added to both tables stays in step.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Table

from schema.tables import agreements, cases, directory, parts, person
from schema.tables.columns import metadata

SCHEMA = "history"


def _history_of(present: Table) -> Table:
    key = next(column.name for column in present.primary_key.columns)
    links = [name for name in ("case_id", "record_id") if name in present.columns]
    return Table(
        present.name,
        metadata,
        Column("recorded_from", DateTime(timezone=True), nullable=False),
        Column("recorded_to", DateTime(timezone=True), nullable=False),
        *(Column(column.name, column.type) for column in present.columns),
        CheckConstraint("recorded_to > recorded_from", name="period"),
        *(Index(None, name, "recorded_from") for name in (key, *links)),
        schema=SCHEMA,
        info={"record": None, "history": False, "append_only": True},
    )


HISTORY: dict[str, Table] = {
    present.name: _history_of(present)
    for present in (
        person.victim,
        cases.return_case,
        cases.assignment,
        cases.restriction,
        parts.referral,
        parts.assessment,
        parts.travel_paper,
        parts.follow_up,
        parts.legal_request,
        directory.bilateral_contact,
        directory.contact_participant,
        agreements.contact_attendance,
        agreements.contact_decision,
    )
}
"""History tables by the name they share with the table whose versions they keep."""
