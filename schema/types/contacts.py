"""Contacts between agencies (meetings, visits, trainings, campaigns), and the agencies."""

from __future__ import annotations

import datetime as dt

from schema.classes import DataClass
from schema.codes import CooperationArea, MeetingKind, OrganisationType, Role
from schema.held import Binding, detail, entity, held, to_many, to_one
from schema.types.records import Connection, Record
from schema.types.refs import AgencyRef, AgreementRef, ReturnCaseRef

_ATTENDANCE = (
    "coalesce((select jsonb_agg(jsonb_build_object('agency', ca.agency_code, 'unit',"
    " nullif(ca.unit, ''), 'people', ca.people, 'reach', ca.reach, 'roles', to_jsonb(ca.roles))"
    ' order by ca.agency_code collate "C", ca.unit collate "C")'
    " from registry.contact_attendance ca where ca.contact_id = {t}.id), '[]'::jsonb)"
)
_REACH = (
    "(select sum(ca.reach)::integer from registry.contact_attendance ca"
    " where ca.contact_id = {t}.id)"
)
_DECISIONS = (
    "coalesce((select jsonb_agg(jsonb_build_object('number', cd.number, 'decision', cd.decision,"
    " 'responsible', cd.responsible, 'dueOn', cd.due_on, 'doneOn', cd.done_on, 'note', cd.note)"
    " order by cd.number) from registry.contact_decision cd where cd.contact_id = {t}.id),"
    " '[]'::jsonb)"
)
_NEXT_DUE = (
    "(select min(cd.due_on) from registry.contact_decision cd"
    " where cd.contact_id = {t}.id and cd.done_on is null)"
)


@detail
class Attendance:
    """Who came from one agency or office: how many, in which roles. Never a list of names."""

    agency: str | None = held(DataClass.CONTACT, "Code of the agency.")
    unit: str | None = held(DataClass.CONTACT, "Its unit, as a provincial office; null for none.")
    people: int | None = held(DataClass.CONTACT, "How many of its people took part.")
    reach: int | None = held(
        DataClass.CONTACT, "How many people its part of a campaign reached, as far as known."
    )
    roles: list[str] | None = held(DataClass.CONTACT, "In which roles they came.", codes=Role)


@detail
class Decision:
    """Something that was decided, and who does it by when."""

    number: int | None = held(DataClass.CONTACT, "Which decision of the contact, from 1.")
    decision: str | None = held(DataClass.CONTACT, "What was decided.")
    responsible: str | None = held(DataClass.CONTACT, "Code of the agency that carries it out.")
    due_on: dt.date | None = held(DataClass.CONTACT, "By when.")
    done_on: dt.date | None = held(
        DataClass.CONTACT, "The day on which it was done; null while it was not."
    )
    note: str | None = held(DataClass.CONTACT, "How far it has come, in words.")


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
    area: str | None = held(
        DataClass.CONTACT, "The area of cooperation that it served.", codes=CooperationArea
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
    decisions_taken: list[Decision] | None = held(
        DataClass.CONTACT, "The decisions one by one, and what became of them.", sql=_DECISIONS
    )
    next_due_on: dt.date | None = held(
        DataClass.CONTACT,
        "The first day by which a decision that is not done yet is due; null where none is.",
        sql=_NEXT_DUE,
    )
    attendance: list[Attendance] | None = held(
        DataClass.CONTACT, "Who took part, by agency and office.", sql=_ATTENDANCE
    )
    reach: int | None = held(
        DataClass.CONTACT,
        "How many people a campaign reached, over all its offices, as far as known.",
        sql=_REACH,
    )
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
