"""A06: any one alteration of an export is found and named rightly; none is clean."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.checkpoints import Checkpoint
from ledger.cosignatures import CosignatureKey
from ledger.fsck import Kind, fsck
from ledger.fsck.report import Report
from ledger.hashing import leaf_hash
from ledger.notes import Signer, write_note
from tests.fsck.making import (
    LOG,
    WITNESSES,
    Export,
    export_of,
    note,
    plain,
    record,
    tiles_over,
    uuid_of,
)

SIZES = (2, 3, 255, 256, 257, 300, 700, 1300)
OLDER = (1, 2, 100, 256, 290, 512, 650, 1200)
KEYS = tuple(key.verifier for key in WITNESSES)


class Expected(NamedTuple):
    """The first problem, as far as it is known beforehand."""

    kind: Kind
    leaf: int | None = None
    path: str | None = None
    size: int | None = None
    alone: bool = True
    record: str | None = None
    line: int | None = None


@cache
def whole(size: int) -> Export:
    return export_of(plain(size), [n for n in OLDER if n < size])


def hashes(export: Export) -> list[bytes]:
    return [leaf_hash(line) for line in export.lines]


def two(chance: random.Random, size: int) -> tuple[int, int]:
    first, second = sorted(chance.sample(range(size), 2))
    return first, second


def change(export: Export, chance: random.Random) -> Expected:
    index = chance.randrange(len(export.lines))
    line = export.lines[index]
    at = chance.randrange(len(line))
    new = chance.choice([byte for byte in range(256) if byte not in (10, line[at])])
    export.lines[index] = line[:at] + bytes([new]) + line[at + 1 :]
    return Expected(Kind.CHANGED, index, line=index + 1)


def drop(export: Export, chance: random.Random) -> Expected:
    index = chance.randrange(len(export.lines))
    del export.lines[index]
    return Expected(Kind.DROPPED, index, line=index + 1)


def insert(export: Export, chance: random.Random) -> Expected:
    index = chance.randrange(len(export.lines) + 1)
    export.lines.insert(index, record(index, 9))
    return Expected(Kind.INSERTED, index, record=uuid_of(index, 9), line=index + 1)


def duplicate(export: Export, chance: random.Random) -> Expected:
    index = chance.randrange(len(export.lines))
    export.lines.insert(index, export.lines[index])
    return Expected(Kind.INSERTED, index + 1, record=uuid_of(index), line=index + 2)


def swap_neighbours(export: Export, chance: random.Random) -> Expected:
    index = chance.randrange(len(export.lines) - 1)
    export.lines[index : index + 2] = export.lines[index : index + 2][::-1]
    return Expected(Kind.REORDERED, index, line=index + 1)


def swap_far(export: Export, chance: random.Random) -> Expected:
    one, other = two(chance, len(export.lines))
    export.lines[one], export.lines[other] = export.lines[other], export.lines[one]
    return Expected(Kind.REORDERED, one, line=one + 1)


def move_on(export: Export, chance: random.Random) -> Expected:
    one, other = two(chance, len(export.lines))
    export.lines.insert(other, export.lines.pop(one))
    return Expected(Kind.REORDERED, one, line=one + 1)


def move_back(export: Export, chance: random.Random) -> Expected:
    one, other = two(chance, len(export.lines))
    export.lines.insert(one, export.lines.pop(other))
    return Expected(Kind.REORDERED, one, line=one + 1)


def cut_the_tail(export: Export, chance: random.Random) -> Expected:
    size = max(export.notes)
    export.newest = chance.choice([n for n in export.notes if n < size])
    cut = export_of(export.lines[: export.newest])
    export.lines, export.tiles = cut.lines, cut.tiles
    nearest = min(n for n in export.notes if n > export.newest)
    return Expected(Kind.FORK, size=nearest, alone=False)


def rewrite(export: Export, chance: random.Random) -> Expected:
    index = chance.randrange(len(export.lines))
    export.lines[index] = record(index, 9)
    export.tiles = tiles_over(hashes(export))
    nearest = min(n for n in export.notes if n > index)
    return Expected(Kind.FORK, size=nearest, alone=False)


def truncate_tile(export: Export, chance: random.Random) -> Expected:
    path = chance.choice(sorted(export.tiles))
    export.tiles[path] = export.tiles[path][: chance.randrange(len(export.tiles[path]))]
    return Expected(Kind.TILE_CUT, path=path)


def change_tile(export: Export, chance: random.Random) -> Expected:
    path = chance.choice(sorted(export.tiles))
    raw = export.tiles[path]
    at = chance.randrange(len(raw))
    export.tiles[path] = raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :]
    return Expected(Kind.TILE_CHANGED, path=path)


def lose_tile(export: Export, chance: random.Random) -> Expected:
    path = chance.choice(sorted(export.tiles))
    del export.tiles[path]
    return Expected(Kind.TILE_MISSING, path=path)


def fork(export: Export, chance: random.Random) -> Expected:
    size = chance.choice(sorted(export.notes))
    other = [leaf_hash(record(n, 9)) for n in range(size)]
    export.notes[size] = note(size, other)
    return Expected(Kind.FORK, size=size)


def sign_by_another(export: Export, chance: random.Random) -> Expected:
    size = chance.choice(sorted(export.notes))
    other = Signer.of_seed(LOG.name, b"x" * 32)
    export.notes[size] = note(size, hashes(export), other)
    return Expected(Kind.SIGNATURE, size=size)


def cosign_wrongly(export: Export, chance: random.Random) -> Expected:
    size = chance.choice(sorted(export.notes))
    text = Checkpoint.parse(export.notes[size].rsplit("\n\n", 1)[0] + "\n").text()
    lie = Checkpoint(LOG.name, size + 1, b"x" * 32).text()
    witness: CosignatureKey = chance.choice(WITNESSES)
    export.notes[size] = write_note(text, [LOG.sign(text), witness.cosign(lie, 5)])
    return Expected(Kind.COSIGNATURE, size=size)


def leave(export: Export, chance: random.Random) -> None:
    """No alteration."""


ALTERATIONS: tuple[Callable[[Export, random.Random], Expected | None], ...] = (
    change,
    drop,
    insert,
    duplicate,
    swap_neighbours,
    swap_far,
    move_on,
    move_back,
    cut_the_tail,
    rewrite,
    truncate_tile,
    change_tile,
    lose_tile,
    fork,
    sign_by_another,
    cosign_wrongly,
    leave,
)


def altered(
    size: int, how: Callable[[Export, random.Random], Expected | None], seed: int, per_file: int
) -> tuple[Expected | None, Report]:
    base = whole(size)
    export = Export(list(base.lines), dict(base.notes), dict(base.tiles))
    expected = how(export, random.Random(seed))
    if how not in (move_on, move_back, cut_the_tail):
        # files keep their names and their other lines
        more, at = len(export.lines) - size, expected.leaf if expected else None
        export.begins = {
            leaf: leaf + more * (at is not None and at < leaf) for leaf in range(0, size, per_file)
        }
    with tempfile.TemporaryDirectory() as folder:
        return expected, fsck(export.write(Path(folder)), LOG.verifier, KEYS)


def hold(expected: Expected | None, report: Report, per_file: int) -> None:
    if expected is None:
        assert report.clean, report
        return
    kind, index, path, size, alone, record_id, line = expected
    named = {problem.kind: problem for problem in report.problems}
    assert kind in named, report
    if alone:
        assert report.counts == {kind: 1}, report
    found = named[kind]
    if index is not None:
        assert found.index == index, report
        assert found.path is not None
        assert found.path.startswith("records/")
    if line is not None:
        assert found.line in (line, (line - 1) % per_file + 1), report
    if record_id is not None:
        assert found.record == record_id, report
    if path is not None:
        assert found.path == path, report
    if size is not None and alone:
        assert found.size == size, report
    elif size is not None:
        assert report.forked == size, report
        assert report.agreed is None or report.agreed < size


@pytest.mark.parametrize("how", ALTERATIONS, ids=lambda how: how.__name__)
@pytest.mark.parametrize("size", [257, 1300])
def test_each_alteration_is_named(
    how: Callable[[Export, random.Random], Expected | None], size: int
) -> None:
    for seed in range(2):
        hold(*altered(size, how, seed, 65_536), 65_536)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    st.sampled_from(SIZES),
    st.sampled_from(ALTERATIONS),
    st.integers(0, 10_000),
    st.sampled_from([65_536, 256, 100]),
)
def test_any_alteration_is_named(
    size: int,
    how: Callable[[Export, random.Random], Expected | None],
    seed: int,
    per_file: int,
) -> None:
    hold(*altered(size, how, seed, per_file), per_file)


@pytest.mark.deep
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(SIZES),
    st.sampled_from(ALTERATIONS),
    st.integers(0, 1 << 40),
    st.sampled_from([65_536, 256, 100]),
)
def test_any_alteration_is_named_many_times(
    size: int,
    how: Callable[[Export, random.Random], Expected | None],
    seed: int,
    per_file: int,
) -> None:
    hold(*altered(size, how, seed, per_file), per_file)


def test_a_lost_file_is_a_drop_from_its_first_leaf_on(tmp_path: Path) -> None:
    export = export_of(plain(5000), [300, 4000])
    export.per_file = 1500
    export.write(tmp_path)
    for start, missing in ((0, 1500), (1500, 1500), (4500, 500)):
        file = tmp_path / f"records/{start:012d}.ndjson"
        raw = file.read_bytes()
        file.unlink()
        report = fsck(tmp_path, LOG.verifier)
        assert report.counts == {Kind.DROPPED: missing}, report
        assert report.problems[0].index == start
        file.write_bytes(raw)
    assert fsck(tmp_path, LOG.verifier).clean


def test_files_that_changed_their_names_are_reordered(tmp_path: Path) -> None:
    export = export_of(plain(3000))
    export.per_file = 1000
    export.write(tmp_path)
    one, other = (tmp_path / f"records/{n:012d}.ndjson" for n in (1000, 2000))
    one.rename(tmp_path / "kept")
    other.rename(one)
    (tmp_path / "kept").rename(other)
    report = fsck(tmp_path, LOG.verifier)
    assert report.problems[0].kind is Kind.REORDERED
    assert report.problems[0].index == 1000


def test_a_file_named_for_another_leaf_is_named(tmp_path: Path) -> None:
    export = export_of(plain(600))
    export.per_file = 300
    export.write(tmp_path)
    (tmp_path / "records/000000000300.ndjson").rename(tmp_path / "records/000000000310.ndjson")
    report = fsck(tmp_path, LOG.verifier)
    assert report.counts == {Kind.FILE: 1}
    assert report.problems[0].path == "records/000000000310.ndjson"


def test_several_alterations_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    export = deepcopy(whole(1300))
    export.lines[1200] = record(1200, 9)
    del export.lines[900]
    export.lines[20], export.lines[700] = export.lines[700], export.lines[20]
    export.lines[10] = record(10, 9)
    export.lines.insert(5, record(5, 9))
    report = fsck(export.write(tmp_path), LOG.verifier)
    assert report.counts == {
        Kind.INSERTED: 1,
        Kind.CHANGED: 2,
        Kind.REORDERED: 1,
        Kind.DROPPED: 1,
    }
    assert [(problem.kind, problem.index) for problem in report.problems] == [
        (Kind.INSERTED, 5),
        (Kind.CHANGED, 10),
        (Kind.REORDERED, 20),
        (Kind.DROPPED, 900),
    ]


def test_a_tile_and_its_records_rewritten_together_are_found(tmp_path: Path) -> None:
    export = deepcopy(whole(700))
    export.lines[30] = record(30, 9)
    export.tiles["tile/0/000"] = tiles_over(hashes(export))["tile/0/000"]
    report = fsck(export.write(tmp_path), LOG.verifier)
    assert report.counts == {Kind.TILE_CHANGED: 1}
    assert report.unplaced == 3  # checkpoints of 1, 2 and 100 leaves cannot be judged
    assert report.problems[0].path == "tile/0/000"
    assert "leaves 0 to 255" in report.problems[0].text


def test_a_cut_that_leaves_no_trace_is_found_by_a_checkpoint_from_elsewhere(tmp_path: Path) -> None:
    seen = note(700, [leaf_hash(line) for line in plain(700)])
    export_of(plain(600), [512]).write(tmp_path)
    assert fsck(tmp_path, LOG.verifier, KEYS).clean
    report = fsck(tmp_path, LOG.verifier, KEYS, [seen])
    assert report.counts == {Kind.FORK: 1}
    assert (report.problems[0].size, report.agreed) == (700, 600)
    other = note(500, [leaf_hash(record(n, 9)) for n in range(500)])
    report = fsck(tmp_path, LOG.verifier, KEYS, [other])
    assert report.counts == {Kind.FORK: 1}
    assert report.problems[0].size == 500
    agreeing = note(500, [leaf_hash(line) for line in plain(600)])
    assert fsck(tmp_path, LOG.verifier, KEYS, [agreeing]).clean


def test_a_forked_log_with_its_own_key_is_told_by_older_checkpoints(tmp_path: Path) -> None:
    export = deepcopy(whole(700))
    rewrite(export, random.Random(5))
    export.notes[700] = note(700, hashes(export))
    report = fsck(export.write(tmp_path), LOG.verifier, KEYS)
    assert Kind.FORK in report.counts
    assert report.forked in OLDER


def test_a_checkpoint_out_of_order_is_named(tmp_path: Path) -> None:
    export = deepcopy(whole(700))
    export.write(tmp_path)
    file = tmp_path / "checkpoints.ndjson"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))
    report = fsck(tmp_path, LOG.verifier, KEYS)
    assert report.counts == {Kind.CHECKPOINTS: 1}
    assert report.problems[0].size == 1
