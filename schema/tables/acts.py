"""What acts on a case leave beside the case: words of both sides, keys of requests sent twice."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    PrimaryKeyConstraint,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from schema.codes import SignedStep, Signer
from schema.tables.columns import PRESENT, agency_link, case_link, coded, random_id, table

SCHEMA = "registry"
_FORMED = {"formed": True}


def _hashed(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} ~ '^[0-9a-f]{{64}}$'", name=f"{column}_hashed")


signature = table(
    SCHEMA,
    "signature",
    Column("id", Uuid, primary_key=True),
    case_link(),
    coded("step", SignedStep, nullable=False),
    coded("side", Signer, nullable=False),
    agency_link("agency_code"),
    Column("subject", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    random_id(),
    Index(None, "case_id", "step", "at"),
    append_only=True,
)
"""A word of one side on one step. A step that is changed needs both words again."""

request_key = table(
    SCHEMA,
    "request_key",
    Column("caller", Text, nullable=False, info=_FORMED),
    Column("key", Text, nullable=False, info=_FORMED),
    Column("body", Text, nullable=False, info=_FORMED),
    Column("act", Text, nullable=False, info=_FORMED),
    agency_link("agency_code"),
    # Ids of what was made, by field of the payload; null while the act is under way.
    Column("made", JSONB, info=_FORMED),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    PrimaryKeyConstraint("caller", "key"),
    _hashed("caller"),
    _hashed("key"),
    _hashed("body"),
    Index(None, "at"),
)
"""What a request with this key has done. Caller, key and body are SHA-256, hex."""
