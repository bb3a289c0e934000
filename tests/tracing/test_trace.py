"""`saphan ledger trace`: of every record in the house exactly the ledger's word, for each scope."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.ledger import officials
from tests.refusals.facts import Facts
from tests.tracing.house import AUDITORS, DESK, HOLDER, VIENTIANE, Cell, House
from tests.tracing.judge import leaves, shown, told
from tests.tracing.scene import ASKING, NURSE, STRANGER, Scene
from tests.tracing.test_pages import Page
from tests.tracing.typing_at import Prompt

TH = AUDITORS["TH"]
NEVER = "0f9d3c1e-5d5b-4a58-9a3e-2f1f6f0c8a77"
"""No record has this id."""


def cells(rows: list[dict[str, Any]]) -> set[Cell]:
    return {
        (row["accessRecord"], entry["recordId"], name)
        for row in rows
        for entry in row["disclosures"]
        for name in entry["fields"]
    }


def records(scene: Scene) -> set[str]:
    """Everything that was ever shown to anybody, but for the ledger itself."""
    return {
        record
        for _, record, names in shown(scene.house)
        if not names[0].startswith(("AccessRecord.", "Agency."))
    }


@pytest.mark.parametrize("who", ASKING)
def test_a_trace_is_the_ledgers_word_for_every_record(
    scene: Scene, prompt: Prompt, who: str
) -> None:
    everything = records(scene)
    assert len(everything) > 10
    found = 0
    for record in everything:
        expected = told(scene.house, ASKING[who], lambda _, shown, __: shown == record)  # noqa: B023
        rows = prompt.ledger(
            scene.house, ASKING[who], "trace", "--record", record, "--format", "json"
        ).json
        assert cells(rows) == expected
        assert {row["accessRecord"] for row in rows} == {access for access, _, _ in expected}
        found += len(expected)
    assert found > 10


def test_who_has_no_right_to_the_ledger_is_told_nothing(scene: Scene, prompt: Prompt) -> None:
    said = prompt.ledger(scene.house, STRANGER, "trace", "--record", scene.house.cambodian.victim)
    assert (said.code, said.out) == (1, "")
    assert "FIELD_NOT_PERMITTED" in said.err
    said = prompt.ledger(scene.house, STRANGER, "trace", "--victim", scene.house.cambodian.victim)
    assert (said.code, said.out) == (1, "")


def test_a_record_that_was_never_shown_and_one_that_never_was(scene: Scene, prompt: Prompt) -> None:
    said = prompt.ledger(scene.house, TH, "trace", "--record", NEVER)
    assert said.out == "no access to it is on the ledger, as far as you may read\n"
    assert prompt.ledger(scene.house, TH, "trace", "--record", NEVER, "--format", "json").json == []


def test_one_field_is_shown_or_searched(scene: Scene, prompt: Prompt) -> None:
    house, victim = scene.house, scene.house.cambodian.victim
    ordered = """query Sorted { victims(first: 100, filter: {homeProvince: {eq: "Siem Reap"}})
      { edges { node { id } } } }"""
    house.ask(HOLDER, ordered)
    sought = {
        leaf.access
        for leaf in leaves(house)
        if "Victim.homeProvince" in leaf.body["searched"]
        and any(victim in entry["records"] for entry in leaf.body["disclosures"])
    }
    expected = sought | {
        leaf.access
        for leaf, record, names in shown(house)
        if record == victim and "Victim.homeProvince" in names
    }
    assert sought
    for name in ("homeProvince", "Victim.homeProvince"):
        words = ("trace", "--record", victim, "--field", name, "--format", "json")
        assert {r["accessRecord"] for r in prompt.ledger(house, TH, *words).json} == expected
    words = ("trace", "--record", victim, "--field", "narrative", "--format", "json")
    assert prompt.ledger(house, TH, *words).json == []


def test_everything_about_one_person(scene: Scene, prompt: Prompt) -> None:
    """Her own record, her case and its parts, as whoever has her case in hand reads it."""
    for target in (scene.house.cambodian, scene.withdrawn, scene.opened):
        hers = {target.victim, target.case} | {
            str(identifier)
            for table in ("emergency_opening", "transition", "consent")
            for (identifier,) in scene.house.owner.execute(
                f"select id from registry.{table} where case_id = %s",
                (target.case,),
            )
        }
        expected = told(scene.house, HOLDER, lambda _, record, __: record in hers)  # noqa: B023
        words = ("trace", "--victim", target.victim, "--format", "json")
        assert cells(prompt.ledger(scene.house, HOLDER, *words).json) == expected
        assert expected


def test_a_person_who_may_not_be_seen_has_no_report(
    scene: Scene, prompt: Prompt, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    for who in (TH, VIENTIANE):
        words = ("trace", "--victim", scene.house.cambodian.victim, "--report", str(page))
        said = prompt.ledger(scene.house, who, *words)
        assert said.code == 1
        assert not page.exists()


def test_the_page_of_a_record(scene: Scene, prompt: Prompt, tmp_path: Path) -> None:
    victim, file = scene.house.cambodian.victim, tmp_path / "trace.html"
    words = ("trace", "--record", victim, "--html", str(file), "--language", "km")
    rows = prompt.ledger(scene.house, TH, "trace", "--record", victim, "--format", "json").json
    said = prompt.ledger(scene.house, TH, *words, "--language", "lo")
    assert said.out == f"{len(rows)} accesses, in {file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    page = Page(file.read_text("utf-8"))
    assert [given["lang"] for given in page.of("section")] == ["km", "lo"]
    for row in rows:
        assert page.text.count(row["accessRecord"]) == 2
        for entry in row["disclosures"]:
            assert entry["clause"] in page.text
    marks = [given for given in page.of("circle") if "fill-opacity" in given]
    assert len(marks) == 2 * len(rows)
    assert "Canary" not in file.read_text("utf-8")


def test_a_page_is_english_where_no_language_is_chosen(
    scene: Scene, prompt: Prompt, tmp_path: Path
) -> None:
    file = tmp_path / "trace.html"
    words = ("trace", "--record", scene.house.laotian.victim, "--html", str(file))
    prompt.ledger(scene.house, AUDITORS["LA"], *words)
    assert [given["lang"] for given in Page(file.read_text("utf-8")).of("section")] == ["en"]


def test_the_report_of_a_person(scene: Scene, prompt: Prompt, tmp_path: Path) -> None:
    target, file = scene.opened, tmp_path / "report.html"
    words = ("trace", "--victim", target.victim, "--report", str(file))
    said = prompt.ledger(scene.house, HOLDER, *words)
    assert said.code == 0
    text = file.read_text("utf-8")
    page = Page(text)
    assert [given["lang"] for given in page.of("section")] == ["en", "th", "km", "lo"]
    assert target.victim in page.text
    assert "your name, date of birth or identity number" in page.text
    for secret in ("Canary", NURSE.subject, HOLDER.subject, "hospital"):
        assert secret not in text
    assert "TH-SHELTER" in page.text, "who opened it is told"
    assert "rule 23" in page.text, "and under which rule"


def test_officials_are_named_where_the_law_of_the_holder_says_so(
    scene: Scene, prompt: Prompt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.html"
    words = ("trace", "--victim", scene.opened.victim, "--report", str(file), "--language", "en")
    monkeypatch.setattr(officials, "table", lambda: {"TH": {"named": True}})
    prompt.ledger(scene.house, HOLDER, *words)
    assert NURSE.subject in file.read_text("utf-8")
    monkeypatch.setattr(officials, "table", lambda: {"KH": {"named": True}})
    prompt.ledger(scene.house, HOLDER, *words)
    assert NURSE.subject not in file.read_text("utf-8")


def test_a_name_that_would_move_the_cursor_does_not(house: House, prompt: Prompt) -> None:
    evil = replace(HOLDER, subject="\x1b[2J\u202egnp.exe\r<script>")
    house.desk(evil, house.cambodian.case)
    said = prompt.ledger(house, TH, "trace", "--record", house.cambodian.case).out
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\r" not in said
    assert "\\u{1b}[2J\\u{202e}gnp.exe" in said
    rows = prompt.ledger(
        house, TH, "trace", "--record", house.cambodian.case, "--format", "json"
    ).json
    assert rows[0]["subject"] == evil.subject, "machines get it as it is"


def test_more_than_a_page_of_accesses_and_of_records_is_all_there(
    house: House, prompt: Prompt
) -> None:
    """Of one record 30 accesses stand on a page, of one access 100 records."""
    for _ in range(51):
        house.settle(Facts(said=(), state="NOTIFIED", home_province="Takeo"))
    both = """query Both { victims(first: 100) { edges { node { id gender homeProvince } } }
      returnCases(first: 100) { edges { node { id state } } } }"""
    wide = house.ask(HOLDER, both)["extensions"]["accessRecord"]
    assert len({record for leaf, record, _ in shown(house) if leaf.access == wide}) > 100
    for _ in range(31):
        house.ask(HOLDER, DESK, id=house.cambodian.case)
    trace = ("trace", "--record", house.cambodian.case, "--format", "json")
    rows = prompt.ledger(house, TH, *trace).json
    expected = {leaf.access for leaf, record, _ in shown(house) if record == house.cambodian.case}
    assert {row["accessRecord"] for row in rows} == expected
    assert len(rows) == 32
    words = ("ask", "province", "--agency", "TH-DATIP", "--province", "Takeo", "--format", "json")
    (row,) = prompt.ledger(house, HOLDER, *words).json
    others = house.cambodian.ids() | house.laotian.ids()
    assert cells([row]) == {
        cell for cell in house.cells() if cell[0] == wide and cell[1] not in others
    }
    assert len({entry["recordId"] for entry in row["disclosures"]}) == 102


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--record", "x"),
        ("--record", HOLDER.agency),
        ("--record", NEVER, "--victim", NEVER),
        ("--victim", NEVER, "--html", "x"),
        ("--victim", NEVER, "--field", "x"),
        ("--record", NEVER, "--report", "x"),
        ("--record", NEVER, "--language", "vi"),
    ],
)
def test_what_does_not_go_together_is_said_so(
    scene: Scene, prompt: Prompt, words: tuple[str, ...]
) -> None:
    said = prompt.ledger(scene.house, TH, "trace", *words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: ")


def test_a_page_that_cannot_be_written_is_one_line(
    scene: Scene, prompt: Prompt, tmp_path: Path
) -> None:
    file = tmp_path / "nowhere" / "trace.html"
    words = ("trace", "--record", scene.house.cambodian.victim, "--html", str(file))
    said = prompt.ledger(scene.house, TH, *words)
    assert said.code == 1
    assert said.err.startswith("error: cannot write ")
    assert said.err.count("\n") == 1
