"""The steps of a return case: an act for each edge of the machine (domain model, section 4)."""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.codes import (
    AssessmentOutcome,
    CaseOutcome,
    ClosingReason,
    FeedbackCode,
    HandoverPoint,
    HoldReason,
    SupportType,
)
from schema.types.acts.field import CASE_ID, EXPECT, FORM_ID, ActField, Argument
from schema.types.acts.payloads import CasePayload
from schema.types.enums import describe_enum

describe_enum(
    AssessmentOutcome,
    "What a family tracing and assessment found.",
    {
        "SUITABLE": "Return to the family is safe.",
        "SUITABLE_WITH_SUPPORT": "Return is safe with support.",
        "UNSUITABLE": "Return to the family is not safe.",
        "FAMILY_NOT_FOUND": "The family was not found.",
        "NOT_A_NATIONAL": "The person is no national of the country asked: its view ends.",
        "FAMILY_REFUSES": "The family does not receive the person.",
    },
)
describe_enum(
    HandoverPoint,
    "Where persons are handed over.",
    {point.value: f"{point.value.replace('_', ' ').capitalize()}." for point in HandoverPoint},
)
describe_enum(
    HoldReason,
    "Why a case rests; never told across the border.",
    {
        "LEGAL": "Proceedings hold the person back.",
        "SAFETY": "The return would not be safe now.",
        "HEALTH": "The person is not well enough.",
        "CONSENT": "A consent is missing or was withdrawn.",
    },
)
describe_enum(
    ClosingReason,
    "Why a case is closed.",
    {reason.value: f"{reason.value.replace('_', ' ').capitalize()}." for reason in ClosingReason},
)
describe_enum(
    SupportType,
    "HTCDS type of support given.",
    {each.value: f"HTCDS `{each.value}`." for each in SupportType},
)


def _step(name: str, description: str, *arguments: Argument) -> ActField:
    return ActField(name, CasePayload, description, (CASE_ID, *arguments, FORM_ID, EXPECT))


_CORRECTED = Argument(
    "reason",
    str | None,
    "Why another one was recorded before, in 3 to 2000 characters: a correction says so.",
)
_DECISION = Argument("decision", str, "The decision in words, in 3 to 2000 characters.")
_PLACE = Argument("handoverPlace", HandoverPoint, "The handover point.")
_DAY = Argument("plannedHandoverOn", dt.date, "The planned day of the handover.")

ACTS: tuple[ActField, ...] = (
    _step(
        "recordIdentification",
        "Say, as the multidisciplinary team, whether the person is a victim (edge 2).",
        Argument("isVictim", bool, "Whether she is."),
        Argument("rightsExplained", bool, "Whether her rights were explained to her."),
    ),
    _step(
        "notifyOrigin",
        "Tell the country of origin that a national was identified (edge 3; ACTIP art. 14(3)).",
    ),
    _step(
        "requestTracing",
        "Ask the country of origin to trace and assess the family (edge 4).",
    ),
    _step(
        "acknowledgeTracing",
        "Take the request for tracing and pass it to the province (edge 5).",
        Argument("provincialAgency", str | None, "Code of the agency that traces."),
        Argument("unit", str | None, "Its unit, the province."),
    ),
    _step(
        "reportAssessment",
        "Report what tracing and assessment found. By a tracing officer it is put before the "
        "focal point; by a focal point it goes to the host at once (edge 6).",
        Argument("outcome", AssessmentOutcome, "What was found."),
        Argument("report", str | None, "The report in words."),
        Argument("familyWilling", bool | None, "Whether the family is willing."),
        Argument("risk", str | None, "The risk in words."),
        Argument("riskFlag", bool | None, "Whether a risk was seen."),
    ),
    _step(
        "confirmAssessment",
        "Send the newest assessment to the host, and no other (edge 6).",
        Argument(
            "assessmentId",
            strawberry.ID | None,
            "The one that was read. Where another has been reported since, nothing is done.",
        ),
    ),
    _step(
        "planReturn",
        "Plan the return, and sign the plan for one's own side (edge 7). The other side signs it "
        "with `signReturnPlan`; a plan that is changed, until the handover, needs both again.",
        _DAY,
        _PLACE,
        Argument("escort", str | None, "Who escorts the person."),
        Argument("transport", str | None, "Means of transport."),
    ),
    _step(
        "signReturnPlan",
        "Sign the plan of the return for one's own side. With both signatures the return is "
        "planned (edge 7).",
        _DAY,
        _PLACE,
    ),
    _step(
        "recordTravelDocument",
        "Record the travel document that the country of origin issued (edge 8).",
        Argument("travelDocument", str, "Its number."),
        Argument("identityVerified", bool, "Whether identity and nationality were verified."),
        _CORRECTED,
    ),
    _step(
        "recordExitPermit",
        "Record the exit permit of the host country (edge 8).",
        Argument("exitPermit", str, "Its number."),
        _CORRECTED,
    ),
    _step(
        "recordBorderCrossing",
        "Record the stamp of the border: the departure where the host country's officer writes it, "
        "the arrival where the officer of the country of origin does (edge 9).",
        Argument("crossedAt", dt.datetime, "The hour of the stamp."),
        _CORRECTED,
    ),
    _step(
        "signHandover",
        "Sign the handover record for one's own side. With both signatures the person is handed "
        "over, and custody moves to the country of origin (edge 9).",
        Argument("handoverAt", dt.datetime, "The hour of the handover."),
        _PLACE,
        Argument("personConfirms", bool, "Whether the person has confirmed again."),
    ),
    _step("recordArrival", "Receive the person in the country of origin (edge 10)."),
    _step(
        "startReintegration",
        "Begin the reintegration with its plan (edge 11).",
        Argument("plan", str, "The reintegration plan."),
    ),
    _step(
        "recordFollowUp",
        "Record a visit after the return, at 1, 3, 6 or 12 months (edge 12).",
        Argument("month", int, "Which visit, in months after the return."),
        Argument("visitedOn", dt.date, "The day of the visit, not before the handover."),
        Argument("notes", str | None, "What was found."),
        Argument("supportTypes", list[SupportType] | None, "The support given."),
        Argument(
            "feedbackCode",
            str | None,
            f"Coded feedback to the host. One of: {' '.join(FeedbackCode)}.",
        ),
    ),
    _step(
        "closeCase",
        "Close the case (edge 12).",
        Argument("closingReason", ClosingReason, "Why."),
        Argument("outcome", str | None, f"Coded outcome. One of: {' '.join(CaseOutcome)}."),
    ),
    _step(
        "holdCase",
        "Let the case rest (edge 13).",
        Argument("holdReason", HoldReason, "Why; never told across the border."),
    ),
    _step("resumeCase", "Go on where the case was put on hold (edge 13)."),
    _step("chooseAlternative", "End the return: another solution was found (edge 14).", _DECISION),
    _step("cancelReturn", "End the return: it will not take place (edge 14).", _DECISION),
)
