"""Tiles against the words of RFC 6962 and tlog-tiles: names, widths, roots, proofs, growth."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.hashing import EMPTY_ROOT, ProofRefused
from ledger.tiles import (
    Edge,
    Tile,
    TileRefused,
    consistency,
    hashes_of,
    inclusion,
    root_from,
    tiles_of,
)
from tests.ledger import oracle
from tests.ledger.oracle import SIZES


class Told:
    """Every tile of the endless row; `lies` are given in place of the truth."""

    def __init__(self, lies: dict[str, bytes] | None = None) -> None:
        self.lies = lies or {}
        self.asked: list[Tile] = []

    def tile(self, tile: Tile) -> bytes:
        self.asked.append(tile)
        truth = oracle.tile(tile.level, tile.index, tile.width)
        return self.lies.get(tile.path, truth)


def places(size: int) -> list[int]:
    """Leaves at the ends of the tree and at both sides of every border in it."""
    borders = {0, size - 1, size // 2}
    power = 1
    while power <= size:
        borders |= {power - 1, power, size - power}
        power *= 2
    return sorted(place for place in borders if 0 <= place < size)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 999), "tile/0/999"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(0, 1_234_067, 8), "tile/0/x001/x234/067.p/8"),
        (Tile(63, 7, 255), "tile/63/007.p/255"),
        (Tile(1, 0, 1), "tile/1/000.p/1"),
    ],
)
def test_a_tile_has_one_name(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@given(st.integers(0, 63), st.integers(0, 2**55), st.integers(1, 256))
def test_a_name_reads_back(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile
    assert re.fullmatch(r"tile/\d+/(x\d{3}/)*\d{3}(\.p/\d+)?", tile.path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/x001/x002",
        "tile/00/000",
        "tile/01/000",
        "tile/-1/000",
        "tile/64/000",
        "tile/100/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/999",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/entries/000",
        "tile/8/0/000",
        "tile/0/../000",
    ],
)
def test_any_other_name_is_none(path: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        Tile.parse(path)


@pytest.mark.parametrize("size", SIZES)
def test_a_tree_has_the_tiles_that_the_format_gives_it(size: int) -> None:
    found = {tile.path: tile.width for tile in tiles_of(size)}
    assert found == oracle.named(size)


def test_the_tiles_of_two_trees_by_hand() -> None:
    assert [tile.path for tile in tiles_of(256)] == ["tile/0/000", "tile/1/000.p/1"]
    names = [tile.path for tile in tiles_of(70_000)]
    assert len(names) == 273 + 1 + 1 + 1 + 1
    assert names[273:] == ["tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]


@pytest.mark.parametrize("size", SIZES)
def test_tiles_give_the_root(size: int) -> None:
    assert root_from(size, Told()) == oracle.mth(0, size)


def test_a_tree_without_leaves_has_no_tile() -> None:
    told = Told()
    assert root_from(0, told) == EMPTY_ROOT == oracle.mth(0, 0)
    assert not list(tiles_of(0))
    assert not told.asked


@pytest.mark.parametrize("size", SIZES)
def test_tiles_give_the_proofs(size: int) -> None:
    for place in places(size):
        assert list(inclusion(place, size, Told())) == oracle.path(place, 0, size)
    for old in [*places(size), size]:
        expected = oracle.proof(old, size) if old else []
        assert list(consistency(old, size, Told())) == expected


@given(st.data())
def test_tiles_of_any_size_give_the_proofs(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 3000))
    place = data.draw(st.integers(0, size - 1))
    assert list(inclusion(place, size, Told())) == oracle.path(place, 0, size)
    assert list(consistency(place + 1, size, Told())) == oracle.proof(place + 1, size)


def test_outside_of_the_tree_nothing_is_proved() -> None:
    for place, size in ((0, 0), (-1, 3), (3, 3), (4, 3)):
        with pytest.raises(ProofRefused):
            inclusion(place, size, Told())
    for old, size in ((-1, 3), (4, 3)):
        with pytest.raises(ProofRefused):
            consistency(old, size, Told())


@pytest.mark.parametrize("size", [257, 700, 65_537, 70_000, 131_071])
def test_a_tampered_full_tile_is_never_read(size: int) -> None:
    """CVE-2026-56865: at 70,000 leaves a reader of Go's believed each of 273."""
    root = oracle.mth(0, size)
    full = [tile for tile in tiles_of(size) if tile.width == 256]
    for tile in {full[0], full[len(full) // 2], full[-1], *(t for t in full if t.level)}:
        lie = bytearray(oracle.tile(tile.level, tile.index, 256))
        lie[-1] ^= 1
        told = Told({tile.path: bytes(lie)})
        place = tile.index * 256 ** (tile.level + 1)
        with pytest.raises(TileRefused, match="hash into its parent") as refused:
            inclusion(place, size, told)
        assert refused.value.tile == tile
        assert root_from(size, Told()) == root


@pytest.mark.parametrize("size", [1, 255, 257, 700, 70_000])
def test_a_tampered_partial_tile_gives_another_root(size: int) -> None:
    for tile in tiles_of(size):
        if tile.width == 256:
            continue
        lie = bytearray(oracle.tile(tile.level, tile.index, tile.width))
        lie[-1] ^= 1
        told = Told({tile.path: bytes(lie)})
        try:
            assert root_from(size, told) != oracle.mth(0, size)
        except TileRefused:
            # its last hash is that of a full tile, which was read too
            assert tile.level


@pytest.mark.parametrize("count", [0, 31, -32, -1, 1, 32])
@pytest.mark.parametrize(
    ("path", "place"), [("tile/0/000", 0), ("tile/0/002.p/188", 600), ("tile/1/000.p/2", 600)]
)
def test_a_tile_of_another_length_is_refused(path: str, place: int, count: int) -> None:
    tile = Tile.parse(path)
    raw = oracle.tile(tile.level, tile.index, tile.width)
    told = Told({path: raw[:count] if count <= 0 else raw + bytes(count)})
    with pytest.raises(TileRefused, match="bytes"):
        inclusion(place, 700, told)


def test_a_reader_asks_for_a_tile_once() -> None:
    told = Told()
    inclusion(0, 131_071, told)
    assert len(told.asked) == len(set(told.asked))


@pytest.mark.parametrize("size", SIZES)
def test_a_tree_grown_in_steps_is_the_tree_grown_at_once(size: int) -> None:
    hashes = [oracle.mth(n, n + 1) for n in range(size)]
    edge, kept, first = Edge(0, {}), dict[str, bytes](), 0
    steps = [1, 1, 253, 1, 1, 600, 64_679, 1, 4_463]
    while first < size:
        step = steps.pop(0) if steps else 40_000
        changed = edge.add(hashes[first : first + step])
        kept |= {tile.path: raw for tile, raw in changed.items()}
        first = min(size, first + step)
        assert edge.size == first
        assert edge.root() == oracle.mth(0, first)
        assert set(oracle.named(first)) <= set(kept)
        # what a process that begins anew finds
        tiles = {tile.level: kept[tile.path] for tile in tiles_of(first) if tile.width < 256}
        edge = Edge(first, tiles)
        assert edge.root() == oracle.mth(0, first)
    once = Edge(0, {})
    at_once = {tile.path: raw for tile, raw in once.add(hashes).items()}
    assert set(at_once) == set(oracle.named(size))
    assert at_once == {path: kept[path] for path in at_once}
    assert once.root() == edge.root() == oracle.mth(0, size)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 700), max_size=8))
def test_any_steps_give_the_same_tiles(steps: list[int]) -> None:
    edge, kept = Edge(0, {}), dict[Tile, bytes]()
    for step in steps:
        hashes = [oracle.mth(n, n + 1) for n in range(edge.size, edge.size + step)]
        changed = edge.add(hashes)
        assert bool(changed) == bool(step)
        # a tile is written when it is new or wider, and never twice
        assert not changed.keys() & kept.keys()
        kept |= changed
    assert edge.root() == oracle.mth(0, sum(steps))
    for tile, raw in kept.items():
        assert raw == oracle.tile(tile.level, tile.index, tile.width)


def test_an_edge_of_another_width_is_refused() -> None:
    whole = {0: oracle.tile(0, 2, 188), 1: oracle.tile(1, 0, 2)}
    assert Edge(700, whole).root() == oracle.mth(0, 700)
    for level in (0, 1):
        for raw in (b"", whole[level][:-32], whole[level] + bytes(32), whole[level][:-1]):
            with pytest.raises(ProofRefused):
                Edge(700, {**whole, level: raw})


def test_a_tile_holds_whole_hashes() -> None:
    assert hashes_of(b"") == []
    assert hashes_of(bytes(64)) == [bytes(32)] * 2
    with pytest.raises(ProofRefused):
        hashes_of(bytes(33))
