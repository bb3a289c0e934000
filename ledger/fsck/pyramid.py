"""Hashes within a tile: the tree over its entries, and roots over the first of them.

Takes a tile's bytes, gives levels: the entries, then each row of whole pairs
above. Whoever has them has the root over any number of first entries by at most
eight hashes.
"""

from __future__ import annotations

from hashlib import sha256

from ledger.hashing import HASH_BYTES, node_hash

_PAIR = 2 * HASH_BYTES


def levels_of(entries: bytes) -> list[bytes]:
    """Row upon row over 1 to 256 hashes side by side: nodes that have two whole children."""
    levels = [entries]
    row = entries
    while len(row) >= _PAIR:
        # in one expression: this runs once for each leaf of the tree
        row = b"".join(
            [
                sha256(b"\x01" + row[at : at + _PAIR]).digest()
                for at in range(0, len(row) - HASH_BYTES, _PAIR)
            ]
        )
        levels.append(row)
    return levels


def root_over(levels: list[bytes], width: int, last: bytes | None = None) -> bytes | None:
    """The root over the first `width` entries and, where given, `last` behind them: the root of
    what lies to the right of a tile's whole entries and fills less than one.

    0 <= width <= 256. None where there is nothing at all. The splits of RFC
    6962, section 2.1, are at powers of two from the left, so a smaller last
    part does not move them.
    """
    for level, row in enumerate(levels):
        if width >> level & 1:
            at = ((width >> level) - 1) * HASH_BYTES
            node = row[at : at + HASH_BYTES]
            last = node if last is None else node_hash(node, last)
    return last
