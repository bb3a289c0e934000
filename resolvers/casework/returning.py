"""Plan, papers, handover: edges 7 to 9, where both sides have their word.

What is signed is the hash of what the step says; the second side says it again
in its own arguments, so that nobody signs what somebody else has changed.
"""

from __future__ import annotations

import datetime as dt

from resolvers.casework.definitions import Act, Statement, Trouble, Work, Written
from resolvers.casework.given import LINE, day, text, text_of, value_of
from resolvers.casework.steps import (
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
from resolvers.casework.verdicts import conflict, done_before, not_permitted
from schema.classes import DataClass
from schema.codes import CaseState, SignedStep
from schema.machine import Guard, guards_of

_S = CaseState
_PLANNED = {
    "planned": "t.planned_handover_on",
    "place": "t.handover_place",
    "signed": signatures(SignedStep.PLAN),
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
}
_CROSSED = {
    "paper": _PAPERS["paper"],
    "departed_at": _PAPER.replace("{column}", "departed_at"),
    "arrived_at": _PAPER.replace("{column}", "arrived_at"),
}
_SEATED = {
    "seated": "coalesce((select n.has_seat from registry.country n where n.code = t.host), false)"
}
"""A host without a seat signs nothing here: the word of origin is enough (domain, section 4, e)."""
_NO_SIDE = not_permitted("NO_PROTOCOL", None, None)


def _plan(work: Work) -> Written:
    if not work.side:
        return Written(troubles=(_NO_SIDE,))
    on, place = value_of(work.given, "plannedHandoverOn"), value_of(work.given, "handoverPlace")
    journey = _journey(
        work, escort=text_of(work.given, "escort"), transport=text_of(work.given, "transport")
    )
    return Written(
        (
            change(work, planned_handover_on=on, handover_place=place),
            *journey,
            sign(work, SignedStep.PLAN, content_of(on, place)),
            *([] if work.stand.is_true("seated") else [enter(work, _S.RETURN_PLANNED)]),
        )
    )


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
    return Written((sign(work, SignedStep.PLAN, content), enter(work, _S.RETURN_PLANNED)))


def _unsignable(work: Work, content: str) -> Trouble | None:
    """Why the second word cannot be given."""
    if not work.side:
        return _NO_SIDE
    theirs = signed_by(work, "signed").get(other(work.side))
    if theirs is None:
        return conflict(None, "the other side has not signed a plan yet: plan the return first")
    if theirs[0] != content:
        return conflict(DataClass.HANDOVER, "the plan of the other side says another day or place")
    return None


def _document(work: Work) -> Written:
    verified = bool(work.given["identityVerified"])
    paper = _journey(
        work,
        travel_document=text_of(work.given, "travelDocument"),
        identity_verified=verified,
    )
    permitted = work.stand.facts["permit"] is not None or not work.stand.is_true("permits")
    return Written((*paper, *([enter(work, _S.DOCUMENTS_READY)] if permitted else [])))


def _permit(work: Work) -> Written:
    paper = _journey(work, exit_permit=text_of(work.given, "exitPermit"))
    there = work.stand.facts["document"] is not None and work.stand.is_true("verified")
    return Written((*paper, *([enter(work, _S.DOCUMENTS_READY)] if there else [])))


def _crossing(work: Work) -> Written:
    if not work.side:
        return Written(troubles=(_NO_SIDE,))
    column = "departed_at" if work.side == "HOST" else "arrived_at"
    if work.stand.facts[column] is not None:
        return Written(troubles=(done_before("this crossing has been recorded"),))
    return Written(tuple(_journey(work, **{column: value_of(work.given, "crossedAt")})))


def _hand_over(work: Work) -> Written:
    if not work.side:
        return Written(troubles=(_NO_SIDE,))
    at, place = value_of(work.given, "handoverAt"), value_of(work.given, "handoverPlace")
    if not isinstance(at, dt.datetime):
        raise TypeError("`handoverAt` is a time")
    content = content_of(at.astimezone(dt.UTC).isoformat(), place)
    signed = signed_by(work, "signed")
    ours, theirs = signed.get(work.side), signed.get(other(work.side))
    word = sign(work, SignedStep.HANDOVER, content)
    if not work.stand.is_true("seated"):
        told = change(work, handover_at=at, handover_place=place, holder=work.caller.agency)
        return Written((word, enter(work, _S.HANDED_OVER), told))
    if theirs is None or theirs[0] != content:
        if ours is not None and ours[0] == content:
            return Written(troubles=(done_before("your side has signed this handover"),))
        if theirs is not None and ours is None:
            said = "the other side has signed another hour or place"
            return Written(troubles=(conflict(DataClass.HANDOVER, said),))
        return Written((change(work, handover_at=at, handover_place=place), word))
    receiver = work.caller.agency if work.side == "ORIGIN" else theirs[1]
    return Written((word, enter(work, _S.HANDED_OVER), change(work, holder=receiver)))


ACTS: tuple[Act, ...] = (
    step(
        "planReturn",
        _plan,
        day("plannedHandoverOn", earliest=dt.date(2000, 1, 1)),
        text("escort", LINE, lines=False),
        text("transport", LINE, lines=False),
        source=frozenset({_S.ASSESSED}),
        guards=guards_of("signReturnPlan"),
        facts=_PLANNED | _PAPERS | _SEATED,
    ),
    step(
        "signReturnPlan",
        _sign_plan,
        facts=_PLANNED,
    ),
    step(
        "recordTravelDocument",
        _document,
        text("travelDocument", LINE, least=3, lines=False),
        answered={Guard.IDENTITY_VERIFIED: "identityVerified"},
        facts=_PAPERS,
    ),
    step(
        "recordExitPermit",
        _permit,
        text("exitPermit", LINE, least=3, lines=False),
        source=frozenset({_S.RETURN_PLANNED}),
        guards=(Guard.CONSENT_RETURN, Guard.NO_LEGAL_HOLD),
        facts=_PAPERS,
    ),
    step(
        "signHandover",
        _hand_over,
        day("handoverAt", earliest=dt.date(2000, 1, 1), ahead=30),
        answered={Guard.PERSON_CONFIRMS: "personConfirms"},
        facts={"signed": signatures(SignedStep.HANDOVER)} | _SEATED,
    ),
    step(
        "recordBorderCrossing",
        _crossing,
        day("crossedAt", earliest=dt.date(2000, 1, 1), past=True),
        source=frozenset({_S.DOCUMENTS_READY, _S.HANDED_OVER}),
        guards=(Guard.CONSENT_RETURN, Guard.NO_LEGAL_HOLD),
        facts=_CROSSED,
    ),
)
