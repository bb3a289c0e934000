"""The subscription root: what a desk is told of without asking again and again.

Data only, like every type. An event is an operation of its own: the touched
case is read for this caller at that moment, decided and recorded like a query,
and sent only where the answer is another one than the caller has.
"""

from __future__ import annotations

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from schema.held import definition_of
from schema.types.cases import ReturnCase

_WHICH = (
    "Id of the return case; left out, every case the caller may see. For a case that may not be "
    "seen, and for one that does not exist, nothing comes."
)


@strawberry.type(
    description="What can be watched. An operation has exactly one of these fields. Each event is "
    "decided and recorded by itself; a change that the caller may not see makes none. What is at "
    "hand at the beginning is not sent: ask for it by a query after subscribing."
)
class Subscription:
    """The subscription root."""

    return_case_changed: ReturnCase | None = strawberry.field(
        description="A return case, or what belongs to it, is shown otherwise than before. Null, "
        "once, where it may be seen no more."
    )
    worklist_changed: ReturnCase | None = strawberry.field(
        description="The same of the cases on the caller's `worklist`: those on which her desk has "
        "the next step. A case that comes to it is sent; for one that leaves it null, once: read "
        "the worklist again."
    )


def set_watch_arguments() -> None:
    """Set the arguments of what can be watched. May be repeated."""
    for field in definition_of(Subscription).fields:
        if field.python_name == "return_case_changed":
            field.arguments = [
                StrawberryArgument(
                    python_name="id",
                    graphql_name="id",
                    type_annotation=StrawberryAnnotation(strawberry.ID | None),
                    description=_WHICH,
                )
            ]
