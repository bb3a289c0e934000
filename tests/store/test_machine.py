"""The state machine: questions over its one table of edges."""

from __future__ import annotations

from itertools import pairwise

from schema.codes import MAIN_STATES, CaseState
from schema.machine import EDGES, ranks_of, targets
from tests.store.rows import Rows


def test_the_database_holds_the_same_edges(rows: Rows) -> None:
    stored = rows.run(
        "select number, source, target, unseated_host, act, side, actors, limit_days"
        " from registry.state_edge"
    )
    known = [
        (
            e.number,
            e.source,
            e.target,
            e.unseated_host,
            e.act,
            e.side,
            [str(role) for role in e.actors],
            e.limit_days,
        )
        for e in EDGES
    ]
    assert sorted(stored, key=repr) == sorted(known, key=repr)


def test_each_main_state_leads_to_the_next() -> None:
    for state, following in pairwise(MAIN_STATES):
        assert following in targets(state)


def test_before_handover_every_state_can_rest_or_end_and_after_it_none_can() -> None:
    side = {CaseState.ON_HOLD, CaseState.ALTERNATIVE, CaseState.CANCELLED}
    for rank, state in enumerate(MAIN_STATES, start=1):
        assert (side <= targets(state)) is (rank < 9)
        assert bool(side & targets(state)) is (rank < 9)


def test_a_hold_leads_back_to_the_main_state_last_held() -> None:
    assert targets(CaseState.ON_HOLD, main_rank=5) == {
        CaseState.TRACING,
        CaseState.ALTERNATIVE,
        CaseState.CANCELLED,
    }


def test_a_case_begins_screened_or_where_the_host_has_no_seat_in_tracing() -> None:
    assert targets(None) == {CaseState.SCREENED}
    assert targets(None, seated_host=False) == {CaseState.TRACING}


def test_side_states_keep_a_rank_they_could_be_entered_from() -> None:
    assert list(ranks_of(CaseState.ON_HOLD)) == list(range(1, 9))
    assert list(ranks_of(CaseState.NOT_A_VICTIM)) == [1]
    assert list(ranks_of(CaseState.CLOSED)) == [13]


def test_ended_cases_lead_nowhere() -> None:
    for state in (
        CaseState.CLOSED,
        CaseState.NOT_A_VICTIM,
        CaseState.ALTERNATIVE,
        CaseState.CANCELLED,
    ):
        assert not targets(state)
