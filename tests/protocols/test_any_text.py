"""Whatever is done to a document, it loads or is refused: no other failure, no false line."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocols.samples import GOOD, problems_of

VALUES = [
    *("1", "true", "[]", "{}", '""', '"x"', "2020-01-01", "[1]", "[[]]", "[{}]", "1.5", "nan"),
    *("10:00:00", "2020-01-01T00:00:00Z", '"""\nx\n"""', "{ a = { b = [ { c = 1 } ] } }"),
]
RIGHT_SIDES = [m.span(1) for m in re.finditer(r"= ((?:\[\n(?:.*\n)*?\])|.*)$", GOOD, re.MULTILINE)]


def well_formed(text: str) -> None:
    last = text.count("\n") + 1
    for problem in problems_of(text):
        assert 1 <= problem.line <= last
        assert problem.message
        assert problem.remedy
        assert "\n" not in str(problem)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(RIGHT_SIDES), st.sampled_from(VALUES))
def test_any_value_in_any_place(span: tuple[int, int], value: str) -> None:
    well_formed(GOOD[: span[0]] + value + GOOD[span[1] :])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 200), st.text(max_size=5))
def test_any_cut_and_any_insertion(at: int, length: int, inserted: str) -> None:
    well_formed(GOOD[:at] + inserted + GOOD[at + length :])
