"""The named conditions that a grant may ask of a row: what each is called, asks, and lets be known.

Takes nothing, gives the table `CONDITIONS`. Its rows stand in the order in
which a grant is tested, after the side. What a condition means in SQL is the
compiler's part; what it means to a lawyer is `sentence`. The list is closed: a
protocol document can name nothing else. `authz.document_conditions` reads one
as it is written there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from authz.reasons import DenialReason
from schema.classes import DataClass
from schema.codes import MAIN_STATES, ConsentPurpose, RecordType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from authz.grants import Condition

OF_AGREEMENTS: Final = frozenset(
    {
        RecordType.AGREEMENT,
        RecordType.CLAUSE,
        RecordType.FOCAL_POINT,
        RecordType.BILATERAL_CONTACT,
    }
)
"""Entities whose rows belong to an agreement and to no person."""

CASE_BOUND: Final = (
    frozenset(RecordType) - OF_AGREEMENTS - {RecordType.AGENCY, RecordType.ACCESS_RECORD}
)
"""Entities whose rows are judged on one return case; a grant on them needs one anchor."""


class ArgKind(StrEnum):
    """What a condition takes between its parentheses."""

    STATE = "STATE"
    CONSENT_PURPOSE = "CONSENT_PURPOSE"

    @property
    def values(self) -> tuple[str, ...]:
        """The words that are valid here, in their own order."""
        return tuple(MAIN_STATES if self is ArgKind.STATE else ConsentPurpose)


@dataclass(frozen=True, slots=True)
class NamedCondition:
    """One row of the table.

    `rank` orders the tests of one grant; conditions of equal rank share a
    reason. `readable_with` is the class that the caller must be granted on the
    record for `reason` to be named; None where the reason betrays no fact of
    the record. `competes` is False where a failure never gives the reason.
    `implicit` marks what every grant to the foreign side carries unwritten.
    """

    name: str
    args: tuple[ArgKind, ...]
    rank: int
    reason: DenialReason
    readable_with: DataClass | None
    entities: frozenset[str]
    sentence: str
    is_anchor: bool = False
    competes: bool = True
    implicit: bool = False

    @property
    def signature(self) -> str:
        """As it is written in a document, arguments as their kinds: `consent(CONSENT_PURPOSE)`."""
        return f"{self.name}({', '.join(self.args)})" if self.args else self.name


_STATE = ArgKind.STATE
_PURPOSE = ArgKind.CONSENT_PURPOSE

_TABLE: Final = (
    NamedCondition(
        "lodged_under",
        (),
        0,
        DenialReason.NO_PROTOCOL,
        None,
        CASE_BOUND,
        "the case was lodged under this agreement, in whichever version",
        is_anchor=True,
    ),
    NamedCondition(
        "covers_corridor",
        (),
        0,
        DenialReason.NO_PROTOCOL,
        None,
        CASE_BOUND,
        "the pair of host and origin of the case is one of this document's corridors",
        is_anchor=True,
    ),
    NamedCondition(
        "held_by_party",
        (),
        0,
        DenialReason.NO_PROTOCOL,
        None,
        CASE_BOUND,
        "the country whose law this is hosts the case or holds it",
        is_anchor=True,
    ),
    NamedCondition(
        "assigned",
        (),
        10,
        DenialReason.NOT_ASSIGNED,
        DataClass.SHELL,
        CASE_BOUND | {RecordType.ACCESS_RECORD},  # of which it opens what was shown of such a case
        "the agency holds the case, or has an open assignment or an accepted referral on it"
        " (where the assignment names a unit, the caller is of that unit)",
    ),
    NamedCondition(
        "referred_to",
        (),
        10,
        DenialReason.NOT_ASSIGNED,
        DataClass.SHELL,
        frozenset({RecordType.REFERRAL}),
        "the referral asks the caller's agency, which has not answered yet",
    ),
    NamedCondition(
        "home_province",
        (),
        20,
        DenialReason.NOT_ASSIGNED,
        DataClass.PERSON,
        CASE_BOUND,
        "the person's home province is the unit of the caller",
    ),
    NamedCondition(
        "formal_request",
        (),
        30,
        DenialReason.REQUEST,
        DataClass.LEGAL,
        CASE_BOUND,
        "an unexpired legal request of the caller's agency, with a number, is on file for the case",
    ),
    NamedCondition(
        "stage_from",
        (_STATE,),
        40,
        DenialReason.STAGE,
        DataClass.SHELL,
        CASE_BOUND,
        "the case has reached {0}",
    ),
    NamedCondition(
        "stage_between",
        (_STATE, _STATE),
        40,
        DenialReason.STAGE,
        DataClass.SHELL,
        CASE_BOUND,
        "the case stands between {0} and {1}, both included",
    ),
    NamedCondition(
        "arrivals_window",
        (),
        40,
        DenialReason.STAGE,
        DataClass.SHELL,
        CASE_BOUND,
        "the case stands between DOCUMENTS_READY and IN_RECEPTION, and the planned day of the"
        " handover is at most 7 days away or past",
    ),
    NamedCondition(
        "travel_window",
        (),
        40,
        DenialReason.STAGE,
        DataClass.SHELL,
        CASE_BOUND,
        "the case stands between DOCUMENTS_READY and HANDED_OVER, and the planned day of the"
        " handover is today or at most 7 days away",
    ),
    NamedCondition(
        "before_handover",
        (),
        50,
        DenialReason.STAGE,
        DataClass.SHELL,
        CASE_BOUND,
        "the person has not been handed over",
    ),
    NamedCondition(
        "host_part_frozen",
        (),
        50,
        DenialReason.STAGE,
        DataClass.SHELL,
        CASE_BOUND,
        "the person has not been handed over, or the record is of what was frozen at the handover:"
        " then it is shown as it stood in that hour (only feedback as it is now)",
    ),
    NamedCondition(
        "no_objection",
        (),
        60,
        DenialReason.OBJECTION,
        DataClass.CONSENT,
        CASE_BOUND,
        "the person has not objected to the country of origin being told",
    ),
    NamedCondition(
        "consent",
        (_PURPOSE,),
        70,
        DenialReason.CONSENT,
        DataClass.CONSENT,
        CASE_BOUND,
        "the person's newest statement on {0} to this agency or its country is a consent",
    ),
    NamedCondition(
        "consent_is",
        (_PURPOSE,),
        80,
        DenialReason.CLASS,
        None,
        frozenset({RecordType.CONSENT}),
        "the statement is one on {0}",
    ),
    NamedCondition(
        "minor_needs_guardian",
        (),
        90,
        DenialReason.MINOR,
        DataClass.PERSON,
        CASE_BOUND,
        "the person is an adult; or the guardian's consent, the child's assent, a best-interests"
        " decision and a named case worker are on file",
    ),
    NamedCondition(
        "adult",
        (),
        100,
        DenialReason.MINOR,
        DataClass.PERSON,
        CASE_BOUND,
        "the person's age is known, undisputed, and 18 or more",
    ),
    NamedCondition(
        "not_restricted",
        (),
        110,
        DenialReason.RESTRICTED_BY_SENDER,
        DataClass.SHELL,
        CASE_BOUND,
        "the sender has set no restriction that covers this",
        implicit=True,
    ),
    NamedCondition(
        "emergency_open",
        (),
        120,
        DenialReason.NO_PROTOCOL,
        None,
        CASE_BOUND,
        "this person opened this case as an emergency within the last hour",
        competes=False,
    ),
    NamedCondition(
        "aggregate_only",
        (),
        130,
        DenialReason.CLASS,
        None,
        CASE_BOUND,
        "only as part of a statistic, never as a record",
    ),
    NamedCondition(
        "party",
        (),
        140,
        DenialReason.NO_PROTOCOL,
        DataClass.AGREEMENT,
        OF_AGREEMENTS,
        "the caller's country, or the caller's organisation, is a party to the agreement",
    ),
    NamedCondition(
        "participant",
        (),
        140,
        DenialReason.NO_PROTOCOL,
        DataClass.AGREEMENT,
        frozenset({RecordType.BILATERAL_CONTACT}),
        "the caller's agency took part",
    ),
    NamedCondition(
        "shares_corridor",
        (),
        140,
        DenialReason.NO_PROTOCOL,
        DataClass.AGREEMENT,
        OF_AGREEMENTS,
        "the caller's country stands in one of the pairs of countries concerned",
    ),
    NamedCondition(
        "own_actor",
        (),
        150,
        DenialReason.NO_PROTOCOL,
        None,
        frozenset({RecordType.ACCESS_RECORD}),
        "the access was made from the caller's country",
    ),
    NamedCondition(
        "own_country_case",
        (),
        150,
        DenialReason.NO_PROTOCOL,
        None,
        frozenset({RecordType.ACCESS_RECORD}),
        "the access was to a case of the caller's country",
    ),
)

CONDITIONS: Final[Mapping[str, NamedCondition]] = MappingProxyType({c.name: c for c in _TABLE})
"""Every condition by name, in the order of testing."""

FREEZES: Final = "host_part_frozen"
"""What it opens after the handover is shown as it stood then."""
NEVER_FROZEN: Final = frozenset({DataClass.FEEDBACK})
"""What the host is told of the time after the handover."""

ANCHORS: Final = frozenset(c.name for c in _TABLE if c.is_anchor)
"""What ties a grant to a case: a grant on a case-bound entity has exactly one."""


def sentence(condition: Condition) -> str:
    """The condition in plain English, its arguments filled in."""
    return CONDITIONS[condition.name].sentence.format(*condition.args)
