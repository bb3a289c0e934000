"""A damaged file ends a run by its name, and what the line says helps does help."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pull.cutting import cut_off
from tests.pull.served import Served, copy_of, report_of

VICTIMS = Path("records", "Victim.ndjson")


@pytest.fixture(scope="module")
def token(served: Served) -> str:
    return served.token()


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbage(path: Path) -> None:
    text = bytearray(path.read_bytes())
    text[text.index(b"{") + 1] = 0xFF
    path.write_bytes(text)


def content(text: bytes) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        path.write_bytes(text)

    put.__name__ = repr(text)
    return put


def without_last_line(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def symlink(path: Path) -> None:
    path.symlink_to("/dev/null")


def refused(served: Served, out: Path, token: str, name: Path | str, *words: str) -> str:
    """The one line of a run that fails."""
    ran = served.pull(out, token, *words)
    assert ran.exit_code == 1, ran.output
    assert isinstance(ran.exception, SystemExit), ran.exception
    line = ran.output.strip()
    assert "\n" not in line
    assert str(out / name) in line
    return line


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("state.json", half),
        ("state.json", content(b"")),
        ("state.json", content(b"{}")),
        ("state.json", content(b"[1]")),
        ("state.json", content(b'{"purpose":7,"fields":[]}')),
        ("state.json", Path.unlink),
        ("cursor", content(b"\xff\xfe\n")),
        ("cursor", content(b"")),
        (VICTIMS, half),
        (VICTIMS, garbage),
        (VICTIMS, without_last_line),
        (VICTIMS, Path.unlink),
    ],
)
def test_a_damaged_file_was_an_internal_error(
    served: Served, tmp_path: Path, token: str, name: Path | str, damage: Callable[[Path], None]
) -> None:
    served.pull(tmp_path, token)
    before = copy_of(tmp_path)
    damage(tmp_path / name)
    if damage is garbage:
        # of the same size: it is met when the file is read
        served.owner.execute(
            "update registry.victim set gender = 'Masculine' where id = %s",
            (served.people[2].victim,),
        )
    assert "start over with --start-over" in refused(served, tmp_path, token, name)
    ran = served.pull(tmp_path, token, "--start-over")
    assert ran.exit_code == 0, ran.output
    assert set(copy_of(tmp_path)["Victim"]) == set(before["Victim"])
    unknown = [each["type"] for each in report_of(tmp_path) if each["fields"] is None]
    assert unknown == (["Victim"] if name == VICTIMS else [])
    assert served.pull(tmp_path, token).exit_code == 0


@pytest.mark.parametrize("line", [b"garbage\n", b"[1]\n", b'{"type":7}\n', b"\xff\n"])
@pytest.mark.parametrize("place", [0, 3])
def test_a_damaged_journal_was_an_internal_error(
    served: Served, tmp_path: Path, token: str, line: bytes, place: int
) -> None:
    cut_off(served, tmp_path, token)
    path = tmp_path / "journal.ndjson"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[place] = line
    path.write_bytes(b"".join(lines))
    told = refused(served, tmp_path, token, "journal.ndjson")
    assert "start over with --start-over" in told
    assert served.pull(tmp_path, token, "--start-over").exit_code == 0


@pytest.mark.parametrize("make", [Path.mkdir, symlink])
@pytest.mark.parametrize("name", ["journal.ndjson", "records/.Victim.ndjson.new", "state.json"])
def test_what_is_no_plain_file_is_to_be_taken_away(
    served: Served, tmp_path: Path, token: str, name: str, make: Callable[[Path], None]
) -> None:
    served.pull(tmp_path, token)
    strange = tmp_path / name
    if name == "state.json":
        strange.unlink()
    if name.endswith("new"):
        (tmp_path / "cursor").unlink()
    make(strange)
    told = refused(served, tmp_path, token, name)
    if name == "state.json" and strange.is_symlink():
        assert "start over with --start-over" in told
    else:
        assert "is no plain file: take it away and run again" in told
        strange.unlink() if strange.is_symlink() else strange.rmdir()
    over = ("--start-over",) if name == "state.json" else ()
    ran = served.pull(tmp_path, token, *over)
    assert ran.exit_code == 0, ran.output


def test_a_lost_file_leaves_what_the_registry_told_in_the_report(
    served: Served, tmp_path: Path, token: str
) -> None:
    person = served.people[4]
    served.consent(person.case, "TRACING", "GIVEN", "KH")
    served.pull(tmp_path, token)
    served.consent(person.case, "TRACING", "WITHDRAWN", "KH")
    (tmp_path / VICTIMS).unlink()
    assert served.pull(tmp_path, token, "--start-over").exit_code == 0
    told = [each["fields"] for each in report_of(tmp_path) if each["type"] == "Victim"]
    assert told[-1] is None
    assert any("familyName" in fields for fields in told[:-1])


@pytest.mark.parametrize("call", [1, 2, 4, 9])
def test_a_full_disk_was_an_internal_error(
    served: Served, tmp_path: Path, token: str, call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    real = os.fsync

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) >= call:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        ran = served.pull(tmp_path, token)
    assert ran.exit_code == 1, ran.output
    assert isinstance(ran.exception, SystemExit)
    assert "the disk is full" in ran.output
    assert "nothing was acknowledged" in ran.output
    assert not list(tmp_path.rglob("*.new"))
    ran = served.pull(tmp_path, token)
    assert ran.exit_code == 0, ran.output
    served.pull(tmp_path / "fresh", token)
    assert copy_of(tmp_path) == copy_of(tmp_path / "fresh")


def test_half_a_line_of_the_report_is_not_gone_on_with(
    served: Served, tmp_path: Path, token: str
) -> None:
    served.pull(tmp_path, token)
    report = tmp_path / "report.ndjson"
    report.write_bytes(b'{"id":"a","type":"Victim","fields":["id"],"at":""}\n{"id":"torn')
    with (tmp_path / VICTIMS).open("a") as file:
        file.write('{"id":"ffffffff-ffff-4fff-bfff-ffffffffffff","familyName":"Nobody"}\n')
    assert served.pull(tmp_path, token, "--start-over").exit_code == 0
    assert [each["fields"] for each in report_of(tmp_path)] == [["id"], ["id", "familyName"]]
