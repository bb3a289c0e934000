"""Access records: who was shown what, when, why and under which clause.

An AccessRecord is a Node and no Record: its own field `withheld` tells what
was withheld from the caller it speaks of.
"""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.classes import DataClass
from schema.codes import DenialReason, Outcome
from schema.held import Binding, detail, entity, held, to_many
from schema.types.records import Connection, Node
from schema.types.refs import AccessDisclosureRef

_CALLER_SQL = (
    "jsonb_build_object('agency', {t}.agency, 'country', {t}.country, 'unit', {t}.unit, "
    "'cases', {t}.cases, 'roles', {t}.roles, 'subject', {t}.subject, 'client', {t}.client, "
    "'issuer', {t}.issuer)"
)


@detail
class AccessCaller:
    """Who made an access, as the token said."""

    agency: str | None = held(DataClass.ACCESS, "Code of the caller's agency.")
    country: str | None = held(DataClass.ACCESS, "The agency's country.")
    unit: str | None = held(DataClass.ACCESS, "The caller's province, shelter or centre.")
    cases: list[str] | None = held(
        DataClass.ACCESS,
        "Ids of the return cases to which the token was narrowed; null where it was not.",
    )
    roles: list[str] | None = held(DataClass.ACCESS, "The roles in the token.")
    subject: str | None = held(DataClass.ACCESS, "The person, as her issuer names her.")
    client: str | None = held(DataClass.ACCESS, "The program that asked.")
    issuer: str | None = held(DataClass.ACCESS, "Who issued the token.")


@detail
class AccessRefusal:
    """A field refused to the caller on every row."""

    field: str | None = held(DataClass.ACCESS, "The field, as `Victim.narrative`.")
    reason: str | None = held(DataClass.ACCESS, "Why.", codes=DenialReason)


@detail
class AccessWithheld:
    """How often a field was withheld for a reason."""

    field: str | None = held(DataClass.ACCESS, "The field, as `Victim.familyName`.")
    reason: str | None = held(DataClass.ACCESS, "Why.", codes=DenialReason)
    count: int | None = held(DataClass.ACCESS, "On how many records.")


@entity(table="", binding=Binding.INHERITED)
class AccessDisclosure:
    """One record in one access: exactly the fields whose value was shown, and the clause."""

    record_id: strawberry.ID | None = held(DataClass.ACCESS, "Id of the record that was shown.")
    record_type: str | None = held(DataClass.ACCESS, "Its type, as `Victim`.")
    fields: list[str] | None = held(
        DataClass.ACCESS, "The fields shown, as `Victim.familyName`; `Victim.id` for the id alone."
    )
    clause: str | None = held(
        DataClass.ACCESS, "The clause that permitted it, as `TH-KH-2014@3#art. 9(2)`."
    )


@entity(table="ledger.access_record", binding=Binding.FREE, plural="accessRecords")
class AccessRecord(Node):
    """The record of one operation that asked for protected data, allowed or refused.

    An auditor sees the accesses of its country's actors and those to cases
    that are its country's. No value of sensitivity S3 or above stands in it.
    """

    at: dt.datetime | None = held(DataClass.ACCESS, "When.")
    caller: AccessCaller | None = held(DataClass.ACCESS, "Who.", sql=_CALLER_SQL)
    purpose: str | None = held(DataClass.ACCESS, "Why: the purpose stated with the request.")
    operation_name: str | None = held(
        DataClass.ACCESS, "The operation's name, where it is a GraphQL name of at most 64 letters."
    )
    document_hash: str | None = held(
        DataClass.ACCESS, "SHA-256 of the document with literals replaced by their types."
    )
    trace_id: str | None = held(DataClass.ACCESS, "The trace it belongs to.")
    outcome: str | None = held(DataClass.ACCESS, "How it ended.", codes=Outcome)
    protocols: list[str] | None = held(
        DataClass.ACCESS, "Versions of the protocols relied on, as `TH-KH-2014@3`."
    )
    disclosures: Connection[AccessDisclosureRef] = to_many(
        "", "What was shown: each record with exactly the fields whose value was shown."
    )
    searched: list[str] | None = held(
        DataClass.ACCESS, "Protected fields read by a filter or an order, never what was sought."
    )
    refusals: list[AccessRefusal] | None = held(
        DataClass.ACCESS, "Fields refused to the caller on every row."
    )
    withheld: list[AccessWithheld] | None = held(
        DataClass.ACCESS, "Fields withheld row by row, counted by reason."
    )
