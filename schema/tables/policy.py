"""Protocol documents, who ratified them, and one number that tells when anything of it changed."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    text,
    true,
)

from schema.codes import RatificationKind
from schema.tables.columns import PRESENT, agency_link, agreement_link, coded, table

SCHEMA = "policy"

protocol_version = table(
    SCHEMA,
    "protocol_version",
    Column("id", Uuid, primary_key=True),
    agreement_link(nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    agency_link("proposed_by_agency"),
    Column("proposed_by_subject", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    Column("in_force_from", DateTime(timezone=True)),
    Column("until", DateTime(timezone=True)),
    Column("proposed_by_issuer", Text, nullable=False, server_default=""),
    Column("report", Text),
    Column("report_hash", Text),
    UniqueConstraint("agreement_code", "version"),
    CheckConstraint("version >= 1", name="version_positive"),
    CheckConstraint("until > in_force_from", name="period"),
    append_only=True,
)

ratification = table(
    SCHEMA,
    "ratification",
    Column("version_id", Uuid, ForeignKey("policy.protocol_version.id"), nullable=False),
    Column("party", Text, ForeignKey("registry.party.code"), nullable=False),
    agency_link("agency"),
    Column("subject", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    coded("kind", RatificationKind, nullable=False),
    Column("issuer", Text, nullable=False, server_default=""),
    Column("content_hash", Text, nullable=False, server_default=""),
    Column("report_hash", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("version_id", "party"),
    # One person, and one agency, ratifies for one party only: two countries take two people.
    Index(
        "ratification_subject_once",
        "version_id",
        "subject",
        unique=True,
        postgresql_where=text("kind = 'RATIFIED'"),
    ),
    Index(
        "ratification_agency_once",
        "version_id",
        "agency",
        unique=True,
        postgresql_where=text("kind = 'RATIFIED'"),
    ),
    append_only=True,
)

ending = table(
    SCHEMA,
    "ending",
    Column("version_id", Uuid, ForeignKey("policy.protocol_version.id"), nullable=False),
    Column("party", Text, ForeignKey("registry.party.code"), nullable=False),
    agency_link("agency"),
    Column("subject", Text, nullable=False),
    Column("issuer", Text, nullable=False, server_default=""),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    Column("until_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("version_id", "party"),
    CheckConstraint("until_at >= at - interval '1 minute'", name="not_in_the_past"),
    append_only=True,
)
"""A party's word that it leaves: the version ends at the earliest of them."""

version = table(
    SCHEMA,
    "version",
    Column("single", Boolean, primary_key=True, server_default=true()),
    Column("number", BigInteger, nullable=False),
    CheckConstraint("single", name="only_row"),
)
