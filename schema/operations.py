"""The acts that a clause may permit under `operations`, each with the type whose grants name it.

Plain words: `authz` reads them without the GraphQL types. A test compares them
with the acts of the mutation root.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from schema.codes import RecordType
from schema.machine import EDGES

if TYPE_CHECKING:
    from collections.abc import Mapping

_STEPS = frozenset(edge.act for edge in EDGES) | {
    "reportAssessment",
    "planReturn",
    "recordExitPermit",
    "recordBorderCrossing",
}
_ON_CASE = frozenset(
    {
        "amendReturnCase",
        "recordConsent",
        "withdrawConsent",
        "referCase",
        "assignCase",
        "endAssignment",
        "restrictRecord",
        "liftRestriction",
        "recordLegalRequest",
        "discussCase",
    }
)
_ON_AGREEMENT = frozenset(
    {
        "draftAgreement",
        "recordNegotiationRound",
        "amendAgreement",
        "signAgreement",
        "bringIntoForce",
        "endAgreement",
    }
)
_ON_CONTACT = frozenset(
    {
        "recordMeeting",
        "recordTraining",
        "recordCampaign",
        "recordAttendance",
        "recordMinutes",
        "recordDecision",
        "followUpDecision",
    }
)
_ON: dict[RecordType, frozenset[str]] = {
    RecordType.RETURN_CASE: _STEPS | _ON_CASE,
    RecordType.VICTIM: frozenset({"amendVictim"}),
    RecordType.REFERRAL: frozenset({"acceptReferral", "declineReferral", "endReferral"}),
    RecordType.AGREEMENT: _ON_AGREEMENT,
    RecordType.FOCAL_POINT: frozenset({"appointFocalPoint", "handOverOffice", "endOffice"}),
    RecordType.BILATERAL_CONTACT: _ON_CONTACT,
}

OPERATIONS: Final[Mapping[str, RecordType]] = MappingProxyType(
    {name: entity for entity, names in _ON.items() for name in sorted(names)}
)
"""Every act that clauses decide on, and the type on which a grant names it."""
