"""`saphan protocol`: what it prints, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from authz.conditions import CONDITIONS
from service.cli_protocol import FOLDER, protocol
from tests.protocols.samples import GOOD, spoilt


def run(*args: str) -> Result:
    return CliRunner().invoke(protocol, args)


def test_list_names_every_version() -> None:
    answer = run("list")
    assert answer.exit_code == 0
    assert "TH-KH-2014@3" in answer.stdout
    assert len(answer.stdout.splitlines()) == 16
    rows = json.loads(run("list", "--format", "json").stdout)
    assert [row["agreement"] for row in rows] == sorted(row["agreement"] for row in rows)
    assert rows[0]["verified"] is False


def test_show_prints_the_version_in_force_with_its_grants() -> None:
    (shown,) = json.loads(run("show", "TH-KH-2014", "--format", "json").stdout)
    assert (shown["agreement"], shown["version"]) == ("TH-KH-2014", 3)
    first = next(g for g in shown["grants"] if g["clause"] == "art. 5(1)")
    assert first["grantee"] == {
        "agencies": ["KH-MOSVY"],
        "side": "ORIGIN",
        "roles": ["FOCAL_POINT"],
    }
    assert first["when"] == ["lodged_under", "stage_from(NOTIFIED)", "no_objection"]


def test_show_all_prints_every_version_in_force() -> None:
    shown = json.loads(run("show", "--all", "--format", "json").stdout)
    assert len(shown) == 13  # three wait for a country
    assert all(d["grants"] for d in shown)


def test_show_speaks_plainly() -> None:
    text = run("show", "TH-KH-2014", "--version", "3").stdout
    assert "FOCAL_POINT of KH-MOSVY, on the side of ORIGIN, may, for TRACING" in text
    assert "consent" in text


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("show", "NO-SUCH"), 1),
        (("show", "TH-KH-2014", "--version", "2"), 1),
        (("show",), 2),
        (("show", "TH-KH-2014", "--all"), 2),
        (("show", "--all", "--version", "1"), 2),
        (("check", "no/such/file.toml"), 2),
        (("show", "TH-KH-2014", "--version", "0"), 2),
    ],
)
def test_exit_codes_of_what_is_not_there(args: tuple[str, ...], code: int) -> None:
    answer = run(*args)
    assert answer.exit_code == code
    assert not answer.stdout
    if code == 1:
        assert answer.stderr.startswith("error: ")
        assert answer.stderr.count("\n") == 1


def test_check_names_file_line_and_remedy(tmp_path: Path) -> None:
    file = tmp_path / "draft.toml"
    file.write_text(spoilt('"Victim"', '"Victims"').replace("MOU", "MOO"))
    answer = run("check", str(file))
    assert answer.exit_code == 1
    assert answer.stderr.splitlines() == [
        f"{file}:4: UNKNOWN_KIND: `MOO` is not a known kind; did you mean `MOU`",
        f"{file}:22: UNKNOWN_ENTITY: `Victims` is not a known entity; did you mean `Victim`",
    ]
    found = json.loads(run("check", str(file), "--format", "json").stdout)
    assert [(p["line"], p["code"]) for p in found] == [(4, "UNKNOWN_KIND"), (22, "UNKNOWN_ENTITY")]


def test_check_passes_what_is_right(tmp_path: Path) -> None:
    file = tmp_path / "draft.toml"
    file.write_text(GOOD)
    answer = run("check", str(file))
    assert (answer.exit_code, answer.stdout) == (
        0,
        "TH-KH-2014@4: 2 clauses, 2 grants, fine\n",
    )
    assert json.loads(run("check", str(file), "--format", "json").stdout) == []


def test_check_takes_a_folder() -> None:
    answer = run("check", str(FOLDER))
    assert answer.exit_code == 0
    assert answer.stdout.count("fine") == 16


def test_conditions_are_all_listed_in_their_order() -> None:
    text = run("conditions").stdout
    assert all(c.signature in text for c in CONDITIONS.values())
    rows = json.loads(run("conditions", "--format", "json").stdout)
    assert [row["condition"].partition("(")[0] for row in rows] == list(CONDITIONS)


def test_a_folder_that_does_not_load_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.toml").write_text(spoilt('"Victim"', '"Victims"'))
    monkeypatch.setattr("service.cli_protocol.FOLDER", tmp_path)
    answer = run("list")
    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: a.toml:22: UNKNOWN_ENTITY")
