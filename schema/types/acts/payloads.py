"""What acts on the registry answer: the record as it stands after the act, or the problems.

Every payload has `problems`, `accessRecord` and `repeated`; each further field
is a record, named in `RECORDS`, that is read by the compiler and judged like
any other, in the transaction of the act.
"""

from __future__ import annotations

import strawberry

from schema.types.acts.problems import ActProblem
from schema.types.cases import ReturnCase


@strawberry.interface(description="What became of an act.")
class ActPayload:
    """What all payloads of acts on the registry share."""

    problems: list[ActProblem] = strawberry.field(
        description="Why nothing was done; empty where it was."
    )
    access_record: strawberry.ID | None = strawberry.field(
        description="Id of the operation's record in the ledger."
    )
    repeated: bool = strawberry.field(
        description="Whether this request was performed before, under the same `Idempotency-Key`, "
        "and nothing was done now."
    )


@strawberry.type(description="What became of a step of a return case.")
class CasePayload(ActPayload):
    """The case after the step, or as it stands where the step was not taken."""

    return_case: ReturnCase | None = strawberry.field(
        description="The case, judged for the caller as it stands now; null where she may not "
        "see it."
    )


PAYLOADS: tuple[type, ...] = (CasePayload,)
RECORDS: dict[str, dict[str, str]] = {"CasePayload": {"returnCase": "ReturnCase"}}
"""Payload type -> its fields that are records -> their type."""
