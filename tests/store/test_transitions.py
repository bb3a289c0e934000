"""Changes of state: the database refuses every edge that the machine does not know."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from schema.codes import MAIN_RANK, MAIN_STATES, CaseState
from schema.machine import targets
from tests.store.rows import Rows, after


def _refused(rows: Rows, case: uuid.UUID, state: str, hours: int, **values: object) -> None:
    with pytest.raises(psycopg.DatabaseError) as refusal:
        rows.transition(case, state, hours, **values)
    assert refusal.value.sqlstate == "SP001"


def _brought_to(rows: Rows, state: CaseState) -> uuid.UUID:
    """A case that took every main edge up to `state`."""
    case = rows.case()
    for hours, step in enumerate(MAIN_STATES[: MAIN_RANK[state]]):
        rows.transition(case, step, hours)
    return case


def test_the_whole_way_moves_the_case_along(rows: Rows) -> None:
    case = _brought_to(rows, CaseState.CLOSED)
    [row] = rows.run(
        "select state, main_rank, state_since, notified_at, handed_over_at"
        " from registry.return_case where id = %s",
        case,
    )
    assert row == ("CLOSED", 13, after(12), after(2), after(8))
    chain = rows.run(
        "select from_state, state from registry.transition where case_id = %s order by at", case
    )
    assert chain == list(zip([None, *MAIN_STATES], MAIN_STATES, strict=False))


@pytest.mark.parametrize("state", MAIN_STATES)
def test_only_the_machines_edges_lead_out(rows: Rows, state: CaseState) -> None:
    case = _brought_to(rows, state)
    for target in CaseState:
        if target not in targets(state):
            _refused(rows, case, target, 20)


@pytest.mark.parametrize("state", [s for s in CaseState if s is not CaseState.SCREENED])
def test_a_case_begins_as_screened(rows: Rows, state: CaseState) -> None:
    _refused(rows, rows.case(), state, 0)


def test_a_case_from_a_host_without_a_seat_begins_in_tracing(rows: Rows) -> None:
    case = rows.case(
        host="JP", origin="TH", agreement_code=None, state="TRACING", main_rank=5, notified_at=None
    )
    _refused(rows, case, "SCREENED", 0)
    rows.transition(case, "TRACING", 0)
    rows.transition(case, "ASSESSED", 1)
    _refused(rows, rows.case(), "TRACING", 0)


def test_a_hold_leads_back_to_where_it_was(rows: Rows) -> None:
    case = _brought_to(rows, CaseState.TRACING)
    rows.transition(case, "ON_HOLD", 10)
    [held] = rows.run("select state, main_rank from registry.return_case where id = %s", case)
    assert held == ("ON_HOLD", 5)
    _refused(rows, case, "ASSESSED", 11)
    rows.transition(case, "TRACING", 11)
    rows.transition(case, "ASSESSED", 12)


def test_a_hold_may_end_and_an_ended_case_stays_ended(rows: Rows) -> None:
    case = _brought_to(rows, CaseState.NOTIFIED)
    rows.transition(case, "ON_HOLD", 10)
    rows.transition(case, "CANCELLED", 11)
    for state in CaseState:
        _refused(rows, case, state, 12)


def test_a_transition_comes_after_the_last_one_and_from_its_state(rows: Rows) -> None:
    case = _brought_to(rows, CaseState.IDENTIFIED)
    _refused(rows, case, "NOTIFIED", 1)
    _refused(rows, case, "NOTIFIED", 0)
    _refused(rows, case, "NOTIFIED", 2, from_state="SCREENED")
    rows.transition(case, "NOTIFIED", 2, from_state="IDENTIFIED")


def test_a_state_is_never_set_without_a_transition(rows: Rows) -> None:
    case = _brought_to(rows, CaseState.SCREENED)
    with pytest.raises(psycopg.DatabaseError) as refusal:
        rows.run(
            "update registry.return_case set state = 'IDENTIFIED', main_rank = 2 where id = %s",
            case,
        )
    assert refusal.value.sqlstate == "SP001"


def test_an_update_that_repeats_the_transition_is_taken_and_makes_no_version(rows: Rows) -> None:
    case = _brought_to(rows, CaseState.IDENTIFIED)
    before = rows.one("select count(*) from history.return_case where id = %s", case)
    rows.run(
        "update registry.return_case set state = 'IDENTIFIED', main_rank = 2, state_since = %s"
        " where id = %s",
        after(1),
        case,
    )
    assert rows.one("select count(*) from history.return_case where id = %s", case) == before


def test_a_case_loaded_in_its_present_state_takes_its_past_without_versions(rows: Rows) -> None:
    case = rows.case(state="NOTIFIED", main_rank=3, state_since=after(2), notified_at=after(2))
    for hours, state in enumerate(("SCREENED", "IDENTIFIED", "NOTIFIED")):
        rows.transition(case, state, hours)
    assert rows.one("select count(*) from history.return_case where id = %s", case) == 0


def test_a_case_loaded_in_another_state_than_its_past_gives_is_refused(rows: Rows) -> None:
    case = rows.case(state="NOTIFIED", main_rank=3, state_since=after(1))
    rows.transition(case, "SCREENED", 0)
    _refused(rows, case, "IDENTIFIED", 1)


def test_two_transitions_at_once_take_turns(owner_dsn: str) -> None:
    with psycopg.connect(owner_dsn, autocommit=True) as setup:
        case = Rows(setup).case()
        Rows(setup).transition(case, "SCREENED", 0)
    with psycopg.connect(owner_dsn) as first, psycopg.connect(owner_dsn) as second:
        Rows.in_transaction(first).transition(case, "IDENTIFIED", 1)
        second.execute("set lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            Rows(second).transition(case, "NOT_A_VICTIM", 2)
        first.commit()
        _refused(Rows(second), case, "NOT_A_VICTIM", 2)
        second.rollback()


@pytest.mark.parametrize(
    ("state", "rank"), [("SCREENED", 2), ("CLOSED", 12), ("NOT_A_VICTIM", 2), ("ON_HOLD", 9)]
)
def test_the_rank_fits_the_state(rows: Rows, state: str, rank: int) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        rows.case(state=state, main_rank=rank)
