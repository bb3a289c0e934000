"""Agreements between countries and organisations, their clauses and focal points."""

from __future__ import annotations

import datetime as dt

from schema.classes import DataClass
from schema.codes import (
    AgreementKind,
    AgreementState,
    AgreementStep,
    CooperationArea,
    RoundOutcome,
)
from schema.held import Binding, detail, entity, held, to_many, to_one
from schema.types.records import Connection, Record
from schema.types.refs import AgreementRef, BilateralContactRef, ClauseRef, FocalPointRef

_OF_AGREEMENT = "{t}.agreement_code = {p}.code"
_AGREEMENT = "{t}.code = {p}.agreement_code"
STATE = (
    "case when {t}.state = 'IN_FORCE' and {t}.until_on <= current_date then case when exists"
    " (select from registry.agreement n where n.supersedes_code = {t}.code"
    " and n.state = 'IN_FORCE') then 'SUPERSEDED' else 'ENDED' end"
    " when {t}.state = 'IN_FORCE' and {t}.in_force_from > current_date then 'SIGNED'"
    " else {t}.state end"
)
"""What was agreed of a day to come takes effect by itself."""


# `only`: a text put on the table is no change of the version, and must not be told as one
_VERSION = (
    "case when {t}.version is not null then coalesce((select max(vf.version)"
    " from only registry.agreement_version vf where vf.agreement_code = {t}.code"
    " and vf.in_force_from <= current_date), {t}.version) end"
)


def _parts(table: str, alias: str, order: str, members: str) -> str:
    """SQL of the parts of an agreement as a JSON array; `members` are column and key in turn."""
    pairs = (member.split(":") for member in members.split())
    built = ", ".join(f"'{key}', {alias}.{column}" for column, key in pairs)
    rows = f"from registry.{table} {alias} where {alias}.agreement_code = {{t}}.code"
    listed = f"jsonb_agg(jsonb_build_object({built}) order by {alias}.{order})"
    return f"coalesce((select {listed} {rows}), '[]'::jsonb)"


@detail
class AgreementVersion:
    """A text of the instrument that was put on the table: a draft, or an amendment."""

    version: int | None = held(DataClass.CLAUSE, "Its number, from 1.")
    summary: str | None = held(DataClass.CLAUSE, "What is new in it, in words.")
    content: str | None = held(DataClass.CLAUSE, "The text itself.")
    content_hash: str | None = held(
        DataClass.CLAUSE, "SHA-256 of the text, hex: what the parties sign."
    )
    proposed_by: str | None = held(DataClass.CLAUSE, "The party that proposed it.")
    signed_on: dt.date | None = held(
        DataClass.CLAUSE, "The day on which the last party signed it; null while one has not."
    )
    in_force_from: dt.date | None = held(DataClass.CLAUSE, "Its first day in force.")


@detail
class NegotiationRound:
    """A round of negotiation on a draft or an amendment."""

    number: int | None = held(DataClass.CLAUSE, "Which round, from 1.")
    held_on: dt.date | None = held(DataClass.CLAUSE, "The day on which it was held.")
    place: str | None = held(DataClass.CLAUSE, "Where it was held.")
    outcome: str | None = held(DataClass.CLAUSE, "How it ended.", codes=RoundOutcome)
    remarks: str | None = held(DataClass.CLAUSE, "What was talked about, in words.")
    version: int | None = held(
        DataClass.CLAUSE, "The version of the text that came out of it, where one did."
    )
    agency: str | None = held(DataClass.CLAUSE, "Code of the agency that recorded it.")


@detail
class AgreementSignature:
    """The word of one party on a step of the instrument. The newest of a party counts."""

    version: int | None = held(DataClass.CLAUSE, "The version of the text that it is about.")
    step: str | None = held(DataClass.CLAUSE, "What was agreed to.", codes=AgreementStep)
    party: str | None = held(DataClass.CLAUSE, "The party.")
    on_day: dt.date | None = held(
        DataClass.CLAUSE, "The day of the signature, of the entry into force, or of the end."
    )
    on_paper: bool | None = held(
        DataClass.CLAUSE, "Whether the party has no seat here and has signed on paper alone."
    )
    content_hash: str | None = held(DataClass.CLAUSE, "SHA-256 of what was agreed to, hex.")
    agency: str | None = held(DataClass.CLAUSE, "Code of the agency that gave or recorded it.")


@entity(
    table="registry.agreement",
    binding=Binding.FREE,
    public_where="{t}.published",
    singular="agreement",
    plural="agreements",
)
class Agreement(Record):
    """An instrument: a memorandum, agreement, convention, operating procedure or national law.

    Published ones are public; drafts are seen by their parties alone.
    """

    code: str | None = held(DataClass.AGREEMENT, "The registry's code, as TH-KH-2014.")
    title: str | None = held(DataClass.AGREEMENT, "The instrument's title.")
    kind: str | None = held(DataClass.AGREEMENT, "What sort of instrument.", codes=AgreementKind)
    parties: list[str] | None = held(
        DataClass.AGREEMENT,
        "Country codes, and agency codes of organisations, in the order of the code points.",
        sql='coalesce((select array_agg(ap.party order by ap.party collate "C") '
        "from registry.agreement_party ap where ap.agreement_code = {t}.code), array[]::text[])",
    )
    signed_on: dt.date | None = held(DataClass.AGREEMENT, "The day of signature.")
    in_force_from: dt.date | None = held(DataClass.AGREEMENT, "The first day in force.")
    until: dt.date | None = held(
        DataClass.AGREEMENT, "The day on which it ceases to be in force.", column="until_on"
    )
    source: str | None = held(DataClass.AGREEMENT, "Where the text or the knowledge of it is from.")
    state: str | None = held(
        DataClass.AGREEMENT, "How far it has come.", codes=AgreementState, sql=STATE
    )
    verified: bool | None = held(
        DataClass.AGREEMENT, "Whether the facts were checked against the text itself."
    )
    areas: list[str] | None = held(
        DataClass.AGREEMENT,
        "The areas of cooperation it is about.",
        codes=CooperationArea,
    )
    version: int | None = held(
        DataClass.AGREEMENT,
        "Number of the version of its text that is in force, or that was signed where none is yet.",
        sql=_VERSION,
    )
    versions: list[AgreementVersion] | None = held(
        DataClass.CLAUSE,
        "The texts that were put on the table, in order.",
        sql=_parts(
            "agreement_version",
            "av",
            "version",
            "version:version summary:summary content:content content_hash:contentHash"
            " proposed_by:proposedBy signed_on:signedOn in_force_from:inForceFrom",
        ),
    )
    rounds: list[NegotiationRound] | None = held(
        DataClass.CLAUSE,
        "The rounds of negotiation, in order.",
        sql=_parts(
            "negotiation_round",
            "nr",
            "number",
            "number:number held_on:heldOn place:place outcome:outcome remarks:remarks"
            " version:version agency_code:agency",
        ),
    )
    signatures: list[AgreementSignature] | None = held(
        DataClass.CLAUSE,
        "The words of the parties, in order.",
        sql=_parts(
            "agreement_signature",
            "sg",
            "number",
            "version:version step:step party:party on_day:onDay on_paper:onPaper"
            " content_hash:contentHash agency_code:agency",
        ),
    )
    supersedes: AgreementRef | None = to_one(
        "{t}.code = {p}.supersedes_code", "The instrument that this one replaces."
    )
    under: AgreementRef | None = to_one(
        "{t}.code = {p}.parent_code",
        "The instrument that this one carries out, as operating procedures do.",
    )
    standards: Connection[AgreementRef] = to_many(
        "{t}.parent_code = {p}.code",
        "Operating procedures, operational standards and action plans that carry it out.",
    )
    clauses: Connection[ClauseRef] = to_many(_OF_AGREEMENT, "Its clauses.")
    focal_points: Connection[FocalPointRef] = to_many(
        _OF_AGREEMENT, "The focal points named under it."
    )
    contacts: Connection[BilateralContactRef] = to_many(
        _OF_AGREEMENT, "Meetings, visits, trainings and campaigns under it."
    )


@entity(table="registry.clause", binding=Binding.FREE)
class Clause(Record):
    """A rule of an agreement."""

    article: str | None = held(DataClass.CLAUSE, "The article, as `art. 9(2)`.")
    subject: str | None = held(DataClass.CLAUSE, "What it is about.")
    purposes: list[str] | None = held(DataClass.CLAUSE, "The purposes for which it opens fields.")
    verified: bool | None = held(
        DataClass.CLAUSE, "Whether it was checked against the text itself."
    )
    agreement: AgreementRef | None = to_one(_AGREEMENT, "The agreement it stands in.")


@entity(table="registry.focal_point", binding=Binding.FREE)
class FocalPoint(Record):
    """The one desk of an agency that sends and receives, under an agreement or in general."""

    agency: str | None = held(DataClass.CONTACT, "Code of its agency.", column="agency_code")
    person: str | None = held(DataClass.CONTACT, "Name of the officer.")
    title: str | None = held(DataClass.CONTACT, "The officer's title.")
    phone: str | None = held(DataClass.CONTACT, "Office telephone, E.164.")
    email: str | None = held(DataClass.CONTACT, "Office mail address.")
    private_phone: str | None = held(DataClass.CONTACT_PRIVATE, "Private telephone, E.164.")
    corridors: list[str] | None = held(
        DataClass.CONTACT, "Pairs of countries the desk serves, as `KH-TH`."
    )
    since: dt.date | None = held(DataClass.CONTACT, "The first day in office.", column="since_on")
    until: dt.date | None = held(
        DataClass.CONTACT, "The day on which the office ends.", column="until_on"
    )
    agreement: AgreementRef | None = to_one(_AGREEMENT, "The agreement it is named under.")
