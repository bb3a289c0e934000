"""One purpose to a folder, whether it is stated or is the token's only one."""

from __future__ import annotations

import json
from pathlib import Path

from tests.pull.cutting import cut_off
from tests.pull.served import Served


def test_a_purpose_that_was_left_out_was_not_kept(served: Served, tmp_path: Path) -> None:
    token, other = served.token(), served.token("KH-MOSVY", "FOCAL_POINT", "--purpose", "RETURN")
    assert served.pull(tmp_path, token).exit_code == 0
    assert json.loads((tmp_path / "state.json").read_text())["purpose"] == "TRACING"
    for words in ((), ("--start-over",), ("--purpose", "RETURN"), ("--since", "x")):
        ran = served.pull(tmp_path, other, *words)
        assert ran.exit_code == 1
        assert "another purpose, TRACING" in ran.output
        assert "RETURN is another folder, also with --start-over" in ran.output
    assert served.pull(tmp_path, token, "--purpose", "TRACING").exit_code == 0
    two = served.token("KH-MOSVY", "FOCAL_POINT", "--purpose", "TRACING", "--purpose", "RETURN")
    assert served.pull(tmp_path, two, "--purpose", "TRACING").exit_code == 0
    ran = served.pull(tmp_path, two)
    assert (ran.exit_code, "PURPOSE" in ran.output) == (1, True)


def test_a_folder_of_an_old_version_is_taken_over(served: Served, tmp_path: Path) -> None:
    token, other = served.token(), served.token("KH-MOSVY", "FOCAL_POINT", "--purpose", "RETURN")
    served.pull(tmp_path, token)
    state = tmp_path / "state.json"
    old = {"purpose": None, "fields": json.loads(state.read_text())["fields"]}
    state.write_text(json.dumps(old))
    assert served.pull(tmp_path, token).exit_code == 0
    assert json.loads(state.read_text())["purpose"] == "TRACING"
    assert served.pull(tmp_path, other).exit_code == 1


def test_a_first_run_that_is_cut_off_settles_the_purpose(served: Served, tmp_path: Path) -> None:
    cut_off(served, tmp_path, served.token())
    other = served.token("KH-MOSVY", "FOCAL_POINT", "--purpose", "RETURN")
    assert "another purpose" in served.pull(tmp_path, other, "--start-over").output
