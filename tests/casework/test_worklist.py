"""The worklist: each desk sees the cases on which it has the next step, the most urgent first."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.casework.desks import BORDER, HOST, MDT, ORIGIN, STRANGER, TRACER, House

LIST = """{ worklist(first: 100) { totalCount edges { node {
  id state dueAt overdue } } } }"""


def _listed(house: House, who: Any, query: str = LIST) -> dict[str, dict[str, Any]]:
    body = house.ask(who, query)
    assert "errors" not in body, body
    edges = body["data"]["worklist"]["edges"]
    return {edge["node"]["id"]: edge["node"] for edge in edges}


def test_each_desk_has_the_cases_on_which_its_step_is_next(house: House) -> None:
    cases = {
        state: house.case(state, start=dt.datetime.now(dt.UTC) - dt.timedelta(days=40)).case
        for state in ("SCREENED", "IDENTIFIED", "NOTIFIED", "TRACING_REQUESTED", "TRACING")
    }

    def on(who: Any) -> set[str]:
        found = _listed(house, who)
        return {state for state, case in cases.items() if case in found}

    assert on(MDT) == {"SCREENED"}
    assert on(HOST) == {"IDENTIFIED", "NOTIFIED"}
    assert on(ORIGIN) == {"TRACING_REQUESTED", "TRACING"}
    assert on(TRACER) == {"TRACING"}
    assert on(STRANGER) == set()
    assert on(BORDER) == set()


def test_a_step_taken_moves_the_case_to_the_other_desk(house: House) -> None:
    case = house.case("NOTIFIED").case
    assert case in _listed(house, HOST)
    house.done(HOST, "requestTracing", case)
    assert case not in _listed(house, HOST)
    assert case in _listed(house, ORIGIN)


def test_limits_are_the_machines_unless_the_agreement_has_its_own(house: House) -> None:
    entered = dt.datetime.now(dt.UTC) - dt.timedelta(days=10)
    late = house.case("IDENTIFIED", start=entered - dt.timedelta(days=1)).case
    found = _listed(house, HOST)[late]
    due = dt.datetime.fromisoformat(found["dueAt"])
    assert abs(due - (entered + dt.timedelta(days=7))) < dt.timedelta(minutes=1)
    assert found["overdue"] is True
    house.owner.execute(
        "insert into registry.time_limit (agreement_code, edge, days) values ('TH-KH-2014', 3, 30)"
    )
    try:
        found = _listed(house, HOST)[late]
        assert found["overdue"] is False
    finally:
        house.owner.execute("delete from registry.time_limit where agreement_code = 'TH-KH-2014'")


def test_the_most_urgent_stands_first_and_what_was_read_is_on_record(house: House) -> None:
    body = house.ask(HOST, LIST)
    dues = [edge["node"]["dueAt"] for edge in body["data"]["worklist"]["edges"]]
    set_ = [due for due in dues if due]
    assert set_ == sorted(set_)
    assert dues[: len(set_)] == set_
    (leaf, *_) = house.registry.leaves(body["extensions"]["accessRecord"])
    assert leaf["searched"] == ["ReturnCase.dueAt", "ReturnCase.state"]


def test_a_case_at_rest_is_the_holders_to_wake(house: House) -> None:
    case = house.case("NOTIFIED").case
    house.done(HOST, "holdCase", case, holdReason="HEALTH")
    assert case in _listed(house, HOST)
    assert case not in _listed(house, ORIGIN)
    reason = f'{{ returnCase(id: "{case}") {{ state holdReason }} }}'
    seen = house.ask(HOST, reason)["data"]["returnCase"]
    assert seen == {"state": "ON_HOLD", "holdReason": "HEALTH"}
    abroad = house.ask(ORIGIN, reason)
    assert abroad["data"]["returnCase"] == {"state": "ON_HOLD", "holdReason": None}
