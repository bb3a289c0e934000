"""Two judges of one question: the compiler, and the rulings read row by row in plain Python.

They share the documents as they were read, and nothing else. Whole answers, errors, what was
withheld, counts, orders and the access record must be the same. How to look into a failure: its
text holds the rows, the caller, the grants and both answers; the seed is printed with it.
"""

from __future__ import annotations

import os
from random import Random

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.judges.strategies import chances
from tests.judges.trial import Court, report, smaller, trials

CASES = 300
DEEP_CASES = 20_000
CALLERS, QUESTIONS = 3, 4
_PER_WORLD = CALLERS * QUESTIONS
_QUIET = settings(
    deadline=None,
    database=None,
    # a world is made smaller row by row by `smaller`, which knows what a world is
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def judged(court: Court, r: Random) -> int:
    """One world, all its questions. Fails with the smallest world that still tells the difference;
    gives how many questions were asked.
    """
    asked = 0
    for case in trials(court.shipped, r, CALLERS, QUESTIONS):
        asked += 1
        if court.differences(case):
            pytest.fail(report(court, smaller(court, case)))
    return asked


def test_both_judges_agree(court: Court) -> None:
    asked = 0

    @settings(_QUIET, max_examples=CASES // _PER_WORLD, derandomize=True)
    @given(chances)
    def agree(r: Random) -> None:
        nonlocal asked
        asked += judged(court, r)

    agree()
    assert asked >= CASES


@pytest.mark.deep
def test_both_judges_agree_over_many_worlds(court: Court) -> None:
    cases = int(os.environ.get("SAPHAN_JUDGES_CASES", DEEP_CASES))
    seed = int(os.environ.get("SAPHAN_JUDGES_SEED", Random().getrandbits(32)))
    print(f"\nSAPHAN_JUDGES_SEED={seed}, {cases} cases")  # noqa: T201
    asked = 0

    @hypothesis.seed(seed)
    @settings(_QUIET, max_examples=-(-cases // _PER_WORLD))
    @given(chances)
    def agree(r: Random) -> None:
        nonlocal asked
        asked += judged(court, r)

    try:
        agree()
    finally:
        print(f"{asked} cases asked with seed {seed}")  # noqa: T201
    assert asked >= cases
