"""The tree over the leaves: hashes of full tiles, checkpoints, cosignatures, who is asked for them.

Level 0 of the tiles is `ledger.leaf_position`. Rows are written once, by the
integrator alone; all of it is public but the place of a leaf's row.
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
    Integer,
    LargeBinary,
    Text,
    text,
)

from schema.tables.columns import PRESENT, Xid8, table

SCHEMA = "ledger"

tile_hash = table(
    SCHEMA,
    "tile_hash",
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    CheckConstraint("level between 1 and 63", name="level_above_leaves"),
    CheckConstraint("index >= 0", name="index_natural"),
    CheckConstraint("octet_length(hash) = 32", name="hash_is_sha256"),
    append_only=True,
)

checkpoint = table(
    SCHEMA,
    "checkpoint",
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False, info={"formed": True}),
    # Every leaf of a transaction below it is in the tree.
    Column("settled", Xid8, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    CheckConstraint("size >= 0", name="size_natural"),
    CheckConstraint("octet_length(root) = 32", name="root_is_sha256"),
    append_only=True,
)

cosignature = table(
    SCHEMA,
    "cosignature",
    Column(
        "size",
        BigInteger,
        ForeignKey("ledger.checkpoint.size"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("witness", Text, primary_key=True, info={"formed": True}),
    Column("line", Text, nullable=False, info={"formed": True}),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    append_only=True,
)

witness = table(
    SCHEMA,
    "witness",
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, info={"formed": True}),
    Column("vkey", Text, nullable=False, info={"formed": True}),
    # The newest row of a name counts.
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("at", DateTime(timezone=True), nullable=False, server_default=PRESENT),
    append_only=True,
)
