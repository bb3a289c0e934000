"""Acts on agreements: drafting, negotiating, signing, entry into force, amendment, end."""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.codes import AgreementKind, CooperationArea, RoundOutcome
from schema.types.acts.field import EXPECT, FORM_ID, ActField, Argument
from schema.types.acts.payloads import AgreementPayload
from schema.types.enums import describe_enum

describe_enum(
    AgreementKind,
    "What sort of instrument an agreement is.",
    {
        "MOU": "A memorandum of understanding.",
        "AGREEMENT": "An agreement.",
        "CONVENTION": "A convention of several states.",
        "SOP": "Operating procedures or operational standards.",
        "ACTION_PLAN": "An action plan.",
        "PROJECT_MOU": "A memorandum on a project, with an organisation.",
        "LAW": "A national law: not made by acts.",
    },
)
describe_enum(
    CooperationArea,
    "An area of cooperation, as the agreement of 6 August 2007 names them.",
    {
        "CARE": "Care and assistance: identification, referral, shelters, standards for return.",
        "TRAINING": "Training of officials.",
        "RETURN": "Bilateral and multilateral cooperation on return and reintegration.",
        "AGREEMENTS": "Drafting of agreements, memoranda and operating procedures.",
        "PREVENTION": "Awareness raising and prevention through provincial offices.",
    },
)
describe_enum(
    RoundOutcome,
    "How a round of negotiation ended.",
    {
        "CONTINUED": "Another round follows.",
        "ADJOURNED": "It was put off.",
        "AGREED": "The text was agreed on.",
    },
)

_ID = Argument("agreementId", strawberry.ID, "Id of the agreement.")
_VERSION = Argument("version", int, "Number of the version of its text.")


def _act(name: str, description: str, *arguments: Argument) -> ActField:
    return ActField(name, AgreementPayload, description, (_ID, *arguments, FORM_ID, EXPECT))


ACTS: tuple[ActField, ...] = (
    ActField(
        "draftAgreement",
        AgreementPayload,
        "Put the draft of an instrument on the table, as the steward of one of its parties. Its "
        "parties alone see it. Operating procedures and operational standards are drafts of kind "
        "SOP under the instrument that they carry out, with texts of their own.",
        (
            Argument(
                "code",
                str,
                "The registry's code: the codes of its parties, words of three letters or more, "
                "and the year, joined by `-`, as TH-KH-SOP-2026.",
            ),
            Argument("title", str, "The instrument's title."),
            Argument("kind", AgreementKind, "What sort of instrument."),
            Argument(
                "parties", list[str], "Codes of countries, and of organisations without a country."
            ),
            Argument("areas", list[CooperationArea], "The areas of cooperation it is about."),
            Argument("summary", str, "What the draft says, in words."),
            Argument("text", str, "The text of the draft."),
            Argument(
                "parentId", strawberry.ID | None, "Id of the instrument that this one carries out."
            ),
            Argument(
                "supersedesId",
                strawberry.ID | None,
                "Id of the instrument of the same parties that ends when this one enters into "
                "force.",
            ),
            FORM_ID,
        ),
    ),
    _act(
        "recordNegotiationRound",
        "Record a round of negotiation, and the text that came out of it where one did.",
        Argument("heldOn", dt.date, "The day of the round."),
        Argument("outcome", RoundOutcome, "How it ended."),
        Argument("place", str | None, "Where it was held."),
        Argument("remarks", str | None, "What was talked about, in words."),
        Argument("text", str | None, "The new text: the next version."),
        Argument("summary", str | None, "What is new in that text."),
    ),
    _act(
        "amendAgreement",
        "Put an amendment of a signed instrument on the table: the next version of its text, to "
        "be signed and brought into force like the first.",
        Argument("summary", str, "What the amendment changes."),
        Argument("text", str, "The text as amended."),
    ),
    _act(
        "signAgreement",
        "Sign a version of the text for one's own party. With the last party's word it is signed.",
        _VERSION,
        Argument("contentHash", str, "SHA-256 of the text that is signed, hex."),
        Argument("signedOn", dt.date, "The day of the signature."),
    ),
    _act(
        "bringIntoForce",
        "Agree for one's own party to the day on which a signed version enters into force. With "
        "the last party's word on the same day it does; what the instrument supersedes ends then.",
        _VERSION,
        Argument("inForceFrom", dt.date, "The first day in force."),
        Argument("published", bool, "Whether the instrument is published from now on."),
    ),
    _act(
        "endAgreement",
        "End an instrument for one's own party, and so for all; or give up a draft. Its protocol, "
        "which opens fields, is ended by `endProtocol`.",
        Argument("until", dt.date, "The first day without it, not in the past."),
        Argument("reason", str, "Why, in 3 to 2000 characters. Kept with the act."),
    ),
)
