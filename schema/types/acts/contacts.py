"""Acts on contacts: meetings, visits, trainings, campaigns, and what came of them."""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.codes import CooperationArea, MeetingKind, Role
from schema.types.acts.field import EXPECT, FORM_ID, ActField, Argument
from schema.types.acts.payloads import ContactPayload
from schema.types.enums import describe_enum

describe_enum(
    MeetingKind,
    "What a contact between agencies was.",
    {
        "CASE_MANAGEMENT": "A meeting on cases.",
        "TECHNICAL": "A technical meeting.",
        "SENIOR_OFFICIALS": "A meeting of senior officials.",
        "MINISTERIAL": "A meeting of ministers.",
        "STUDY_VISIT": "A study visit.",
        "CASE_WORKER_VISIT": "A visit of case workers.",
        "WORKSHOP": "A workshop.",
        "TRAINING": "A training: recorded by `recordTraining`.",
        "CAMPAIGN": "A campaign: recorded by `recordCampaign`.",
    },
)
describe_enum(
    Role,
    "What an official does at her agency.",
    {role.value: f"{role.value.replace('_', ' ').capitalize()}." for role in Role},
)

_ID = Argument("contactId", strawberry.ID, "Id of the contact.")
_WHEN = (
    Argument("title", str, "Its title."),
    Argument("startsOn", dt.date, "The first day."),
    Argument("endsOn", dt.date | None, "The last day; left out: the same."),
    Argument("place", str | None, "Where it takes place."),
)
_WHO = (
    Argument("participants", list[str], "Codes of the agencies that take part."),
    Argument("hosts", list[str] | None, "Codes of those that host it; left out: one's own agency."),
    Argument(
        "countries", list[str] | None, "Countries beside those of the agencies, ISO 3166 alpha-2."
    ),
)
_REST = (
    Argument("area", CooperationArea | None, "The area of cooperation that it serves."),
    Argument("agreementId", strawberry.ID | None, "Id of the agreement under which it is held."),
    Argument("funder", str | None, "Who pays for it."),
    Argument("agenda", str | None, "The agenda."),
    FORM_ID,
)


def _act(name: str, description: str, *arguments: Argument) -> ActField:
    return ActField(name, ContactPayload, description, (_ID, *arguments, EXPECT))


ACTS: tuple[ActField, ...] = (
    ActField(
        "recordMeeting",
        ContactPayload,
        "Record a meeting, a study visit, a visit of case workers or a workshop in which one's own "
        "agency takes part.",
        (Argument("kind", MeetingKind, "What it is."), *_WHEN, *_WHO, *_REST),
    ),
    ActField(
        "recordTraining",
        ContactPayload,
        "Record a training of officials in which one's own agency takes part.",
        (*_WHEN, *_WHO, *_REST),
    ),
    ActField(
        "recordCampaign",
        ContactPayload,
        "Record an awareness campaign, as an agency or one of its provincial offices that carries "
        "it out. Other offices of it record their part with `recordAttendance`.",
        (
            *_WHEN,
            Argument("unit", str | None, "The provincial office; left out: that of the token."),
            Argument("partners", list[str] | None, "Codes of the agencies that take part too."),
            Argument("people", int | None, "How many of one's own people carry it out."),
            Argument("reach", int | None, "How many people one's own part reached."),
            *_REST,
        ),
    ),
    _act(
        "recordAttendance",
        "Record how many took part from an agency or one of its offices: one's own, or as a host "
        "any that takes part. Numbers and roles, never names.",
        Argument("agency", str | None, "Code of the agency; left out: one's own."),
        Argument("unit", str | None, "Its unit, as a provincial office."),
        Argument("people", int | None, "How many of its people took part."),
        Argument("reach", int | None, "How many people its part of a campaign reached."),
        Argument("roles", list[Role] | None, "In which roles they came."),
    ),
    _act(
        "recordMinutes",
        "Record the minutes, or correct them. Those who took part read them; no case is named.",
        Argument("minutes", str, "The minutes."),
    ),
    _act(
        "recordDecision",
        "Record a decision: what, who, by when.",
        Argument("decision", str, "What was decided."),
        Argument("responsible", str, "Code of the agency that carries it out: one that took part."),
        Argument("dueOn", dt.date | None, "By when."),
    ),
    _act(
        "followUpDecision",
        "Say how far a decision has come, as the agency that carries it out or as a host.",
        Argument("number", int, "Which decision of the contact."),
        Argument("doneOn", dt.date | None, "The day on which it was done."),
        Argument("note", str | None, "How far it has come, in words."),
    ),
)
