"""What all records share: the interfaces, what is withheld, and connections.

Gives the types that carry no data class: they tell how an answer is built,
never what is in a record.
"""

from __future__ import annotations

from enum import Enum
from typing import Generic, TypeVar

import strawberry

from schema.classes import DataClass
from schema.codes import DenialReason
from schema.types.enums import describe_enum

T = TypeVar("T")


describe_enum(
    DenialReason,
    "Why a field is withheld on a record, in the order in which a grant is tested. Where several "
    "grants fail, the reason is that of the one that got furthest. What the caller may not know "
    "is never named as a reason.",
    {
        "CLASS": "No clause opens this class to the caller.",
        "PURPOSE": "No clause opens it for this purpose.",
        "NO_PROTOCOL": "No protocol in force covers this record for the caller.",
        "NOT_ASSIGNED": "The case is not with the caller's agency, unit or province.",
        "REQUEST": "No formal request is on file.",
        "STAGE": "The case is not at a stage that opens it.",
        "OBJECTION": "The person objected.",
        "CONSENT": "The person's consent for this recipient is missing or withdrawn.",
        "MINOR": "The person is or counts as a minor, and a safeguard is missing.",
        "RESTRICTED_BY_SENDER": "The sender restricted the use of this item.",
        "WITHHELD": "Withheld for a reason that the caller may not know.",
    },
)


@strawberry.enum(description="Which way an order runs. Null and withheld come last in both.")
class OrderDirection(Enum):
    """Ascending or descending."""

    ASC = strawberry.enum_value("ASC", description="Smallest first.")
    DESC = strawberry.enum_value("DESC", description="Largest first.")


@strawberry.type(description="A selected field of this record that is null because it is withheld.")
class Withheld:
    """One withheld field of one record."""

    field: str = strawberry.field(description="The schema's name of the field, never an alias.")
    reason: DenialReason = strawberry.field(description="Why it is withheld.")
    clause: str | None = strawberry.field(
        description="The clause that got furthest, as `TH-KH-2014@3#art. 9(2)`, where the "
        "caller may read it."
    )


@strawberry.type(description="How often the fields of a class were edited on a record.")
class ClassVersion:
    """Optimistic locking: an act says which versions its caller had before her."""

    data_class: DataClass = strawberry.field(description="The class.")
    version: int = strawberry.field(description="1 for a record never edited; each edit adds 1.")


@strawberry.interface(description="Anything with an id. Ids are unique over all types.")
class Node:
    """The Relay interface of things with an id."""

    id: strawberry.ID = strawberry.field(
        description="A UUID, lower case. Always shown with the record."
    )


@strawberry.interface(description="A record whose fields may be withheld one by one.")
class Record(Node):
    """The interface of records that answer for their nulls."""

    withheld: list[Withheld] = strawberry.field(
        description="The protected fields selected on this object in this operation that are "
        "withheld on this record, in schema order, once each. Fields refused on every row "
        "are errors instead."
    )
    class_versions: list[ClassVersion] = strawberry.field(
        description="Versions of the record's classes, of those that the caller may read on it: "
        "what `expect` of an act takes."
    )


@strawberry.federation.type(description="Where a page stands in its connection.", shareable=True)
class PageInfo:
    """The Relay page information."""

    has_next_page: bool = strawberry.field(description="Whether records follow this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether records come before this page: true where `after` was given."
    )
    start_cursor: str | None = strawberry.field(description="Cursor of the page's first record.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the page's last record: the `after` of the next page."
    )


@strawberry.type(description="A record in a connection.")
class Edge(Generic[T]):
    """A record in a connection."""

    cursor: str = strawberry.field(
        description="Where this record stands. Good for this caller, filter and order only."
    )
    node: T = strawberry.field(description="The record. One that may not be seen has no edge.")


@strawberry.type(description="A page of the records that the caller may see.")
class Connection(Generic[T]):
    """A page of the records that the caller may see."""

    edges: list[Edge[T]] = strawberry.field(description="The records of this page, in order.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    total_count: int = strawberry.field(
        description="How many records the caller may see here under this filter. Counted only "
        "where it is selected."
    )
