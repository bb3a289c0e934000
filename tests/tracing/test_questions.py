"""Each question's answer against the word of the leaves, in the scope of each who may ask."""

from __future__ import annotations

from typing import Any

import pytest

from schema.reference import agencies
from tests.tracing.house import AUDITORS, HOLDER, Cell
from tests.tracing.judge import IDENTITY, leaves, refused, told
from tests.tracing.scene import ASKING, REASON, RETURNING, STRANGER, Scene
from tests.tracing.typing_at import Prompt

TH, KH, LA = (AUDITORS[country] for country in ("TH", "KH", "LA"))
VICTIM = "b3a9a7a4-1f4e-4a55-9d2a-6a1c2b7f0e11"
QUESTIONS = {
    "identity": ("--victim", VICTIM),
    "province": ("--agency", "KH-MOSVY", "--province", "Takeo"),
    "after-withdrawal": (),
    "after-objection": (),
    "emergencies": (),
    "unusual": (),
    "small-cells": (),
    "refusals": (),
}


def ask(prompt: Prompt, scene: Scene, who: str, *words: str) -> Any:
    return prompt.ledger(scene.house, ASKING[who], "ask", *words, "--format", "json").json


def cells(rows: list[dict[str, Any]]) -> set[Cell]:
    return {
        (row["accessRecord"], entry["recordId"], name)
        for row in rows
        for entry in row["disclosures"]
        for name in entry["fields"]
    }


@pytest.mark.parametrize("who", ASKING)
def test_who_saw_this_persons_identity(scene: Scene, prompt: Prompt, who: str) -> None:
    for target in (scene.house.cambodian, scene.withdrawn, scene.house.laotian):
        expected = told(
            scene.house,
            ASKING[who],
            lambda _, record, names: record == target.victim and IDENTITY & {*names} != set(),  # noqa: B023
        )
        rows = ask(prompt, scene, who, "identity", "--victim", target.victim)
        assert cells(rows) == expected
        for row in rows:
            assert row["at"]
            assert row["purpose"] in {"TRACING", "RETURN"}
            assert all("@" in entry["clause"] for entry in row["disclosures"])
    assert cells(ask(prompt, scene, "TH-AUDIT", "identity", "--victim", target.victim))


def test_identity_of_one_agency_alone(scene: Scene, prompt: Prompt) -> None:
    victim = scene.house.cambodian.victim
    words = ("identity", "--victim", victim, "--agency", "KH-MOSVY")
    rows = ask(prompt, scene, "TH-AUDIT", *words)
    assert {row["agency"] for row in rows} == {"KH-MOSVY"}
    everyone = ask(prompt, scene, "TH-AUDIT", *words[:3])
    assert {row["agency"] for row in everyone} == {"KH-MOSVY", "TH-DATIP"}


def test_what_an_agency_saw_of_a_province(scene: Scene, prompt: Prompt) -> None:
    own = scene.withdrawn.ids() | scene.objected.ids()
    expected = told(
        scene.house,
        HOLDER,
        lambda leaf, record, _: leaf.agency == "KH-MOSVY" and record in own,
    )
    rows = ask(prompt, scene, "TH-DATIP", "province", *QUESTIONS["province"])
    assert cells(rows) == expected
    assert len({record for _, record, _ in expected}) == 4
    words = ("province", *QUESTIONS["province"], "--class", "IDENTITY")
    assert cells(ask(prompt, scene, "TH-DATIP", *words)) == told(
        scene.house,
        HOLDER,
        lambda leaf, record, names: (
            leaf.agency == "KH-MOSVY" and record in own and IDENTITY & {*names} != set()
        ),
    )
    nowhere = ("province", "--agency", "KH-MOSVY", "--province", "Nowhere")
    assert ask(prompt, scene, "TH-DATIP", *nowhere) == []


@pytest.mark.parametrize("who", [TH, KH, LA], ids=["TH", "KH", "LA"])
def test_nobody_learns_a_home_who_may_not_be_shown_it(
    scene: Scene, prompt: Prompt, who: Any
) -> None:
    said = prompt.ledger(scene.house, who, "ask", "province", *QUESTIONS["province"])
    assert (said.code, said.out) == (1, "")
    assert "`Victim.homeProvince` is not permitted" in said.err
    assert "Takeo" not in said.err


@pytest.mark.parametrize("who", ASKING)
def test_after_a_withdrawal(scene: Scene, prompt: Prompt, who: str) -> None:
    rows = ask(prompt, scene, who, "after-withdrawal")
    at = scene.withdrawn_at
    assert at is not None
    expected = told(
        scene.house,
        ASKING[who],
        lambda leaf, record, _: (
            leaf.country == "KH" and record in scene.withdrawn.ids() and leaf.at >= at
        ),
    )
    assert expected or who not in {"TH-AUDIT", "KH-AUDIT", "TH-DATIP"}
    # the inspectorate of Cambodia reads no consent of a case that is in Thai hands
    assert cells(rows) == (expected if who in {"TH-AUDIT", "TH-DATIP"} else set())


@pytest.mark.parametrize("who", ASKING)
def test_after_an_objection(scene: Scene, prompt: Prompt, who: str) -> None:
    rows = ask(prompt, scene, who, "after-objection")
    expected = told(
        scene.house,
        ASKING[who],
        lambda leaf, record, _: leaf.country == "KH" and record in scene.objected.ids(),
    )
    assert expected or who not in {"TH-AUDIT", "KH-AUDIT", "TH-DATIP"}
    # that case was put before no inspectorate
    assert cells(rows) == (expected if who == "TH-DATIP" else set())


def test_openings_that_nobody_reviewed(scene: Scene, prompt: Prompt) -> None:
    house = scene.house
    for who in (TH, RETURNING):
        said = prompt.ledger(house, who, "ask", "emergencies", "--format", "json").json
        assert [row["id"] for row in said] == [scene.opening]
        assert said[0]["reason"] == REASON
        assert said[0]["openedBy"] == "a nurse"
        assert said[0]["overdue"] is False
    for stranger in (KH, LA):
        assert prompt.ledger(house, stranger, "ask", "emergencies", "--format", "json").json == []
    text = prompt.ledger(house, TH, "ask", "emergencies").out
    assert scene.opening in text
    assert scene.closed not in text
    assert "review due by" in text
    later = ("--from", "2100-01-01T00:00:00+00:00", "--to", "2101-01-01T00:00:00+00:00")
    assert prompt.ledger(house, TH, "ask", "emergencies", *later).out == (
        "every emergency opening has been reviewed, as far as you may read\n"
    )


@pytest.mark.parametrize("who", ASKING)
def test_refusals_by_reason(scene: Scene, prompt: Prompt, who: str) -> None:
    # before the question, whose own refusals would be among them
    expected = refused(scene.house, ASKING[who])
    rows = ask(prompt, scene, who, "refusals")
    found = {
        (row["reason"], row["agency"], name): (
            row["refused"].get(name, 0),
            row["withheld"].get(name, 0),
        )
        for row in rows
        for name in {*row["refused"], *row["withheld"]}
    }
    assert found == expected
    assert found or who in {"KH-MOSVY", "TH-SHELTER"}, "nobody was refused a thing of theirs"
    some = ask(prompt, scene, who, "refusals", "--reason", "CONSENT")
    assert [row for row in rows if row["reason"] == "CONSENT"] == some


def test_statistics_are_counted_honestly(scene: Scene, prompt: Prompt) -> None:
    told_of = ask(prompt, scene, "TH-AUDIT", "small-cells")
    one = {"below": 11, "asked": 1, "answered": 0, "small": [], "figures": 0, "fields": {}}
    assert told_of == one
    text = prompt.ledger(scene.house, TH, "ask", "small-cells").out
    assert text.startswith("1 operation for STATISTICS, 0 of them answered")
    none = prompt.ledger(scene.house, TH, "ask", "small-cells", "--agency", "KH-MOSVY").out
    assert none == "no statistics were asked, as far as you may read\n"


@pytest.mark.parametrize("who", ["TH-AUDIT", "KH-AUDIT", "LA-AUDIT"])
def test_callers_without_a_past_are_named_and_not_judged(
    scene: Scene, prompt: Prompt, who: str
) -> None:
    expected = {
        (leaf.agency, leaf.body["caller"]["subject"])
        for leaf in leaves(scene.house)
        if leaf.country == ASKING[who].country
        or ASKING[who].country in leaf.pair.split("-")
        or leaf.pair == ""
    }
    rows = ask(prompt, scene, who, "unusual")
    assert rows["departures"] == []
    assert {(row["agency"], row["subject"]) for row in rows["notJudged"]} == expected


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_frontend_may_ask_the_same(scene: Scene, prompt: Prompt, question: str) -> None:
    words = ("ask", question, *QUESTIONS[question])
    if question == "identity":
        words = ("ask", question, "--victim", scene.house.cambodian.victim)
    who = RETURNING if question == "emergencies" else HOLDER
    before = len(leaves(scene.house))
    body = prompt.ledger(scene.house, who, *words, "--show-query", "--format", "json").json
    text = prompt.ledger(scene.house, who, *words, "--show-query").out
    assert len(leaves(scene.house)) == before, "showing a query asks nothing"
    assert text.startswith("query ")
    assert "variables: {" in text
    answer = scene.house.ask(who, body["query"], **body["variables"])
    assert "errors" not in answer
    assert len(leaves(scene.house)) > before, "asking it is on record"
    (page,) = answer["data"].values()
    found = {edge["node"]["id"] for edge in page["edges"]}
    rows = prompt.ledger(scene.house, who, *words, "--format", "json").json
    if isinstance(rows, list) and question != "refusals":
        assert found == {row.get("accessRecord", row.get("id")) for row in rows}
        assert found, question


@pytest.mark.parametrize("question", QUESTIONS)
def test_who_may_not_read_it_learns_nothing(scene: Scene, prompt: Prompt, question: str) -> None:
    words = list(QUESTIONS[question])
    if question == "identity":
        words = ["--victim", scene.house.cambodian.victim]
    said = prompt.ledger(scene.house, STRANGER, "ask", question, *words)
    assert (said.code, said.out) == (1, "")
    assert "FIELD_NOT_PERMITTED" in said.err
    for secret in (*(a.code for a in agencies()), "a nurse", REASON):
        if secret not in {STRANGER.agency, *words}:
            assert secret not in said.err


def test_a_question_is_an_access_like_any_other(scene: Scene, prompt: Prompt) -> None:
    before = {leaf.access for leaf in leaves(scene.house)}
    ask(prompt, scene, "TH-AUDIT", "refusals")
    new = [leaf for leaf in leaves(scene.house) if leaf.access not in before]
    assert {leaf.agency for leaf in new} == {"TH-AUDIT"}
    assert {leaf.body["purpose"] for leaf in new} == {"AUDIT"}
    assert {leaf.body["operation"]["name"] for leaf in new} == {"Refusals"}
    assert any(leaf.body["disclosures"] for leaf in new)


def test_an_answer_ends_where_it_was_asked(scene: Scene, prompt: Prompt) -> None:
    early = "2020-01-01T00:00:00+07:00"
    rows = ask(prompt, scene, "TH-AUDIT", "refusals", "--to", early)
    assert rows == []
    rows = ask(prompt, scene, "TH-AUDIT", "refusals", "--from", early)
    assert rows


@pytest.mark.parametrize(
    "words",
    [
        ("identity",),
        ("identity", "--victim", "nobody"),
        ("province", "--agency", "KH-MOSVY"),
        ("refusals", "--reason", "BECAUSE"),
        ("refusals", "--from", "2026-11-01"),
        ("small-cells", "--below", "1"),
        ("unusual", "--past", "0"),
        ("something",),
    ],
)
def test_what_cannot_be_asked_is_said_so(
    scene: Scene, prompt: Prompt, words: tuple[str, ...]
) -> None:
    said = prompt.ledger(scene.house, TH, "ask", *words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
