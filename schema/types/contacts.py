"""Contacts between agencies (meetings, visits, trainings, campaigns), and the agencies."""

from __future__ import annotations

import datetime as dt

from schema.classes import DataClass
from schema.codes import MeetingKind, OrganisationType
from schema.held import Binding, entity, held, to_many, to_one
from schema.types.records import Connection, Record
from schema.types.refs import AgencyRef, AgreementRef, ReturnCaseRef


@entity(
    table="registry.bilateral_contact",
    binding=Binding.FREE,
    singular="bilateralContact",
    plural="bilateralContacts",
)
class BilateralContact(Record):
    """A meeting, study visit, workshop or campaign of agencies of two or more countries."""

    kind: str | None = held(
        DataClass.CONTACT,
        "What it was.",
        codes=MeetingKind,
    )
    title: str | None = held(DataClass.CONTACT, "Its title.")
    starts_on: dt.date | None = held(DataClass.CONTACT, "The first day.")
    ends_on: dt.date | None = held(DataClass.CONTACT, "The last day.")
    place: str | None = held(DataClass.CONTACT, "Where it took place.")
    hosts: list[str] | None = held(DataClass.CONTACT, "Codes of the agencies that hosted it.")
    countries: list[str] | None = held(DataClass.CONTACT, "Countries, ISO 3166 alpha-2.")
    funder: str | None = held(DataClass.CONTACT, "Who paid for it.")
    agenda: str | None = held(DataClass.CONTACT, "The agenda.")
    decisions: str | None = held(DataClass.CONTACT, "What was decided.")
    minutes: str | None = held(DataClass.MINUTES, "The minutes. Lists of cases do not belong here.")
    agreement: AgreementRef | None = to_one(
        "{t}.code = {p}.agreement_code", "The agreement under which it was held."
    )
    participants: Connection[AgencyRef] = to_many(
        "{v}.contact_id = {p}.id and {t}.code = {v}.agency_code",
        "The agencies that took part.",
        via="registry.contact_participant",
    )
    cases: Connection[ReturnCaseRef] = to_many(
        "{v}.contact_id = {p}.id and {t}.id = {v}.case_id",
        "The return cases it dealt with, as far as the caller may see them.",
        via="registry.contact_case",
    )


@entity(table="registry.agency", binding=Binding.FREE, public_where="true")
class Agency(Record):
    """An agency of a country, or an organisation. The directory of agencies is public."""

    code: str | None = held(DataClass.AGREEMENT, "The registry's code, as KH-MOSVY.")
    name: str | None = held(DataClass.AGREEMENT, "Name in English.")
    name_in_script: str | None = held(
        DataClass.AGREEMENT, "Name in its own language.", column="name_native"
    )
    country: str | None = held(
        DataClass.AGREEMENT, "Its country, ISO 3166 alpha-2; null for international ones."
    )
    organisation_type: str | None = held(
        DataClass.AGREEMENT, "HTCDS type of organisation.", codes=OrganisationType
    )
