"""A log written with golang.org/x/mod is read by us: its notes, tiles and both kinds of proof."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.checkpoints import Checkpoint
from ledger.hashing import EMPTY_ROOT, leaf_hash, verify_consistency
from ledger.notes import Signer, open_note
from ledger.proofs import Proof
from ledger.spelling import decoded
from ledger.tiles import Tile, consistency, inclusion, root_from, tiles_of
from tests.interop.building import Programs
from tests.interop.trees import DEEP, SIZES, borders, grown
from tests.ledger.oracle import body


class Folder:
    """Tiles as files."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def tile(self, tile: Tile) -> bytes:
        return (self._place / tile.path).read_bytes()


@pytest.mark.parametrize("size", [0, *SIZES, pytest.param(DEEP, marks=pytest.mark.deep)])
def test_a_tree_built_by_go_is_ours_to_the_byte(go: Programs, tmp_path: Path, size: int) -> None:
    skey, _ = go.make("key", "log.example/go").splitlines()
    (tmp_path / "key").write_text(skey)
    log = Signer.parse(skey).verifier
    place, old = tmp_path / "log", size * 2 // 3
    go.make("grow", place, str(size), str(old), tmp_path / "key")
    opened, signed = open_note((place / "checkpoint").read_text(), [log])
    assert signed == (log,)
    top = Checkpoint.parse(opened.text)
    ours = grown(size)
    assert (top.origin, top.size, top.root) == ("log.example/go", size, ours.root)
    assert size or top.root == EMPTY_ROOT

    source = Folder(place)
    assert root_from(size, source) == top.root
    written = {path.relative_to(place).as_posix() for path in place.glob("tile/**/*")}
    names = {tile.path for tile in tiles_of(size)}
    assert {name for name in written if (place / name).is_file()} == names
    assert all(source.tile(tile) == ours.tiles[tile] for tile in tiles_of(size))

    proofs = {int(path.stem): path.read_text() for path in place.glob("proofs/*")}
    assert set(proofs) <= set(borders(size))
    assert bool(proofs) == bool(size)
    for index, text in proofs.items():
        proof = Proof.parse(text)
        assert proof.verify(leaf_hash(body(index)), log) == top
        assert proof.hashes == inclusion(index, size, source)

    before = Checkpoint.parse(open_note((place / "old").read_text(), [log])[0].text)
    first, *lines = (place / "request").read_text().partition("\n\n")[0].rstrip("\n").split("\n")
    assert first == f"old {old}"
    growth = tuple(decoded(line) for line in lines if line)
    verify_consistency(old, before.root, size, top.root, growth)
    assert growth == (consistency(old, size, source) if old < size else ())
