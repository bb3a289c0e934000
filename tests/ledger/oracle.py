"""The tree as RFC 6962 and C2SP tlog-tiles word it: recursive, slow, and nothing of ours in it.

Takes sizes and places of the one endless row of leaves `0`, `1`, `2`, gives
roots, proofs and tiles. Only hashlib is asked; a subtree is hashed once a run.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

SIZES = (0, 1, 2, 3, 255, 256, 257, 700, 65_537, 70_000, 131_071)


def body(index: int) -> bytes:
    """The bytes of a leaf."""
    return f'{{"n":{index}}}'.encode()


@cache
def mth(low: int, high: int) -> bytes:
    """Section 2.1: MTH(D[low:high])."""
    if high == low:
        return sha256().digest()
    if high - low == 1:
        return sha256(b"\0" + body(low)).digest()
    middle = low + below(high - low)
    return sha256(b"\1" + mth(low, middle) + mth(middle, high)).digest()


def below(size: int) -> int:
    """The largest power of two smaller than `size`."""
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def path(place: int, low: int, high: int) -> list[bytes]:
    """Section 2.1.1: PATH(place, D[low:high]), `place` counted from `low`."""
    if high - low == 1:
        return []
    split = below(high - low)
    if place < split:
        return [*path(place, low, low + split), mth(low + split, high)]
    return [*path(place - split, low + split, high), mth(low, low + split)]


def proof(old: int, size: int) -> list[bytes]:
    """Section 2.1.2: PROOF(old, D[0:size])."""
    return _subproof(old, 0, size, whole=True)


def _subproof(old: int, low: int, high: int, *, whole: bool) -> list[bytes]:
    if old == high - low:
        return [] if whole else [mth(low, high)]
    split = below(high - low)
    if old <= split:
        return [*_subproof(old, low, low + split, whole=whole), mth(low + split, high)]
    return [*_subproof(old - split, low + split, high, whole=False), mth(low, low + split)]


def tile(level: int, number: int, width: int) -> bytes:
    """The hashes of a tile, side by side."""
    unit = 256**level
    first = number * 256
    return b"".join(mth(n * unit, (n + 1) * unit) for n in range(first, first + width))


def named(size: int) -> dict[str, int]:
    """The name of every tile of a tree, and how many hashes are in it."""
    found = {}
    for level in range(8):
        hashes = size // 256**level
        for number in range(-(-hashes // 256)):
            width = min(256, hashes - number * 256)
            name = f"{number:03d}"
            if number > 999:
                name = f"x{number // 1000:03d}/{number % 1000:03d}"
            partial = "" if width == 256 else f".p/{width}"
            found[f"tile/{level}/{name}{partial}"] = width
    return found
