"""What a puller says back to the feed."""

from __future__ import annotations

import strawberry

from schema.types.acts.field import ActField, Argument
from schema.types.protocols import Problem


@strawberry.type(description="What was acknowledged, and what is still to be erased.")
class AcknowledgePayload:
    """Numbers, or the problems and no change at all."""

    acknowledged: int = strawberry.field(
        description="How many withdrawals this settled. An id that is not to be erased counts as "
        "nothing."
    )
    remaining: int = strawberry.field(
        description="How many records this puller has still to erase, those it was not told of yet "
        "among them."
    )
    problems: list[Problem] = strawberry.field(description="Why nothing was done; else empty.")
    access_record: strawberry.ID | None = strawberry.field(
        description="Id of the act's record in the ledger."
    )


ACTS = (
    ActField(
        "acknowledgeWithdrawals",
        AcknowledgePayload,
        "Say that what `changes` told to erase of these records is erased, for good. For the "
        "feed of this agency, client, roles, unit, cases and purpose.",
        (
            Argument(
                "ids",
                list[strawberry.ID],
                "Ids of the records, 1000 at most.",
            ),
        ),
    ),
)
