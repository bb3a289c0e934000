"""The feed of changes: one stream for each puller, what it was told and what it has to erase.

Written by the service as it follows events, clock and protocols. `view` says
which classes of which records a stream may see as far as it was told; `entry`
is what changed, `withdrawal` what is to be erased until that is acknowledged.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    Uuid,
    false,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from schema.tables import cases, parts, person
from schema.tables.columns import PRESENT, agency_link, table

SCHEMA = "feed"
_FORMED = {"formed": True}
_NONE = text("0")


def _stream() -> Column[int]:
    return Column(
        "stream", Integer, ForeignKey("feed.stream.id", ondelete="CASCADE"), nullable=False
    )


def _at(name: str, *, nullable: bool = False, now: bool = False) -> Column[object]:
    default = PRESENT if now else None
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=default)


stream = table(
    SCHEMA,
    "stream",
    Column("id", Integer, Identity(always=True), primary_key=True),
    # SHA-256 over who pulls and why.
    Column("key", Text, nullable=False, unique=True, info=_FORMED),
    agency_link("agency"),
    Column("country", Text, nullable=False, info=_FORMED),
    Column("client", Text, nullable=False, info=_FORMED),
    Column("roles", ARRAY(Text), nullable=False, info=_FORMED),
    Column("unit", Text, nullable=False, info=_FORMED),
    Column("cases", ARRAY(Uuid)),
    Column("purpose", Text, nullable=False, info=_FORMED),
    # SHA-256 over what the clauses open to it.
    Column("rights", Text, nullable=False, info=_FORMED),
    Column("policy_version", BigInteger, nullable=False),
    _at("policy_horizon", nullable=True),
    # The last event and the last moment that it was judged by.
    Column("position", BigInteger, nullable=False),
    Column("event_seq", BigInteger, nullable=False),
    _at("clock_at"),
    # How far everything was looked through since it began or its rights changed; null: to the end.
    Column("sweep_kind", SmallInteger),
    Column("sweep_id", Uuid),
    # What is found on the way makes no entry: the listing that follows shows it.
    Column("quiet", Boolean, nullable=False, server_default=true()),
    Column("complete", Boolean, nullable=False, server_default=false()),
    Column("seq", BigInteger, nullable=False, server_default=_NONE),
    Column("dropped", BigInteger, nullable=False, server_default=_NONE),
    _at("checked_at", now=True),
    _at("asked_at", now=True),
    _at("begun_at", now=True),
    CheckConstraint("(sweep_kind is null) = (sweep_id is null)", name="sweep_has_a_place"),
    Index(None, "agency", "client"),
)

view = table(
    SCHEMA,
    "view",
    _stream(),
    Column("kind", SmallInteger, nullable=False),
    Column("record_id", Uuid, nullable=False),
    # The person it is of; a record that is of nobody by itself.
    Column("unit", Uuid, nullable=False),
    # One bit for each data class.
    Column("open", BigInteger, nullable=False),
    Column("frozen", BigInteger, nullable=False),
    # The records that its links show, in the order of the links.
    Column("links", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    PrimaryKeyConstraint("stream", "kind", "record_id"),
    Index(None, "stream", "unit"),
)

entry = table(
    SCHEMA,
    "entry",
    _stream(),
    Column("seq", BigInteger, nullable=False),
    Column("record_id", Uuid, nullable=False),
    Column("record_type", Text, nullable=False, info=_FORMED),
    # Null: everything that is open.
    Column("fields", ARRAY(Text), info=_FORMED),
    Column("withdrawn", Boolean, nullable=False),
    _at("at", now=True),
    PrimaryKeyConstraint("stream", "seq"),
)

withdrawal = table(
    SCHEMA,
    "withdrawal",
    _stream(),
    Column("record_id", Uuid, nullable=False),
    Column("record_type", Text, nullable=False, info=_FORMED),
    Column("unit", Uuid, nullable=False),
    Column("fields", ARRAY(Text), nullable=False, info=_FORMED),
    # Its newest entry; null where nothing is to be erased any more.
    Column("seq", BigInteger),
    _at("since", now=True),
    # By field until when what was shown of it was erased.
    Column("erased", JSONB, nullable=False, server_default=text("'{}'"), info=_FORMED),
    PrimaryKeyConstraint("stream", "record_id"),
    CheckConstraint("(seq is null) = (fields = '{}')", name="due_has_fields"),
    Index(None, "stream", "seq"),
)

closing = table(
    SCHEMA,
    "closing",
    _stream(),
    Column("record_id", Uuid, nullable=False),
    Column("record_type", Text, nullable=False, info=_FORMED),
    Column("unit", Uuid, nullable=False),
    Column("classes", BigInteger, nullable=False),
    Column("whole", Boolean, nullable=False),
    _at("until_at"),
    PrimaryKeyConstraint("stream", "record_id"),
)

told = table(
    SCHEMA,
    "told",
    _stream(),
    Column("seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("stream"),
)

# What the clock opens and closes is found by its moment.
for _moment in (
    cases.assignment.c.from_at,
    cases.assignment.c.until_at,
    cases.restriction.c.from_at,
    cases.restriction.c.until_at,
    parts.legal_request.c.received_on,
    parts.legal_request.c.expires_on,
    cases.return_case.c.planned_handover_on,
    person.victim.c.birth_latest,
):
    Index(None, _moment)
