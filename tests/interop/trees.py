"""Trees of ours as folders that anybody can check: checkpoint, tiles, and proofs beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ledger.checkpoints import Checkpoint
from ledger.cosignatures import CosignatureKey
from ledger.hashing import leaf_hash
from ledger.notes import Signer, write_note
from ledger.proofs import proof_text
from ledger.spelling import encoded
from ledger.tiles import Edge, Tile, consistency, inclusion, tiles_of
from tests.ledger.oracle import body

LOG = Signer.of_seed("log.example/saphan", bytes(range(32)))
WITNESSES = [
    CosignatureKey.of_seed(f"witness.example/{country}", bytes([n]) * 32)
    for n, country in enumerate(("kh", "la", "vn"), start=1)
]
AT = 1_780_000_000
SIZES = (1, 255, 256, 257, 700, 65_537, 70_000)
DEEP = 131_071


@dataclass(frozen=True, slots=True)
class Tree:
    """The first `size` leaves of the endless row `{"n":0}`, `{"n":1}`, ..."""

    size: int
    root: bytes
    tiles: dict[Tile, bytes]

    def tile(self, tile: Tile) -> bytes:
        return self.tiles[tile]

    @property
    def text(self) -> str:
        return Checkpoint(LOG.name, self.size, self.root).text()

    @property
    def note(self) -> str:
        return write_note(self.text, [LOG.sign(self.text)])

    @property
    def seen(self) -> str:
        """The same with a cosignature of each witness."""
        lines = [witness.cosign(self.text, AT) for witness in WITNESSES]
        return write_note(self.text, [LOG.sign(self.text), *lines])

    def written(self, folder: Path) -> Path:
        """The folder with checkpoint and tiles in it."""
        for tile in tiles_of(self.size):
            place = folder / tile.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self.tiles[tile])
        folder.mkdir(exist_ok=True)
        (folder / "checkpoint").write_text(self.note, encoding="utf-8")
        return folder

    def proof(self, index: int) -> str:
        return proof_text(index, inclusion(index, self.size, self), self.seen)

    def growth(self, old: int) -> str:
        """What a log sends to a witness."""
        lines = [f"{encoded(hashed)}\n" for hashed in consistency(old, self.size, self)]
        return f"old {old}\n{''.join(lines)}\n{self.note}"


@cache
def grown(size: int) -> Tree:
    """The tree of that size."""
    edge = Edge(0, {})
    tiles = edge.add([leaf_hash(body(n)) for n in range(size)])
    return Tree(size, edge.root(), tiles)


def borders(size: int) -> list[int]:
    """Leaves beside which something changes."""
    near = {0, 1, 254, 255, 256, 511, 512, 65_535, 65_536, size // 2, size - 2, size - 1}
    return sorted(index for index in near if 0 <= index < size)


def flipped(raw: bytes, bit: int) -> bytes:
    """The same but for one bit."""
    place = bit // 8 % len(raw)
    return raw[:place] + bytes([raw[place] ^ 1 << bit % 8]) + raw[place + 1 :]


def full(size: int, level: int) -> Iterator[Tile]:
    """The full tiles of a level."""
    return (tile for tile in tiles_of(size) if tile.level == level and tile.width == 256)
