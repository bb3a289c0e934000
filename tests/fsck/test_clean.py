"""What is whole is clean, of every size; and one flipped bit of any tile is found and named."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ledger.fsck import Kind, fsck
from ledger.fsck.report import Report
from tests.fsck.making import (
    LOG,
    SEEN_AT,
    WITNESSES,
    Export,
    export_of,
    many,
    part_of,
    plain,
)

SMALL = (0, 1, 255, 256, 257, 700)
LARGE = (70_000, 131_071)
KEYS = tuple(key.verifier for key in WITNESSES)


def checked(export: Export, folder: Path) -> Report:
    return fsck(export.write(folder), LOG.verifier, KEYS)


def older(size: int) -> list[int]:
    return [n for n in (0, 1, 2, 100, 255, 256, 257, 511, 512, 600, 65_536) if n <= size]


@pytest.mark.parametrize("size", SMALL)
@pytest.mark.parametrize("per_file", [65_536, 256, 97])
def test_a_whole_export_is_clean(size: int, per_file: int, tmp_path: Path) -> None:
    export = export_of(plain(size), older(size))
    export.per_file = per_file
    report = checked(export, tmp_path)
    assert report.clean, report
    assert (report.size, report.first, report.end, report.records) == (size, 0, size, size)
    assert report.whole
    assert report.tiles == len(export.tiles)
    assert report.checkpoints == len(export.notes)
    assert (report.agreed, report.forked, report.unplaced) == (size, None, 0)
    for witness in report.witnesses:
        assert (witness.newest, witness.missing) == (SEEN_AT + size, 0)


@pytest.mark.parametrize("size", [n for n in SMALL if n])
def test_a_flipped_bit_of_any_tile_is_found_and_named(size: int, tmp_path: Path) -> None:
    export = export_of(plain(size), older(size))
    export.write(tmp_path)
    chance = random.Random(size)
    for path, raw in export.tiles.items():
        for at in {0, len(raw) - 1, *(chance.randrange(len(raw)) for _ in range(6))}:
            _flip(tmp_path / path, raw, at, chance)
            report = fsck(tmp_path, LOG.verifier)
            assert report.counts == {Kind.TILE_CHANGED: 1}, (path, at, report)
            assert report.problems[0].path == path
        (tmp_path / path).write_bytes(raw)
    assert fsck(tmp_path, LOG.verifier).clean


def _flip(file: Path, raw: bytes, at: int, chance: random.Random) -> None:
    file.write_bytes(raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :])


def test_a_large_export_is_clean_and_a_flipped_bit_found(tmp_path: Path) -> None:
    _large(65_537, tmp_path, 2)


@pytest.mark.deep
@pytest.mark.parametrize("size", LARGE)
def test_larger_exports_are_clean_and_flipped_bits_found(size: int, tmp_path: Path) -> None:
    _large(size, tmp_path, 40)


def _large(size: int, folder: Path, flips: int) -> None:
    export = export_of(many(size), [1, 300, 65_535, 65_536])
    report = checked(export, folder)
    assert report.clean, report
    assert (report.tiles, report.end) == (len(export.tiles), size)
    chance = random.Random(size)
    above = [path for path in export.tiles if not path.startswith("tile/0/")]
    edge = [path for path in export.tiles if ".p/" in path]
    chosen = [*above, *edge, *chance.sample(sorted(export.tiles), flips)][-flips:]
    for path in chosen:
        raw = export.tiles[path]
        _flip(folder / path, raw, chance.randrange(len(raw)), chance)
        report = fsck(folder, LOG.verifier)
        assert report.counts == {Kind.TILE_CHANGED: 1}, (path, report)
        assert report.problems[0].path == path
        (folder / path).write_bytes(raw)


@pytest.mark.parametrize(
    ("first", "end"),
    [(0, 300), (300, 600), (256, 512), (300, 700), (255, 257), (511, 512), (699, 700), (400, 400)],
)
def test_a_part_is_clean_and_says_that_it_is_one(first: int, end: int, tmp_path: Path) -> None:
    whole = export_of(plain(700), older(700))
    part = part_of(whole, first, end, 700)
    report = checked(part, tmp_path)
    assert report.clean, report
    assert not report.whole
    assert (report.first, report.end, report.records) == (first, end, end - first)
    for path, raw in part.tiles.items():
        (tmp_path / path).write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
        report = fsck(tmp_path, LOG.verifier)
        assert set(report.counts) & {Kind.TILE_CHANGED, Kind.FORK}, (path, report)
        (tmp_path / path).write_bytes(raw)


def test_tiles_of_smaller_trees_may_stand_beside(tmp_path: Path) -> None:
    export = export_of(plain(700))
    export.tiles |= {k: v for k, v in export_of(plain(600)).tiles.items() if ".p/" in k}
    assert checked(export, tmp_path).clean
    path = next(path for path in export.tiles if path.endswith("002.p/88"))
    (tmp_path / path).write_bytes(b"x" * 88 * 32)
    report = fsck(tmp_path, LOG.verifier)
    assert report.counts == {Kind.TILE_STRAY: 1}
    assert report.problems[0].path == path


def test_missing_cosignatures_are_counted_and_no_error(tmp_path: Path) -> None:
    export = export_of(plain(300), [10, 20])
    one_line = export.notes[20].rsplit("\u2014", 1)[0]
    export.notes[20] = one_line
    export.notes[300] = export.notes[300].rsplit("\u2014", 1)[0]
    report = checked(export, tmp_path)
    assert report.clean
    first, second = report.witnesses
    assert (first.newest, first.missing) == (SEEN_AT + 300, 0)
    assert (second.newest, second.missing) == (None, 2)
