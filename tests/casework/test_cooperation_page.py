"""docs/cooperation.md: its documents run in their order, its table is that of the protocols."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from resolvers.casework.registered import ACTS
from schema.codes import CooperationArea
from tests.casework.desks import House
from tests.casework.test_page import under
from tests.tracing.house import person

PAGE = (Path(__file__).parents[2] / "docs" / "cooperation.md").read_text("utf-8")
TABLE = PAGE.partition("## Who may do what")[2].partition("\n## ")[0]
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", TABLE, re.MULTILINE))
MINE = sorted(
    name
    for name, act in ACTS.items()
    if act.authority in ("Agreement", "FocalPoint", "BilateralContact")
)
_SPOKEN = re.compile(
    r"^As `(?P<role>\w+)` of `(?P<agency>[A-Z-]+)`(?:, and then of `(?P<then>[A-Z-]+)`)?:$"
    r"|^```graphql\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
MADE = {"agreement": "agreement", "focalPoint": "office", "bilateralContact": "contact"}
"""Field of a payload -> the variable that holds its id in the documents after it."""


def spoken() -> list[tuple[str, str, str]]:
    """(agency, role, document) in the order of the page; one that two say stands twice."""
    role, agencies = "", tuple[str, ...]()
    found: list[tuple[str, str, str]] = []
    for part in _SPOKEN.finditer(PAGE):
        if part["text"] is None:
            role = part["role"]
            agencies = tuple(a for a in (part["agency"], part["then"]) if a)
            continue
        found += [(agency, role, part["text"]) for agency in agencies]
    return found


@pytest.fixture(scope="module")
def told(house: House) -> list[dict[str, Any]]:
    """The data of every document of the page, asked in its order."""
    known: dict[str, str] = {}
    answers = []
    for agency, role, text in spoken():
        who = person(agency, role, "COORDINATION")
        body = house.ask(who, text, None, **{k: v for k, v in known.items() if f"${k}:" in text})
        assert "errors" not in body, (text, body["errors"])
        answers.append(body["data"])
        for payload in body["data"].values():
            for field, name in MADE.items():
                record = payload.get(field) or {}
                if record.get("id"):
                    known[name] = record["id"]
                if record.get("versions"):
                    known["hash"] = record["versions"][-1]["contentHash"]
    return answers


def test_every_document_of_the_page_is_done(told: list[dict[str, Any]]) -> None:
    for data in told:
        for payload in data.values():
            assert payload.get("problems", []) == []
    signed, entered = (
        next(data[name] for data in reversed(told) if name in data)["agreement"]
        for name in ("signAgreement", "bringIntoForce")
    )
    assert (signed["state"], signed["version"]) == ("SIGNED", 2)
    assert entered == {"state": "IN_FORCE", "inForceFrom": "2025-07-01"}


def test_each_area_has_a_record_by_the_documents_of_the_page(
    told: list[dict[str, Any]], house: House
) -> None:
    assert told
    rows = house.owner.execute(
        "select c.area from registry.bilateral_contact c union select unnest(a.areas)"
        " from registry.agreement a join registry.event e on e.record_id = a.id"
        " join registry.deed d on d.tx = e.tx"
    ).fetchall()
    assert {area for (area,) in rows} >= set(CooperationArea)
    for area in CooperationArea:
        assert f"| `{area}` |" in PAGE


@pytest.mark.parametrize("name", MINE)
def test_the_page_says_who_may(name: str) -> None:
    what, clauses = ROWS[name].split(" | ")
    assert what
    assert clauses == under(name)


def test_the_page_names_no_act_that_is_not_there() -> None:
    assert set(ROWS) == set(MINE)
