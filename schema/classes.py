"""Data classes and their sensitivity: the vocabulary of every grant and of every protected field.

Takes nothing, gives two enums and one table, promises that sensitivity never
depends on a row. The table is section 1 of the founders' rulings.
"""

from __future__ import annotations

from enum import StrEnum


class Sensitivity(StrEnum):
    """How much harm a disclosed value can do, from public (S0) to sealed (S5)."""

    S0 = "S0"
    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"
    S5 = "S5"

    @property
    def level(self) -> int:
        """0 for S0 up to 5 for S5."""
        return int(self.value[1])


class DataClass(StrEnum):
    """The unit in which a clause opens fields."""

    SHELL = "SHELL"
    PERSON = "PERSON"
    IDENTITY = "IDENTITY"
    PHOTO = "PHOTO"
    FAMILY = "FAMILY"
    EXPLOITATION = "EXPLOITATION"
    EXPLOITATION_DETAIL = "EXPLOITATION_DETAIL"
    NARRATIVE = "NARRATIVE"
    CARE = "CARE"
    MEDICAL = "MEDICAL"
    SHELTER = "SHELTER"
    HANDOVER = "HANDOVER"
    REFERRAL = "REFERRAL"
    REFERRAL_TEXT = "REFERRAL_TEXT"
    BEST_INTERESTS = "BEST_INTERESTS"
    LEGAL = "LEGAL"
    LEGAL_HOLD = "LEGAL_HOLD"
    ASSESSMENT = "ASSESSMENT"
    ASSESSMENT_OUTCOME = "ASSESSMENT_OUTCOME"
    RISK_FLAG = "RISK_FLAG"
    TRAVEL = "TRAVEL"
    REINTEGRATION = "REINTEGRATION"
    FEEDBACK = "FEEDBACK"
    CONSENT = "CONSENT"
    EMERGENCY = "EMERGENCY"
    AGREEMENT = "AGREEMENT"
    CLAUSE = "CLAUSE"
    CONTACT = "CONTACT"
    CONTACT_PRIVATE = "CONTACT_PRIVATE"
    MINUTES = "MINUTES"
    ACCESS = "ACCESS"

    @property
    def sensitivity(self) -> Sensitivity:
        """The one level of every field of this class."""
        return _SENSITIVITY[self]

    @property
    def is_public(self) -> bool:
        """True for S0: fields of published rows need no purpose and leave no record."""
        return _SENSITIVITY[self] is Sensitivity.S0


_SENSITIVITY: dict[DataClass, Sensitivity] = {
    DataClass.SHELL: Sensitivity.S2,
    DataClass.PERSON: Sensitivity.S2,
    DataClass.IDENTITY: Sensitivity.S3,
    DataClass.PHOTO: Sensitivity.S3,
    DataClass.FAMILY: Sensitivity.S3,
    DataClass.EXPLOITATION: Sensitivity.S2,
    DataClass.EXPLOITATION_DETAIL: Sensitivity.S4,
    DataClass.NARRATIVE: Sensitivity.S4,
    DataClass.CARE: Sensitivity.S4,
    DataClass.MEDICAL: Sensitivity.S5,
    DataClass.SHELTER: Sensitivity.S4,
    DataClass.HANDOVER: Sensitivity.S4,
    DataClass.REFERRAL: Sensitivity.S2,
    DataClass.REFERRAL_TEXT: Sensitivity.S4,
    DataClass.BEST_INTERESTS: Sensitivity.S4,
    DataClass.LEGAL: Sensitivity.S4,
    DataClass.LEGAL_HOLD: Sensitivity.S2,
    DataClass.ASSESSMENT: Sensitivity.S4,
    DataClass.ASSESSMENT_OUTCOME: Sensitivity.S2,
    DataClass.RISK_FLAG: Sensitivity.S2,
    DataClass.TRAVEL: Sensitivity.S3,
    DataClass.REINTEGRATION: Sensitivity.S4,
    DataClass.FEEDBACK: Sensitivity.S2,
    DataClass.CONSENT: Sensitivity.S2,
    DataClass.EMERGENCY: Sensitivity.S2,
    DataClass.AGREEMENT: Sensitivity.S0,
    DataClass.CLAUSE: Sensitivity.S1,
    DataClass.CONTACT: Sensitivity.S1,
    DataClass.CONTACT_PRIVATE: Sensitivity.S3,
    DataClass.MINUTES: Sensitivity.S1,
    DataClass.ACCESS: Sensitivity.S2,
}
