"""The acts: what can be done, one root field each.

Data only, like every type. An act's own module turns it into statements; the
payload is read after the writes, in the same transaction.
"""

from __future__ import annotations

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from schema.held import definition_of
from schema.types.acts import agreements, care, cases, contacts, feed, law, offices, persons
from schema.types.acts.field import ActField
from schema.types.names import graphql_name

ACT_FIELDS: tuple[ActField, ...] = (
    *law.ACTS,
    *feed.ACTS,
    *cases.ACTS,
    *persons.ACTS,
    *care.ACTS,
    *agreements.ACTS,
    *offices.ACTS,
    *contacts.ACTS,
)
"""Every root field of `Mutation`, in the order of the schema."""


def _mutation() -> type:
    """A class with one field for each act; Strawberry reads types from its annotations."""
    members: dict[str, object] = {
        "__doc__": "The mutation root.",
        "__annotations__": {each.name: each.payload for each in ACT_FIELDS},
    }
    for each in ACT_FIELDS:
        members[each.name] = strawberry.field(name=each.name, description=each.description)
    made: type = strawberry.type(
        type("Mutation", (), members),
        description="What can be done. An operation has exactly one of these fields.",
    )
    return made


Mutation = _mutation()


def set_act_arguments() -> None:
    """Set the arguments of every act. May be repeated."""
    acts = {each.name: each for each in ACT_FIELDS}
    for field in definition_of(Mutation).fields:
        field.arguments = [
            StrawberryArgument(
                python_name=given.name,
                graphql_name=given.name,
                type_annotation=StrawberryAnnotation(given.kind),
                description=given.description,
            )
            for given in acts[graphql_name(field)].arguments
        ]
