"""Somebody with every right over the database, or with a copy of it and the key: found and named.

The export is written from the database that was tampered with, so that nothing
but the hashes, the tiles and what others have signed stands against it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.fsck import Kind, fsck
from ledger.fsck.report import Problem, Report
from ledger.hashing import leaf_hash
from ledger.ids import uuid7
from ledger.integrating import LedgerBroken
from service.ledger.asking_witness import NotCosigned
from service.ledger.exporting.reading import LedgerIncomplete
from service.ledger.witnesses import Witness
from tests.exporting.exports import founded
from tests.faults.keeping import Keeping
from tests.faults.scene import KH, Scene
from tests.faults.whole import checked
from tests.integrating.trees import SIGNER
from tests.tracing.house import HOLDER
from tests.witness import processes

LEAVES = 600
IN_FULL_TILE, AT_THE_EDGE = 100, 580
AWAY = 100_000
LIE = '{"at":"2026-11-23T09:14:02.113407Z","caller":{"agency":"TH-DATIP"},"id":"%s"}'


@pytest.fixture(scope="module")
def made(_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with (
        founded(_template) as ground,
        processes.witnessing(tmp_path_factory.mktemp("witness"), [SIGNER.vkey]) as witness,
    ):
        ground.house.desk(HOLDER, ground.house.cambodian.case)
        ground.place()
        ground.fill(300)
        size = ground.fill(LEAVES - 300)
        asked = Witness(witness.verifier, witness.url, "KH")
        scene = Scene(ground, Keeping(ground.dsn), size, witness, asked)
        assert scene.cosigned()
        scene.keeping.keep("kept")
        yield scene


@pytest.fixture
def scene(made: Scene) -> Iterator[Scene]:
    yield made
    made.keeping.restore("kept")


def first(report: Report) -> Problem:
    """The first problem; there is one."""
    assert not report.clean
    return report.problems[0]


def test_what_was_not_touched_is_clean(scene: Scene, tmp_path: Path) -> None:
    report = scene.fsck(scene.export(tmp_path), scene.note())
    assert report.clean, report.problems
    assert report.whole
    assert report.size == scene.size
    assert report.witnesses[0].newest is not None


@pytest.mark.parametrize("index", [0, IN_FULL_TILE, AT_THE_EDGE])
def test_a_row_altered(scene: Scene, tmp_path: Path, index: int) -> None:
    leaf = scene.leaf_at(index)
    scene.write(index, leaf["body"].replace('"at":"2', '"at":"1', 1))
    assert scene.leaf_at(index)["body"] != leaf["body"]
    folder = scene.export(tmp_path)
    found = first(scene.fsck(folder))
    assert (found.kind, found.index, found.record) == (Kind.CHANGED, index, leaf["id"])
    # the command says the same and ends with 1
    said = checked(folder, scene.witness.verifier.vkey)
    assert [(each["index"], each["record"]) for each in said["problems"]] == [(index, leaf["id"])]


@pytest.mark.parametrize("spelt", ["spaces", "order", "twice", "blank"])
def test_A07_one_record_in_another_spelling(scene: Scene, tmp_path: Path, spelt: str) -> None:
    """The same JSON value, and yet not the bytes that were hashed."""
    leaf = scene.leaf_at(IN_FULL_TILE)
    members = json.loads(leaf["body"])
    body = {
        "spaces": json.dumps(members, sort_keys=True),
        "order": json.dumps(dict(reversed(members.items())), separators=(",", ":")),
        "twice": leaf["body"].replace('"v":1', '"v":1,"v":1'),
        "blank": leaf["body"] + " ",
    }[spelt]
    assert body != leaf["body"]
    assert json.loads(body) == members
    scene.write(IN_FULL_TILE, body)
    report = scene.fsck(scene.export(tmp_path))
    assert {problem.index for problem in report.problems} == {IN_FULL_TILE}, report.problems
    assert first(report).kind is Kind.CHANGED


def test_A07_a_leaf_that_spells_two_hashes_is_no_node(scene: Scene, tmp_path: Path) -> None:
    """A body of 64 bytes, as long as what a node is hashed over: the prefixes keep them apart."""
    scene.write(IN_FULL_TILE, "0" * 64)
    assert first(scene.fsck(scene.export(tmp_path))).index == IN_FULL_TILE


@pytest.mark.parametrize("index", [IN_FULL_TILE, AT_THE_EDGE])
def test_a_row_altered_together_with_its_hash(scene: Scene, tmp_path: Path, index: int) -> None:
    """The tree fits its rows again, and no longer what was signed over it."""
    scene.write(index, LIE % scene.leaf_at(index)["id"])
    scene.rehash()
    report = scene.fsck(scene.export(tmp_path))
    assert report.forked is not None
    assert index < report.forked, report
    assert report.agreed is None or report.agreed <= index, report
    with pytest.raises(LedgerBroken, match="root that was signed"):
        scene.ground.place()


def test_a_row_dropped(scene: Scene, tmp_path: Path) -> None:
    leaf = scene.leaf_at(IN_FULL_TILE)
    scene.keeping.run(
        "delete from ledger.access_leaf where record_id = %(id)s",
        "delete from ledger.access_record where id = %(id)s",
        id=leaf["id"],
    )
    done = scene.ground.export(KH, tmp_path / "e")
    assert done.broken == IN_FULL_TILE
    found = first(scene.fsck(tmp_path / "e"))
    assert found.index == IN_FULL_TILE, found


def test_a_row_dropped_with_its_place(scene: Scene, tmp_path: Path) -> None:
    """There is a hole in the tree, or it is shorter than what was signed."""
    for index in (IN_FULL_TILE, scene.size - 1):
        leaf = scene.leaf_at(index)
        scene.keeping.run(
            "delete from ledger.access_leaf where record_id = %(id)s",
            "delete from ledger.leaf_position where record_id = %(id)s",
            id=leaf["id"],
        )
        with pytest.raises(LedgerIncomplete, match="lacks a leaf"):
            scene.export(tmp_path)
        if index == scene.size - 1:
            with pytest.raises(LedgerBroken, match=f"over {scene.size} leaves"):
                scene.ground.place()
        scene.keeping.restore("kept")


def test_a_row_dropped_and_the_later_ones_moved_up(scene: Scene, tmp_path: Path) -> None:
    """So that nothing is missing but at the end, where a row is written to fill it."""
    leaf = scene.leaf_at(IN_FULL_TILE)
    scene.keeping.run(
        "delete from ledger.access_leaf where record_id = %(id)s",
        "delete from ledger.leaf_position where record_id = %(id)s",
        f"update ledger.leaf_position set leaf_index = leaf_index + {AWAY}"
        " where leaf_index > %(index)s",
        f"update ledger.leaf_position set leaf_index = leaf_index - {AWAY} - 1"
        f" where leaf_index >= {AWAY}",
        id=leaf["id"],
        index=IN_FULL_TILE,
    )
    _added(scene, scene.size - 1)
    _tile_is_named(scene, tmp_path)
    with pytest.raises(LedgerBroken):
        scene.ground.place()


def test_a_row_inserted(scene: Scene, tmp_path: Path) -> None:
    """Between two others, the last one giving way."""
    last = scene.leaf_at(scene.size - 1)
    scene.keeping.run(
        "delete from ledger.leaf_position where record_id = %(id)s",
        f"update ledger.leaf_position set leaf_index = leaf_index + {AWAY}"
        " where leaf_index >= %(index)s",
        f"update ledger.leaf_position set leaf_index = leaf_index - {AWAY} + 1"
        f" where leaf_index >= {AWAY}",
        id=last["id"],
        index=IN_FULL_TILE,
    )
    _added(scene, IN_FULL_TILE)
    _tile_is_named(scene, tmp_path)
    with pytest.raises(LedgerBroken):
        scene.ground.place()


def test_two_rows_exchanged(scene: Scene, tmp_path: Path) -> None:
    scene.keeping.run(
        "update ledger.leaf_position set leaf_index = 9999 where leaf_index = 100",
        "update ledger.leaf_position set leaf_index = 100 where leaf_index = 300",
        "update ledger.leaf_position set leaf_index = 300 where leaf_index = 9999",
    )
    _tile_is_named(scene, tmp_path)


def test_a_tile_cut(scene: Scene, tmp_path: Path) -> None:
    """In the export, where its path is named; in the database, where nobody goes on from it."""
    folder = scene.export(tmp_path)
    for path in ("tile/0/000", "tile/0/001", f"tile/0/002.p/{scene.size % 256}", "tile/1/000.p/2"):
        whole = (folder / path).read_bytes()
        (folder / path).write_bytes(whole[:-32])
        found = first(scene.fsck(folder))
        assert (found.kind, found.path) == (Kind.TILE_CUT, path), found
        (folder / path).write_bytes(whole)
    assert scene.fsck(folder).clean
    scene.keeping.run("delete from ledger.tile_hash where index = 1")
    with pytest.raises(LedgerBroken, match="a tile of level 1 is not whole"):
        scene.ground.place()
    with pytest.raises(LedgerIncomplete, match="a tile of level 1 is not whole"):
        scene.ground.export(KH, tmp_path / "later")


def test_A06_everything_rewritten_by_who_has_the_key(scene: Scene, tmp_path: Path) -> None:
    """No trace is left inside. What the witness signed does not fit, nor what anybody kept."""
    before, body = scene.note(), scene.leaf_at(IN_FULL_TILE)["body"]
    scene.write(IN_FULL_TILE, body.replace('"subject":"u-1"', '"subject":"u-2"'))
    assert scene.leaf_at(IN_FULL_TILE)["body"] != body
    scene.rehash()
    scene.sign_again()
    assert scene.ground.place() == scene.size
    folder = scene.export(tmp_path)
    report = scene.fsck(folder)
    assert set(report.counts) == {Kind.COSIGNATURE}, report.problems
    assert first(report).size == scene.size
    scene.keeping.run("delete from ledger.cosignature")
    folder = scene.export(tmp_path / "uncosigned")
    # a reader without a witness and without a memory is the only one who is deceived
    assert fsck(folder, SIGNER.verifier).clean
    assert fsck(folder, SIGNER.verifier, (), [before]).forked == scene.size
    with pytest.raises(NotCosigned) as refused:
        scene.cosigned()
    assert refused.value.alarming


def test_A06_a_fork_from_a_copy_with_the_key(scene: Scene, tmp_path: Path) -> None:
    """Two databases go on from one state: the witness follows one and refuses the other."""
    scene.ground.fill(2)
    assert scene.cosigned()
    followed, honest = scene.note(), scene.export(tmp_path)
    scene.keeping.restore("kept")
    # yesterday's database by itself: the witness has seen more
    scene.keeping.run("delete from ledger.cosignature")
    with pytest.raises(NotCosigned, match="larger tree"):
        scene.cosigned()
    scene.ground.fill(2, padding=7)
    other = scene.note()
    assert other.split("\n")[1] == followed.split("\n")[1]
    with pytest.raises(NotCosigned) as refused:
        scene.cosigned()
    assert refused.value.alarming
    assert scene.held() == followed.split("\n")[:3]
    # either reader finds the other's checkpoint to be of another tree, by its size
    size = scene.size + 2
    assert scene.fsck(honest, other).forked == size
    forged = scene.export(tmp_path / "forged")
    report = scene.fsck(forged, followed)
    assert (first(report).kind, first(report).size) == (Kind.FORK, size)
    # slipped among the older ones it is named as well
    ledgered = (honest / "checkpoints.ndjson").read_text()
    (honest / "checkpoint").write_text(followed)
    line = json.dumps({"note": other}, ensure_ascii=False, separators=(",", ":"))
    (honest / "checkpoints.ndjson").write_text(f"{ledgered}{line}\n")
    assert scene.fsck(honest).forked == size


def _tile_is_named(scene: Scene, folder: Path) -> None:
    """Places and hashes in the database are the lowest tiles: who moves them moves the tile, and
    what is left to say is which 256 leaves no longer hash into what was signed.
    """
    found = first(scene.fsck(scene.export(folder)))
    assert (found.kind, found.path) == (Kind.TILE_CHANGED, "tile/0/000"), found
    assert "leaves 0 to 255" in found.text


def _added(scene: Scene, index: int) -> None:
    """A record of the forger's own at this place."""
    record = uuid7()
    body = LIE % record
    scene.keeping.run(
        "insert into ledger.access_record (id, kind, outcome, agency, country)"
        " values (%(id)s, 'ACCESS', 'DISCLOSED', 'TH-DATIP', 'TH')",
        "insert into ledger.access_leaf (record_id, pair, actor, body)"
        " values (%(id)s, 'KH-TH', 'TH', %(body)s)",
        "insert into ledger.leaf_position (record_id, pair, leaf_index, leaf_hash)"
        " values (%(id)s, 'KH-TH', %(index)s, %(hash)s)",
        id=record,
        body=body,
        index=index,
        hash=leaf_hash(body.encode()),
    )
