"""Every entity type, in the order of the catalog: what a grant may name."""

from __future__ import annotations

from schema.types.access import AccessDisclosure, AccessRecord
from schema.types.agreements import Agreement, Clause, FocalPoint
from schema.types.cases import ReturnCase, Transition
from schema.types.contacts import Agency, BilateralContact
from schema.types.emergencies import EmergencyOpening
from schema.types.parts import (
    Assessment,
    Consent,
    FollowUp,
    LegalRequest,
    Referral,
    TravelPaper,
)
from schema.types.victims import Victim

ENTITIES: tuple[type, ...] = (
    Victim,
    ReturnCase,
    Transition,
    Consent,
    Referral,
    Assessment,
    TravelPaper,
    FollowUp,
    LegalRequest,
    EmergencyOpening,
    Agreement,
    Clause,
    FocalPoint,
    BilateralContact,
    Agency,
    AccessRecord,
    AccessDisclosure,
)
