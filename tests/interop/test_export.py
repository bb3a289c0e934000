"""Go checks an export from its folder and keys: whole it holds, altered it names the place."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.notes import Signer
from ledger.tiles import Tile
from tests.interop.building import SOURCES, Programs, environment, found, ran
from tests.interop.exports import ERASED, PER_FILE, WITHHELD, exported
from tests.interop.trees import LOG, WITNESSES, flipped, grown
from tests.ledger.oracle import body

SIZE = 1_300
FIRST, SECOND, THIRD = (f"records/{n * PER_FILE:012d}.ndjson" for n in range(3))
KEYS = (LOG.vkey, *(witness.vkey for witness in WITNESSES))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return exported(grown(SIZE), tmp_path / "export")


def changed(place: Path, old: bytes, new: bytes) -> None:
    before = place.read_bytes()
    assert before.count(old) == 1
    place.write_bytes(before.replace(old, new))


def test_a_whole_export_holds(go: Programs, export: Path) -> None:
    said = go.says("export", export, *KEYS)
    assert said[0] == "signed by log.example/saphan"
    assert [line.split()[2] for line in said[1:4]] == [witness.name for witness in WITNESSES]
    assert said[5:] == [
        "7 tiles hash into the root, 0 are not in this export",
        "4 older checkpoints are beginnings of this tree",
        f"leaves from 0 up to, without, {SIZE}: {SIZE - 2} records, 1 erased, 1 withheld",
    ]


def test_an_export_of_a_part_holds(go: Programs, export: Path) -> None:
    (export / FIRST).unlink()
    (export / Tile(0, 0).path).unlink()
    (export / "checkpoints.ndjson").unlink()
    assert go.says("export", export, *KEYS)[-3:] == [
        "6 tiles hash into the root, 1 are not in this export",
        "0 older checkpoints are beginnings of this tree",
        f"leaves from 512 up to, without, {SIZE}: {SIZE - 512} records, 0 erased, 0 withheld",
    ]


def line(n: int) -> bytes:
    return body(n) + b"\n"


def forked(export: Path) -> None:
    """A checkpoint that the log signed, of a tree that is no beginning of this one."""
    text = grown(257).text.replace("\n257\n", "\n258\n")
    note = f"{text}\n{LOG.sign(text)}"
    kept = (export / "checkpoints.ndjson").read_text(encoding="utf-8")
    (export / "checkpoints.ndjson").write_text(kept + json.dumps({"note": note}) + "\n")


def signed_by_another(export: Path) -> None:
    text = grown(SIZE).text
    other = Signer.of_seed(LOG.name, bytes(32))
    (export / "checkpoint").write_text(f"{text}\n{other.sign(text)}", encoding="utf-8")


def tile_changed(export: Path) -> None:
    place = export / Tile(0, 3).path
    place.write_bytes(flipped(place.read_bytes(), 4_711))


def reordered(export: Path) -> None:
    changed(export / SECOND, line(600) + line(601), line(601) + line(600))


def marked(export: Path) -> None:
    """A record that is there, given out as erased with the hash of another."""
    wrong = json.loads((export / FIRST).read_bytes().split(b"\n")[ERASED])
    mark = json.dumps(wrong, separators=(",", ":")).encode()
    changed(export / FIRST, line(8), mark + b"\n")


def renamed(export: Path) -> None:
    (export / SECOND).rename(export / "records/0000000005120.ndjson")


def unmarked(export: Path) -> None:
    changed(export / FIRST, b',"withheld":true}', b"}")


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a record changed": (
        lambda e: changed(e / SECOND, body(777), b'{"n":778 }'),
        f"{SECOND[8:]}: leaf 777 is not what the tree holds",
    ),
    "a record dropped": (
        lambda e: changed(e / SECOND, line(777), b""),
        f"{SECOND[8:]}: leaf 777 is not what the tree holds",
    ),
    "the last record dropped": (
        lambda e: changed(e / FIRST, line(511), b""),
        f"{SECOND[8:]} begins at another leaf than 511",
    ),
    "a record inserted": (
        lambda e: changed(e / SECOND, line(777), line(777) + b'{"n":777.5}\n'),
        f"{SECOND[8:]}: leaf 778 is not what the tree holds",
    ),
    "a record after the last": (
        lambda e: changed(e / THIRD, line(SIZE - 1), line(SIZE - 1) + line(SIZE)),
        f"{THIRD[8:]}: leaf {SIZE} is outside of the tree",
    ),
    "two records exchanged": (reordered, f"{SECOND[8:]}: leaf 600 is not what the tree holds"),
    "a carriage return": (
        lambda e: changed(e / SECOND, line(777), body(777) + b"\r\n"),
        f"{SECOND[8:]}: leaf 777 is not what the tree holds",
    ),
    "a file away": (
        lambda e: (e / SECOND).unlink(),
        f"{THIRD[8:]} begins at another leaf than 512",
    ),
    "a file of another name": (
        renamed,
        "0000000005120.ndjson is not named after its first leaf",
    ),
    "erased with another hash": (
        marked,
        f"{FIRST[8:]}: leaf 8 is marked with another hash than the tree holds",
    ),
    "neither erased nor withheld": (
        unmarked,
        f"{FIRST[8:]}: leaf {WITHHELD} is not what the tree holds",
    ),
    "a tile changed": (tile_changed, "tile/0/003 does not hash into its parent"),
    "a fork": (forked, "the checkpoint of 258 is of another tree"),
    "another log's checkpoint": (signed_by_another, "note has no verifiable signatures"),
    "no checkpoint": (lambda e: (e / "checkpoint").unlink(), "checkpoint is not there"),
    "an upper tile away": (
        lambda e: (e / Tile(1, 0, 5).path).unlink(),
        "tile/1/000.p/5 is not there",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_altered_export_is_refused_and_the_place_named(
    go: Programs, export: Path, name: str
) -> None:
    alter, said = FAULTS[name]
    alter(export)
    assert go.refuses("export", export, *KEYS) == [said]


def test_a_last_line_without_its_end_is_refused(go: Programs, export: Path) -> None:
    (export / THIRD).write_bytes((export / THIRD).read_bytes()[:-1])
    assert go.refuses("export", export, *KEYS) == ["the last line has no newline"]


def test_the_sources_are_formatted() -> None:
    found()
    if (gofmt := shutil.which("gofmt")) is None:
        pytest.skip("NOT CHECKED BY GO: needs `gofmt`")
    assert ran([gofmt, "-l", "."], SOURCES).stdout == ""


@pytest.mark.deep
def test_the_sources_are_vetted(go: Programs, room: Path) -> None:
    vetted = ran([found(), "vet", "./check", "./maker"], SOURCES, environment(room))
    assert (vetted.returncode, vetted.stderr) == (0, "")
