"""What belongs to what: the case of a record, the records of a person, the agency of a case.

Takes SQL expressions, gives SQL text over constants and parameters, read in the
same statement as everything else.
"""

from __future__ import annotations

from resolvers.parameters import Parameters

PER_ROW = " offset 0"
"""Ends a sub-select that is to be looked up by index for each row. Without it the planner may read
the whole table into a hash first, since it does not know that a page ends after fifty rows.
"""


def is_assigned(c: str, params: Parameters, *, has_unit: bool) -> str:
    """The case `c` is the caller's agency's (C5), or with `has_unit` her unit's."""
    agency = params.ctx("agency")
    open_now = "a.from_at <= now() and (a.until_at is null or a.until_at > now())"
    assignment = (
        f"exists (select from registry.assignment a where a.case_id = {c}.id"
        f" and a.agency_code = {agency} and {open_now}"
    )
    if has_unit:
        return f"{assignment} and a.unit = {params.ctx('unit')}{PER_ROW})"
    return (
        f"({c}.holder = {agency} or {assignment}{PER_ROW}) or exists (select from"
        f" registry.referral r where r.case_id = {c}.id and r.to_agency = {agency}"
        f" and r.state = 'ACCEPTED'{PER_ROW}))"
    )


PARTS = (
    "transition",
    "consent",
    "referral",
    "assessment",
    "travel_paper",
    "follow_up",
    "legal_request",
    "emergency_opening",
)


def cases_of(record: str) -> str:
    """SELECT of the ids of the cases that a record is of: itself, a person's, or that of a part."""
    parts = "".join(
        f" union all select p.case_id from registry.{table} p where p.id = {record}"
        for table in PARTS
    )
    own = f"select x.id from registry.return_case x where x.victim_id = {record}"
    return f"select {record} union all {own}{parts}"


def records_of(person: str) -> str:
    """SELECT of the ids of a person, her cases and all their parts."""
    cases = f"select x.id from registry.return_case x where x.victim_id = {person}"
    parts = "".join(
        f" union all select p.id from registry.{table} p where p.case_id in ({cases})"
        for table in PARTS
    )
    return f"select {person} union all {cases}{parts}"


def own_case(record: str, pair: str, params: Parameters, *, has_unit: bool) -> str:
    """A record in a leaf of this pair of countries is of a case of the caller's (C5)."""
    narrowed = f" and oc.id = any({params.ctx('cases', 'uuid[]')})" if params.has_cases else ""
    return (
        f"exists (select from registry.return_case oc where oc.id in ({cases_of(record)})"
        f" and string_to_array({pair}, '-') <@ array[oc.host, oc.origin]{narrowed}"
        f" and {is_assigned('oc', params, has_unit=has_unit)}{PER_ROW})"
    )
