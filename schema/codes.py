"""Code lists: every closed set of values that the registry stores or answers with.

Takes nothing, gives StrEnums whose values are the stored ones (domain model,
section 8). The lists of HTCDS stand in `schema.htcds` and are named here too,
so that one import serves both. The case states' edges stand in `schema.machine`.
"""

from __future__ import annotations

from enum import StrEnum

from schema.cooperation import (
    AgreementKind,
    AgreementState,
    AgreementStep,
    ContactKind,
    CooperationArea,
    MeetingKind,
    ProtocolState,
    RatificationKind,
    RoundOutcome,
)
from schema.htcds import (
    App,
    Education,
    EventType,
    ExploitationType,
    Gender,
    HtcdsCaseStatus,
    Industry,
    MaritalStatus,
    MeansOfControl,
    OrganisationType,
    PerpetratorRole,
    Recruitment,
    ReferralReason,
    RelationToTrafficker,
    SexExploitationType,
    StatusDecidedBy,
    SupportType,
    TraffickingStatus,
)

__all__ = [
    "MAIN_RANK",
    "MAIN_STATES",
    "SIDE_STATES",
    "AgeBand",
    "AgreementKind",
    "AgreementState",
    "AgreementStep",
    "App",
    "AssessmentOutcome",
    "BirthPrecision",
    "CareNeed",
    "CaseState",
    "ClosingReason",
    "ConsentGivenBy",
    "ConsentPurpose",
    "ConsentState",
    "ContactKind",
    "CooperationArea",
    "DenialReason",
    "Education",
    "EventType",
    "ExploitationType",
    "FeedbackCode",
    "Gender",
    "HandoverPoint",
    "HoldReason",
    "HtcdsCaseStatus",
    "Industry",
    "MaritalStatus",
    "MeansOfControl",
    "MeetingKind",
    "NameScript",
    "OrganisationType",
    "Outcome",
    "PerpetratorRole",
    "ProtocolState",
    "RatificationKind",
    "RecordKind",
    "RecordType",
    "Recruitment",
    "ReferralReason",
    "ReferralState",
    "RelationToTrafficker",
    "Role",
    "RoundOutcome",
    "SexExploitationType",
    "SignedStep",
    "Signer",
    "StatusDecidedBy",
    "SupportType",
    "TraffickingStatus",
    "UnitKind",
]


class RecordType(StrEnum):
    """The entities: every type with an id, hence every type a grant may name."""

    VICTIM = "Victim"
    RETURN_CASE = "ReturnCase"
    TRANSITION = "Transition"
    CONSENT = "Consent"
    REFERRAL = "Referral"
    ASSESSMENT = "Assessment"
    TRAVEL_PAPER = "TravelPaper"
    FOLLOW_UP = "FollowUp"
    LEGAL_REQUEST = "LegalRequest"
    EMERGENCY_OPENING = "EmergencyOpening"
    AGREEMENT = "Agreement"
    CLAUSE = "Clause"
    FOCAL_POINT = "FocalPoint"
    BILATERAL_CONTACT = "BilateralContact"
    AGENCY = "Agency"
    ACCESS_RECORD = "AccessRecord"


class Role(StrEnum):
    """What the holder of a token does at its agency. A role opens nothing by itself."""

    CASE_WORKER = "CASE_WORKER"
    FOCAL_POINT = "FOCAL_POINT"
    TRACING_OFFICER = "TRACING_OFFICER"
    INVESTIGATOR = "INVESTIGATOR"
    BORDER_OFFICER = "BORDER_OFFICER"
    RECEPTION = "RECEPTION"
    PARTNER_CASEWORKER = "PARTNER_CASEWORKER"
    MDT_MEMBER = "MDT_MEMBER"
    CONSULAR_OFFICER = "CONSULAR_OFFICER"
    COORDINATOR = "COORDINATOR"
    AGREEMENT_STEWARD = "AGREEMENT_STEWARD"
    AUDITOR = "AUDITOR"
    OPERATOR = "OPERATOR"


class CaseState(StrEnum):
    """Where a return case stands: the thirteen main states in order, then the side states."""

    SCREENED = "SCREENED"
    IDENTIFIED = "IDENTIFIED"
    NOTIFIED = "NOTIFIED"
    TRACING_REQUESTED = "TRACING_REQUESTED"
    TRACING = "TRACING"
    ASSESSED = "ASSESSED"
    RETURN_PLANNED = "RETURN_PLANNED"
    DOCUMENTS_READY = "DOCUMENTS_READY"
    HANDED_OVER = "HANDED_OVER"
    IN_RECEPTION = "IN_RECEPTION"
    REINTEGRATING = "REINTEGRATING"
    FOLLOW_UP = "FOLLOW_UP"
    CLOSED = "CLOSED"
    NOT_A_VICTIM = "NOT_A_VICTIM"
    ON_HOLD = "ON_HOLD"
    ALTERNATIVE = "ALTERNATIVE"
    CANCELLED = "CANCELLED"


SIDE_STATES = frozenset(
    {CaseState.NOT_A_VICTIM, CaseState.ON_HOLD, CaseState.ALTERNATIVE, CaseState.CANCELLED}
)
MAIN_STATES: tuple[CaseState, ...] = tuple(s for s in CaseState if s not in SIDE_STATES)
MAIN_RANK: dict[CaseState, int] = {state: rank for rank, state in enumerate(MAIN_STATES, start=1)}
"""1 for SCREENED up to 13 for CLOSED; a side state ranks as the main state last held."""


class SignedStep(StrEnum):
    """A step of a case that both sides sign."""

    PLAN = "PLAN"
    HANDOVER = "HANDOVER"
    PAPERS = "PAPERS"


class Signer(StrEnum):
    """The side that signed."""

    HOST = "HOST"
    ORIGIN = "ORIGIN"


class HoldReason(StrEnum):
    """Why a case rests in ON_HOLD; never told across the border."""

    LEGAL = "LEGAL"
    SAFETY = "SAFETY"
    HEALTH = "HEALTH"
    CONSENT = "CONSENT"


class ReviewFinding(StrEnum):
    """What a second person found of an emergency opening."""

    JUSTIFIED = "JUSTIFIED"
    NOT_JUSTIFIED = "NOT_JUSTIFIED"


class UnitKind(StrEnum):
    """What a unit of an agency is; the `unit` claim names one."""

    PROVINCE = "PROVINCE"
    SHELTER = "SHELTER"
    CENTRE = "CENTRE"


class ConsentPurpose(StrEnum):
    """What a person was asked to agree to."""

    NOTIFICATION = "NOTIFICATION"
    TRACING = "TRACING"
    RETURN = "RETURN"
    SERVICES = "SERVICES"
    PROSECUTION = "PROSECUTION"
    FEEDBACK = "FEEDBACK"
    PHOTO = "PHOTO"
    RESEARCH = "RESEARCH"


class ConsentState(StrEnum):
    """What the person said; the newest statement counts."""

    GIVEN = "GIVEN"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    NOT_ASKED = "NOT_ASKED"


class ConsentGivenBy(StrEnum):
    """Who made a statement of consent."""

    SELF = "SELF"
    SELF_WITH_GUARDIAN = "SELF_WITH_GUARDIAN"
    GUARDIAN = "GUARDIAN"
    COURT = "COURT"


class ReferralState(StrEnum):
    """Where a referral to another agency stands; ACCEPTED counts as an assignment."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    ENDED = "ENDED"


class AssessmentOutcome(StrEnum):
    """What family tracing and assessment found."""

    SUITABLE = "SUITABLE"
    SUITABLE_WITH_SUPPORT = "SUITABLE_WITH_SUPPORT"
    UNSUITABLE = "UNSUITABLE"
    FAMILY_NOT_FOUND = "FAMILY_NOT_FOUND"
    NOT_A_NATIONAL = "NOT_A_NATIONAL"
    FAMILY_REFUSES = "FAMILY_REFUSES"


class ClosingReason(StrEnum):
    """Why a case was closed."""

    REINTEGRATED = "REINTEGRATED"
    DECLINED_SERVICES = "DECLINED_SERVICES"
    LOST_CONTACT = "LOST_CONTACT"
    RE_TRAFFICKED = "RE_TRAFFICKED"
    STAYED_IN_HOST = "STAYED_IN_HOST"
    THIRD_COUNTRY = "THIRD_COUNTRY"
    DECEASED = "DECEASED"
    DUPLICATE = "DUPLICATE"


class FeedbackCode(StrEnum):
    """How a person fares after the return: what the host is told without her words."""

    AT_HOME_AND_WELL = "AtHomeAndWell"
    AT_HOME_WITH_SUPPORT = "AtHomeWithSupport"
    MOVED_ON = "MovedOn"
    AT_RISK = "AtRisk"
    DOING_WELL = "doing_well"


class CaseOutcome(StrEnum):
    """Where a person was when her case was closed: read by the host too."""

    RETURNED_HOME = "ReturnedHome"
    RETURNED_ELSEWHERE = "ReturnedElsewhere"
    THIRD_COUNTRY = "ThirdCountry"
    UNKNOWN = "Unknown"


class HandoverPoint(StrEnum):
    """Where a person passes from the host's care to the origin's."""

    ARANYAPRATHET_POIPET = "ARANYAPRATHET_POIPET"
    NONGKHAI_FRIENDSHIP_BRIDGE_1 = "NONGKHAI_FRIENDSHIP_BRIDGE_1"
    MUKDAHAN_SAVANNAKHET = "MUKDAHAN_SAVANNAKHET"
    UBON_VANGTAO = "UBON_VANGTAO"
    MAESOT_MYAWADDY = "MAESOT_MYAWADDY"
    AIRPORT = "AIRPORT"


class CareNeed(StrEnum):
    """What an escort must know, without a diagnosis."""

    INTERPRETER = "INTERPRETER"
    WHEELCHAIR = "WHEELCHAIR"
    MEDICINE = "MEDICINE"
    PREGNANCY = "PREGNANCY"
    CHILD_WITH_HER = "CHILD_WITH_HER"


class BirthPrecision(StrEnum):
    """How much of a birth date is known; many people know only the year."""

    DAY = "DAY"
    MONTH = "MONTH"
    YEAR = "YEAR"


class NameScript(StrEnum):
    """Script of a name as written by its bearer, ISO 15924 in capitals."""

    LATN = "LATN"
    THAI = "THAI"
    KHMR = "KHMR"
    LAOO = "LAOO"
    MYMR = "MYMR"
    HANS = "HANS"
    HANT = "HANT"


class AgeBand(StrEnum):
    """CTDC's age bands; 17/18 is a boundary, so that a band never hides who is a minor."""

    FROM_0_TO_8 = "0-8"
    FROM_9_TO_17 = "9-17"
    FROM_18_TO_20 = "18-20"
    FROM_21_TO_23 = "21-23"
    FROM_24_TO_26 = "24-26"
    FROM_27_TO_29 = "27-29"
    FROM_30_TO_38 = "30-38"
    FROM_39_TO_47 = "39-47"
    FROM_48 = "48+"

    @property
    def youngest(self) -> int:
        """The youngest age in whole years that falls into this band."""
        return int(self.value.rstrip("+").partition("-")[0])


class DenialReason(StrEnum):
    """Why a cell is not shown, in the order in which a grant is tested; WITHHELD names nothing."""

    CLASS = "CLASS"
    PURPOSE = "PURPOSE"
    NO_PROTOCOL = "NO_PROTOCOL"
    NOT_ASSIGNED = "NOT_ASSIGNED"
    REQUEST = "REQUEST"
    STAGE = "STAGE"
    OBJECTION = "OBJECTION"
    CONSENT = "CONSENT"
    MINOR = "MINOR"
    RESTRICTED_BY_SENDER = "RESTRICTED_BY_SENDER"
    WITHHELD = "WITHHELD"


class RecordKind(StrEnum):
    """What act a leaf of the ledger records."""

    ACCESS = "ACCESS"
    POLICY = "POLICY"
    CONSENT = "CONSENT"
    EXPORT = "EXPORT"
    EMERGENCY = "EMERGENCY"


class Outcome(StrEnum):
    """How an operation on record ended: DISCLOSED also when empty, ERROR on failure."""

    DISCLOSED = "DISCLOSED"
    REFUSED = "REFUSED"
    ERROR = "ERROR"
