"""What an act's root field is made of."""

from __future__ import annotations

from dataclasses import dataclass

import strawberry

from schema.classes import DataClass


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its name in the schema, its Python type, what it says."""

    name: str
    kind: object
    description: str


@dataclass(frozen=True, slots=True)
class ActField:
    """One root field of `Mutation`: name in the schema, payload type, arguments in order."""

    name: str
    payload: type
    description: str
    arguments: tuple[Argument, ...]


@strawberry.input(description="The version of a class of a record that the caller had before her.")
class ExpectedVersion:
    """Optimistic locking: an act upon another version is not done."""

    data_class: DataClass = strawberry.field(description="The class.")
    version: int = strawberry.field(
        description="Its version, as `classVersions` of the record says."
    )


CASE_ID = Argument("caseId", strawberry.ID, "Id of the return case.")
FORM_ID = Argument("formId", str | None, "Number of the form on file, where the act has one.")
EXPECT = Argument(
    "expect",
    list[ExpectedVersion] | None,
    "Versions that the caller had before her. Where one has changed since, nothing is done.",
)
REASON = Argument("reason", str, "Why, in 3 to 2000 characters. Kept with the change.")
