"""From the first entry to the plan of the return: what the host does, and how the family is found.

Each function takes a life at the start of one stage and leaves it at the next,
or ends it. What a guard of the machine asks for is seen to before the step.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from schema.codes import (
    AssessmentOutcome,
    CaseState,
    ClosingReason,
    ConsentPurpose,
    ConsentState,
    HandoverPoint,
    TraffickingStatus,
)
from service.seeding.clauses import in_force
from service.seeding.corridors import TRACERS
from service.seeding.desks import SHELTERS
from service.seeding.lives import Life
from service.seeding.talks import minor_on

_S, _P, _C = CaseState, ConsentPurpose, ConsentState
_FOUND = (
    (57, AssessmentOutcome.SUITABLE),
    (26, AssessmentOutcome.SUITABLE_WITH_SUPPORT),
    (5, AssessmentOutcome.UNSUITABLE),
    (7, AssessmentOutcome.FAMILY_NOT_FOUND),
    (5, AssessmentOutcome.FAMILY_REFUSES),
)
GOOD = frozenset({AssessmentOutcome.SUITABLE, AssessmentOutcome.SUITABLE_WITH_SUPPORT})
_ON_PAPER = "Invented: returned by letters between the ministries"
_TWICE = "Invented: entered twice, the other entry goes on"
_TEAM = "TH-MDT"
_HOUR = dt.time(3)
"""Ten in the morning of the region."""
_KHMER = (HandoverPoint.ARANYAPRATHET_POIPET,)
_LAO = (
    HandoverPoint.NONGKHAI_FRIENDSHIP_BRIDGE_1,
    HandoverPoint.MUKDAHAN_SAVANNAKHET,
    HandoverPoint.UBON_VANGTAO,
)
_POINTS: Final = {
    ("TH", "KH"): _KHMER,
    ("KH", "TH"): _KHMER,
    ("TH", "LA"): _LAO,
    ("LA", "TH"): _LAO,
}


def screened(life: Life) -> None:
    """Rights are explained, then a team decides whether this is a victim of trafficking."""
    file, thai = life.file, life.corridor.host == "TH"
    life.work(7)
    file.note(rights_explained_at=life.now)
    if thai:
        file.assign(_TEAM)
        file.assign("TH-SHELTER", life.chance.pick(SHELTERS))
    life.work(8)
    if life.fate.not_a_victim:
        file.step(_S.NOT_A_VICTIM)
        file.victim.set(life.now, trafficking_status=TraffickingStatus.NOT_A_VICTIM_OF_TRAFFICKING)
        file.release_all()
        return
    file.step(_S.IDENTIFIED, shelter_name="Invented shelter", shelter_place="Invented town")
    file.victim.set(life.now, **life.learnt)
    file.release(_TEAM)


def identified(life: Life) -> None:
    """The person is asked whether the own country may be told."""
    life.work(7)
    if life.fate.duplicate:
        life.conclude(_S.CANCELLED, ClosingReason.DUPLICATE, remarks=_TWICE)
    origin = life.corridor.origin
    if life.fate.objects:
        life.talk.say(_P.NOTIFICATION, _C.REFUSED, [origin])
        life.rest(20, 120)
        if life.chance.true(0.75):
            life.conclude(_S.ALTERNATIVE, ClosingReason.STAYED_IN_HOST)
        life.talk.say(_P.NOTIFICATION, _C.GIVEN, [origin])
        life.rest(0.2, 3)
    elif life.chance.true(0.7):
        life.talk.say(_P.NOTIFICATION, _C.GIVEN, [origin])
        life.rest(0.1, 1)
    elif life.chance.true(0.5):
        life.talk.say(_P.NOTIFICATION, _C.NOT_ASKED, [])
        life.rest(0.1, 1)
    life.file.step(_S.NOTIFIED)


def notified(life: Life) -> None:
    """Consent to tracing; for a child a guardian, assent, a named worker and a reasoned choice."""
    life.work(12)
    life.file.note(case_worker=_worker(life))
    if not life.insist(_P.TRACING, 3):
        life.conclude(_S.ALTERNATIVE, ClosingReason.STAYED_IN_HOST)
    life.rest(0.2, 3)
    _for_a_child(life)
    life.file.step(_S.TRACING_REQUESTED)


def tracing_requested(life: Life) -> None:
    """The origin acknowledges; where it has no seat or no protocol is in force, nobody can."""
    life.work(7)
    file, desk = life.file, life.corridor.receiving_desk
    if desk is None:
        life.rest(60, 300)
        if life.chance.true(0.4):
            life.conclude(_S.ALTERNATIVE, ClosingReason.THIRD_COUNTRY)
        life.conclude(_S.CANCELLED, None, remarks=_ON_PAPER)
    while not in_force(file.row.row["agreement_code"], life.now.date()):
        life.rest(20, 60)
    file.step(_S.TRACING)
    file.assign(desk)


def tracing(life: Life) -> None:
    """The home province looks for the family and tells what it found."""
    file, origin = life.file, life.corridor.origin
    if life.fate.duplicate:
        life.work(20)
        life.conclude(_S.CANCELLED, ClosingReason.DUPLICATE, remarks=_TWICE)
    if not life.corridor.seated:
        _told_from_abroad(life)
    file.assign(TRACERS[origin], file.victim.row["home_province"])
    life.work(27)
    if life.fate.not_a_national:
        outcome = AssessmentOutcome.NOT_A_NATIONAL
    elif life.fate.straight:
        outcome = AssessmentOutcome.SUITABLE
    else:
        outcome = life.chance.weighted(_FOUND)
    _report(life, outcome)
    life.work(3)
    file.step(_S.ASSESSED, not_a_national=life.fate.not_a_national)
    if life.chance.true(0.3):
        file.release(TRACERS[origin])


def _told_from_abroad(life: Life) -> None:
    """A host without a seat asked for nothing here: origin asks the person before it looks."""
    life.file.note(case_worker=_worker(life))
    life.rest(0.2, 4)
    if not life.insist(_P.TRACING, 3):
        life.conclude(_S.ALTERNATIVE, ClosingReason.STAYED_IN_HOST)
    life.rest(0.2, 3)
    _for_a_child(life)


def _for_a_child(life: Life) -> None:
    if minor_on(life.file.victim.row, life.now.date()):
        life.file.note(best_interests_decision="Invented: the family is to be looked for")
        life.rest(0.2, 3)


def assessed(life: Life) -> None:
    """A bad answer is asked for again, or another way is looked for; a good one becomes a plan."""
    file = life.file
    life.work(6)
    if life.fate.not_a_national:
        life.conclude(_S.CANCELLED, None)
    while life.outcome not in GOOD:
        if life.chance.true(0.35):
            life.conclude(_S.ALTERNATIVE, _another_way(life))
        life.rest(25, 90)
        _report(life, life.chance.weighted(_FOUND))
        life.rest(1, 6)
    if not life.insist(_P.RETURN, 3):
        life.conclude(_S.ALTERNATIVE, ClosingReason.STAYED_IN_HOST)
    life.work(5)
    if not life.talk.stands(_P.RETURN) and not life.insist(_P.RETURN, 4):
        life.conclude(_S.ALTERNATIVE, ClosingReason.STAYED_IN_HOST)
    if minor_on(file.victim.row, life.now.date()):
        file.note(best_interests_decision="Invented: return to the family")
    life.rest(0.1, 2)
    file.note(legal_hold=False)
    life.rest(0.1, 1)
    _plan(life)


def _plan(life: Life) -> None:
    day = (life.now + life.chance.span(16, 50)).date()
    points = _POINTS.get((life.corridor.host, life.corridor.origin), (HandoverPoint.AIRPORT,))
    life.file.step(
        _S.RETURN_PLANNED,
        planned_handover_on=day,
        handover_at=dt.datetime.combine(day, _HOUR, dt.UTC),
        handover_place=life.chance.pick(points),
    )


def _report(life: Life, outcome: AssessmentOutcome) -> None:
    life.outcome = outcome
    life.file.story.add(
        "assessment",
        id=life.chance.id(),
        case_id=life.file.id,
        report="Invented report of the visit to the family",
        family_willing=outcome is not AssessmentOutcome.FAMILY_REFUSES,
        risk="Invented: debts in the village" if life.chance.true(0.2) else None,
        outcome=outcome,
        risk_flag=life.chance.true(0.15),
        recorded_at=life.now,
    )


def _another_way(life: Life) -> ClosingReason:
    third = life.chance.true(0.3)
    return ClosingReason.THIRD_COUNTRY if third else ClosingReason.STAYED_IN_HOST


def _worker(life: Life) -> str:
    return f"Invented worker {1 + life.chance.below(400)}"
