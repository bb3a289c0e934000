"""Folders made to mislead or to hurt: each one a line of words, no traceback, no way out."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.checkpoints import Checkpoint
from ledger.fsck import Kind, Report, fsck
from ledger.fsck import lines as fsck_lines
from ledger.fsck.lines import TOO_LONG, UNENDED, blocks
from ledger.notes import Signer, write_note
from tests.fsck.making import LOG, WITNESSES, export_of, line_of, plain

KEYS = tuple(key.verifier for key in WITNESSES)
SIZE = 300
RECORDS = "records/000000000000.ndjson"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return export_of(plain(SIZE), [100, 256]).write(tmp_path / "export")


def checked(folder: Path) -> Report:
    report = fsck(folder, LOG.verifier, KEYS)
    for problem in report.problems:
        assert problem.text.isprintable()
        assert str(folder) not in problem.text
    return report


def first(report: Report) -> tuple[Kind, str | None]:
    assert report.problems
    return report.problems[0].kind, report.problems[0].path


def replace_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def replace_by_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def replace_by_link(file: Path) -> None:
    """To what it was, outside of the folder: right in every byte, and not in the export."""
    outside = file.parents[len(file.parts) - 1 - file.parts.index("export")] / "outside"
    shutil.copy(file, outside)
    file.unlink()
    file.symlink_to(outside)


def remove(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("how", [replace_by_folder, replace_by_pipe, replace_by_link, remove])
@pytest.mark.parametrize(
    "path", ["checkpoint", "checkpoints.ndjson", "tile/0/000", "tile/1/000.p/1", RECORDS]
)
def test_what_is_no_file_is_named(how: Callable[[Path], None], path: str, folder: Path) -> None:
    how(folder / path)
    report = checked(folder)
    if (how, path) == (remove, "checkpoints.ndjson"):
        assert report.clean  # nobody promised older ones
        return
    assert not report.clean
    paths = {problem.path for problem in report.problems}
    assert path in paths, report


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", RECORDS])
def test_an_empty_file_is_named(path: str, folder: Path) -> None:
    empty(folder / path)
    assert not checked(folder).clean


@pytest.mark.parametrize("name", ["tile", "tile/0", "records"])
def test_a_linked_folder_is_not_entered(name: str, folder: Path) -> None:
    outside = folder.parent / "outside"
    shutil.move(folder / name, outside)
    (folder / name).symlink_to(outside, target_is_directory=True)
    report = checked(folder)
    assert not report.clean
    assert name in {problem.path for problem in report.problems}
    assert any("symbolic link" in problem.text for problem in report.problems)


@pytest.mark.parametrize("name", ["tile", "records"])
def test_a_file_in_the_place_of_a_folder_is_named(name: str, folder: Path) -> None:
    shutil.rmtree(folder / name)
    (folder / name).write_text("x")
    report = checked(folder)
    assert name in {problem.path for problem in report.problems}


def test_an_empty_folder_is_no_export(tmp_path: Path) -> None:
    report = checked(tmp_path)
    assert report.counts == {Kind.FILE: 1}
    assert report.problems[0].text == "`checkpoint` is missing"
    assert not fsck(tmp_path / "none", LOG.verifier).clean


def test_records_of_an_empty_tree_are_inserted(tmp_path: Path) -> None:
    export = export_of(())
    export.lines.append(plain(1)[0])
    assert checked(export.write(tmp_path)).counts == {Kind.INSERTED: 1}


def test_a_size_that_the_log_did_not_sign_costs_nothing(folder: Path) -> None:
    """Signed by a stranger, 2^62 leaves would be looked for one by one."""
    stranger = Signer.of_seed(LOG.name, b"x" * 32)
    text = Checkpoint(LOG.name, 1 << 62, b"x" * 32).text()
    (folder / "checkpoint").write_text(write_note(text, [stranger.sign(text)]))
    report = checked(folder)
    assert report.counts == {Kind.SIGNATURE: 1}
    assert report.problems[0].size == 1 << 62


def test_names_that_are_no_files_of_an_export_are_named(folder: Path) -> None:
    (folder / "records" / os.fsdecode(b"\x1b[2J\xff")).touch()
    report = checked(folder)
    assert report.counts == {Kind.FILE: 1}
    (folder / "tile/entries").mkdir()
    (folder / "tile/entries/000").write_bytes(b"x")
    (folder / "tile/0/007").write_bytes(b"x" * 8192)
    (folder / "tile/0/001.p/044").write_bytes(b"x")
    assert checked(folder).counts[Kind.TILE_STRAY] == 3


def test_what_auditors_put_beside_is_let_alone(folder: Path) -> None:
    for name in ("csv", "parquet", "ocsf"):
        (folder / name).mkdir()
        (folder / name / "accesses").write_text("x")
    (folder / "notes of ours.txt").write_text("x")
    assert checked(folder).clean


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff",
        b"x\n",
        b"a\nb\nc\n\n\xe2\x80\x94 x y\n",
        b"log.test.example/saphan\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nx\n",
        b"x" * 3_000_000,
    ],
    ids=["empty", "not UTF-8", "no note", "no checkpoint", "no size", "huge"],
)
def test_a_checkpoint_that_is_none_ends_the_check(raw: bytes, folder: Path) -> None:
    (folder / "checkpoint").write_bytes(raw)
    report = checked(folder)
    assert sum(report.counts.values()) == 1
    assert set(report.counts) <= {Kind.SIGNATURE, Kind.FILE}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"x",
        b"[]",
        b'{"note":1}',
        b'{"note":"x"}',
        b'{ "note":"x"}',
        b'{"note":"x","note":"y"}',
        b"\xff",
        b'{"note":"' + b"x" * 2_500_000 + b'"}',
    ],
    ids=["empty", "word", "array", "number", "no note", "blank", "twice", "not UTF-8", "huge"],
)
def test_a_line_that_is_no_checkpoint_is_named(line: bytes, folder: Path) -> None:
    file = folder / "checkpoints.ndjson"
    file.write_bytes(file.read_bytes() + line + b"\n")
    report = checked(folder)
    assert sum(report.counts.values()) == 1
    assert set(report.counts) <= {Kind.SIGNATURE, Kind.CHECKPOINTS}
    assert report.agreed == SIZE


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"first":0}',
        b'{"first":0,"end":301}',
        b'{"first":-1,"end":300}',
        b'{"first":0,"end":true}',
        b'{"first":200,"end":100}',
        b'{"first":0,"end":300,"complete":false}',
        b'{"first":"0","end":"300"}',
        b"[" * 100_000,
    ],
    ids=range(11),
)
def test_a_manifest_that_says_nothing_sensible_is_named(manifest: bytes, folder: Path) -> None:
    (folder / "export.json").write_bytes(manifest)
    assert checked(folder).counts == {Kind.FILE: 1}


def test_what_the_manifest_says_is_not_believed(folder: Path) -> None:
    """It is asked which leaves are here: too few are drops, too many are checked all the same."""
    manifest = folder / "export.json"
    for said in ({"first": 100, "end": 200}, {"first": 0, "end": 10}, {"first": 300, "end": 300}):
        manifest.write_bytes(line_of({"complete": True, **said}))
        report = checked(folder)
        assert report.clean, report
        assert (report.first, report.end, report.whole) == (0, SIZE, True)
    lines = plain(SIZE)
    (folder / RECORDS).write_bytes(b"\n".join([*lines[:250], b""]))
    manifest.write_bytes(line_of({"complete": True, "first": 0, "end": 280}))
    report = checked(folder)
    assert report.counts == {Kind.DROPPED: 30}
    assert report.problems[0].index == 250
    manifest.unlink()
    report = checked(folder)
    assert report.counts == {Kind.DROPPED: 50}


def test_a_line_without_end_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = list(plain(SIZE))
    lines[7] = b"x" * (fsck_lines.MAX_LINE + 1)
    (folder / RECORDS).write_bytes(b"\n".join([*lines, b""]))
    report = checked(folder)
    assert report.counts == {Kind.CHANGED: 1}
    assert (report.problems[0].index, report.problems[0].line) == (7, 8)
    assert "has more than 16777216 bytes" in report.problems[0].text


def test_a_signed_line_with_more_behind_it_is_no_signed_line(tmp_path: Path) -> None:
    """Cut at the bound, the rest of a line would be what the log signed."""
    file = tmp_path / "file"
    most = 1 << 21
    whole = b"x" * most
    file.write_bytes(b"\n".join([b"ab", whole + b"x", whole, whole * 3, b"y", whole * 2]))
    with file.open("rb", buffering=0) as stream:
        read = [line for part in blocks(stream, most) for line in part]
    assert read == [b"ab", TOO_LONG, whole, TOO_LONG, b"y", TOO_LONG, UNENDED]
    file.write_bytes(b"ab\nab")
    with file.open("rb", buffering=0) as stream:
        assert [line for part in blocks(stream, most) for line in part] == [b"ab", b"ab", UNENDED]


def test_a_missing_last_newline_is_named(folder: Path) -> None:
    file = folder / RECORDS
    file.write_bytes(file.read_bytes()[:-1])
    assert checked(folder).counts == {Kind.FILE: 1}


def test_an_unreadable_file_is_named(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (folder / RECORDS).chmod(0)
    report = checked(folder)
    assert first(report)[0] is Kind.DROPPED
    assert Kind.FILE in report.counts


SPARSE = """
import sys
from pathlib import Path
from ledger.fsck import fsck
from tests.fsck.making import LOG
print(sorted(kind.name for kind in fsck(Path(sys.argv[1]), LOG.verifier).counts))
"""


def test_huge_files_cost_no_memory(folder: Path) -> None:
    """Sparse files of a terabyte in the place of a tile, the checkpoints and the manifest, and a
    line of 300 MB.
    """
    for path in ("tile/0/000", "export.json"):
        with (folder / path).open("wb") as file:
            file.truncate(1 << 40)
    with (folder / RECORDS).open("ab") as file:
        file.truncate(300 << 20)

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

    ran = subprocess.run(
        [sys.executable, "-c", SPARSE, str(folder)],
        cwd=Path(__file__).parents[2],
        preexec_fn=bound,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.strip() == "['FILE', 'INSERTED', 'TILE_MISSING']"
