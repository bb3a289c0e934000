"""The newest checkpoint of the ledger's tree, and which witnesses stand beside it.

Public like the tree itself: no data class, no purpose, no access record.
"""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.types.scalars import Natural


@strawberry.type(description="A configured witness and what it has cosigned of this ledger.")
class CheckpointWitness:
    """One witness: whether it stands behind the newest checkpoint, and how far it has come."""

    name: str = strawberry.field(description="The name of its key.")
    signed: bool = strawberry.field(description="Whether it cosigned this checkpoint.")
    size: Natural | None = strawberry.field(
        description="The largest tree it has cosigned; null where it has cosigned none."
    )
    at: dt.datetime | None = strawberry.field(
        description="When the registry received that cosignature."
    )


@strawberry.type(
    description="A signed statement of everything on record (C2SP tlog-checkpoint): whoever keeps "
    "one can tell later whether a record was changed, dropped or inserted."
)
class AccessCheckpoint:
    """The newest checkpoint."""

    origin: str = strawberry.field(description="The log's name, which is that of its key.")
    size: Natural = strawberry.field(description="How many leaves the tree has.")
    root: str = strawberry.field(
        description="The tree's root hash (RFC 6962, SHA-256), 32 bytes in base64."
    )
    note: str = strawberry.field(
        description="The signed note (C2SP signed-note) with the cosignatures on it, as "
        "`/ledger/checkpoint` serves it."
    )
    at: dt.datetime = strawberry.field(description="When it was signed.")
    witnesses: list[CheckpointWitness] = strawberry.field(
        description="The witnesses that are configured, by name."
    )
    witnesses_signed: int = strawberry.field(
        description="How many of the configured witnesses cosigned this checkpoint."
    )
    witnesses_configured: int = strawberry.field(description="How many witnesses are configured.")
