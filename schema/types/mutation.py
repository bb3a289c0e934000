"""The acts: what can be done, one root field each.

Data only, like every type. A compiler or an act's own module turns them into
statements; the payload is read after the writes, in the same transaction.
"""

from __future__ import annotations

import datetime as dt

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from schema.codes import ReviewFinding
from schema.held import definition_of
from schema.types.enums import describe_enum
from schema.types.protocols import EmergencyPayload, ProtocolPayload

describe_enum(
    ReviewFinding,
    "What a second person found of an emergency opening.",
    {
        "JUSTIFIED": "There was an emergency, and the case had to be opened.",
        "NOT_JUSTIFIED": "There was none, or the case had not to be opened for it.",
    },
)


@strawberry.type(description="What can be done. An operation has exactly one of these fields.")
class Mutation:
    """The mutation root."""

    propose_protocol: ProtocolPayload = strawberry.field(
        description="Propose a version of a protocol, as an AGREEMENT_STEWARD of one of its "
        "parties. It is refused whole where its text has a problem or a proof fails."
    )
    ratify_protocol: ProtocolPayload = strawberry.field(
        description="Ratify a proposed version for one's own party, as another person than the "
        "one who proposed it. With the last party's word it takes effect."
    )
    end_protocol: ProtocolPayload = strawberry.field(
        description="Leave a protocol version for one's own party: it ends for all at the instant "
        "stated."
    )
    open_emergency: EmergencyPayload = strawberry.field(
        description="Open one return case for oneself and one hour, with a reason. Its holder sees "
        "that at once, and another person reviews it within 72 hours."
    )
    review_emergency: EmergencyPayload = strawberry.field(
        description="Say of an emergency opening whether it was justified, as another person than "
        "the one who opened it."
    )


_ARGUMENTS: dict[str, tuple[tuple[str, object, str], ...]] = {
    "propose_protocol": (
        ("content", str, "The document, TOML."),
        (
            "inForceFrom",
            dt.datetime | None,
            "From when it is in force once every party is bound; left out: at once.",
        ),
        (
            "report",
            str | None,
            "The report on its effects, as `saphan protocol diff --replay` wrote it.",
        ),
    ),
    "ratify_protocol": (
        ("agreement", str, "Code of the agreement."),
        ("version", int, "Number of the version."),
        ("contentHash", str, "SHA-256 of the text that is ratified, hex."),
        ("reportHash", str | None, "SHA-256 of the report that was proposed with it, hex."),
    ),
    "end_protocol": (
        ("agreement", str, "Code of the agreement."),
        ("version", int, "Number of the version."),
        ("until", dt.datetime, "The instant at which it ends, not in the past."),
    ),
    "open_emergency": (
        ("caseId", strawberry.ID, "Id of the return case."),
        ("reason", str, "Why, in 10 to 2000 characters; the holder and the reviewer read it."),
    ),
    "review_emergency": (
        ("id", strawberry.ID, "Id of the emergency opening."),
        ("finding", ReviewFinding, "What was found."),
        ("remark", str | None, "Why, in words."),
    ),
}


def set_act_arguments() -> None:
    """Set the arguments of every act. May be repeated."""
    for field in definition_of(Mutation).fields:
        field.arguments = [
            StrawberryArgument(
                python_name=name,
                graphql_name=name,
                type_annotation=StrawberryAnnotation(annotation),
                description=description,
            )
            for name, annotation, description in _ARGUMENTS[field.python_name]
        ]
