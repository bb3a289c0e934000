"""What is done about a case beside its steps: corrections, statements of the person, referrals,
assignments, restrictions, legal requests.
"""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.classes import DataClass
from schema.codes import ConsentGivenBy, ConsentPurpose, ConsentState, ReferralReason
from schema.types.acts.field import CASE_ID, EXPECT, FORM_ID, REASON, ActField, Argument
from schema.types.acts.payloads import (
    CasePayload,
    ConsentPayload,
    LegalRequestPayload,
    ReferralPayload,
)
from schema.types.enums import describe_enum

describe_enum(
    ConsentPurpose,
    "What a person is asked about.",
    {
        "NOTIFICATION": "That her country is told of her; a refusal is an objection.",
        "TRACING": "That her family is traced.",
        "RETURN": "That her return is arranged.",
        "SERVICES": "That services are given to her after the return.",
        "PROSECUTION": "That the police and the courts use what she says.",
        "FEEDBACK": "That the host learns in words how she fares.",
        "PHOTO": "That her photo is shown.",
        "RESEARCH": "That what is known of her serves research.",
    },
)
describe_enum(
    ConsentState,
    "What a person said.",
    {
        "GIVEN": "She agrees.",
        "REFUSED": "She does not agree.",
        "WITHDRAWN": "She agreed once, and does so no more.",
        "NOT_ASKED": "She was not asked.",
    },
)
describe_enum(
    ConsentGivenBy,
    "Who spoke.",
    {
        "SELF": "The person alone.",
        "SELF_WITH_GUARDIAN": "The person together with her guardian.",
        "GUARDIAN": "The guardian.",
        "COURT": "A court.",
    },
)
describe_enum(
    ReferralReason,
    "HTCDS reason for a referral.",
    {each.value: f"HTCDS `{each.value}`." for each in ReferralReason},
)


def _of_case(name: str, payload: type, description: str, *arguments: Argument) -> ActField:
    return ActField(name, payload, description, (CASE_ID, *arguments, FORM_ID, EXPECT))


_PURPOSE = Argument("purpose", ConsentPurpose, "What she was asked about.")
_RECIPIENTS = Argument(
    "recipients",
    list[str] | None,
    "Codes of the agencies or countries it names. None: a consent is given to nobody, a refusal "
    "or a withdrawal goes to all.",
)
_STATED_AT = Argument("statedAt", dt.datetime | None, "When she said so; left out: now.")
_GUARDIAN = Argument("guardian", str | None, "Who spoke for or with her.")
_AGENCY = Argument("agency", str, "Code of the agency.")
_UNIT = Argument("unit", str | None, "Its unit; left out: the agency as a whole.")
_UNTIL = Argument("until", dt.datetime | None, "Until when; left out: until it is ended.")
_RECORD = Argument(
    "recordId",
    strawberry.ID | None,
    "Id of the person or of a part of the case; left out: the case itself, without them.",
)
_CLASS = Argument("dataClass", DataClass | None, "The class; left out: the whole record.")
_RECIPIENT = Argument(
    "recipient",
    str | None,
    "Code of the agency or country that may not see it; left out: the other side and everybody "
    "else.",
)
_OWNER = Argument("caseOwner", str | None, "The case worker who owns the case there.")
_REFERRAL = Argument("referralId", strawberry.ID, "Id of the referral.")

ACTS: tuple[ActField, ...] = (
    _of_case(
        "amendReturnCase",
        CasePayload,
        "Correct or complete a case, as a new version. What is left out stays as it is; null "
        "clears it.",
        Argument("shelterName", str | None, "Name of the shelter."),
        Argument("shelterPlace", str | None, "Place of the shelter."),
        Argument("bestInterestsDecision", str | None, "The decision in a child's best interests."),
        Argument("caseWorker", str | None, "The case worker of record; shown to nobody."),
        Argument("proceedings", str | None, "Criminal and civil proceedings."),
        Argument("compensationClaim", str | None, "Claim for compensation."),
        Argument("legalHold", bool | None, "Whether proceedings hold the return back."),
        REASON,
    ),
    _of_case(
        "recordConsent",
        ConsentPayload,
        "Record what the person said about one purpose. The newest statement for a recipient "
        "counts.",
        _PURPOSE,
        Argument("state", ConsentState, "What she said; WITHDRAWN is another act."),
        _RECIPIENTS,
        _STATED_AT,
        Argument("givenBy", ConsentGivenBy, "Who spoke. A child does not consent alone."),
        _GUARDIAN,
        Argument("assent", bool | None, "Whether the child agreed."),
    ),
    _of_case(
        "withdrawConsent",
        ConsentPayload,
        "Record that the person takes a consent back. It counts from the next request on, "
        "everywhere; where a step of the return rests on it, the case is put on hold.",
        _PURPOSE,
        _RECIPIENTS,
        _STATED_AT,
        Argument("givenBy", ConsentGivenBy | None, "Who spoke."),
        _GUARDIAN,
    ),
    _of_case(
        "referCase",
        ReferralPayload,
        "Ask another agency of one's own country, or an organisation, to take the person into "
        "its care. It sees that it was asked; the case it sees once it has accepted.",
        Argument("toAgency", str, "Code of the agency."),
        Argument("reason", ReferralReason, "Why."),
        _OWNER,
        Argument("details", str | None, "The referral in words."),
    ),
    ActField(
        "acceptReferral",
        ReferralPayload,
        "Accept a referral to one's own agency: it has the case in hand from now on.",
        (_REFERRAL, _OWNER, FORM_ID),
    ),
    ActField(
        "declineReferral",
        ReferralPayload,
        "Decline a referral to one's own agency.",
        (_REFERRAL, REASON, FORM_ID),
    ),
    ActField(
        "endReferral",
        ReferralPayload,
        "End a referral: the agency has the case in hand no more. By either agency, or by the "
        "holder of the case.",
        (_REFERRAL, REASON, FORM_ID),
    ),
    _of_case(
        "assignCase",
        CasePayload,
        "Give an agency of one's own country, or an organisation, the case in hand.",
        _AGENCY,
        _UNIT,
        _UNTIL,
    ),
    _of_case(
        "endAssignment",
        CasePayload,
        "Take the case out of an agency's hands.",
        _AGENCY,
        _UNIT,
        REASON,
    ),
    _of_case(
        "restrictRecord",
        CasePayload,
        "Withhold a record, or a class of it, from the other side although a clause opens it "
        "(RESTRICTED_BY_SENDER). What was shown before stays shown.",
        _RECORD,
        _CLASS,
        _RECIPIENT,
        _UNTIL,
        REASON,
    ),
    _of_case(
        "liftRestriction",
        CasePayload,
        "End a restriction that one's own side has set.",
        _RECORD,
        _CLASS,
        _RECIPIENT,
        REASON,
    ),
    _of_case(
        "recordLegalRequest",
        LegalRequestPayload,
        "Put a formal request of law enforcement on file. Never by the agency that makes it.",
        Argument("agency", str, "Code of the requesting agency."),
        Argument("number", str, "Its number."),
        Argument("subject", str | None, "What is asked for."),
        Argument("receivedOn", dt.date, "The day on which it was received."),
        Argument("expiresOn", dt.date | None, "The last day on which it holds."),
    ),
    _of_case(
        "discussCase",
        CasePayload,
        "Record that a meeting, visit or workshop dealt with the case, in which one's own agency "
        "took part. It shows the case to nobody.",
        Argument("contactId", strawberry.ID, "Id of the bilateral contact."),
    ),
)
