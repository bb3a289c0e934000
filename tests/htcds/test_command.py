"""The command line: exit codes, formats, one line for an error, never a traceback or a value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from authz.caller import Caller
from service.htcds import command
from service.htcds.store import Connection
from tests.htcds.books import SOKHA, caller, filled

TOKEN = "token-of-th-datip"


def _verify(token: str) -> Caller:
    if token != TOKEN:
        raise ValueError(token)
    return caller()


def _run(conn: Connection | None, *arguments: str, token: str | None = TOKEN) -> Result:
    @contextmanager
    def connect() -> Iterator[Connection]:
        if conn is None:
            raise psycopg.OperationalError("server at 10.0.0.1 refused postgres://secret")
        yield conn

    group = command.import_commands(_verify, connect)
    environment = {} if token is None else {"SAPHAN_TOKEN": token}
    return CliRunner().invoke(group, ["htcds", *arguments], env=environment)


def test_a_good_file_is_stored_and_told(registry: Connection, tmp_path: Path) -> None:
    path = filled(tmp_path / "a.xlsx", SOKHA)
    result = _run(registry, str(path))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "a.xlsx: 1 made, 0 matched, 0 refused"
    assert "row 1 swaps the address names" in result.stdout
    assert result.stderr == ""


def test_a_refused_row_ends_with_1_and_its_place(registry: Connection, tmp_path: Path) -> None:
    path = filled(tmp_path / "a.xlsx", {**SOKHA, "Gender": "Male"})
    result = _run(registry, str(path), "--refused", str(tmp_path / "refused.xlsx"))
    assert result.exit_code == 1
    assert (
        "refused: row 3, column H `prs_Gender`: not a system name of the standard's list"
        in result.stdout
    )
    assert result.stdout.splitlines()[-1].endswith(
        "0 good, 0 matched, 1 refused; nothing was stored"
    )
    assert (tmp_path / "refused.xlsx").exists()
    assert "Sokha" not in result.output
    assert "Male" not in result.output


def test_the_json_report_is_one_object(registry: Connection, tmp_path: Path) -> None:
    path = filled(tmp_path / "a.xlsx", SOKHA, {**SOKHA, "Gender": "Male"})
    report = json.loads(_run(registry, str(path), "--format", "json", "--keep-good").stdout)
    assert report["counts"] == {"made": 1, "good": 0, "matched": 0, "refused": 1}
    assert report["stored"] is True
    assert report["refusal"] is None
    assert report["rows"][0]["agreement"] == "TH-KH-2014"
    assert report["rows"][1]["faults"] == [
        {
            "column": "H",
            "name": "prs_Gender",
            "reason": "not a system name of the standard's list",
        }
    ]


def test_a_file_that_is_no_workbook_ends_with_1(registry: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("hello")
    result = _run(registry, str(tmp_path / "a.xlsx"))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "nothing was stored"
    assert _run(registry, str(tmp_path / "absent.xlsx")).exit_code == 1


@pytest.mark.parametrize("arguments", [[], ["a.xlsx", "--form", "x"], ["a.xlsx", "b.xlsx"]])
def test_a_wrong_command_line_ends_with_2(registry: Connection, arguments: list[str]) -> None:
    assert _run(registry, *arguments).exit_code == 2


def test_without_a_token_nothing_is_read(registry: Connection) -> None:
    result = _run(registry, "absent.xlsx", token=None)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "SAPHAN_TOKEN" in result.stderr


def test_a_bad_token_is_not_repeated(registry: Connection) -> None:
    result = _run(registry, "absent.xlsx", token="a-secret")
    assert (result.exit_code, result.stderr) == (1, "Error: the token is not accepted\n")


def test_another_agency_is_refused(registry: Connection, tmp_path: Path) -> None:
    path = filled(tmp_path / "a.xlsx", SOKHA)
    result = _run(registry, str(path), "--agency", "KH-MOSVY")
    assert result.exit_code == 1
    assert result.stderr == "Error: the token speaks for another agency than the one named\n"


def test_a_database_that_is_down_is_one_line(tmp_path: Path) -> None:
    result = _run(None, str(filled(tmp_path / "a.xlsx", SOKHA)))
    assert (result.exit_code, result.stderr) == (1, "Error: the database does not answer\n")


def test_the_bar_is_drawn_on_a_terminal_alone(
    registry: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(tmp_path / "a.xlsx", SOKHA)
    silent = _run(registry, str(path), "--dry-run")
    assert silent.stderr == ""
    monkeypatch.setattr(command, "_is_terminal", lambda: True)
    drawn = _run(registry, str(path), "--dry-run")
    assert drawn.exit_code == 0
    assert "storing" in drawn.stderr
    assert drawn.stdout == silent.stdout
