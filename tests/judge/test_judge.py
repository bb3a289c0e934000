"""Judge and engine, 300 drawn cases: whole answers, errors, counts, orders and records agree."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.judge.ground import Ground
from tests.judge.trying import QUESTIONS, Tally, try_one

CASES = 300


def test_judge_and_engine_agree(ground: Ground) -> None:
    tally = Tally()

    @settings(
        max_examples=CASES // QUESTIONS,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        try_one(data.draw, ground, tally)

    agree()
    print(tally)
