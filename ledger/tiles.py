"""Tiles of hashes (C2SP tlog-tiles): their names, what a tree has of them, proofs read from them.

A tile of level L holds up to 256 hashes of 32 bytes; the hash at place i of tile
N is that of the 256^L leaves from (256 N + i) 256^L on. Takes tiles from any
`TileSource`, gives roots, proofs of inclusion and of consistency, and with
`Edge` the tiles of a tree that grows. No full tile is believed before it was
hashed into its place in the tile above (CVE-2026-56865 is about readers that did
not).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ledger.hashing import EMPTY_ROOT, ProofRefused, node_hash, root_of, split_of

WIDTH: Final = 256
HASH_BYTES: Final = 32
LEVELS: Final = 64
_PATH: Final = re.compile(
    r"tile/(0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile; `width` below 256 is a partial one."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Its name below the log's address, as `tile/0/x001/x234/067.p/112`."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{self.level}/{name}{partial}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """The tile of that name. Raises ValueError for any text that `path` would not give."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise ValueError("this is no name of a tile")
        level, groups, width = found.groups()
        index = int(groups.replace("x", "").replace("/", ""))
        tile = cls(int(level), index, int(width) if width else WIDTH)
        if tile.level >= LEVELS or tile.path != path:
            raise ValueError("this is no name of a tile")
        return tile


class TileRefused(ProofRefused):
    """A tile has another length than it must, or does not hash into its parent."""

    def __init__(self, tile: Tile, reason: str) -> None:
        super().__init__(f"`{tile.path}` {reason}")
        self.tile = tile


class TileSource(Protocol):
    """Where tiles come from."""

    def tile(self, tile: Tile) -> bytes:
        """The hashes side by side, 32 bytes for each of `tile.width`; raises what it likes."""


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of the tree of that size, level by level, the partial one last."""
    level = 0
    while size > 0:
        full, width = divmod(size, WIDTH)
        yield from (Tile(level, index) for index in range(full))
        if width:
            yield Tile(level, full, width)
        size, level = full, level + 1


def root_from(size: int, source: TileSource) -> bytes:
    """The root of the tree of `size` leaves, from the partial tiles at its right edge.

    Raises TileRefused.
    """
    return _Reader(size, source).span(0, size) if size else EMPTY_ROOT


def inclusion(index: int, size: int, source: TileSource) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree of `size` leaves, nearest the leaf first.

    0 <= index < size, at most ceil(log2(size)) hashes; RFC 6962, section 2.1.1.
    Raises TileRefused, and ProofRefused where there is no such leaf.
    """
    if not 0 <= index < size:
        raise ProofRefused(f"leaf {index} is outside of a tree of {size}")
    reader = _Reader(size, source)
    start, end = 0, size
    path = []
    while end - start > 1:
        middle = start + split_of(end - start)
        if index < middle:
            path.append(reader.span(middle, end))
            end = middle
        else:
            path.append(reader.span(start, middle))
            start = middle
    return tuple(reversed(path))


def consistency(old: int, size: int, source: TileSource) -> tuple[bytes, ...]:
    """That the first `old` leaves are the same in the tree of `size` leaves.

    0 <= old <= size, empty for both ends; RFC 6962, section 2.1.2. Raises
    TileRefused, and ProofRefused where `old` is larger.
    """
    if not 0 <= old <= size:
        raise ProofRefused(f"a tree of {old} is no prefix of one of {size}")
    if old == 0:
        return ()
    reader = _Reader(size, source)
    start, end = 0, size
    path = []
    while end != old:
        middle = start + split_of(end - start)
        if old <= middle:
            path.append(reader.span(middle, end))
            end = middle
        else:
            path.append(reader.span(start, middle))
            start = middle
    if start:
        # Not a whole old tree, whose root the reader of the proof knows.
        path.append(reader.span(start, end))
    return tuple(reversed(path))


class _Reader:
    """Reads tiles of one tree, each once, none believed before its parent says the same."""

    def __init__(self, size: int, source: TileSource) -> None:
        self._size = size
        self._source = source
        self._known: dict[tuple[int, int], list[bytes]] = {}

    def span(self, low: int, high: int) -> bytes:
        """The hash of the leaves from `low` up to, without, `high`."""
        level, unit = 0, 1
        while unit * WIDTH <= high - low:
            level, unit = level + 1, unit * WIDTH
        if unit == high - low:
            return self._entry(level, low // unit)
        middle = low + split_of(high - low)
        return node_hash(self.span(low, middle), self.span(middle, high))

    def _entry(self, level: int, index: int) -> bytes:
        number, place = divmod(index, WIDTH)
        return self._tile(level, number)[place]

    def _tile(self, level: int, number: int) -> list[bytes]:
        known = self._known.get((level, number))
        if known is not None:
            return known
        width = min(WIDTH, self._size // WIDTH**level - number * WIDTH)
        tile = Tile(level, number, width)
        raw = self._source.tile(tile)
        if len(raw) != HASH_BYTES * width:
            raise TileRefused(tile, f"has {len(raw)} bytes, not {HASH_BYTES * width}")
        hashes = hashes_of(raw)
        # the parent of a full tile is there always; at the top it is partial
        if width == WIDTH and root_of(hashes) != self._entry(level + 1, number):
            raise TileRefused(tile, "does not hash into its parent")
        self._known[level, number] = hashes
        return hashes


class Edge:
    """The right edge of a growing tree: the partial tile of each level, and nothing else."""

    def __init__(self, size: int, partial: Mapping[int, bytes]) -> None:
        self.size = size
        self._partial: list[list[bytes]] = []
        rest, level = size, 0
        while rest > 0:
            hashes = hashes_of(partial.get(level, b""))
            if len(hashes) != rest % WIDTH:
                raise ProofRefused(f"the partial tile of level {level} has another width")
            self._partial.append(hashes)
            rest, level = rest // WIDTH, level + 1

    def add(self, hashes: Sequence[bytes]) -> dict[Tile, bytes]:
        """Append leaves; every tile that changed, with its whole bytes."""
        changed: dict[Tile, bytes] = {}
        first, added, level = self.size, list(hashes), 0
        self.size += len(added)
        while added:
            if level == len(self._partial):
                self._partial.append([])
            held, index = self._partial[level], first // WIDTH
            above: list[bytes] = []
            held.extend(added)
            while len(held) >= WIDTH:
                tile, held = held[:WIDTH], held[WIDTH:]
                changed[Tile(level, index)] = b"".join(tile)
                above.append(root_of(tile))
                index += 1
            self._partial[level] = held
            if held:
                changed[Tile(level, index, len(held))] = b"".join(held)
            first, added, level = first // WIDTH, above, level + 1
        return changed

    def root(self) -> bytes:
        """The root of the tree as it is."""
        root: bytes | None = None
        for held in self._partial:
            # A last node over fewer leaves does not move the splits: they are at powers of two.
            row = held if root is None else [*held, root]
            root = root_of(row) if row else None
        return EMPTY_ROOT if root is None else root


def hashes_of(data: bytes) -> list[bytes]:
    """The hashes of a tile. Raises ProofRefused where they are not whole."""
    if len(data) % HASH_BYTES:
        raise ProofRefused("a tile holds whole hashes")
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]
