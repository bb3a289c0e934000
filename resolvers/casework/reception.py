"""Arrival, reintegration, follow-up, closing: edges 10 to 12, after custody has moved."""

from __future__ import annotations

import datetime as dt

from resolvers.casework.definitions import Act, Given, Statement, Trouble, Work, Written
from resolvers.casework.given import LONG, day, text, text_of, value_of, word
from resolvers.casework.steps import add, change, enter, step
from resolvers.casework.tracing import assign
from resolvers.casework.verdicts import done_before, invalid
from schema.codes import CaseOutcome, CaseState, ClosingReason, FeedbackCode
from schema.machine import Guard

_S, _R = CaseState, ClosingReason
_LEFT = (
    _R.DECLINED_SERVICES,
    _R.LOST_CONTACT,
    _R.RE_TRAFFICKED,
    _R.THIRD_COUNTRY,
    _R.DECEASED,
)
"""Why a case ends in the reception: the person wants no services, or is not there any more."""
_VISIT = {
    # the earlier of what both sides signed and what the registry saw; east of Greenwich no day of
    # the visit is before it
    "handed_over": "(least(t.handover_at, t.handed_over_at) at time zone 'UTC')::date",
    "visited": (
        "exists (select from registry.follow_up f where f.case_id = t.id"
        " and f.month = {given_month:integer})"
    ),
}
"""What the registry says of a visit: when custody moved, and whether the month is taken."""


def _arrived(work: Work) -> Written:
    return Written((assign(work, work.caller.agency), enter(work, _S.IN_RECEPTION)))


def _reintegrating(work: Work) -> Written:
    plan = change(work, reintegration_plan=text_of(work.given, "plan"))
    return Written((assign(work, work.caller.agency), plan, enter(work, _S.REINTEGRATING)))


def _visited(work: Work) -> Written:
    handed_over = work.stand.facts["handed_over"]
    if handed_over is not None and str(value_of(work.given, "visitedOn")) < handed_over:
        rule = "it is not before the day of the handover"
        return Written(troubles=(invalid("visitedOn", rule),))
    if work.stand.is_true("visited"):
        return Written(troubles=(done_before("the visit of this month has been recorded"),))
    on, coded = value_of(work.given, "visitedOn"), text_of(work.given, "feedbackCode")
    support = work.given.get("supportTypes")
    types = [str(getattr(each, "value", each)) for each in support] if support else None  # type: ignore[attr-defined]
    rows: list[Statement] = [
        add(
            "registry.follow_up",
            case_id=work.case,
            month=work.given["month"],
            visited_on=on,
            notes=text_of(work.given, "notes"),
            support_types=types,
            feedback_code=coded,
            feedback_on=on if coded else None,
        )
    ]
    if coded:
        rows.append(change(work, feedback_code=coded, feedback_on=on))
    if work.stand.state is _S.REINTEGRATING:
        rows.append(enter(work, _S.FOLLOW_UP))
    return Written(tuple(rows))


def _closed(work: Work) -> Written:
    why = value_of(work.given, "closingReason")
    if work.stand.state is _S.IN_RECEPTION and why not in _LEFT:
        rule = f"before the reintegration has begun a case is closed with one of {', '.join(_LEFT)}"
        return Written(troubles=(invalid("closingReason", rule),))
    told = change(work, closing_reason=why, outcome=text_of(work.given, "outcome"))
    return Written((told, enter(work, _S.CLOSED)))


_MONTHS = (1, 3, 6, 12)
"""When who returned is visited (domain model, edge 12)."""


def _at_its_months(given: Given) -> list[Trouble]:
    if given.get("month") in _MONTHS:
        return []
    return [invalid("month", f"it is one of {', '.join(map(str, _MONTHS))}")]


ACTS: tuple[Act, ...] = (
    step("recordArrival", _arrived),
    step(
        "startReintegration",
        _reintegrating,
        text("plan", LONG, least=3),
    ),
    step(
        "recordFollowUp",
        _visited,
        _at_its_months,
        day("visitedOn", earliest=dt.date(2000, 1, 1), past=True),
        text("notes", LONG),
        word("feedbackCode", FeedbackCode),
        source=frozenset({_S.REINTEGRATING, _S.FOLLOW_UP}),
        facts=_VISIT,
    ),
    step(
        "closeCase",
        _closed,
        word("outcome", CaseOutcome),
        answered={Guard.CLOSING_REASON: "closingReason"},
    ),
)
