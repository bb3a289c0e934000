"""`saphan seed` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli_seed import seed


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPHAN_FOLDER", str(tmp_path / "saphan"))
    monkeypatch.delenv("SAPHAN_TEST_DSN", raising=False)


def test_it_fills_an_empty_registry_and_refuses_a_peopled_one() -> None:
    made = CliRunner().invoke(seed, ["--victims", "30", "--report", "--format", "json"])
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert told["seed"] == 1
    assert told["rows"]["victim"] == 30
    counts = {each["name"]: sum(each["found"].values()) for each in told["report"]}
    assert counts["cases by state"] == told["rows"]["return_case"]
    assert counts["steps by edge"] == told["rows"]["transition"]
    assert all(each["query"].startswith("select ") for each in told["report"])
    again = CliRunner().invoke(seed, ["--victims", "30"])
    assert again.exit_code == 1
    assert "already holds people" in again.output


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="how many is not said"),
        pytest.param(["--victims", "0"], id="nobody"),
        pytest.param(["--victims", "-1"], id="less than nobody"),
        pytest.param(["--victims", "5000001"], id="more than fit"),
        pytest.param(["--victims", "many"], id="no number"),
        pytest.param(["--victims", "3", "--seed", "-2"], id="a negative seed"),
        pytest.param(["--victims", "3", "--until", "2999-01-01"], id="a day to come"),
        pytest.param(["--victims", "3", "--until", "2567-13-01"], id="no day"),
    ],
)
def test_bad_usage_is_exit_2_and_starts_nothing(arguments: list[str], tmp_path: Path) -> None:
    assert CliRunner().invoke(seed, arguments).exit_code == 2
    assert not (tmp_path / "saphan").exists()


def test_a_database_that_is_away_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPHAN_OWNER_DATABASE_URL", "postgresql://u:CANARY@127.0.0.1:1/x")
    away = CliRunner().invoke(seed, ["--victims", "3"])
    assert away.exit_code == 1
    assert away.output == "Error: the database does not answer\n"
