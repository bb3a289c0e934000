"""Why a field is not shown: the closed list of reasons that a caller may be told, and its order.

The values stand with the other code lists in `schema.codes`, since the schema
prints them; the order of testing is a matter of authorization and stands here.
WITHHELD stands for every reason whose facts the caller may not know.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from schema.codes import DenialReason

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TESTED", "DenialReason"]

TESTED: Final[Mapping[DenialReason, int]] = MappingProxyType(
    {
        reason: rank
        for rank, reason in enumerate(
            (
                DenialReason.CLASS,
                DenialReason.PURPOSE,
                DenialReason.NO_PROTOCOL,
                DenialReason.NOT_ASSIGNED,
                DenialReason.REQUEST,
                DenialReason.STAGE,
                DenialReason.OBJECTION,
                DenialReason.CONSENT,
                DenialReason.MINOR,
                DenialReason.RESTRICTED_BY_SENDER,
            )
        )
    }
)
"""Position of each reason in the order in which a grant is tested. WITHHELD is never tested."""
