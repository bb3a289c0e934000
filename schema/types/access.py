"""Access records: who was shown what, when, why and under which clause; and the acts beside them.

An AccessRecord is a Node and no Record: its own field `withheld` tells what
was withheld from the caller it speaks of.
"""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.classes import DataClass
from schema.codes import DenialReason, Outcome, RecordKind
from schema.held import Binding, detail, entity, held, to_many
from schema.types.records import Connection, Node
from schema.types.refs import AccessDisclosureRef
from schema.types.scalars import Natural

_CALLER_SQL = (
    "jsonb_build_object('agency', {t}.agency, 'country', {t}.country, 'unit', {t}.unit, "
    "'cases', {t}.cases, 'roles', {t}.roles, 'subject', {t}.subject, 'client', {t}.client, "
    "'issuer', {t}.issuer)"
)
_OF_LEAVES = "nullif({t}.refusals, {t}.refusals)"
"""Null on the record itself: the compiler reads it from the leaves in the caller's scope."""


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


@detail
class AccessAct:
    """What an act changed, where the record is of one and not of an access."""

    subject: str | None = held(
        DataClass.ACCESS, "What it was done to: `TH-KH-2014@3`, or the id of a record."
    )
    from_: str | None = held(
        DataClass.ACCESS, "Its state before; empty where it did not exist.", name="from"
    )
    to: str | None = held(DataClass.ACCESS, "Its state afterwards.")
    content_hash: str | None = held(DataClass.ACCESS, "SHA-256 of its content, in hex.")


@detail
class AccessChange:
    """A record that an act changed, and the names of its changed fields."""

    record_id: strawberry.ID | None = held(DataClass.ACCESS, "Id of the record.")
    record_type: str | None = held(DataClass.ACCESS, "Its type, as `Victim`.")
    is_new: bool | None = held(DataClass.ACCESS, "Whether the act made it.")
    fields: list[str] | None = held(
        DataClass.ACCESS, "The fields changed; none where it is new, or where others see it now."
    )


@detail
class AccessDeed:
    """What was done with this access: an act on the registry, as its row in the database says."""

    act: str | None = held(DataClass.ACCESS, "The act, as `amendVictim`.")
    clause: str | None = held(
        DataClass.ACCESS, "The clause that permitted it, as `TH-LAW@1#rule 3`."
    )
    changed: list[AccessChange] | None = held(DataClass.ACCESS, "What it changed.")


@detail
class AccessLeaf:
    """One leaf of the record in the ledger's tree: there is one for each pair of countries."""

    index: Natural | None = held(
        DataClass.ACCESS, "Its place in the tree, from 0; null until the integrator placed it."
    )
    inclusion_proof: str | None = held(
        DataClass.ACCESS,
        "That it is in the tree of the newest checkpoint, as a C2SP tlog-proof text; null until "
        "it was placed.",
    )


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
    """The record of one operation that asked for protected data, allowed or refused, or of an act.

    An auditor sees the accesses of its country's actors and those to cases
    that are its country's. Acts (`kind`) are what changed a protocol, a
    consent or an emergency opening, and exports: the auditors of all parties
    see them. No value of sensitivity S3 or above stands in it.
    """

    kind: str | None = held(
        DataClass.ACCESS, "Whether it is an access or an act.", codes=RecordKind
    )
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
    act: AccessAct | None = held(
        DataClass.ACCESS, "What was changed; null for an access.", sql=_OF_LEAVES
    )
    deed: AccessDeed | None = held(
        DataClass.ACCESS,
        "The act that was done with it; null where nothing was, and of actors of another country.",
        sql=_OF_LEAVES,
    )
    leaves: list[AccessLeaf] | None = held(
        DataClass.ACCESS,
        "Its leaves in the ledger's tree, as far as they are in the caller's scope.",
        sql=_OF_LEAVES,
    )
