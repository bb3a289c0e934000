"""Drawn documents: what an answer shows, and what the ledger says that it showed, is the same."""

from __future__ import annotations

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.exact.drawn import documents
from tests.exact.ground import CALLERS, Ground
from tests.exact.judging import judge

QUICK = settings(max_examples=40)
DEEP = settings(max_examples=3000)


@QUICK
@given(data=st.data())
def test_the_record_is_what_was_shown(ground: Ground, data: st.DataObject) -> None:
    _one(ground, data)


@pytest.mark.deep
@DEEP
@given(data=st.data())
def test_the_record_is_what_was_shown_at_length(ground: Ground, data: st.DataObject) -> None:
    _one(ground, data)


def _one(ground: Ground, data: st.DataObject) -> None:
    who = data.draw(st.sampled_from(CALLERS))
    text = data.draw(documents(ground.ids()))
    note(f"{who.agency} {who.roles} {who.purposes}\n{text}")
    judge(ground, who, text)
