"""What was changed, in the order of commits, and by whom. Written by triggers, never by hand.

An event holds ids and names of fields, never a value. `commit_order` gives each
transaction that changed something its position at its commit: positions grow
strictly in the order of commits, and whoever sees one sees every lower one.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from schema.tables.columns import PRESENT, Xid8, agency_link, table

SCHEMA = "registry"
_TX = text("pg_current_xact_id()")
_BEGAN = text("transaction_timestamp()")
_FORMED = {"formed": True}

field_column = table(
    SCHEMA,
    "field_column",
    Column("record_type", Text, nullable=False, info=_FORMED),
    Column("field", Text, nullable=False, info=_FORMED),
    Column("data_class", Text, nullable=False, info=_FORMED),
    Column("table_name", Text, nullable=False, info=_FORMED),
    Column("column_name", Text, nullable=False, info=_FORMED),
    PrimaryKeyConstraint("table_name", "column_name", "field"),
)

event = table(
    SCHEMA,
    "event",
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("tx", Xid8, nullable=False, server_default=_TX),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    Column("record_id", Uuid, nullable=False),
    Column("record_type", Text, nullable=False, info=_FORMED),
    Column("case_id", Uuid),
    Column("victim_id", Uuid),
    # Null where the whole record is new; empty where only who may see it changed.
    Column("fields", ARRAY(Text), info=_FORMED),
    Index(None, "tx"),
    Index(None, "record_id", "seq"),
    Index(None, "case_id", "seq"),
    append_only=True,
)

commit_order = table(
    SCHEMA,
    "commit_order",
    Column("tx", Xid8, primary_key=True),
    # Taken at the commit.
    Column("position", BigInteger),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    # When the transaction began: before anything that it changed.
    Column("began", DateTime(timezone=True), nullable=False, server_default=_BEGAN),
    UniqueConstraint("position"),
)

record_version = table(
    SCHEMA,
    "record_version",
    Column("record_id", Uuid, nullable=False),
    Column("data_class", Text, nullable=False, info=_FORMED),
    Column("version", Integer, nullable=False),
    Column("case_id", Uuid),
    Column("victim_id", Uuid),
    PrimaryKeyConstraint("record_id", "data_class"),
    CheckConstraint("version > 1", name="after_first"),
)
"""Edits of a record by data class; a class that was never edited has version 1 and no row."""

deed = table(
    SCHEMA,
    "deed",
    Column("tx", Xid8, primary_key=True, server_default=_TX),
    Column("act", Text, nullable=False),
    agency_link("agency_code"),
    Column("subject", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("reason", Text),
    Column("form_id", Text),
    Column("access_record", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    Index(None, "access_record", unique=True),
    append_only=True,
)
"""Who acted, why and under which clause."""
