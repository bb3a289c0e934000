"""Agreements between countries and organisations, their clauses and focal points."""

from __future__ import annotations

import datetime as dt

from schema.classes import DataClass
from schema.codes import AgreementKind, AgreementState
from schema.held import Binding, entity, held, to_many, to_one
from schema.types.records import Connection, Record
from schema.types.refs import AgreementRef, BilateralContactRef, ClauseRef, FocalPointRef

_OF_AGREEMENT = "{t}.agreement_code = {p}.code"
_AGREEMENT = "{t}.code = {p}.agreement_code"


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
    state: str | None = held(DataClass.AGREEMENT, "How far it has come.", codes=AgreementState)
    verified: bool | None = held(
        DataClass.AGREEMENT, "Whether the facts were checked against the text itself."
    )
    supersedes: AgreementRef | None = to_one(
        "{t}.code = {p}.supersedes_code", "The instrument that this one replaces."
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
