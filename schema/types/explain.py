"""Why: what decides each field of a record for a caller, and who else could see it."""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.classes import DataClass
from schema.codes import DenialReason


@strawberry.type(description="Why one field of a record is shown to the caller, or why not.")
class Explanation:
    """The decision on one field, as a query would make it."""

    field: str = strawberry.field(description="The field, as `Victim.familyName`.")
    data_class: DataClass = strawberry.field(description="Its data class.")
    permitted: bool = strawberry.field(description="Whether a query shows it.")
    clause: str | None = strawberry.field(
        description="The clause that permits it, or the one that got furthest; null where it is "
        "public or may not be named."
    )
    reason: DenialReason | None = strawberry.field(
        description="Why it is not shown; null where it is."
    )
    clauses: list[str] = strawberry.field(
        description="For a field refused on every record: the clauses that open it to others of "
        "the caller's side, as far as the caller may read them."
    )
    sentence: str = strawberry.field(description="The same in plain words, with what is missing.")


@strawberry.type(description="Somebody who could see a field of a record, beside whether they did.")
class PotentialReader:
    """One agency, role and purpose, decided as if it asked."""

    agency: str = strawberry.field(description="Code of the agency.")
    role: str = strawberry.field(description="The role.")
    purpose: str = strawberry.field(description="The purpose.")
    field: str = strawberry.field(description="The field, as `Victim.familyName`.")
    permitted: bool = strawberry.field(description="Whether a query would show it.")
    clause: str | None = strawberry.field(
        description="The clause that permits it, or the one that got furthest."
    )
    reason: DenialReason | None = strawberry.field(description="Why not; null where permitted.")
    sentence: str = strawberry.field(description="The same in plain words.")
    seen: int | None = strawberry.field(
        description="How many operations of this agency, role and purpose showed it, as far as "
        "the auditor may read them; null for a steward, who does not read the ledger."
    )
    last_seen_at: dt.datetime | None = strawberry.field(
        description="The last of them; null where there was none."
    )
