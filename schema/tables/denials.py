"""The deny list: whose tokens prove nothing, from when, until when, why, and who said so.

Both tables are append-only: an entry is taken back by a row of its own, so that
what stood at any past instant can be read later.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Text, Uuid

from schema.denials import DenialKind
from schema.tables.columns import PRESENT, agency_link, coded, table

SCHEMA = "policy"

denial = table(
    SCHEMA,
    "denial",
    Column("id", Uuid, primary_key=True),
    coded("kind", DenialKind, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("from_at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    Column("until_at", DateTime(timezone=True)),
    Column("reason", Text, nullable=False),
    agency_link("agency_code"),
    Column("subject", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    CheckConstraint("until_at > from_at", name="period"),
    CheckConstraint("issuer <> '' and value <> ''", name="names_something"),
    CheckConstraint("kind <> 'TOKEN' or value ~ '^[0-9a-f]{64}$'", name="token_hashed"),
    CheckConstraint("length(reason) between 3 and 500", name="reason_said"),
    append_only=True,
)

denial_removal = table(
    SCHEMA,
    "denial_removal",
    Column("denial_id", Uuid, ForeignKey("policy.denial.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    agency_link("agency_code"),
    Column("subject", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    CheckConstraint("length(reason) between 3 and 500", name="reason_said"),
    append_only=True,
)
