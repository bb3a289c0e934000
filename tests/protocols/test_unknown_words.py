"""Any single unknown word, in any position of a document, is refused on its line."""

from __future__ import annotations

import re
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from authz.documents import read
from tests.protocols.samples import FOLDER, GOOD, problems_of

FREE = re.compile(r"\s*(title|source|subject|agreement|article|retention)\b")
WORD = re.compile(r'"([^"\n]+)"|\b([a-z_]+)(?= =)|\[\[([a-z]+)\]\]')


@cache
def documents() -> tuple[str, ...]:
    """The sample and the smaller of our documents."""
    names = ("ACTIP.v1", "COMMIT-2004.v1", "TH-KH-SOP-2022.v1", "IOM-MSDHS-2007.v1")
    return (GOOD, *((FOLDER / f"{name}.toml").read_text() for name in names))


def words(text: str) -> list[tuple[int, int]]:
    """Spans of the words that are of a closed list: keys, codes, conditions."""
    found, start = [], 0
    for line in text.splitlines(keepends=True):
        for match in WORD.finditer(line):
            group = match.lastindex or 0
            if line.startswith("#") or (group == 1 and FREE.match(line)):
                continue
            found.append((start + match.start(group), start + match.end(group)))
        start += len(line)
    return found


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, int]:
    text = draw(st.sampled_from(documents()))
    first, last = draw(st.sampled_from(words(text)))
    at = draw(st.integers(first, last))
    odd = draw(st.sampled_from(["Qz", "_", "9", "é", "--", "()", "TRACING", "TH"]))
    changed = text[:at] + odd + text[at:]
    return changed, changed[:first].count("\n") + 1


@settings(max_examples=250, deadline=None)
@given(spoilt())
def test_one_unknown_word_refuses_the_document(case: tuple[str, int]) -> None:
    text, line = case
    problems = problems_of(text)
    assert line in {p.line for p in problems}, problems


def test_the_documents_load_before_they_are_spoilt() -> None:
    for text in documents():
        assert read(text, "whole").grants
    assert len(words(GOOD)) > 50
