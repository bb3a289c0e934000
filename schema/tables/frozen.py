"""The host's part of a case as it stood at the handover: one copy of each record, written once.

A copy holds the row as JSON under the names of its columns. The person's row,
the case's and those of its parts are copied when the case reaches HANDED_OVER;
a record that came later has no copy.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, PrimaryKeyConstraint, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from schema.tables.columns import PRESENT, case_link, table

SCHEMA = "registry"
_FORMED = {"formed": True}

frozen = table(
    SCHEMA,
    "frozen",
    case_link(),
    Column("record_id", Uuid, nullable=False),
    Column("record_type", Text, nullable=False, info=_FORMED),
    # every word of it was checked in its own table
    Column("row", JSONB, nullable=False, info=_FORMED),
    # of the copy of a case: by it cases are listed most often, so an index has it
    Column("state_since", DateTime(timezone=True)),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    PrimaryKeyConstraint("case_id", "record_id"),
    Index(
        "frozen_state_since_record_id_idx",
        text("state_since desc"),
        "record_id",
        postgresql_where=text("state_since is not null"),
    ),
    append_only=True,
)
