"""Go's golang.org/x/mod/sumdb/tlog checks our tiles and both kinds of proof; tampering is found."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from ledger.notes import write_note
from ledger.spelling import encoded
from ledger.tiles import tiles_of
from tests.interop.building import Programs
from tests.interop.trees import DEEP, LOG, SIZES, WITNESSES, borders, flipped, full, grown
from tests.ledger.oracle import body

EVERY = [*SIZES, pytest.param(DEEP, marks=pytest.mark.deep)]
STEPS = [
    *itertools.pairwise((0, *SIZES)),
    *((old, 70_000) for old in (0, 1, 256, 257, 65_536, 69_999, 70_000)),
    (128, 256),
    pytest.param(70_000, DEEP, marks=pytest.mark.deep),
    pytest.param(65_536, DEEP, marks=pytest.mark.deep),
]


def leaf_file(folder: Path, index: int) -> Path:
    place = folder / "leaf"
    place.write_bytes(body(index))
    return place


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """The folder of a tree; who alters it puts it back."""
    return cache(lambda size: grown(size).written(tmp_path_factory.mktemp("log")))


@pytest.mark.parametrize("size", EVERY)
def test_our_tiles_are_the_tree(
    go: Programs, folders: Callable[[int], Path], tmp_path: Path, size: int
) -> None:
    folder = folders(size)
    count = len(list(tiles_of(size)))
    assert go.says("tiles", folder, LOG.vkey)[-1] == f"{count} tiles are the tree of {size}"
    for index in (0, size // 2, size - 1):
        leaf = leaf_file(tmp_path, index)
        assert go.says("leaf", folder, str(index), leaf, LOG.vkey)
        assert go.refuses("leaf", folder, str((index + 1) % (size + 1)), leaf, LOG.vkey)


@pytest.mark.parametrize("size", EVERY)
def test_a_flipped_bit_in_any_full_tile_is_found(
    go: Programs, folders: Callable[[int], Path], tmp_path: Path, size: int
) -> None:
    """CVE-2026-56865: x/mod's own reader let each full tile of a tree of 70,000 pass."""
    tree, folder = grown(size), folders(size)
    # Level by level, and neighbours apart: each must be named, and no other.
    for level, part in ((0, 0), (0, 1), (1, 0), (2, 0)):
        chosen = [tile for tile in full(size, level) if level or tile.index % 2 == part]
        for tile in chosen:
            (folder / tile.path).write_bytes(flipped(tree.tiles[tile], 40_503 * (tile.index + 1)))
        if chosen:
            named = [f"{tile.path} does not hash into its parent" for tile in chosen]
            assert go.refuses("tiles", folder, LOG.vkey) == named
            inside = chosen[-1].index * 256 ** (level + 1)
            (said,) = go.refuses("leaf", folder, str(inside), leaf_file(tmp_path, inside), LOG.vkey)
            assert said == named[-1]
        for tile in chosen:
            (folder / tile.path).write_bytes(tree.tiles[tile])
    assert go.says("tiles", folder, LOG.vkey)


@pytest.mark.parametrize("size", EVERY)
def test_a_tampered_edge_gives_another_root(
    go: Programs, folders: Callable[[int], Path], size: int
) -> None:
    tree, folder = grown(size), folders(size)
    for tile in (tile for tile in tiles_of(size) if tile.width < 256):
        (folder / tile.path).write_bytes(flipped(tree.tiles[tile], 10_007))
        assert go.refuses("tiles", folder, LOG.vkey) == [
            "the tiles do not give the root of the checkpoint"
        ]
        (folder / tile.path).write_bytes(tree.tiles[tile][:-1])
        (said,) = go.refuses("tiles", folder, LOG.vkey)
        assert said.startswith(f"{tile.path} has ")
        (folder / tile.path).write_bytes(tree.tiles[tile])


def test_a_missing_tile_is_missed(go: Programs, tmp_path: Path) -> None:
    folder = grown(700).written(tmp_path / "log")
    (folder / "tile/0/001").unlink()
    assert go.refuses("tiles", folder, LOG.vkey) == ["1 tiles are not there"]


@pytest.mark.parametrize("size", EVERY)
def test_our_inclusion_proofs_hold(go: Programs, tmp_path: Path, size: int) -> None:
    tree = grown(size)
    proof = tmp_path / "leaf.tlog-proof"
    keys = [LOG.vkey, *(witness.vkey for witness in WITNESSES)]
    for index in borders(size):
        proof.write_text(tree.proof(index), encoding="utf-8")
        said = go.says("proof", proof, leaf_file(tmp_path, index), *keys)
        assert said[-1] == f"leaf {index} is in the tree of {size}"
        assert len(said) == 5
        assert go.refuses("proof", proof, leaf_file(tmp_path, index + 1), *keys)


def test_what_is_near_a_proof_is_none(go: Programs, tmp_path: Path) -> None:
    tree, index = grown(700), 300
    text = tree.proof(index)
    lines = text.split("\n")
    hashes = range(2, lines.index(""))
    swapped = [*lines[:2], lines[3], lines[2], *lines[4:]]
    shorter = [*lines[: hashes[-1]], *lines[hashes[-1] + 1 :]]
    longer = [*lines[: hashes[-1] + 1], *lines[hashes[-1] :]]
    another = text[: text.index("\n\n") + 2] + grown(257).note
    near = {
        "index": text.replace("index 300", "index 301"),
        "beyond": text.replace("index 300", "index 700"),
        "zeroes": text.replace("index 300", "index 0300"),
        "header": text.replace("tlog-proof@v1", "tlog-proof@v2"),
        "swapped": "\n".join(swapped),
        "shorter": "\n".join(shorter),
        "longer": "\n".join(longer),
        "another tree": another,
        "another size": text.replace("\n700\n", "\n701\n"),
        "unsigned": text[: text.index("\n—") + 1],
    }
    leaf = leaf_file(tmp_path, index)
    proof = tmp_path / "leaf.tlog-proof"
    for name, changed in near.items():
        assert changed != text, name
        proof.write_text(changed, encoding="utf-8")
        assert go.refuses("proof", proof, leaf, LOG.vkey), name
    extra = text.replace("\nindex", "\nextra YQ==\nindex")
    proof.write_text(extra, encoding="utf-8")
    assert go.says("proof", proof, leaf, LOG.vkey)


@pytest.mark.parametrize(("old", "size"), STEPS)
def test_our_consistency_proofs_hold(go: Programs, tmp_path: Path, old: int, size: int) -> None:
    before, request = tmp_path / "old", tmp_path / "request"
    before.write_text(grown(old).note, encoding="utf-8")
    request.write_text(grown(size).growth(old), encoding="utf-8")
    said = go.says("growth", before, request, LOG.vkey)
    assert said[-1] == f"the tree of {size} grew from that of {old}"
    if old:
        text = grown(old).text.replace(encoded(grown(old).root), encoded(grown(old + 1).root))
        before.write_text(write_note(text, [LOG.sign(text)]), encoding="utf-8")
        assert go.refuses("growth", before, request, LOG.vkey)
