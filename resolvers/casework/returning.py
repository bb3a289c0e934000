"""Plan, papers, handover: edges 7 to 9, where both sides have their word.

What is signed is the hash of what the step says; the second side says it again
in its own arguments, so that nobody signs what somebody else has changed.
"""

from __future__ import annotations

import datetime as dt

from resolvers.casework.definitions import Act, Given, Statement, Trouble, Work, Written
from resolvers.casework.given import LINE, TEXT, day, text, text_of, value_of
from resolvers.casework.restricted import HELD_BACK, withheld
from resolvers.casework.steps import (
    SEATED,
    add,
    change,
    content_of,
    enter,
    other,
    sign,
    signatures,
    signed_by,
    step,
)
from resolvers.casework.verdicts import conflict, done_before, invalid, not_permitted
from schema.classes import DataClass
from schema.codes import CaseState, SignedStep
from schema.machine import Guard, guards_of

_S = CaseState
_PLANNING = frozenset({_S.ASSESSED, _S.RETURN_PLANNED, _S.DOCUMENTS_READY})
"""Where a plan is made, and where it may still be changed: then both sign again."""
_PAPERED = frozenset({_S.RETURN_PLANNED, _S.DOCUMENTS_READY})
"""Where papers are recorded, and where they may still be corrected."""
_PLANNED = {
    "planned": "t.planned_handover_on",
    "place": "t.handover_place",
    "signed": signatures(SignedStep.PLAN),
    "withheld": withheld("t.id", DataClass.HANDOVER),
}
_PAPER = (
    "(select p.{column} from registry.travel_paper p where p.case_id = t.id"
    " order by p.recorded_at desc, p.id limit 1)"
)
_PAPERS = {
    "paper": _PAPER.replace("{column}", "id"),
    "document": _PAPER.replace("{column}", "travel_document"),
    "permit": _PAPER.replace("{column}", "exit_permit"),
    "verified": "coalesce(" + _PAPER.replace("{column}", "identity_verified") + ", false)",
    "permits": "(t.host = any({permitting}))",
    "withheld": withheld(
        f"t.id, t.victim_id, {_PAPER.replace('{column}', 'id')}", DataClass.TRAVEL
    ),
}
_CROSSED = {
    "paper": _PAPERS["paper"],
    "departed_at": _PAPER.replace("{column}", "departed_at"),
    "arrived_at": _PAPER.replace("{column}", "arrived_at"),
    "withheld": _PAPERS["withheld"],
    "early": "({given_crossedAt:timestamptz} < t.opened_on)",
}
_NO_SIDE = not_permitted("NO_PROTOCOL", None, None)


def _why(given: Given) -> list[Trouble]:
    """A reason is one: three characters or more, where there is any."""
    return text("reason", TEXT, least=3)(given) if text_of(given, "reason") else []


def _to_come(given: Given) -> list[Trouble]:
    """Nobody plans for a day that has passed everywhere."""
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    return day("plannedHandoverOn", earliest=yesterday)(given)


def _unseen(work: Work, data_class: DataClass) -> Trouble | None:
    """What the sender withholds is neither compared with nor written over by whom it is hidden."""
    if not work.stand.is_true("withheld"):
        return None
    return not_permitted("RESTRICTED_BY_SENDER", work.stand.clause, data_class)


def _plan(work: Work) -> Written:
    if not work.side:
        return Written(troubles=(_NO_SIDE,))
    if trouble := _unseen(work, DataClass.HANDOVER):
        return Written(troubles=(trouble,))
    on, place = value_of(work.given, "plannedHandoverOn"), value_of(work.given, "handoverPlace")
    journey = _journey(
        work, escort=text_of(work.given, "escort"), transport=text_of(work.given, "transport")
    )
    return Written(
        (
            change(work, planned_handover_on=on, handover_place=place),
            *journey,
            sign(work, SignedStep.PLAN, content_of(on, place)),
            *([] if work.stand.is_true("seated") else _planned(work)),
        )
    )


def _planned(work: Work) -> list[Statement]:
    """The case goes on where it waited for the plan; a later change of the plan leaves it."""
    return [enter(work, _S.RETURN_PLANNED)] if work.stand.state is _S.ASSESSED else []


def _journey(work: Work, **columns: object) -> list[Statement]:
    """The one paper of the journey, made or changed; nothing where nothing is given."""
    given = {name: value for name, value in columns.items() if value is not None}
    if not given:
        return []
    paper = work.stand.facts["paper"]
    if paper is None:
        return [add("registry.travel_paper", case_id=work.case, **given)]
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(given, 2))
    sql = f"update registry.travel_paper set {sets} where id = $1::uuid"
    return [(sql, (paper, *given.values()))]


def _sign_plan(work: Work) -> Written:
    on, place = value_of(work.given, "plannedHandoverOn"), value_of(work.given, "handoverPlace")
    content = content_of(on, place)
    trouble = _unsignable(work, content)
    if trouble is not None:
        return Written(troubles=(trouble,))
    return Written((sign(work, SignedStep.PLAN, content), *_planned(work)))


def _unsignable(work: Work, content: str) -> Trouble | None:
    """Why the second word cannot be given."""
    if not work.side:
        return _NO_SIDE
    if trouble := _unseen(work, DataClass.HANDOVER):
        return trouble
    theirs = signed_by(work, "signed").get(other(work.side))
    if theirs is None:
        return conflict(None, "the other side has not signed a plan yet: plan the return first")
    standing = content_of(work.stand.facts["planned"], work.stand.facts["place"])
    if not content == theirs[0] == standing:
        return conflict(DataClass.HANDOVER, "the plan of the other side says another day or place")
    return None


def _is_signed(work: Work) -> bool:
    """Both sides have signed the same plan; none where the case was loaded with its plan."""
    words = [word[0] for word in signed_by(work, "plans").values()]
    return not words or (len(words) == 2 and len(set(words)) == 1)


def _corrected(work: Work, fact: str, argument: str) -> Trouble | None:
    """Why something that is on the paper is not replaced: hidden, the same, or nobody says why."""
    if trouble := _unseen(work, DataClass.TRAVEL):
        return trouble
    there, given = work.stand.facts[fact], value_of(work.given, argument)
    if there is None:
        return None
    said = given.astimezone(dt.UTC) if isinstance(given, dt.datetime) else str(given).strip()
    before = dt.datetime.fromisoformat(there) if isinstance(said, dt.datetime) else there
    if before == said:
        return done_before("this has been recorded")
    if text_of(work.given, "reason") is None:
        return invalid("reason", "another one has been recorded: a correction says why")
    return None


def _ready(work: Work) -> list[Statement]:
    """The papers are complete; a correction of complete ones leaves the case where it is."""
    return [enter(work, _S.DOCUMENTS_READY)] if work.stand.state is _S.RETURN_PLANNED else []


def _document(work: Work) -> Written:
    verified = bool(work.given["identityVerified"])
    trouble = _corrected(work, "document", "travelDocument")
    if trouble is not None and (trouble["__typename"] != "DoneBefore" or _is_verified(work)):
        return Written(troubles=(trouble,))
    paper = _journey(
        work,
        travel_document=text_of(work.given, "travelDocument"),
        identity_verified=verified,
    )
    permitted = work.stand.facts["permit"] is not None or not work.stand.is_true("permits")
    reason = text_of(work.given, "reason")
    return Written((*paper, *(_ready(work) if permitted else [])), reason=reason)


def _is_verified(work: Work) -> bool:
    return work.stand.is_true("verified")


def _permit(work: Work) -> Written:
    trouble = _corrected(work, "permit", "exitPermit")
    if trouble is not None:
        return Written(troubles=(trouble,))
    paper = _journey(work, exit_permit=text_of(work.given, "exitPermit"))
    there = work.stand.facts["document"] is not None and _is_verified(work)
    reason = text_of(work.given, "reason")
    return Written((*paper, *(_ready(work) if there else [])), reason=reason)


def _crossing(work: Work) -> Written:
    if not work.side:
        return Written(troubles=(_NO_SIDE,))
    column = "departed_at" if work.side == "HOST" else "arrived_at"
    if work.stand.is_true("early"):
        rule = "it is not before the case was opened"
        return Written(troubles=(invalid("crossedAt", rule),))
    trouble = _corrected(work, column, "crossedAt")
    if trouble is not None:
        return Written(troubles=(trouble,))
    stamp = tuple(_journey(work, **{column: value_of(work.given, "crossedAt")}))
    return Written(stamp, reason=text_of(work.given, "reason"))


def _hand_over(work: Work) -> Written:
    if not work.side:
        return Written(troubles=(_NO_SIDE,))
    at, place = value_of(work.given, "handoverAt"), value_of(work.given, "handoverPlace")
    if not isinstance(at, dt.datetime):
        raise TypeError("`handoverAt` is a time")
    if work.stand.is_true("early"):
        return Written(troubles=(invalid("handoverAt", "it is not before the case was opened"),))
    if work.stand.is_true("held_back"):
        said = "something is withheld from the country that is to hold the case"
        return Written(troubles=(conflict(DataClass.HANDOVER, said),))
    content = content_of(at.astimezone(dt.UTC).isoformat(), place)
    signed = signed_by(work, "signed")
    ours, theirs = signed.get(work.side), signed.get(other(work.side))
    word = sign(work, SignedStep.HANDOVER, content)
    if not work.stand.is_true("seated"):
        told = change(
            work, handover_at=at, handover_place=place, holder=work.caller.agency, **_on(at)
        )
        return Written((word, enter(work, _S.HANDED_OVER), told))
    if not _is_signed(work):
        said = "the plan has been changed and awaits the word of the other side"
        return Written(troubles=(conflict(DataClass.HANDOVER, said),))
    if theirs is None or theirs[0] != content:
        if ours is not None and ours[0] == content:
            return Written(troubles=(done_before("your side has signed this handover"),))
        if theirs is not None and ours is None:
            said = "the other side has signed another hour or place"
            return Written(troubles=(conflict(DataClass.HANDOVER, said),))
        return Written((change(work, handover_at=at, handover_place=place), word))
    receiver = work.caller.agency if work.side == "ORIGIN" else theirs[1]
    received = change(work, holder=receiver, **_on(at))
    return Written((word, enter(work, _S.HANDED_OVER), received))


def _on(at: dt.datetime) -> dict[str, dt.date]:
    """The day that was planned is the day that it was: whoever receives sees what arrives by it.
    Signed late, it is the day of the signature.
    """
    return {"planned_handover_on": max(at.astimezone(dt.UTC), dt.datetime.now(dt.UTC)).date()}


ACTS: tuple[Act, ...] = (
    step(
        "planReturn",
        _plan,
        _to_come,
        text("escort", LINE, lines=False),
        text("transport", LINE, lines=False),
        source=_PLANNING,
        guards=guards_of("signReturnPlan"),
        facts=_PAPERS | _PLANNED | SEATED,
    ),
    step(
        "signReturnPlan",
        _sign_plan,
        source=_PLANNING,
        facts=_PLANNED,
    ),
    step(
        "recordTravelDocument",
        _document,
        text("travelDocument", LINE, least=3, lines=False),
        _why,
        source=_PAPERED,
        answered={Guard.IDENTITY_VERIFIED: "identityVerified"},
        facts=_PAPERS,
    ),
    step(
        "recordExitPermit",
        _permit,
        text("exitPermit", LINE, least=3, lines=False),
        _why,
        source=_PAPERED,
        guards=(Guard.CONSENT_RETURN, Guard.NO_LEGAL_HOLD, Guard.MINOR_NEEDS_GUARDIAN),
        facts=_PAPERS,
    ),
    step(
        "signHandover",
        _hand_over,
        day("handoverAt", earliest=dt.date(2000, 1, 1), past=True),
        answered={Guard.PERSON_CONFIRMS: "personConfirms"},
        facts={
            "signed": signatures(SignedStep.HANDOVER, here=True),
            "plans": signatures(SignedStep.PLAN),
            "early": "({given_handoverAt:timestamptz} < t.opened_on)",
            "held_back": HELD_BACK,
            **SEATED,
        },
    ),
    step(
        "recordBorderCrossing",
        _crossing,
        day("crossedAt", earliest=dt.date(2000, 1, 1), past=True),
        _why,
        source=frozenset({_S.DOCUMENTS_READY, _S.HANDED_OVER}),
        guards=(Guard.CONSENT_RETURN, Guard.NO_LEGAL_HOLD),
        facts=_CROSSED,
    ),
)
