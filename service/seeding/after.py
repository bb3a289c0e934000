"""From the plan to the last visit: papers, the handover, reception, reintegration, follow-up.

Each function takes a life at the start of one stage and leaves it at the next.
After the handover no edge leads aside: who does not agree to services stays in
reception until she does, or until the case is closed without them.
"""

from __future__ import annotations

import datetime as dt

from schema.codes import CaseState, ClosingReason, ConsentPurpose, FeedbackCode, SupportType
from service.seeding.desks import IOM, centre, follower
from service.seeding.lives import Life, withdraw_after

_S, _P, _R, _F = CaseState, ConsentPurpose, ClosingReason, FeedbackCode
VISITS = (1, 3, 6, 12)
_SUPPORT = tuple(SupportType)
_GONE = (_R.DECLINED_SERVICES, _R.LOST_CONTACT, _R.DECEASED)
"""Why a case may end before anybody has followed it up."""
_FEEDBACK = (
    (70, _F.AT_HOME_AND_WELL),
    (18, _F.AT_HOME_WITH_SUPPORT),
    (8, _F.MOVED_ON),
    (4, _F.AT_RISK),
)


def return_planned(life: Life) -> None:
    """Consulate and immigration make the papers; whose they are is verified before they count."""
    file, chance = life.file, life.chance
    if chance.true(0.12):
        file.assign(IOM)
    life.work(6)
    file.paper = paper = file.story.keep(
        "travel_paper",
        life.now,
        id=chance.id(),
        case_id=file.id,
        travel_document=f"CI-{chance.below(10**6):06d}",
        exit_permit=None,
        escort="Invented escort" if chance.true(0.6) else None,
        transport=chance.pick(("bus", "van", "air")),
        identity_verified=False,
        departed_at=None,
        arrived_at=None,
    )
    life.work(7)
    paper.set(life.now, identity_verified=True)
    if chance.true(0.8):
        paper.set(life.now, exit_permit=f"EP-{chance.below(10**6):06d}")
    life.rest(0.05, 1)
    file.step(_S.DOCUMENTS_READY)


def documents_ready(life: Life) -> None:
    """The arrivals list goes out, the person says yes once more, and both sides sign."""
    file, chance = life.file, life.chance
    life.work(4)
    received = centre(chance, life.corridor.origin)
    if received is not None:
        file.assign(received.agency, received.unit)
    _meet(life)
    if not life.fate.straight and chance.true(0.2):
        _postpone(life)
    while not life.insist(_P.RETURN, 1) or not _confirmed(life):
        life.rest(2, 20)
    life.rest(0.05, 1)
    planned: dt.date = file.row.row["planned_handover_on"]
    if planned != life.now.date():
        file.note(planned_handover_on=life.now.date())
        life.rest(0.01, 0.2)
    if file.paper is not None and file.paper.row["exit_permit"]:
        # Whoever leaves with a permit is stamped out.
        file.paper.set(life.now, departed_at=life.now)
    file.step(_S.HANDED_OVER)
    file.release_all(*_kept_after(life))


def _meet(life: Life) -> None:
    """Wait until the day before the planned one."""
    planned: dt.date = life.file.row.row["planned_handover_on"]
    eve = dt.datetime.combine(planned, dt.time(), dt.UTC) - dt.timedelta(days=1)
    life.go(eve)


def _postpone(life: Life) -> None:
    day = (life.now + life.chance.span(5, 30)).date()
    hour = dt.datetime.combine(day, dt.time(3), dt.UTC)
    life.file.note(planned_handover_on=day, handover_at=hour)
    _meet(life)


def _confirmed(life: Life) -> bool:
    return life.talk.ask(_P.RETURN, 1.0 if life.fate.straight else 0.97)


def _kept_after(life: Life) -> tuple[str, ...]:
    """Whose assignment outlasts the handover: the host's desk, and everybody of the origin's."""
    corridor = life.corridor
    return (
        *tuple(agency for agency in life.file.assigned if agency[:2] == corridor.origin),
        corridor.desk,
        IOM,
    )


def handed_over(life: Life) -> None:
    """Received on the other side; now and then the form is written days later."""
    life.work(1)
    if not life.fate.straight and life.chance.true(0.25):
        life.rest(2, 7)
    life.file.step(_S.IN_RECEPTION)


def in_reception(life: Life) -> None:
    """Services are offered until they are wanted; some want none, some are gone before."""
    life.work(5)
    if life.fate.closing in _GONE and life.chance.true(0.3):
        if life.fate.closing is _R.DECLINED_SERVICES:
            life.talk.ask(_P.SERVICES, 0)
        _close(life)
        return
    while not life.insist(_P.SERVICES, 3):
        life.rest(20, 60)
    life.rest(0.2, 2)
    life.file.step(_S.REINTEGRATING, outcome="ReturnedHome", reintegration_plan="Invented plan")


def reintegrating(life: Life) -> None:
    """The first weeks at home; somebody is found who visits, and goes on visiting."""
    file = life.file
    file.helper = follower(life.chance, life.corridor.origin)
    file.assign(file.helper.agency)
    if life.chance.true(0.7) and life.talk.ask(_P.FEEDBACK) and life.chance.true(0.08):
        withdraw_after(life, _P.FEEDBACK, 300)
    life.work(25)
    received = centre(life.chance, life.corridor.origin)
    if received is not None and received.agency != file.helper.agency:
        file.release(received.agency, received.unit)
    life.rest(1, 40)
    if life.fate.closing in _GONE and life.chance.true(0.2):
        _close(life)
        return
    _visit(life, VISITS[0])
    file.step(_S.FOLLOW_UP)


def follow_up(life: Life) -> None:
    """Visits at 1, 3, 6 and 12 months, as long as there is somebody to visit; then it is closed."""
    reason, begun = life.fate.closing, life.now
    last = 12 if reason is _R.REINTEGRATED else life.chance.pick((3, 3, 6))
    for month in VISITS[1:]:
        life.go(begun + dt.timedelta(days=30 * month) + life.chance.span(0, 10))
        gone = month >= last and reason is not _R.REINTEGRATED
        if gone:
            break
        if life.chance.true(0.88):
            _visit(life, month)
    _close(life)


def _close(life: Life) -> None:
    """Who declines services takes back what she had agreed to."""
    reason = life.fate.closing
    if reason is _R.DECLINED_SERVICES:
        life.talk.withdraw(_P.SERVICES)
    life.rest(1, 12 if life.fate.straight else 60)
    life.file.step(_S.CLOSED, closing_reason=reason)
    life.file.release_all(life.corridor.desk)


def _visit(life: Life, month: int) -> None:
    told = life.talk.stands(_P.FEEDBACK) or life.chance.true(0.3)
    code = life.chance.weighted(_FEEDBACK) if told else None
    day = life.now.date()
    life.file.story.add(
        "follow_up",
        id=life.chance.id(),
        case_id=life.file.id,
        visited_on=day,
        month=month,
        notes="Invented notes of a visit",
        support_types=life.chance.some(_SUPPORT, 2),
        feedback_code=code,
        feedback_on=day if code else None,
        recorded_at=life.now,
    )
    if code:
        life.file.note(feedback_code=code, feedback_on=day)
