"""The types by name, for those that point at each other.

mypy sees the classes themselves; Strawberry sees lazy references and opens
them when the schema is built, after every module is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ForwardRef

import strawberry

if TYPE_CHECKING:
    from schema.types.access import AccessDisclosure as AccessDisclosureRef
    from schema.types.agreements import Agreement as AgreementRef
    from schema.types.agreements import Clause as ClauseRef
    from schema.types.agreements import FocalPoint as FocalPointRef
    from schema.types.cases import ReturnCase as ReturnCaseRef
    from schema.types.cases import Transition as TransitionRef
    from schema.types.contacts import Agency as AgencyRef
    from schema.types.contacts import BilateralContact as BilateralContactRef
    from schema.types.emergencies import EmergencyOpening as EmergencyOpeningRef
    from schema.types.parts import Assessment as AssessmentRef
    from schema.types.parts import Consent as ConsentRef
    from schema.types.parts import FollowUp as FollowUpRef
    from schema.types.parts import LegalRequest as LegalRequestRef
    from schema.types.parts import Referral as ReferralRef
    from schema.types.parts import TravelPaper as TravelPaperRef
    from schema.types.victims import Victim as VictimRef
else:

    def _lazy(name: str, module: str) -> Any:
        return Annotated[ForwardRef(name), strawberry.lazy(module)]

    AccessDisclosureRef = _lazy("AccessDisclosure", "schema.types.access")
    AgreementRef = _lazy("Agreement", "schema.types.agreements")
    ClauseRef = _lazy("Clause", "schema.types.agreements")
    FocalPointRef = _lazy("FocalPoint", "schema.types.agreements")
    ReturnCaseRef = _lazy("ReturnCase", "schema.types.cases")
    TransitionRef = _lazy("Transition", "schema.types.cases")
    AgencyRef = _lazy("Agency", "schema.types.contacts")
    BilateralContactRef = _lazy("BilateralContact", "schema.types.contacts")
    EmergencyOpeningRef = _lazy("EmergencyOpening", "schema.types.emergencies")
    AssessmentRef = _lazy("Assessment", "schema.types.parts")
    ConsentRef = _lazy("Consent", "schema.types.parts")
    FollowUpRef = _lazy("FollowUp", "schema.types.parts")
    LegalRequestRef = _lazy("LegalRequest", "schema.types.parts")
    ReferralRef = _lazy("Referral", "schema.types.parts")
    TravelPaperRef = _lazy("TravelPaper", "schema.types.parts")
    VictimRef = _lazy("Victim", "schema.types.victims")

__all__ = [
    "AccessDisclosureRef",
    "AgencyRef",
    "AgreementRef",
    "AssessmentRef",
    "BilateralContactRef",
    "ClauseRef",
    "ConsentRef",
    "EmergencyOpeningRef",
    "FocalPointRef",
    "FollowUpRef",
    "LegalRequestRef",
    "ReferralRef",
    "ReturnCaseRef",
    "TransitionRef",
    "TravelPaperRef",
    "VictimRef",
]
