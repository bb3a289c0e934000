"""Emergency openings and their reviews: who opened which case for an hour, why, and who judged it.

Both are append-only. An opening is in force while `until_at` lies ahead; a
review is due within 72 hours and is made by another person.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Text, Uuid

from schema.codes import RecordType, ReviewFinding
from schema.tables.columns import PRESENT, agency_link, case_link, coded, random_id, table

SCHEMA = "registry"

emergency_opening = table(
    SCHEMA,
    "emergency_opening",
    Column("id", Uuid, primary_key=True),
    case_link(),
    agency_link("agency_code"),
    Column("subject", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    Column("until_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("until_at > opened_at", name="period"),
    CheckConstraint("until_at <= opened_at + interval '1 hour'", name="one_hour"),
    CheckConstraint("length(reason) between 10 and 2000", name="reason_said"),
    random_id(),
    Index(None, "case_id", "id"),
    Index(None, "opened_at", "id"),
    record=RecordType.EMERGENCY_OPENING,
    append_only=True,
)

emergency_review = table(
    SCHEMA,
    "emergency_review",
    Column("opening_id", Uuid, ForeignKey("registry.emergency_opening.id"), primary_key=True),
    agency_link("agency_code"),
    Column("subject", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    coded("finding", ReviewFinding, nullable=False),
    Column("remark", Text),
    append_only=True,
)
