"""The return case as a state machine: one table of edges for database, mutations and screens.

Takes nothing, gives `EDGES` in the numbering of the domain model (section 4)
and questions over them. Promises that the table in PostgreSQL
(`registry.state_edge`) holds the same pairs, actors, sides and limits. Time
limits are defaults in days; `registry.time_limit` overrides them per agreement.
`saphan machine` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from schema.codes import MAIN_RANK, SIDE_STATES, CaseState, Role


class Guard(StrEnum):
    """What must be true of a case before an edge may be taken."""

    RIGHTS_EXPLAINED = "RIGHTS_EXPLAINED"
    NO_OBJECTION = "NO_OBJECTION"
    CONSENT_TRACING = "CONSENT_TRACING"
    MINOR_NEEDS_GUARDIAN = "MINOR_NEEDS_GUARDIAN"
    PROTOCOL_IN_FORCE = "PROTOCOL_IN_FORCE"
    OUTCOME_CODED = "OUTCOME_CODED"
    CONSENT_RETURN = "CONSENT_RETURN"
    ASSESSMENT_NOT_NEGATIVE = "ASSESSMENT_NOT_NEGATIVE"
    NO_LEGAL_HOLD = "NO_LEGAL_HOLD"
    IDENTITY_VERIFIED = "IDENTITY_VERIFIED"
    PERSON_CONFIRMS = "PERSON_CONFIRMS"
    CONSENT_SERVICES = "CONSENT_SERVICES"
    CLOSING_REASON = "CLOSING_REASON"


class Actor(StrEnum):
    """Whose official takes an edge."""

    HOST = "HOST"
    ORIGIN = "ORIGIN"
    BOTH = "BOTH"
    """Both sides sign; the second signature takes the edge."""
    HOLDER = "HOLDER"
    """The side whose agency holds the case."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One permitted change of state.

    `source` is None for the first entry of a case. `target` None is the way
    back from ON_HOLD: to the main state last held. `act` is the mutation that
    takes it. `limit_days` is the default time for leaving `source` by this edge;
    None where no limit is set.
    """

    number: int
    source: CaseState | None
    target: CaseState | None
    act: str
    side: Actor
    actors: tuple[Role, ...]
    document: str
    limit_days: int | None = None
    guards: tuple[Guard, ...] = ()
    unseated_host: bool = False
    """True for the one entry open only to a case whose host country has no seat."""


_S = CaseState
_R = Role
_HOST, _ORIGIN, _BOTH, _HOLDER = Actor.HOST, Actor.ORIGIN, Actor.BOTH, Actor.HOLDER
_DESK = (_R.FOCAL_POINT,)
_HOLDERS = (_R.CASE_WORKER, _R.FOCAL_POINT)
_VISITORS = (_R.CASE_WORKER, _R.PARTNER_CASEWORKER)

_MAIN: tuple[Edge, ...] = (
    Edge(
        1,
        None,
        _S.SCREENED,
        "openReturnCase",
        _HOST,
        (_R.CASE_WORKER, _R.INVESTIGATOR),
        "screening form",
    ),
    Edge(
        1,
        None,
        _S.TRACING,
        "openReturnCase",
        _ORIGIN,
        _DESK,
        "screening form; order to province",
        unseated_host=True,
    ),
    Edge(
        2,
        _S.SCREENED,
        _S.IDENTIFIED,
        "recordIdentification",
        _HOST,
        (_R.MDT_MEMBER, _R.INVESTIGATOR),
        "identification record",
        15,
        (Guard.RIGHTS_EXPLAINED,),
    ),
    Edge(
        2,
        _S.SCREENED,
        _S.NOT_A_VICTIM,
        "recordIdentification",
        _HOST,
        (_R.MDT_MEMBER, _R.INVESTIGATOR),
        "identification record",
        15,
        (Guard.RIGHTS_EXPLAINED,),
    ),
    Edge(
        3,
        _S.IDENTIFIED,
        _S.NOTIFIED,
        "notifyOrigin",
        _HOST,
        _DESK,
        "notification",
        7,
        (Guard.NO_OBJECTION,),
    ),
    Edge(
        4,
        _S.NOTIFIED,
        _S.TRACING_REQUESTED,
        "requestTracing",
        _HOST,
        _DESK,
        "tracing request",
        None,
        (Guard.CONSENT_TRACING, Guard.MINOR_NEEDS_GUARDIAN),
    ),
    Edge(
        5,
        _S.TRACING_REQUESTED,
        _S.TRACING,
        "acknowledgeTracing",
        _ORIGIN,
        _DESK,
        "acknowledgement; order to province",
        7,
        (Guard.PROTOCOL_IN_FORCE, Guard.CONSENT_TRACING),
    ),
    Edge(
        6,
        _S.TRACING,
        _S.ASSESSED,
        "confirmAssessment",
        _ORIGIN,
        (_R.TRACING_OFFICER, _R.FOCAL_POINT),
        "family tracing and assessment report; nationality reply",
        30,
        (Guard.OUTCOME_CODED, Guard.CONSENT_TRACING),
    ),
    Edge(
        7,
        _S.ASSESSED,
        _S.RETURN_PLANNED,
        "signReturnPlan",
        _BOTH,
        _DESK,
        "return plan; best-interests decision for a child",
        14,
        (
            Guard.CONSENT_RETURN,
            Guard.ASSESSMENT_NOT_NEGATIVE,
            Guard.NO_LEGAL_HOLD,
            Guard.MINOR_NEEDS_GUARDIAN,
        ),
    ),
    Edge(
        8,
        _S.RETURN_PLANNED,
        _S.DOCUMENTS_READY,
        "recordTravelDocument",
        _BOTH,
        (_R.CONSULAR_OFFICER, _R.BORDER_OFFICER),
        "travel document; exit permit",
        14,
        (Guard.IDENTITY_VERIFIED, Guard.CONSENT_RETURN, Guard.MINOR_NEEDS_GUARDIAN),
    ),
    Edge(
        9,
        _S.DOCUMENTS_READY,
        _S.HANDED_OVER,
        "signHandover",
        _BOTH,
        (_R.FOCAL_POINT, _R.BORDER_OFFICER),
        "arrivals list; handover record signed by both",
        7,
        (
            Guard.PERSON_CONFIRMS,
            Guard.CONSENT_RETURN,
            Guard.NO_LEGAL_HOLD,
            Guard.MINOR_NEEDS_GUARDIAN,
        ),
    ),
    Edge(
        10,
        _S.HANDED_OVER,
        _S.IN_RECEPTION,
        "recordArrival",
        _ORIGIN,
        (_R.RECEPTION,),
        "intake form",
        1,
    ),
    Edge(
        11,
        _S.IN_RECEPTION,
        _S.REINTEGRATING,
        "startReintegration",
        _ORIGIN,
        (_R.RECEPTION, _R.TRACING_OFFICER),
        "reintegration plan",
        7,
        (Guard.CONSENT_SERVICES,),
    ),
    Edge(
        12,
        _S.IN_RECEPTION,
        _S.CLOSED,
        "closeCase",
        _ORIGIN,
        (*_VISITORS, _R.RECEPTION),
        "closure form",
        None,
        (Guard.CLOSING_REASON,),
    ),
    Edge(
        12,
        _S.REINTEGRATING,
        _S.CLOSED,
        "closeCase",
        _ORIGIN,
        _VISITORS,
        "closure form",
        None,
        (Guard.CLOSING_REASON,),
    ),
    Edge(
        12,
        _S.REINTEGRATING,
        _S.FOLLOW_UP,
        "recordFollowUp",
        _ORIGIN,
        _VISITORS,
        "follow-up at 1, 3, 6 and 12 months",
    ),
    Edge(
        12,
        _S.FOLLOW_UP,
        _S.CLOSED,
        "closeCase",
        _ORIGIN,
        _VISITORS,
        "closure form",
        365,
        (Guard.CLOSING_REASON,),
    ),
)
BEFORE_HANDOVER: tuple[CaseState, ...] = tuple(
    state for state, rank in MAIN_RANK.items() if rank < MAIN_RANK[_S.HANDED_OVER]
)

EDGES: tuple[Edge, ...] = (
    *_MAIN,
    *(
        Edge(13, state, _S.ON_HOLD, "holdCase", _HOLDER, _HOLDERS, "hold note")
        for state in BEFORE_HANDOVER
    ),
    Edge(13, _S.ON_HOLD, None, "resumeCase", _HOLDER, _HOLDERS, "hold note"),
    *(
        Edge(14, state, target, act, _HOST, _DESK, "decision")
        for state in (*BEFORE_HANDOVER, _S.ON_HOLD)
        for target, act in ((_S.ALTERNATIVE, "chooseAlternative"), (_S.CANCELLED, "cancelReturn"))
    ),
)
"""Every permitted change of state; a case on hold may also be ended by edges 14."""


def guards_of(act: str) -> tuple[Guard, ...]:
    """The guards of an act's edges, each once."""
    return tuple(dict.fromkeys(g for edge in EDGES if edge.act == act for g in edge.guards))


def targets(
    state: CaseState | None, main_rank: int = 0, *, seated_host: bool = True
) -> frozenset[CaseState]:
    """States that may follow `state`; None asks for the first entry.

    `main_rank` is the rank of the main state last held (read for ON_HOLD only,
    else of no effect); `seated_host` says whether the host country has a seat.
    """
    following: set[CaseState] = set()
    for edge in EDGES:
        if edge.source is not state or (edge.unseated_host and seated_host):
            continue
        if edge.target is None:
            following.update(s for s, rank in MAIN_RANK.items() if rank == main_rank)
        else:
            following.add(edge.target)
    if state is None and not seated_host:
        following.discard(_S.SCREENED)
    return frozenset(following)


def ranks_of(state: CaseState) -> range:
    """The main ranks a case in `state` may carry: one for a main state, a span for a side state."""
    if state not in SIDE_STATES:
        return range(MAIN_RANK[state], MAIN_RANK[state] + 1)
    if state is _S.NOT_A_VICTIM:
        return range(MAIN_RANK[_S.SCREENED], MAIN_RANK[_S.SCREENED] + 1)
    return range(MAIN_RANK[_S.SCREENED], MAIN_RANK[_S.HANDED_OVER])
