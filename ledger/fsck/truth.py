"""What the tiles of an export hold, each believed only under the root that the log signed.

Takes a folder, a size and a root, gives rows: the entries of a tile that hashes
into its parent, and so into the root. Every tile is hashed, full ones always
(CVE-2026-56865 is of readers that left some out). A tile that does not is named,
and where what lies below it hashes into the parent, that is the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from ledger.fsck.folder import Folder, Unreadable
from ledger.fsck.pyramid import levels_of, root_over
from ledger.fsck.report import Findings, Kind, Problem
from ledger.hashing import EMPTY_ROOT, HASH_BYTES
from ledger.tiles import WIDTH, Tile

TILE_BYTES: Final = WIDTH * HASH_BYTES


@dataclass(frozen=True, slots=True)
class Row:
    """Entries of a tile: `levels[0]` side by side, above them the nodes over them."""

    levels: list[bytes]
    sure: bool = True
    """Whether it hashes into the root; else it is a tile as it stands, for want of better."""

    @property
    def entries(self) -> bytes:
        """32 bytes for each entry."""
        return self.levels[0]

    @property
    def root(self) -> bytes | None:
        """The root over all of them."""
        return root_over(self.levels, len(self.entries) // HASH_BYTES)


class Tiles:
    """The tiles of one tree. Holds one row of each level."""

    def __init__(self, folder: Folder, size: int, findings: Findings) -> None:
        self._folder = folder
        self._findings = findings
        self.size = size
        self.read = 0
        """Tiles read so far."""
        self.signed: bool | None = None
        """Whether the right edge hashes into the signed root; None where a part of it is missing
        for good.
        """
        self._edge: dict[int, Row | None] = {}
        self._near: dict[int, tuple[int, Row | None]] = {}

    def settle(self, root: bytes, tail: Callable[[int], bytes]) -> None:
        """Decide which rows at the right edge the signed root is over.

        `tail(n)` gives the last `n` leaf hashes as the records have them, side
        by side: asked only where the tiles do not give the root.
        """
        widths = {
            level: width
            for level in range(self.size.bit_length() // 8 + 1)
            if (width := self.size >> 8 * level & 0xFF)
        }
        claimed = {level: self._partial(level, width) for level, width in widths.items()}
        chosen = self._matching(root, {level: [row] for level, row in claimed.items()})
        if chosen is None:
            other = {
                level: self._below(Tile(level, self.size >> 8 * (level + 1), width), claimed[level])
                if level
                else _row(tail(width), width)
                for level, width in widths.items()
            }
            choices = {level: [claimed[level], other[level]] for level in widths}
            chosen = self._matching(root, choices)
            for level, width in widths.items():
                row = claimed[level]
                if chosen is not None and row is not None and row is not chosen[level]:
                    tile = Tile(level, self.size >> 8 * (level + 1), width)
                    self._wrong(Kind.TILE_CHANGED, tile, "is not what the signed root is over")
        if chosen is not None:
            self.signed = True
            self._edge.update(chosen)
            return
        self._edge.update({level: claimed[level] or other[level] for level in widths})
        if all(self._edge.values()):
            self.signed = False

    def row(self, level: int, number: int) -> Row | None:
        """The entries of tile `number` of a level from 1 on; None where nothing can be believed."""
        if number == self.size >> 8 * (level + 1):
            return self._edge.get(level)
        near = self._near.get(level)
        if near is None or near[0] != number:
            near = self._near[level] = (number, self._full(level, number))
        return near[1]

    def entry(self, level: int, index: int) -> bytes | None:
        """The hash that a level from 1 on holds at a place; None where it is not known."""
        row = self.row(level, index >> 8)
        at = (index & 0xFF) * HASH_BYTES
        return None if row is None else row.entries[at : at + HASH_BYTES]

    def leaves(self, number: int, *, needed: bool, records: Callable[[], bytes]) -> Row | None:
        """The leaf hashes of tile `number` of level 0, as they are under the root.

        `records()` gives those of the export's records, asked only where the
        tile is not there or wrong; nothing where there are none. A tile that is
        not `needed` may be absent. None where the truth is not known.
        """
        if number == self.size >> 8:
            return self._edge.get(0)
        expected = self.entry(1, number)
        tile = Tile(0, number)
        row = self._claimed(tile, needed=needed)
        if row is not None and row.root == expected:
            return row
        if expected is None:
            return None if row is None else Row(row.levels, sure=False)
        other = _row(records(), WIDTH)
        right = other is not None and other.root == expected
        if row is not None:
            text = "does not hash into the tile above it"
            if not right and other is not None and other.entries == row.entries:
                last = number * WIDTH + WIDTH - 1
                text += f", and one of the records of leaves {last - 255} to {last} with it"
            self._wrong(Kind.TILE_CHANGED, tile, text)
        if right:
            return other
        return None if row is None else Row(row.levels, sure=False)

    def root_at(self, size: int, leaves: Row | None) -> bytes | None:
        """The root of the tree of the first `size` leaves, the last of them in `leaves`.

        None where it is not known.
        """
        found: bytes | None = None
        for level in range(size.bit_length() // 8 + 1):
            width = size >> 8 * level & 0xFF
            if not width:
                continue
            row = self.row(level, size >> 8 * (level + 1)) if level else leaves
            if row is None or not row.sure:
                return None
            found = root_over(row.levels, width, found)
        return EMPTY_ROOT if found is None else found

    def _full(self, level: int, number: int) -> Row | None:
        """A full tile of a level from 1 on."""
        expected = self.entry(level + 1, number)
        tile = Tile(level, number)
        row = self._claimed(tile)
        if expected is None or (row is not None and row.root == expected):
            return None if expected is None else row
        other = self._below(tile, row)
        if row is not None:
            self._wrong(Kind.TILE_CHANGED, tile, "does not hash into the tile above it")
        return other if other is not None and other.root == expected else None

    def _matching(self, root: bytes, choices: dict[int, list[Row | None]]) -> dict[int, Row] | None:
        """Rows, one of each level's choices, whose root is `root`."""
        there = [[row for row in rows if row is not None] for rows in choices.values()]
        for rows in product(*there):
            found: bytes | None = None
            for row in rows:
                found = root_over(row.levels, len(row.entries) // HASH_BYTES, found)
            if (EMPTY_ROOT if found is None else found) == root:
                return dict(zip(choices, rows, strict=True))
        return None

    def _below(self, tile: Tile, claimed: Row | None) -> Row | None:
        """What a tile has to hold, from the tiles below it, else as it is claimed to be."""
        roots = []
        for place in range(tile.width):
            child = Tile(tile.level - 1, tile.index * WIDTH + place)
            row = self._claimed(child, needed=False, quiet=True)
            root = None if row is None else row.root
            if root is None and claimed is not None:
                root = claimed.entries[place * HASH_BYTES : (place + 1) * HASH_BYTES]
            if root is None:
                return None
            roots.append(root)
        return _row(b"".join(roots), tile.width)

    def _partial(self, level: int, width: int) -> Row | None:
        return self._claimed(Tile(level, self.size >> 8 * (level + 1), width))

    def _claimed(self, tile: Tile, *, needed: bool = True, quiet: bool = False) -> Row | None:
        """A tile as it stands in the export, of the length that it has to have."""
        length = tile.width * HASH_BYTES
        try:
            raw = self._folder.read(tile.path, TILE_BYTES)
        except Unreadable as wrong:
            if not quiet:
                self._wrong(Kind.TILE_MISSING, tile, wrong.reason, at=wrong.path)
            return None
        if raw is None:
            if needed:
                self._wrong(Kind.TILE_MISSING, tile, "is missing")
            return None
        if len(raw) != length:
            if not quiet:
                self._wrong(Kind.TILE_CUT, tile, f"has {len(raw)} bytes, not {length}")
            return None
        if not quiet:
            self.read += 1
        return Row(levels_of(raw))

    def _wrong(self, kind: Kind, tile: Tile, text: str, *, at: str | None = None) -> None:
        path = at or tile.path
        self._findings.add(Problem(kind, f"`{path}` {text}", path=path))

    def strays(self) -> Iterator[tuple[str, Tile | None]]:
        """Files below `tile/` that are no tile of this tree, with the tile they are named for."""
        for path in self._folder.files_below("tile"):
            try:
                tile = Tile.parse(path)
            except ValueError:
                yield path, None
                continue
            hashes = (self.size >> 8 * tile.level) - tile.index * WIDTH
            if tile.width != min(WIDTH, max(hashes, 0)):
                yield path, tile


def _row(entries: bytes | None, width: int) -> Row | None:
    if entries is None or len(entries) != width * HASH_BYTES:
        return None
    return Row(levels_of(entries))
