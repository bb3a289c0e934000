"""The folder as somebody finds it who put something in it first."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from pathlib import Path

import pytest

from service.ledger.exporting.folder import Folder, FolderRefused
from tests.exporting.exports import Ground, manifest
from tests.tracing.house import AUDITORS

TH = AUDITORS["TH"]


def _elsewhere(tmp_path: Path) -> Path:
    """A file of somebody else that must stay as it is."""
    file = tmp_path / "elsewhere"
    file.write_text("mine")
    return file


@pytest.mark.parametrize("content", ["notes.txt", "records", ".hidden", "checkpoint"])
def test_a_folder_that_is_no_export_is_refused(
    shared_ground: Ground, tmp_path: Path, content: str
) -> None:
    folder = tmp_path / "e"
    folder.mkdir()
    (folder / content).write_text("mine")
    acts = len(shared_ground.acts("EXPORT"))
    if content.startswith("."):
        # left by the system of whoever made the folder: no reason
        shared_ground.export(TH, folder)
        assert (folder / content).read_text() == "mine"
        return
    with pytest.raises(FolderRefused, match="no export"):
        shared_ground.export(TH, folder)
    assert (folder / content).read_text() == "mine"
    assert len(shared_ground.acts("EXPORT")) == acts


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", '{"format":1}', '{"format":2}', '{"format":1,"caller":[]}', "\xff"],
)
def test_a_manifest_of_another_form_is_refused(
    shared_ground: Ground, tmp_path: Path, text: str
) -> None:
    folder = tmp_path / "e"
    folder.mkdir()
    (folder / "export.json").write_text(text, encoding="latin-1")
    with pytest.raises(FolderRefused, match=r"export\.json is none of ours"):
        shared_ground.export(TH, folder)


@pytest.mark.parametrize(("name", "value"), [("first", -1), ("end", 10**6), ("start", 10**6)])
def test_a_manifest_of_leaves_that_are_not_there_is_refused(
    shared_ground: Ground, tmp_path: Path, name: str, value: int
) -> None:
    folder = tmp_path / "e"
    shared_ground.export(TH, folder)
    changed = manifest(folder) | {name: value}
    (folder / "export.json").write_text(json.dumps(changed))
    acts = len(shared_ground.acts("EXPORT"))
    with pytest.raises(FolderRefused):
        shared_ground.export(TH, folder)
    assert len(shared_ground.acts("EXPORT")) == acts


def test_no_symbolic_link_is_followed(shared_ground: Ground, tmp_path: Path) -> None:
    mine = _elsewhere(tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(FolderRefused):
        shared_ground.export(TH, tmp_path / "link")
    assert list((tmp_path / "real").iterdir()) == []
    shared_ground.export(TH, tmp_path / "e")
    for name in ("checkpoint", "checkpoints.ndjson", "log.vkey"):
        (tmp_path / "e" / name).unlink()
        (tmp_path / "e" / name).symlink_to(mine)
        with pytest.raises(FolderRefused):
            shared_ground.export(TH, tmp_path / "e")
        assert mine.read_text() == "mine"
        (tmp_path / "e" / name).unlink()
        shared_ground.export(TH, tmp_path / "e")
    for name in ("records", "tile"):
        (tmp_path / "e" / name).rename(tmp_path / name)
        (tmp_path / "e" / name).symlink_to(tmp_path / name)
        with pytest.raises(FolderRefused):
            shared_ground.export(TH, tmp_path / "e")
        (tmp_path / "e" / name).unlink()
        (tmp_path / name).rename(tmp_path / "e" / name)
    shared_ground.export(TH, tmp_path / "e")


def test_a_draft_that_is_a_link_is_not_written_through(
    shared_ground: Ground, tmp_path: Path
) -> None:
    mine = _elsewhere(tmp_path)
    folder = tmp_path / "e"
    (folder / "records").mkdir(parents=True, mode=0o700)
    shared_ground.export(TH, tmp_path / "f")
    (tmp_path / "f" / "export.json").rename(folder / "export.json")
    (folder / "records" / f".{0:012d}.ndjson.part").symlink_to(mine)
    shared_ground.export(TH, folder)
    assert mine.read_text() == "mine"
    assert not [path for path in folder.rglob("*") if path.is_symlink()]


def test_a_pipe_in_a_file_s_place_does_not_hold_it_up(
    shared_ground: Ground, tmp_path: Path
) -> None:
    folder = tmp_path / "e"
    folder.mkdir(mode=0o700)
    os.mkfifo(folder / "export.json")
    with pytest.raises(FolderRefused):
        shared_ground.export(TH, folder)


def test_a_folder_that_others_may_write_is_refused(shared_ground: Ground, tmp_path: Path) -> None:
    shared_ground.export(TH, tmp_path / "e")
    (tmp_path / "e").chmod(0o777)
    with pytest.raises(FolderRefused, match="chmod 700"):
        shared_ground.export(TH, tmp_path / "e")


def test_two_at_once_are_one(shared_ground: Ground, tmp_path: Path) -> None:
    shared_ground.export(TH, tmp_path / "e")
    descriptor = os.open(tmp_path / "e", os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(FolderRefused, match="at work"):
            shared_ground.export(TH, tmp_path / "e")
    finally:
        os.close(descriptor)
    shared_ground.export(TH, tmp_path / "e")


def test_records_that_are_not_whole_are_not_gone_on_with(
    shared_ground: Ground, tmp_path: Path
) -> None:
    shared_ground.fill(300)
    shared_ground.export(TH, tmp_path / "e", lines=100)
    acts = len(shared_ground.acts("EXPORT"))
    for defect in ("missing", "cut", "stranger"):
        folder = tmp_path / defect
        shutil.copytree(tmp_path / "e", folder)
        second = folder / "records" / f"{100:012d}.ndjson"
        if defect == "missing":
            second.unlink()
        elif defect == "cut":
            second.write_bytes(second.read_bytes()[:-5])
        else:
            (folder / "records" / "notes.txt").write_text("mine")
        with pytest.raises(FolderRefused):
            shared_ground.export(TH, folder, lines=100)
    assert len(shared_ground.acts("EXPORT")) == acts


def test_a_full_disk_leaves_no_file_under_its_name(tmp_path: Path) -> None:
    with Folder.taken(tmp_path / "e") as folder:
        folder.write("kept", b"before")
        with pytest.raises(FolderRefused, match="No space left"), folder.writing("kept"):
            raise OSError(28, "No space left on device")
        with folder.reading("kept") as source:
            assert source.read() == b"before"
