"""Random paths through the machine, legal and not, beside a plain model of it.

The model knows the edges of the domain's table in its own words. Whatever is
asked of the registry, a step is taken exactly where the model takes it; a step
that is not taken changes nothing and says why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.caller import Caller
from tests.casework import desks
from tests.casework.desks import House

PLACE = "ARANYAPRATHET_POIPET"
ORDER = (
    "SCREENED",
    "IDENTIFIED",
    "NOTIFIED",
    "TRACING_REQUESTED",
    "TRACING",
    "ASSESSED",
    "RETURN_PLANNED",
    "DOCUMENTS_READY",
    "HANDED_OVER",
    "IN_RECEPTION",
    "REINTEGRATING",
    "FOLLOW_UP",
    "CLOSED",
)
BEFORE = ORDER[:8]
VISITED = ("REINTEGRATING", "FOLLOW_UP")


@dataclass(slots=True)
class Model:
    """Where the case stands, and what has been said."""

    state: str = "SCREENED"
    rested: str = ""
    outcome: str = ""
    planned: bool = False
    document: bool = False
    permit: bool = False
    stamped: bool = False
    signed: bool = False
    walked: list[str] = field(default_factory=list)

    def go(self, state: str) -> bool:
        self.walked.append(state)
        self.state = state
        return True


Expect = Callable[[Model], bool]


def _at(*states: str) -> Expect:
    return lambda model: model.state in states


def _to(source: str, target: str) -> Expect:
    return lambda model: model.state == source and model.go(target)


def _report(model: Model) -> bool:
    if model.state != "TRACING":
        return False
    model.outcome = "SUITABLE"
    return True


def _confirm(model: Model) -> bool:
    return model.state == "TRACING" and bool(model.outcome) and model.go("ASSESSED")


def _plan(model: Model) -> bool:
    if model.state != "ASSESSED":
        return False
    model.planned = True
    return True


def _sign_plan(model: Model) -> bool:
    return model.state == "ASSESSED" and model.planned and model.go("RETURN_PLANNED")


def _document(model: Model) -> bool:
    if model.state != "RETURN_PLANNED":
        return False
    model.document = True
    return model.go("DOCUMENTS_READY") if model.permit else True


def _permit(model: Model) -> bool:
    if model.state != "RETURN_PLANNED":
        return False
    model.permit = True
    return model.go("DOCUMENTS_READY") if model.document else True


def _stamp(model: Model) -> bool:
    if model.state != "DOCUMENTS_READY" or model.stamped:
        return False
    model.stamped = True
    return True


def _host_signs(model: Model) -> bool:
    if model.state != "DOCUMENTS_READY" or model.signed:
        return False
    model.signed = True
    return True


def _origin_signs(model: Model) -> bool:
    return model.state == "DOCUMENTS_READY" and model.signed and model.go("HANDED_OVER")


def _hold(model: Model) -> bool:
    if model.state not in BEFORE:
        return False
    model.rested = model.state
    return model.go("ON_HOLD")


def _resume(model: Model) -> bool:
    return model.state == "ON_HOLD" and model.go(model.rested)


def _close(*states: str) -> Expect:
    return lambda model: model.state in states and model.go("CLOSED")


def _end(target: str) -> Expect:
    return lambda model: model.state in (*BEFORE, "ON_HOLD") and model.go(target)


DAY = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).date().isoformat()
HOUR = dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
TODAY = dt.datetime.now(dt.UTC).date().isoformat()
PLAN = {"plannedHandoverOn": f'"{DAY}"', "handoverPlace": PLACE}
HANDOVER = {"handoverAt": f'"{HOUR}"', "handoverPlace": PLACE, "personConfirms": "true"}
DECISION = {"decision": '"she stays with her aunt"'}
STEPS: dict[str, tuple[Caller, str, dict[str, str], Expect]] = {
    "identify": (
        desks.MDT,
        "recordIdentification",
        {"isVictim": "true", "rightsExplained": "true"},
        _to("SCREENED", "IDENTIFIED"),
    ),
    "notify": (desks.HOST, "notifyOrigin", {}, _to("IDENTIFIED", "NOTIFIED")),
    "request": (desks.HOST, "requestTracing", {}, _to("NOTIFIED", "TRACING_REQUESTED")),
    "take": (desks.ORIGIN, "acknowledgeTracing", {}, _to("TRACING_REQUESTED", "TRACING")),
    "report": (desks.TRACER, "reportAssessment", {"outcome": "SUITABLE"}, _report),
    "confirm": (desks.ORIGIN, "confirmAssessment", {}, _confirm),
    "plan": (desks.HOST_RETURN, "planReturn", PLAN, _plan),
    "sign plan": (desks.ORIGIN_RETURN, "signReturnPlan", PLAN, _sign_plan),
    "document": (
        desks.CONSUL,
        "recordTravelDocument",
        {"travelDocument": '"N 12"', "identityVerified": "true"},
        _document,
    ),
    "permit": (desks.BORDER, "recordExitPermit", {"exitPermit": '"E 12"'}, _permit),
    "stamp": (desks.BORDER, "recordBorderCrossing", {"crossedAt": f'"{HOUR}"'}, _stamp),
    "host signs": (desks.HOST_RETURN, "signHandover", HANDOVER, _host_signs),
    "origin signs": (desks.ORIGIN_RETURN, "signHandover", HANDOVER, _origin_signs),
    "receive": (desks.RECEPTION, "recordArrival", {}, _to("HANDED_OVER", "IN_RECEPTION")),
    "begin": (
        desks.RECEPTION_AFTER,
        "startReintegration",
        {"plan": '"school"'},
        _to("IN_RECEPTION", "REINTEGRATING"),
    ),
    "visit": (
        desks.HELPER,
        "recordFollowUp",
        {"month": "1", "visitedOn": f'"{TODAY}"'},
        lambda m: m.state == "FOLLOW_UP" or _to("REINTEGRATING", "FOLLOW_UP")(m),
    ),
    "close": (
        desks.HELPER,
        "closeCase",
        {"closingReason": "REINTEGRATED"},
        _close(*VISITED),
    ),
    "give up": (
        desks.HELPER,
        "closeCase",
        {"closingReason": "LOST_CONTACT"},
        _close("IN_RECEPTION", *VISITED),
    ),
    "hold": (desks.HOST, "holdCase", {"holdReason": "HEALTH"}, _hold),
    "resume": (desks.HOST, "resumeCase", {}, _resume),
    "alternative": (desks.HOST, "chooseAlternative", DECISION, _end("ALTERNATIVE")),
    "cancel": (desks.HOST, "cancelReturn", DECISION, _end("CANCELLED")),
}
LEGAL = (
    "identify",
    "notify",
    "request",
    "take",
    "report",
    "confirm",
    "plan",
    "sign plan",
    "document",
    "permit",
    "stamp",
    "host signs",
    "origin signs",
    "receive",
    "begin",
    "visit",
    "close",
)


@st.composite
def paths(draw: st.DrawFn) -> list[str]:
    """Most of the way as it should go, with anything thrown in between."""
    path: list[str] = []
    for step in LEGAL[: draw(st.integers(2, len(LEGAL)))]:
        path += draw(st.lists(st.sampled_from(sorted(STEPS)), max_size=1))
        path.append(step)
    return path


def _begin(house: House) -> str:
    case = house.case("SCREENED", start=dt.datetime.now(dt.UTC) - dt.timedelta(days=9)).case
    for purpose in ("TRACING", "RETURN", "SERVICES"):
        house.consent(case, purpose)
    for agency in ("TH-IMM", "NGO-CWCC", "KH-PTC"):
        house.assign(case, agency)
    return case


def walk(house: House, path: list[str]) -> None:
    """Take a path in the registry and in the model, and compare at every step."""
    case, model = _begin(house), Model()
    for step in path:
        who, act, arguments, expect = STEPS[step]
        before = house.trace_of(case)
        taken = expect(model)
        payload = house.act(who, act, case, **arguments)
        assert (payload["problems"] == []) is taken, (path, step, model, payload)
        assert house.state(case) == model.state, (path, step)
        if not taken:
            assert house.trace_of(case) == before
    rows = house.owner.execute(
        "select state from registry.transition where case_id = %s order by at", (case,)
    ).fetchall()
    assert [state for (state,) in rows] == ["SCREENED", *model.walked]


def test_every_step_of_the_model_is_an_act_that_the_machine_has() -> None:
    from schema.operations import OPERATIONS

    assert {act for _, act, *_ in STEPS.values()} <= set(OPERATIONS)


def test_a_hold_comes_back_to_where_it_was(house: House) -> None:
    walk(house, ["identify", "notify", "hold", "notify", "resume", "request"])


def test_an_ended_case_takes_no_step(house: House) -> None:
    walk(house, ["identify", "hold", "cancel", *sorted(STEPS)])


SLOW = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@settings(max_examples=6, derandomize=True, deadline=None, suppress_health_check=SLOW)
@given(path=paths())
def test_no_path_leads_where_the_model_does_not(house: House, path: list[str]) -> None:
    walk(house, path)


@pytest.mark.deep
@settings(max_examples=400, deadline=None, suppress_health_check=SLOW)
@given(path=paths())
def test_no_long_search_finds_a_path_either(house: House, path: list[str]) -> None:
    walk(house, path)
