"""`me`: who asks, for which purposes, and what the clauses in force open to her.

The one root besides introspection that is answered from Python objects: build
a `Me` and give it to graphql-core as the attribute `me` of the root value.
"""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.classes import DataClass


@strawberry.type(description="A clause in force that opens something to the caller.")
class MeGrant:
    """One grant in force for the caller, as data and in plain words."""

    clause: str = strawberry.field(description="The clause, as `TH-KH-2014@3#art. 9(2)`.")
    agreement: str = strawberry.field(description="Code of the agreement it stands in.")
    entity: str = strawberry.field(description="The type of record it opens, as `Victim`.")
    classes: list[DataClass] = strawberry.field(description="The data classes it opens.")
    purposes: list[str] = strawberry.field(description="The purposes for which it opens them.")
    conditions: list[str] = strawberry.field(
        description="What must hold on the record, all of it on one case, as "
        "`stage_from(NOTIFIED)`."
    )
    operations: list[str] = strawberry.field(
        description="The acts that it permits on such a record, as `notifyOrigin`."
    )
    until: dt.date | None = strawberry.field(
        description="The day on which it ceases to be in force; null for no such day."
    )
    sentence: str = strawberry.field(description="The same in plain words.")


@strawberry.type(description="The caller, as the token says, and what is open to her.")
class Me:
    """The caller."""

    agency: str = strawberry.field(description="Code of the caller's agency.")
    country: str | None = strawberry.field(
        description="The agency's country, ISO 3166 alpha-2; null for international ones."
    )
    unit: str | None = strawberry.field(description="The caller's province, shelter or centre.")
    roles: list[str] = strawberry.field(description="The roles in the token.")
    purposes: list[str] = strawberry.field(description="The purposes that the token allows.")
    grants: list[MeGrant] = strawberry.field(
        description="The clauses in force for the caller now, in the order of the clauses."
    )
