"""The types by name, for those that point at each other.

mypy sees the classes themselves; Strawberry sees lazy references and opens
them when the schema is built, after every module is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
    from schema.types.parts import Assessment as AssessmentRef
    from schema.types.parts import Consent as ConsentRef
    from schema.types.parts import FollowUp as FollowUpRef
    from schema.types.parts import LegalRequest as LegalRequestRef
    from schema.types.parts import Referral as ReferralRef
    from schema.types.parts import TravelPaper as TravelPaperRef
    from schema.types.victims import Victim as VictimRef
else:
    AccessDisclosureRef = Annotated["AccessDisclosure", strawberry.lazy("schema.types.access")]
    AgreementRef = Annotated["Agreement", strawberry.lazy("schema.types.agreements")]
    ClauseRef = Annotated["Clause", strawberry.lazy("schema.types.agreements")]
    FocalPointRef = Annotated["FocalPoint", strawberry.lazy("schema.types.agreements")]
    ReturnCaseRef = Annotated["ReturnCase", strawberry.lazy("schema.types.cases")]
    TransitionRef = Annotated["Transition", strawberry.lazy("schema.types.cases")]
    AgencyRef = Annotated["Agency", strawberry.lazy("schema.types.contacts")]
    BilateralContactRef = Annotated["BilateralContact", strawberry.lazy("schema.types.contacts")]
    AssessmentRef = Annotated["Assessment", strawberry.lazy("schema.types.parts")]
    ConsentRef = Annotated["Consent", strawberry.lazy("schema.types.parts")]
    FollowUpRef = Annotated["FollowUp", strawberry.lazy("schema.types.parts")]
    LegalRequestRef = Annotated["LegalRequest", strawberry.lazy("schema.types.parts")]
    ReferralRef = Annotated["Referral", strawberry.lazy("schema.types.parts")]
    TravelPaperRef = Annotated["TravelPaper", strawberry.lazy("schema.types.parts")]
    VictimRef = Annotated["Victim", strawberry.lazy("schema.types.victims")]

__all__ = [
    "AccessDisclosureRef",
    "AgencyRef",
    "AgreementRef",
    "AssessmentRef",
    "BilateralContactRef",
    "ClauseRef",
    "ConsentRef",
    "FocalPointRef",
    "FollowUpRef",
    "LegalRequestRef",
    "ReferralRef",
    "ReturnCaseRef",
    "TransitionRef",
    "TravelPaperRef",
    "VictimRef",
]
