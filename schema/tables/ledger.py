"""What was shown: access records, their leaves, and where the integrator put each leaf.

Written once in the request's own transaction; after its time the content of a
leaf may be erased, and nothing else ever changes. Records and leaves lie in
partitions by month: ids are UUIDs version 7, so a month is a range of them. The
tables carry no index and no trigger that a request does not need. Absent
strings are `''`, absent lists empty; `cases` alone is null where the claim was
absent.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    LargeBinary,
    Sequence,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from schema.codes import Outcome, RecordKind, RecordType
from schema.tables.columns import PRESENT, Xid8, coded, metadata, table

SCHEMA = "ledger"


def _word(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=text("''"))


def _words(name: str) -> Column[list[str]]:
    return Column(name, ARRAY(Text), nullable=False, server_default=text("'{}'"))


def _list(name: str) -> Column[object]:
    return Column(name, JSONB, nullable=False, server_default=text("'[]'"))


access_record = table(
    SCHEMA,
    "access_record",
    Column("id", Uuid, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    coded("kind", RecordKind, nullable=False),
    _word("agency"),
    _word("country"),
    _word("unit"),
    Column("cases", ARRAY(Text)),
    _words("roles"),
    _word("subject"),
    _word("client"),
    _word("issuer"),
    _word("token_hash"),
    _word("purpose"),
    _word("operation_name"),
    _word("document_hash"),
    _word("trace_id"),
    coded("outcome", Outcome, nullable=False),
    _words("protocols"),
    _words("searched"),
    _list("refusals"),
    _list("withheld"),
    Index(None, "at"),
    postgresql_partition_by="RANGE (id)",
    record=RecordType.ACCESS_RECORD,
    append_only=True,
)

# PostgreSQL 15 and 16 know no identity on a partitioned table.
_numbers = Sequence("access_leaf_seq", metadata=metadata, schema=SCHEMA)

access_leaf = table(
    SCHEMA,
    "access_leaf",
    Column("seq", BigInteger, server_default=_numbers.next_value(), nullable=False),
    Column("record_id", Uuid, primary_key=True),
    Column("pair", Text, primary_key=True, info={"formed": True}),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    # Made from the record's own checked words: not checked twice on the hottest table.
    Column("body", Text, info={"formed": True}),
    Column("records", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    # The actor's country, or its organisation: what the second wall asks.
    Column("actor", Text, nullable=False, server_default="", info={"formed": True}),
    # The transaction that wrote it: what the integrator still has to look for begins at one.
    Column("tx", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    # The act that erased the content, which is null from then on.
    Column("erased_by", Uuid),
    CheckConstraint(
        "pair = '' or pair ~ '^[A-Z]{2}$'"
        " or (pair ~ '^[A-Z]{2}-[A-Z]{2}$' and left(pair, 2) < right(pair, 2))",
        name="pair_form",
    ),
    # A leaf is one line of an export, and has a content until an act takes it: what is none could
    # not be told from tampering.
    CheckConstraint(
        "case when body is null then erased_by is not null else strpos(body, chr(10)) = 0 end",
        name="body_one_line",
    ),
    Index(None, "tx"),
    Index(
        "access_leaf_records_idx",
        "records",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "on"},
    ),
    Index(None, "erased_by", postgresql_where=text("erased_by is not null")),
    postgresql_partition_by="RANGE (record_id)",
    append_only=True,
)

leaf_position = table(
    SCHEMA,
    "leaf_position",
    Column("leaf_index", BigInteger, primary_key=True, autoincrement=False),
    Column("record_id", Uuid, nullable=False),
    Column("pair", Text, nullable=False, info={"formed": True}),
    Column("leaf_hash", LargeBinary, nullable=False),
    UniqueConstraint("record_id", "pair"),
    CheckConstraint("leaf_index >= 0", name="index_natural"),
    CheckConstraint("octet_length(leaf_hash) = 32", name="hash_is_sha256"),
    append_only=True,
)
