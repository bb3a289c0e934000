"""Code lists of what agencies agree upon and meet for: agreements, protocols, contacts.

Takes nothing, gives StrEnums whose values are the stored ones (domain model,
section 8). `schema.codes` names them too, so that one import serves all.
"""

from __future__ import annotations

from enum import StrEnum


class AgreementKind(StrEnum):
    """What sort of instrument an agreement is; LAW is a national law, a protocol with one party."""

    MOU = "MOU"
    AGREEMENT = "AGREEMENT"
    CONVENTION = "CONVENTION"
    SOP = "SOP"
    ACTION_PLAN = "ACTION_PLAN"
    PROJECT_MOU = "PROJECT_MOU"
    LAW = "LAW"


class AgreementState(StrEnum):
    """How far an agreement has come."""

    DRAFT = "DRAFT"
    SIGNED = "SIGNED"
    IN_FORCE = "IN_FORCE"
    SUPERSEDED = "SUPERSEDED"
    ENDED = "ENDED"


class AgreementStep(StrEnum):
    """A step of an agreement on which each party has its word; an end takes one party alone."""

    SIGNATURE = "SIGNATURE"
    ENTRY_INTO_FORCE = "ENTRY_INTO_FORCE"
    END = "END"


class RoundOutcome(StrEnum):
    """How a round of negotiation ended."""

    CONTINUED = "CONTINUED"
    ADJOURNED = "ADJOURNED"
    AGREED = "AGREED"


class CooperationArea(StrEnum):
    """The five areas of the agreement of 6 August 2007 between IOM and the Thai ministry."""

    CARE = "CARE"
    TRAINING = "TRAINING"
    RETURN = "RETURN"
    AGREEMENTS = "AGREEMENTS"
    PREVENTION = "PREVENTION"


class RatificationKind(StrEnum):
    """How a party came to be bound by a protocol version."""

    PROPOSED = "PROPOSED"
    RATIFIED = "RATIFIED"
    BOUND_BY_SIGNATURE = "BOUND_BY_SIGNATURE"


class ProtocolState(StrEnum):
    """Where a protocol version stands."""

    PROPOSED = "PROPOSED"
    RATIFIED = "RATIFIED"
    IN_FORCE = "IN_FORCE"
    SUPERSEDED = "SUPERSEDED"
    ENDED = "ENDED"


class ContactKind(StrEnum):
    """What a listed contact is for."""

    FOCAL_POINT = "FOCAL_POINT"
    HOTLINE = "HOTLINE"
    CONSULATE = "CONSULATE"


class MeetingKind(StrEnum):
    """What a contact between agencies was: `BilateralContact.kind`."""

    CASE_MANAGEMENT = "CASE_MANAGEMENT"
    TECHNICAL = "TECHNICAL"
    SENIOR_OFFICIALS = "SENIOR_OFFICIALS"
    MINISTERIAL = "MINISTERIAL"
    STUDY_VISIT = "STUDY_VISIT"
    CASE_WORKER_VISIT = "CASE_WORKER_VISIT"
    WORKSHOP = "WORKSHOP"
    TRAINING = "TRAINING"
    CAMPAIGN = "CAMPAIGN"
