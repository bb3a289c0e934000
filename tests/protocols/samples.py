"""A small document that loads, and ways to spoil it."""

from __future__ import annotations

from pathlib import Path

from authz.documents import DocumentRefused, Problem, read

FOLDER = Path(__file__).parents[2] / "protocols"

GOOD = """\
agreement = "TH-KH-2014"
version = 4
title = "A sample"
kind = "MOU"
parties = ["TH", "KH"]
in_force = 2020-01-01
corridors = [{ host = "TH", origin = "*", except = ["TH-LA-2017"] }]

[[clause]]
article = "art. 1"
subject = "Persons"
purposes = ["TRACING", "RETURN"]

[[clause]]
article = "art. 2"
subject = "Meetings"

[[grant]]
clause = "art. 1"
grantee = { agencies = ["KH-MOSVY"], side = "ORIGIN", roles = ["FOCAL_POINT"] }
purposes = ["TRACING"]
entity = "Victim"
classes = ["SHELL", "PERSON"]
when = [
    "lodged_under",
    "stage_from(NOTIFIED)",
    "no_objection",
]

[[grant]]
clause = "art. 2"
grantee = { countries = ["TH", "KH"], roles = ["COORDINATOR"] }
purposes = ["COORDINATION"]
entity = "FocalPoint"
classes = ["CONTACT"]
when = ["shares_corridor"]
from = 2021-01-01
until = 2022-01-01
bulk = true
"""


def problems_of(text: str) -> tuple[Problem, ...]:
    """The problems of a text, none if it loads."""
    try:
        read(text, "sample.toml")
    except DocumentRefused as refused:
        return refused.problems
    return ()


def spoilt(old: str, new: str) -> str:
    """GOOD with one thing changed."""
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


def line_of(text: str, part: str) -> int:
    """The line, from 1, on which `part` first stands."""
    return text[: text.index(part)].count("\n") + 1
