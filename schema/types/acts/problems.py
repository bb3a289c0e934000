"""Why an act was not done: one type for each kind of thing that its user can mend."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.classes import DataClass
from schema.codes import AgreementState, CaseState, DenialReason
from schema.machine import Guard
from schema.types.enums import describe_enum

describe_enum(
    Guard,
    "What must be true of a case before a step may be taken.",
    {
        "RIGHTS_EXPLAINED": "The person's rights were explained to her.",
        "NO_OBJECTION": "The person has not objected to the country of origin being told.",
        "CONSENT_TRACING": "The person agrees to family tracing by the country of origin.",
        "MINOR_NEEDS_GUARDIAN": "For a child: guardian's consent, the child's assent, a "
        "best-interests decision and a named case worker.",
        "PROTOCOL_IN_FORCE": "The agreement under which the case was lodged is in force.",
        "OUTCOME_CODED": "The assessment has an outcome.",
        "CONSENT_RETURN": "The person agrees to the return.",
        "ASSESSMENT_NOT_NEGATIVE": "The newest assessment finds the return suitable.",
        "NO_LEGAL_HOLD": "No proceedings hold the person back.",
        "IDENTITY_VERIFIED": "The country of origin has verified the person's identity.",
        "PERSON_CONFIRMS": "The person has confirmed again that she wants to go.",
        "CONSENT_SERVICES": "The person agrees to services in the country of origin.",
        "CLOSING_REASON": "The reason for closing is stated.",
    },
)
describe_enum(
    CaseState,
    "Where a return case stands: the main states in order, then the side states.",
    {state.value: f"{state.value.replace('_', ' ').capitalize()}." for state in CaseState},
)

describe_enum(
    AgreementState,
    "How far an agreement has come.",
    {
        "DRAFT": "It is being negotiated; its parties alone see it.",
        "SIGNED": "Every party has signed it; it is not in force yet.",
        "IN_FORCE": "It is in force.",
        "SUPERSEDED": "Another one has replaced it.",
        "ENDED": "It has ended, or was given up as a draft.",
    },
)


@strawberry.interface(description="Something that has to be mended before the act can be done.")
class Mendable:
    """What all problems share."""

    code: str = strawberry.field(description="A stable word for the kind of problem.")
    message: str = strawberry.field(description="What is wrong, in plain words.")


@strawberry.type(description="An argument holds something that the registry does not take.")
class InvalidInput(Mendable):
    """Code INVALID_INPUT."""

    field: str = strawberry.field(
        description="The argument, with a dot before each member: `person.birthDate`."
    )
    rule: str = strawberry.field(description="The rule that it does not keep.")


@strawberry.type(description="The case does not stand where this step begins.")
class IllegalStep(Mendable):
    """Code STATE_CONFLICT."""

    state: CaseState = strawberry.field(description="Where the case stands now.")
    possible: list[str] = strawberry.field(description="The acts that can follow from there.")


@strawberry.type(description="The agreement does not stand where this act begins.")
class IllegalAgreementStep(Mendable):
    """Code STATE_CONFLICT."""

    agreement_state: AgreementState = strawberry.field(
        description="Where the agreement stands now."
    )
    possible: list[str] = strawberry.field(description="The acts that can follow from there.")


@strawberry.type(description="The step is possible, but something it asks for is not there.")
class GuardUnmet(Mendable):
    """Code GUARD_UNMET."""

    guard: Guard = strawberry.field(description="What is missing.")


@strawberry.type(description="Someone else has changed what the caller had before her.")
class Conflict(Mendable):
    """Code CONFLICT. The payload's record shows the present state, as far as it may be seen."""

    data_class: DataClass | None = strawberry.field(
        description="The class that was changed; null where it is another thing than a version."
    )


@strawberry.type(description="The record may be seen, but no clause permits this act upon it now.")
class NotPermitted(Mendable):
    """Code OPERATION_NOT_PERMITTED."""

    reason: DenialReason = strawberry.field(description="Why, as for a withheld field.")
    clause: str | None = strawberry.field(description="The clause that got furthest.")
    data_class: DataClass | None = strawberry.field(
        description="The class whose change is not permitted, where it is about one."
    )


@strawberry.type(description="No record with this id that the caller may see.")
class UnknownRecord(Mendable):
    """Code NOT_FOUND. One that does not exist and one that may not be seen look alike."""

    field: str = strawberry.field(description="The argument that named it.")


@strawberry.type(description="It has been done before.")
class DoneBefore(Mendable):
    """Code DONE_BEFORE."""


ActProblem = Annotated[
    InvalidInput
    | IllegalStep
    | IllegalAgreementStep
    | GuardUnmet
    | Conflict
    | NotPermitted
    | UnknownRecord
    | DoneBefore,
    strawberry.union(
        "ActProblem", description="Why an act was not done. Each of them is `Mendable`."
    ),
]
PROBLEM_TYPES: tuple[type, ...] = (
    InvalidInput,
    IllegalStep,
    IllegalAgreementStep,
    GuardUnmet,
    Conflict,
    NotPermitted,
    UnknownRecord,
    DoneBefore,
)
