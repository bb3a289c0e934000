"""What stops an export, and what the same command makes of the folder that was left."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.fsck.checking import fsck
from service.ledger.exporting.folder import FolderRefused
from service.ledger.exporting.judging import NotPermitted
from service.ledger.exporting.sitting import NothingToExport
from tests.exporting.exports import (
    Ground,
    expected,
    hash_in,
    lines_of,
    manifest,
    seen,
    tiles,
)
from tests.integrating.trees import SIGNER
from tests.tracing.house import AUDITORS, HOLDER

TH, KH, LA = (AUDITORS[country] for country in ("TH", "KH", "LA"))


def assert_exact(ground: Ground, folder: Path, country: str) -> None:
    """The folder is what a new export of the same leaves would be."""
    told = manifest(folder)
    assert told["complete"] is True
    leaves, lines = ground.leaves()[told["first"] : told["end"]], lines_of(folder)
    assert [seen(line) for line in lines] == [expected(country, leaf) for leaf in leaves]
    assert [hash_in(line) for line in lines] == [leaf.hash for leaf in leaves]
    assert int((folder / "checkpoint").read_text().split("\n")[1]) == told["checkpoint"]["size"]
    assert not [path for path in folder.rglob("*") if path.name.startswith(".")]
    report = fsck(folder, SIGNER.verifier)
    assert report.clean, report.problems
    assert (report.first, report.end, report.unplaced) == (told["first"], told["end"], 0)


def test_a_finished_export_is_brought_up_to_date(ground: Ground, tmp_path: Path) -> None:
    folder = tmp_path / "e"
    ground.fill(700)
    size = ground.export(TH, folder, lines=256).manifest.end
    full = folder / "records" / f"{0:012d}.ndjson"
    before = full.stat().st_ino, full.stat().st_mtime_ns
    ground.fill(300)
    done = ground.export(TH, folder, lines=256)
    assert done.manifest.end == size + 301, "the record of the export before is a leaf too"
    assert (full.stat().st_ino, full.stat().st_mtime_ns) == before
    assert_exact(ground, folder, "TH")
    shutil.move(folder, tmp_path / "old")
    ground.export(TH, folder, lines=256)
    assert tiles(folder) == tiles(tmp_path / "old")
    for name in ("checkpoint", "checkpoints.ndjson"):
        assert (folder / name).read_bytes() == (tmp_path / "old" / name).read_bytes()
    begun = size // 256 * 256
    assert [act["act"]["subject"] for act in ground.acts("EXPORT")] == [
        f"ledger 0-{size}",
        f"ledger {begun}-{done.manifest.end}",
        f"ledger 0-{done.manifest.end}",
    ]


def test_without_an_integrator_nothing_new_is_exported_and_that_is_said(
    ground: Ground, tmp_path: Path
) -> None:
    ground.fill(10)
    assert ground.export(TH, tmp_path / "e").waiting == 0
    ground.house.desk(HOLDER, ground.house.cambodian.case)
    done = ground.export(TH, tmp_path / "e")
    # the access, and the record of the first sitting
    assert done.waiting == 2
    assert [act["act"]["from"] for act in ground.acts("EXPORT")] == ["", "COMPLETE"]
    assert ground.acts("EXPORT")[1]["act"]["subject"].endswith(f"{done.manifest.end}")
    assert_exact(ground, tmp_path / "e", "TH")


def test_another_caller_does_not_go_on_with_it(shared_ground: Ground, tmp_path: Path) -> None:
    ground, folder = shared_ground, tmp_path / "e"
    ground.export(TH, folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    acts, refusals = len(ground.acts("EXPORT")), len(ground.refusals())
    others = (
        KH,
        replace(KH, subject=TH.subject),
        replace(TH, country="KH"),
        replace(TH, subject="somebody else"),
        replace(TH, issuer="https://other.test.example"),
    )
    for other in others:
        with pytest.raises(NotPermitted, match="another caller"):
            ground.export(other, folder)
        assert before == {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert len(ground.refusals()) == refusals + len(others)
    assert len(ground.acts("EXPORT")) == acts
    ground.export(TH, folder)


def test_another_scope_does_not_go_on_with_it(ground: Ground, tmp_path: Path) -> None:
    ground.fill(5)
    ground.export(TH, tmp_path / "e")
    _end_grants(ground, "own_actor")
    with pytest.raises(NotPermitted, match="opened other records"):
        ground.export(TH, tmp_path / "e")
    # what is left is a right of its own
    assert ground.export(TH, tmp_path / "f").manifest.scope == ("own_country_case",)


def test_a_right_that_ends_stops_it_and_what_is_written_stays(
    ground: Ground, tmp_path: Path
) -> None:
    size, folder = ground.fill(1000), tmp_path / "e"

    def end(what: str, done: int, of: int) -> None:
        if done == 500:
            _end_law(ground, "TH-LAW")

    with pytest.raises(NotPermitted):
        ground.export(TH, folder, lines=100, progress=end)
    told = manifest(folder)
    assert told["complete"] is False
    assert not (folder / "checkpoint").exists()
    left = sorted(int(path.stem) for path in (folder / "records").glob("0*"))
    assert left == list(range(0, 500, 100))
    assert (ground.acts("EXPORT")[0]["act"]["subject"], len(ground.refusals())) == (
        f"ledger 0-{size}",
        1,
    )
    with pytest.raises(NotPermitted):
        ground.export(TH, folder, lines=100)
    _restore_law(ground, "TH-LAW")
    ground.export(TH, folder, lines=100)
    assert ground.acts("EXPORT")[1]["act"]["subject"] == f"ledger 500-{size}"
    assert ground.acts("EXPORT")[1]["act"]["from"] == "BEGUN"
    assert_exact(ground, folder, "TH")


def test_what_was_erased_since_is_erased_in_the_folder(ground: Ground, tmp_path: Path) -> None:
    folder = tmp_path / "e"
    ground.fill(600)
    size = ground.export(TH, folder, lines=256, also=("csv", "ocsf")).manifest.end
    kept = folder / "records" / f"{0:012d}.ndjson"
    before = kept.stat().st_mtime_ns
    gone = [300, 301, 511, size - 1]
    bodies = [leaf.body for leaf in ground.leaves() if leaf.index in gone]
    ids = [str(body).split('"id":"')[1][:36] for body in bodies]
    act = ground.erase(*gone)
    done = ground.export(TH, folder, lines=256)
    assert done.erased_now == 4
    assert kept.stat().st_mtime_ns == before
    assert_exact(ground, folder, "TH")
    assert [seen(lines_of(folder)[index])["erased"] for index in gone] == [act] * 4  # type: ignore[index]
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_bytes()
            assert not [identifier for identifier in ids if identifier.encode() in text], path
    # of what is outside its scope, nobody learns that it was erased
    ground.export(LA, tmp_path / "l")
    assert b"erased" not in lines_of(tmp_path / "l")[300]


def test_a_range_is_whole_contiguous_leaves(ground: Ground, tmp_path: Path) -> None:
    ground.fill(1200)
    # one a second, and one committed late: an earlier time at a later place
    ground.retime()
    ground.retime(700, 570)
    since, until = (dt.datetime(2026, 1, 1, 0, m, tzinfo=dt.UTC) for m in (5, 10))
    folder = tmp_path / "e"
    done = ground.export(TH, folder, since=since, until=until)
    assert (done.manifest.first, done.manifest.end) == (300, 701)
    assert_exact(ground, folder, "TH")
    size = done.manifest.checkpoint["size"]
    assert {name for name in tiles(folder) if name.startswith("tile/0/")} == {
        "tile/0/001",
        "tile/0/002",
        f"tile/0/{size // 256:03d}.p/{size % 256}",
    }
    assert f"tile/1/000.p/{size // 256}" in tiles(folder)
    with pytest.raises(FolderRefused, match="--from 2026-01-01T00:05"):
        ground.export(TH, folder, since=since)
    with pytest.raises(NothingToExport):
        ground.export(TH, tmp_path / "n", since=dt.datetime(2036, 1, 1, tzinfo=dt.UTC))
    assert len(ground.acts("EXPORT")) == 1


def test_a_ledger_that_was_set_back_is_refused(ground: Ground, tmp_path: Path) -> None:
    ground.fill(10)
    ground.export(TH, tmp_path / "e")
    ground.house.execute("update ledger.checkpoint set root = sha256('x')")
    with pytest.raises(FolderRefused, match="set back"):
        ground.export(TH, tmp_path / "e")


def test_a_leaf_changed_or_gone_in_the_database_is_exported_as_it_is_and_named(
    ground: Ground, tmp_path: Path
) -> None:
    ground.fill(30)
    at = len(ground.leaves()) - 10
    row = "record_id = (select record_id from ledger.leaf_position where leaf_index = %s)"
    # the table takes no line end: who may change its rows may change that as well
    ground.house.execute("alter table ledger.access_leaf drop constraint access_leaf_body_one_line")
    ground.house.execute(
        f"update ledger.access_leaf set body = replace(body, 'Desk', E'De\\nsk') where {row}", at
    )
    ground.house.execute(f"delete from ledger.access_leaf where {row}", at + 1)
    done = ground.export(TH, tmp_path / "e", also=("csv", "ocsf"))
    assert done.broken == at
    lines, size = lines_of(tmp_path / "e"), done.manifest.end
    assert len(lines) == size
    assert b"De\\nsk" in lines[at]
    assert set(json.loads(lines[at + 1])) == {"leafHash"}
    assert done.manifest.counted.withheld == sum(b'"withheld":true' in line for line in lines)


FORKING = """
import os, signal, sys, time
from pathlib import Path
from service.ledger.exporting.sitting import Asked
from tests.exporting.exports import export_as
from tests.tracing.house import AUDITORS
print("ready", flush=True)
for line in sys.stdin:
    folder, after = line.split()
    child = os.fork()
    if child == 0:
        asked = Asked(Path(folder), also=("csv",))
        export_as(sys.argv[1], lambda _: AUDITORS["TH"], asked, lines=200)
        os._exit(0)
    if after != "-":
        time.sleep(float(after))
        os.kill(child, signal.SIGKILL)
    print(os.waitpid(child, 0)[1], flush=True)
"""


@contextmanager
def forking(ground: Ground) -> Iterator[subprocess.Popen[str]]:
    """A process that makes exports in processes of their own, which can be killed."""
    with subprocess.Popen(
        [sys.executable, "-c", FORKING, ground.dsn],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        assert process.stdin is not None
        process.stdin.close()


def _killed(process: subprocess.Popen[str], folder: Path, after: float | None) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    print(folder, "-" if after is None else after, file=process.stdin, flush=True)
    return int(process.stdout.readline())


@pytest.mark.parametrize(
    "rounds", [5, pytest.param(150, marks=pytest.mark.deep)], ids=["few", "many"]
)
def test_killed_at_any_instant_it_goes_on(ground: Ground, tmp_path: Path, rounds: int) -> None:
    chance = random.Random(5)
    ground.fill(1500)
    with forking(ground) as process:
        begun = time.monotonic()
        assert _killed(process, tmp_path / "whole", None) == 0
        takes = time.monotonic() - begun
        for _ in range(rounds):
            if chance.random() < 0.2:
                shutil.rmtree(tmp_path / "e", ignore_errors=True)
            if chance.random() < 0.3:
                ground.fill(150)
            _killed(process, tmp_path / "e", chance.random() * takes)
            if (tmp_path / "e" / "export.json").exists():
                manifest(tmp_path / "e")
                # what has its name is whole, and on record
                files = sorted((tmp_path / "e" / "records").glob("0*"))
                for file in files[:-1]:
                    assert file.read_bytes().count(b"\n") == 200
                assert manifest(tmp_path / "e")["record"] in {
                    a["id"] for a in ground.acts("EXPORT")
                }
        assert _killed(process, tmp_path / "e", None) == 0
        assert_exact(ground, tmp_path / "e", "TH")
        assert _killed(process, tmp_path / "fresh", None) == 0
    for name in ("records", "csv", "tile", "checkpoints.ndjson", "checkpoint"):
        assert _tree(tmp_path / "e" / name) == _tree(tmp_path / "fresh" / name), name


def _tree(path: Path) -> dict[str, bytes]:
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return {str(p.relative_to(path)): p.read_bytes() for p in files}


def _end_law(ground: Ground, agreement: str) -> None:
    """The law ends now, as if its party had left it."""
    ground.house.owner.execute(
        "insert into policy.ending (version_id, party, agency, subject, issuer, until_at)"
        " select id, left(%s, 2), left(%s, 2) || '-MFA', 's', 'i', clock_timestamp()"
        " from policy.protocol_version where agreement_code = %s",
        (agreement, agreement, agreement),
    )


def _restore_law(ground: Ground, agreement: str) -> None:
    ground.house.execute(
        "delete from policy.ending where version_id in"
        " (select id from policy.protocol_version where agreement_code = %s)",
        agreement,
    )
    ground.house.execute("update policy.version set number = number + 1")


def _end_grants(ground: Ground, condition: str) -> None:
    """Take the grants of one condition on access records out of every law."""
    rows = ground.house.owner.execute("select id, content from policy.protocol_version").fetchall()
    for identifier, content in rows:
        changed = content.replace(f'when = ["{condition}"]', 'when = ["assigned"]')
        if changed != content:
            ground.house.execute(
                "update policy.protocol_version set content = %s where id = %s",
                changed,
                identifier,
            )
    ground.house.execute("update policy.version set number = number + 1")
