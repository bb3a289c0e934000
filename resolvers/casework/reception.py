"""Arrival, reintegration, follow-up, closing: edges 10 to 12, after custody has moved."""

from __future__ import annotations

import datetime as dt

from resolvers.casework.definitions import Act, Statement, Work, Written
from resolvers.casework.given import LONG, code, day, number, text, text_of, value_of
from resolvers.casework.steps import add, change, enter, step
from resolvers.casework.tracing import assign
from schema.codes import CaseState
from schema.machine import Guard

_S = CaseState


def _arrived(work: Work) -> Written:
    return Written((assign(work, work.caller.agency), enter(work, _S.IN_RECEPTION)))


def _reintegrating(work: Work) -> Written:
    plan = change(work, reintegration_plan=text_of(work.given, "plan"))
    return Written((assign(work, work.caller.agency), plan, enter(work, _S.REINTEGRATING)))


def _visited(work: Work) -> Written:
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
    told = change(work, closing_reason=why, outcome=text_of(work.given, "outcome"))
    return Written((told, enter(work, _S.CLOSED)))


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
        number("month", 0, 60),
        day("visitedOn", earliest=dt.date(2000, 1, 1), past=True),
        text("notes", LONG),
        code("feedbackCode"),
        source=frozenset({_S.REINTEGRATING, _S.FOLLOW_UP}),
    ),
    step(
        "closeCase",
        _closed,
        code("outcome"),
        answered={Guard.CLOSING_REASON: "closingReason"},
    ),
)
