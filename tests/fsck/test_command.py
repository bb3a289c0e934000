"""`saphan ledger fsck` as an auditor meets it: no settings, no database, exit codes, a bar."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from ledger.fsck import checking
from ledger.hashing import leaf_hash
from service import cli
from tests.door.test_commands import ROOT, RUN, is_one_line, run
from tests.fsck.making import (
    LOG,
    WITNESSES,
    act,
    erased,
    export_of,
    note,
    part_of,
    plain,
    record,
    uuid_of,
    withheld,
)

WORDS = ["ledger", "fsck"]
KEYS = ["--key", LOG.vkey]
ALL = [*KEYS, *(word for key in WITNESSES for word in ("--witness", key.vkey))]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    lines = list(plain(700))
    lines[650] = act(650)
    made = export_of(lines, [100, 300])
    made.lines[20] = erased(lines[20], uuid_of(650))
    made.lines[21] = withheld(lines[21])
    return made.write(tmp_path / "export")


def test_a_clean_export_is_exit_0_and_says_what_was_checked(export: Path) -> None:
    ran = run(*WORDS, str(export), *ALL)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[-1] == "clean"
    assert re.search(r"(?m)^log +log\.test\.example/saphan$", ran.stdout)
    assert re.search(r"(?m)^leaves +0 to 700 the whole tree$", ran.stdout)
    assert re.search(r"(?m)^records +700: 1 withheld, 1 erased$", ran.stdout)
    assert re.search(r"(?m)^witness +witness\.kh\.example: cosigned .*Z; missing on 0$", ran.stdout)


def test_a_report_for_machines(export: Path) -> None:
    ran = run(*WORDS, str(export), *ALL, "--format", "json")
    said = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert (said["clean"], said["whole"], said["problems"], said["counts"]) == (True, True, [], {})
    assert (said["records"], said["erased"], said["withheld"], said["tiles"]) == (700, 1, 1, 4)
    file = export / "records/000000000000.ndjson"
    lines = file.read_bytes().splitlines()
    lines[5] = record(5, 9)
    del lines[9]
    file.write_bytes(b"\n".join([*lines, b""]))
    ran = run(*WORDS, str(export), *KEYS, "--format", "json")
    said = json.loads(ran.stdout)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert said["counts"] == {"CHANGED": 1, "DROPPED": 1}
    named = said["problems"][0]
    assert (named["kind"], named["index"], named["record"]) == ("CHANGED", 5, uuid_of(5, 9))
    assert (named["path"], named["line"]) == ("records/000000000000.ndjson", 6)


def test_a_tampered_export_is_exit_1_and_the_first_record_is_named(export: Path) -> None:
    file = export / "records/000000000000.ndjson"
    lines = file.read_bytes().splitlines()
    del lines[400]
    file.write_bytes(b"\n".join([*lines, b""]))
    ran = run(*WORDS, str(export), *KEYS)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "WRONG        leaf 400 is missing" in ran.stdout
    assert "`records/000000000000.ndjson` line 401" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "1 problem"


def test_a_part_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    part_of(export_of(plain(700), [350]), 300, 400, 700).write(tmp_path)
    assert cli.run([*WORDS, str(tmp_path), *KEYS]) == 0
    said = capsys.readouterr().out
    assert re.search(r"(?m)^leaves +300 to 400 of 700: a part of the tree$", said)


def test_a_checkpoint_from_elsewhere(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = tmp_path / "seen"
    words = [*WORDS, str(export), *KEYS, "--seen", str(seen)]
    seen.write_text(note(800, [leaf_hash(line) for line in plain(800)]))
    assert cli.run(words) == 1
    said = capsys.readouterr()
    assert "the checkpoint of 800 leaves is of a larger tree" in said.out
    seen.write_bytes((export / "checkpoint").read_bytes())
    assert cli.run(words) == 0
    capsys.readouterr()
    seen.write_bytes(b"\xff")
    assert cli.run(words) == 1
    assert is_one_line(capsys.readouterr().err)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--key", "x"],
        ["--key", LOG.vkey.replace("saphan", "saphon")],
        ["--key", WITNESSES[0].vkey],
        [*KEYS, "--witness", LOG.vkey],
        [*KEYS, "--witness", "x"],
        [*KEYS, "--seen", "none"],
        [*KEYS, "--format", "xml"],
    ],
    ids=range(8),
)
def test_a_wrong_command_line_is_exit_2(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([*WORDS, str(tmp_path), *words]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert is_one_line(said.err)


def test_a_folder_that_is_not_there_is_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (tmp_path / "none", Path(__file__)):
        assert cli.run([*WORDS, str(path), *KEYS]) == 2
        assert is_one_line(capsys.readouterr().err)


def test_a_bar_on_a_terminal_and_nowhere_else(export: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [*RUN, *WORDS, str(export), *KEYS],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=os.environ | {"TERM": "xterm"},
        ) as ran:
            os.close(theirs)
            seen = b""
            while True:
                try:
                    more = os.read(ours, 1 << 16)
                except OSError:
                    break
                if not more:
                    break
                seen += more
            assert ran.stdout is not None
            assert ran.stdout.read().endswith(b"clean\n")
        assert ran.returncode == 0
    finally:
        os.close(ours)
    assert b"700/700" in seen


def test_progress_comes_as_a_stream(export: Path) -> None:
    going = checking(export, LOG.verifier)
    told = []
    while True:
        try:
            told.append(next(going))
        except StopIteration as end:
            report = end.value
            break
    assert report.clean
    assert told[0].done == 0
    assert (told[-1].done, told[-1].total, told[-1].records) == (700, 700, 700)


def test_the_package_needs_no_terminal_and_no_database() -> None:
    code = (
        "import sys\n"
        "import ledger.fsck\n"
        "heavy = {'click', 'rich', 'psycopg', 'pydantic', 'starlette', 'sqlalchemy', 'asyncio'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    ran = subprocess.run(
        [RUN[0], "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
