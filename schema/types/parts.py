"""The parts of a return case: consents, referrals, assessments, papers, visits, requests."""

from __future__ import annotations

import datetime as dt

from schema.classes import DataClass
from schema.codes import (
    AssessmentOutcome,
    ConsentGivenBy,
    ConsentPurpose,
    ConsentState,
    ReferralReason,
    ReferralState,
    SupportType,
)
from schema.held import Binding, entity, held, to_one
from schema.types.history import HistoryEntry, history
from schema.types.records import Record
from schema.types.refs import ReturnCaseRef

_CASE = "{t}.id = {p}.case_id"


@entity(table="registry.consent", binding=Binding.PART)
class Consent(Record):
    """One statement of the person on one purpose. The newest for a recipient counts."""

    history: list[HistoryEntry] | None = history()
    purpose: str | None = held(
        DataClass.CONSENT,
        "What was asked.",
        codes=ConsentPurpose,
    )
    state: str | None = held(DataClass.CONSENT, "What the person said.", codes=ConsentState)
    recipients: list[str] | None = held(
        DataClass.CONSENT,
        "Codes of the agencies or countries it names. Empty: given to nobody, refused to all.",
    )
    given_at: dt.datetime | None = held(
        DataClass.CONSENT,
        "When it was given; null for other statements.",
        sql="case when {t}.state = 'GIVEN' then {t}.stated_at end",
    )
    withdrawn_at: dt.datetime | None = held(
        DataClass.CONSENT,
        "When it was withdrawn; null for other statements.",
        sql="case when {t}.state = 'WITHDRAWN' then {t}.stated_at end",
    )
    given_by: str | None = held(DataClass.CONSENT, "Who spoke.", codes=ConsentGivenBy)
    guardian: str | None = held(DataClass.CONSENT, "The guardian who consented.")
    assent: bool | None = held(DataClass.CONSENT, "Whether the child agreed.")
    return_case: ReturnCaseRef | None = to_one(_CASE, "The case on which it was stated.")


@entity(table="registry.referral", binding=Binding.PART, singular="referral", plural="referrals")
class Referral(Record):
    """A referral of the case from one agency to another."""

    history: list[HistoryEntry] | None = history()
    from_: str | None = held(
        DataClass.REFERRAL, "Code of the referring agency.", column="from_agency", name="from"
    )
    to: str | None = held(DataClass.REFERRAL, "Code of the agency referred to.", column="to_agency")
    reason: str | None = held(
        DataClass.REFERRAL, "HTCDS reason for the referral.", codes=ReferralReason
    )
    state: str | None = held(DataClass.REFERRAL, "Where it stands.", codes=ReferralState)
    case_owner: str | None = held(DataClass.REFERRAL, "The case worker who owns the case.")
    details: str | None = held(DataClass.REFERRAL_TEXT, "The referral in words.")
    return_case: ReturnCaseRef | None = to_one(_CASE, "The case referred.")


@entity(table="registry.assessment", binding=Binding.PART)
class Assessment(Record):
    """A family tracing and assessment: whether return to the family is safe."""

    history: list[HistoryEntry] | None = history()
    outcome: str | None = held(
        DataClass.ASSESSMENT_OUTCOME,
        "What was found.",
        codes=AssessmentOutcome,
    )
    risk_flag: bool | None = held(DataClass.RISK_FLAG, "Whether a risk was seen.")
    report: str | None = held(DataClass.ASSESSMENT, "The report in words.")
    family_willing: bool | None = held(
        DataClass.ASSESSMENT, "Whether the family is willing to receive the person."
    )
    risk: str | None = held(DataClass.ASSESSMENT, "The risk in words.")
    return_case: ReturnCaseRef | None = to_one(_CASE, "The case assessed.")


@entity(table="registry.travel_paper", binding=Binding.PART)
class TravelPaper(Record):
    """Papers, escort and transport of the journey home."""

    history: list[HistoryEntry] | None = history()
    travel_document: str | None = held(DataClass.TRAVEL, "Number of the travel document.")
    exit_permit: str | None = held(DataClass.TRAVEL, "Number of the exit permit.")
    escort: str | None = held(DataClass.TRAVEL, "Who escorts the person.")
    transport: str | None = held(DataClass.TRAVEL, "Means of transport.")
    departed_at: dt.datetime | None = held(
        DataClass.TRAVEL, "Hour of the stamp with which the person left the host country."
    )
    arrived_at: dt.datetime | None = held(
        DataClass.TRAVEL, "Hour of the stamp with which the person entered the country of origin."
    )
    return_case: ReturnCaseRef | None = to_one(_CASE, "The case of the journey.")


@entity(table="registry.follow_up", binding=Binding.PART)
class FollowUp(Record):
    """A visit after the return, at 1, 3, 6 and 12 months."""

    history: list[HistoryEntry] | None = history()
    visited_on: dt.date | None = held(DataClass.REINTEGRATION, "The day of the visit.")
    month: int | None = held(DataClass.REINTEGRATION, "Which visit, in months after the return.")
    notes: str | None = held(DataClass.REINTEGRATION, "What was found.")
    support_types: list[str] | None = held(
        DataClass.REINTEGRATION, "HTCDS types of the support given.", codes=SupportType
    )
    feedback_code: str | None = held(DataClass.FEEDBACK, "Coded feedback to the host.")
    feedback_on: dt.date | None = held(DataClass.FEEDBACK, "The day of the feedback.")
    return_case: ReturnCaseRef | None = to_one(_CASE, "The case followed up.")


@entity(table="registry.legal_request", binding=Binding.PART)
class LegalRequest(Record):
    """A formal request of law enforcement. An unexpired one with a number opens fields."""

    history: list[HistoryEntry] | None = history()
    agency: str | None = held(
        DataClass.LEGAL, "Code of the requesting agency.", column="agency_code"
    )
    number: str | None = held(DataClass.LEGAL, "The request's number on file.")
    subject: str | None = held(DataClass.LEGAL, "What is asked for.")
    received_on: dt.date | None = held(DataClass.LEGAL, "The day on which it was received.")
    expires_on: dt.date | None = held(DataClass.LEGAL, "The last day on which it holds.")
    return_case: ReturnCaseRef | None = to_one(_CASE, "The case it is about.")
