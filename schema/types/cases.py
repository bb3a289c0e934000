"""The return case and its state changes."""

from __future__ import annotations

import datetime as dt

from schema.classes import DataClass
from schema.codes import CaseState, ClosingReason, HandoverPoint, HoldReason
from schema.held import Binding, entity, held, to_many, to_one
from schema.types.history import HistoryEntry, history
from schema.types.records import Connection, Record
from schema.types.refs import (
    AgreementRef,
    AssessmentRef,
    BilateralContactRef,
    ConsentRef,
    EmergencyOpeningRef,
    FollowUpRef,
    LegalRequestRef,
    ReferralRef,
    ReturnCaseRef,
    TransitionRef,
    TravelPaperRef,
    VictimRef,
)

_OF_CASE = "{t}.case_id = {p}.id"
DUE_SQL = (
    "(select {t}.state_since + make_interval(days => min(coalesce(l.days, e.limit_days)))"
    " from registry.state_edge e left join registry.time_limit l on l.edge = e.number"
    " and l.agreement_code = {t}.agreement_code where e.source = {t}.state and e.number < 13)"
)
"""The limit of an agreement beats the machine's own."""


@entity(
    table="registry.return_case",
    binding=Binding.CASE,
    singular="returnCase",
    plural="returnCases",
)
class ReturnCase(Record):
    """One return of one person from a host country to her country of origin.

    From screening through tracing, assessment and handover to follow-up; the
    state changes only along the edges of the state machine.
    """

    history: list[HistoryEntry] | None = history()
    host: str | None = held(
        DataClass.SHELL, "Country where the person was found, ISO 3166 alpha-2."
    )
    origin: str | None = held(
        DataClass.SHELL, "Country to which the person returns, ISO 3166 alpha-2."
    )
    state: str | None = held(
        DataClass.SHELL,
        "Where it stands: the main states in order, then the side states.",
        codes=CaseState,
    )
    state_since: dt.datetime | None = held(DataClass.SHELL, "When the case entered its state.")
    due_at: dt.datetime | None = held(
        DataClass.SHELL,
        "By when the next step has to be taken, by the agreement's time limits; null where none is"
        " set.",
        sql=DUE_SQL,
    )
    overdue: bool | None = held(
        DataClass.SHELL,
        "Whether that time has passed.",
        sql=f"coalesce({DUE_SQL} < now(), false)",
    )
    holder: str | None = held(DataClass.SHELL, "Code of the agency that holds the case.")
    outcome: str | None = held(DataClass.SHELL, "Outcome of the case.")
    closing_reason: str | None = held(
        DataClass.SHELL,
        "Why it was closed.",
        codes=ClosingReason,
    )
    opened_on: dt.date | None = held(DataClass.SHELL, "The day on which the case was opened.")

    shelter_name: str | None = held(DataClass.SHELTER, "Name of the shelter.")
    shelter_place: str | None = held(DataClass.SHELTER, "Place of the shelter.")
    handover_place: str | None = held(DataClass.HANDOVER, "Handover point.", codes=HandoverPoint)
    handover_at: dt.datetime | None = held(DataClass.HANDOVER, "Hour of the handover.")
    planned_handover_on: dt.date | None = held(
        DataClass.HANDOVER, "The planned day of the handover."
    )
    best_interests_decision: str | None = held(
        DataClass.BEST_INTERESTS, "The reasoned decision in a child's best interests."
    )
    proceedings: str | None = held(DataClass.LEGAL, "Criminal and civil proceedings.")
    hold_reason: str | None = held(
        DataClass.LEGAL, "Why the case rests; never told across the border.", codes=HoldReason
    )
    compensation_claim: str | None = held(DataClass.LEGAL, "Claim for compensation.")
    legal_hold: bool | None = held(
        DataClass.LEGAL_HOLD, "Whether proceedings hold the return back."
    )
    plan: str | None = held(
        DataClass.REINTEGRATION, "The reintegration plan.", column="reintegration_plan"
    )
    feedback_code: str | None = held(DataClass.FEEDBACK, "Coded feedback to the host.")
    feedback_on: dt.date | None = held(DataClass.FEEDBACK, "The day of the feedback.")

    victim: VictimRef | None = to_one("{t}.id = {p}.victim_id", "The person who returns.")
    agreement: AgreementRef | None = to_one(
        "{t}.code = {p}.agreement_code", "The agreement under which the case was lodged."
    )
    transitions: Connection[TransitionRef] = to_many(_OF_CASE, "The changes of state.")
    consents: Connection[ConsentRef] = to_many(_OF_CASE, "The person's statements on consent.")
    referrals: Connection[ReferralRef] = to_many(_OF_CASE, "Referrals between agencies.")
    assessments: Connection[AssessmentRef] = to_many(_OF_CASE, "Family tracings and assessments.")
    travel_papers: Connection[TravelPaperRef] = to_many(_OF_CASE, "Papers for the journey.")
    follow_ups: Connection[FollowUpRef] = to_many(_OF_CASE, "Visits after the return.")
    legal_requests: Connection[LegalRequestRef] = to_many(
        _OF_CASE, "Formal requests of law enforcement."
    )
    emergency_openings: Connection[EmergencyOpeningRef] = to_many(
        _OF_CASE, "Emergency openings of the case."
    )
    contacts: Connection[BilateralContactRef] = to_many(
        "{v}.case_id = {p}.id and {t}.id = {v}.contact_id",
        "Bilateral contacts that dealt with the case.",
        via="registry.contact_case",
    )


@entity(table="registry.transition", binding=Binding.PART)
class Transition(Record):
    """A change of state of a return case: which state, when, under which clause."""

    state: str | None = held(DataClass.SHELL, "The state entered.", codes=CaseState)
    at: dt.datetime | None = held(DataClass.SHELL, "When it was entered.")
    clause: str | None = held(DataClass.SHELL, "Under which clause, as `TH-KH-2014@3#art. 9(2)`.")
    agency: str | None = held(
        DataClass.SHELL,
        "Code of the agency whose official took the step.",
        column="actor_agency",
    )
    return_case: ReturnCaseRef | None = to_one("{t}.id = {p}.case_id", "The case.")
