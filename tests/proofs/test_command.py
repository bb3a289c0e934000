"""`saphan protocol prove`: what it prints, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from authz import proving
from service.cli_protocol import protocol
from tests.protocols.samples import GOOD, spoilt

ROOT = Path(__file__).resolve().parents[2]
TOLD = """    "no_objection",
"""


def run(*args: str) -> Result:
    return CliRunner().invoke(protocol, ["prove", *args])


def test_a_file_is_proved(tmp_path: Path) -> None:
    file = tmp_path / "good.toml"
    file.write_text(GOOD, encoding="utf-8")
    answer = run(str(file))
    assert answer.exit_code == 0, answer.output
    assert "1 document, 2 grants: all proved" in answer.stdout
    assert "FAILED" not in answer.stdout


def test_a_failed_proof_prints_its_case_and_exits_with_1(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(spoilt(TOLD, ""), encoding="utf-8")
    answer = run(str(tmp_path))
    assert answer.exit_code == 1
    assert "FAILED objection: TH-KH-2014@4#art. 1" in answer.stdout
    assert "A case: host TH, origin KH, state NOTIFIED" in answer.stdout
    assert "1 of 12 fail" in answer.stdout


def test_json_has_the_case_field_by_field(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(spoilt(TOLD, ""), encoding="utf-8")
    answer = run(str(file), "--format", "json")
    assert answer.exit_code == 1
    told = json.loads(answer.stdout)
    assert told["documents"] == ["TH-KH-2014@4"]
    assert told["holds"] is False
    (proof,) = (p for p in told["proofs"] if not p["proved"])
    (finding,) = proof["findings"]
    assert proof["property"] == "objection"
    assert finding["case"]["origin"] == "KH"
    assert finding["case"]["statements"][0]["purpose"] == "NOTIFICATION"


def test_what_has_ended_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "ended.toml"
    ended = spoilt("in_force = 2020-01-01", "in_force = 2020-01-01\nuntil = 2021-01-01")
    file.write_text(ended.replace(TOLD, ""), encoding="utf-8")
    answer = run(str(file))
    assert answer.exit_code == 0
    assert "0 documents" in answer.stdout


def test_a_refused_document_is_said_as_check_says_it(tmp_path: Path) -> None:
    file = tmp_path / "refused.toml"
    file.write_text(spoilt("SHELL", "SHEL"), encoding="utf-8")
    answer = run(str(file))
    assert answer.exit_code == 1
    assert f"{file}:" in answer.stderr
    assert "did you mean `SHELL`" in answer.stderr


def test_two_texts_of_one_version_are_refused(tmp_path: Path) -> None:
    for name, text in (("one", GOOD), ("two", spoilt("A sample", "Another"))):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    answer = run(str(tmp_path / "one.toml"), str(tmp_path / "two.toml"))
    assert answer.exit_code == 1
    assert answer.stderr == "error: `TH-KH-2014@4` is given twice, with two texts\n"


def test_without_a_solver_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [n for n in sys.modules if n.startswith("authz.proving.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "z3", None)
    answer = run()
    assert answer.exit_code == 1
    assert answer.stderr == "error: proofs need the solver z3: pip install saphan[prove]\n"
    with pytest.raises(proving.ProverMissing):
        proving.prove([])


def test_no_other_command_loads_the_solver() -> None:
    code = "import sys, service.cli_protocol, authz.proving; sys.exit('z3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
