"""Why a field is not shown: the closed list of reasons that a caller may be told.

The order of the members up to RESTRICTED_BY_SENDER is the order in which a
grant is tested. WITHHELD stands for every reason whose facts the caller may
not know.
"""

from __future__ import annotations

from enum import StrEnum


class DenialReason(StrEnum):
    """The reason named beside a withheld field, in an error and in the access record."""

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

    @property
    def rank(self) -> int:
        """Position in the order of testing; WITHHELD, which is never tested, comes last."""
        return _RANK[self]


_RANK: dict[DenialReason, int] = {reason: rank for rank, reason in enumerate(DenialReason)}
