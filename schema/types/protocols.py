"""Protocol versions as their parties see them: proposed and ratified by whom, in force when."""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.codes import ProtocolState
from schema.types.enums import describe_enum

describe_enum(
    ProtocolState,
    "Where a protocol version stands.",
    {
        "PROPOSED": "A party proposed it; others have still to ratify it.",
        "RATIFIED": "Every party is bound; its day has not come.",
        "IN_FORCE": "It decides who may see what.",
        "SUPERSEDED": "A later version of the same agreement is in force.",
        "ENDED": "Its time is over, or a party has left it.",
    },
)


@strawberry.type(description="A version of the machine-readable part of an agreement.")
class ProtocolVersion:
    """One version. Its text never changes once it is proposed."""

    agreement: str = strawberry.field(description="Code of the agreement.")
    version: int = strawberry.field(description="Number of the version.")
    title: str = strawberry.field(description="Title of the agreement.")
    state: ProtocolState = strawberry.field(description="Where it stands.")
    parties: list[str] = strawberry.field(description="Countries and organisations it binds.")
    bound: list[str] = strawberry.field(
        description="The parties that are bound already, the proposer among them."
    )
    content: str = strawberry.field(description="Its text, TOML.")
    content_hash: str = strawberry.field(description="SHA-256 of its text, hex.")
    report_hash: str | None = strawberry.field(
        description="SHA-256 of the report that was proposed with it, hex; the parties ratify both."
    )
    proposed_by: str = strawberry.field(description="Code of the agency that proposed it.")
    proposed_at: dt.datetime = strawberry.field(description="When it was proposed.")
    in_force_from: dt.datetime | None = strawberry.field(
        description="The instant from which it is in force once every party is bound;"
        " null: at once."
    )
    until: dt.datetime | None = strawberry.field(
        description="The instant at which it ends; null for no such instant."
    )


@strawberry.type(description="What has to be mended before the act can be done.")
class Problem:
    """One reason why nothing was done."""

    code: str = strawberry.field(description="A stable word for the reason, as `SAME_PERSON`.")
    message: str = strawberry.field(description="What is wrong, in plain words.")
    remedy: str | None = strawberry.field(description="What would be right.")
    line: int | None = strawberry.field(description="Line of the document, where it is about one.")


@strawberry.type(description="What became of an act upon a protocol version.")
class ProtocolPayload:
    """Either the version as it stands after the act, or the problems and no change at all."""

    version: ProtocolVersion | None = strawberry.field(
        description="The version after the act; null where nothing was done."
    )
    problems: list[Problem] = strawberry.field(description="Why nothing was done; else empty.")
    access_record: strawberry.ID | None = strawberry.field(
        description="Id of the act's record in the ledger."
    )


@strawberry.type(description="A case opened for one hour.")
class Opened:
    """What the opener is told: from when to when, and by when another person reviews it."""

    id: strawberry.ID = strawberry.field(description="Id of the emergency opening.")
    case_id: strawberry.ID = strawberry.field(description="Id of the return case.")
    clause: str = strawberry.field(description="Under which clause.")
    until: dt.datetime = strawberry.field(description="When it closes by itself.")
    review_by: dt.datetime = strawberry.field(
        description="By when another person has to review it."
    )


@strawberry.type(description="What became of an emergency opening or of its review.")
class EmergencyPayload:
    """Either what was opened or reviewed, or the problems and no change at all."""

    opened: Opened | None = strawberry.field(
        description="The opening; null where nothing was done."
    )
    problems: list[Problem] = strawberry.field(description="Why nothing was done; else empty.")
    access_record: strawberry.ID | None = strawberry.field(
        description="Id of the act's record in the ledger."
    )
