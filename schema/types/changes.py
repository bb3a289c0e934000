"""The feed of changes: what a puller is told, and what it has to erase.

Data only. A change names a record and fields, never a value and never a cause;
the record itself can be read in the same answer, redacted and on record like
any other.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import strawberry

from schema.types.enums import describe_enum
from schema.types.records import Node, PageInfo


class ChangeAction(StrEnum):
    """What to do about a change."""

    LOOK_AGAIN = "LOOK_AGAIN"
    WITHDRAWN = "WITHDRAWN"


describe_enum(
    ChangeAction,
    "What to do about a change. The cause is never told.",
    {
        "LOOK_AGAIN": "Read the record again: it came into view, or something of it changed.",
        "WITHDRAWN": "Erase these fields of the record, with `id` among them the whole record, and "
        "acknowledge it by `acknowledgeWithdrawals`.",
    },
)


@strawberry.type(description="A record that a puller has to look at again, or to erase.")
class Change:
    """One entry of the feed."""

    record_id: strawberry.ID = strawberry.field(description="Id of the record.")
    record_type: str = strawberry.field(description="Type of the record.")
    fields: list[str] = strawberry.field(
        description="The schema's names of the fields: to look at again, of those that are open "
        "now; or to erase, of those that were delivered. `id` stands for the record itself."
    )
    action: ChangeAction = strawberry.field(description="What to do.")
    record: Node | None = strawberry.field(
        description="The record as the caller sees it now; null where it is to be erased."
    )


@strawberry.type(description="A change in the feed.")
class ChangeEdge:
    """A change and its place."""

    cursor: str = strawberry.field(
        description="Where this change stands. Good for this puller alone: agency, client, roles, "
        "unit, cases and purpose."
    )
    node: Change = strawberry.field(description="The change.")


@strawberry.type(
    description="A page of the feed: first what may be seen now, then every change in the order of "
    "commits. Withdrawals that were not acknowledged come again at the beginning of each run; a "
    "run ends with the page that has no next one."
)
class ChangeConnection:
    """A page of the feed."""

    edges: list[ChangeEdge] = strawberry.field(description="The changes of this page, in order.")
    page_info: PageInfo = strawberry.field(
        description="Where this page stands. `endCursor` is never null here: keep it also where "
        "the page is empty."
    )


@strawberry.type(description="Withdrawals that a puller has not acknowledged.")
class UnacknowledgedWithdrawals:
    """A number for auditors."""

    agency: str = strawberry.field(description="Code of the agency that pulls.")
    client: str = strawberry.field(description="Its client.")
    count: int = strawberry.field(description="How many records it has not said it erased.")
    oldest: dt.datetime = strawberry.field(description="Since when the oldest of them is due.")
