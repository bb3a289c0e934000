"""The hashes of the tree and what two kinds of proof say (RFC 6962, section 2.1).

Takes leaves' bytes, hashes and proofs, gives hashes of 32 bytes or raises
`ProofRefused`. A proof is a sequence of hashes, nearest the leaf first; its
verification is that of RFC 9162, sections 2.1.3.2 and 2.1.4.2, which accepts
exactly one proof of each statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final[bytes] = sha256(b"").digest()
"""The root of the tree without leaves."""


class ProofRefused(Exception):
    """A proof, root or tile does not show what it is given for. Its text says why."""


def leaf_hash(body: bytes) -> bytes:
    """SHA-256(0x00 ‖ body): what the tree holds of a record."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right), so that no node passes for a leaf."""
    return sha256(b"\x01" + left + right).digest()


def split_of(size: int) -> int:
    """The largest power of two below `size`, where a tree of two leaves or more divides."""
    return 1 << ((size - 1).bit_length() - 1)


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, written as RFC 6962 defines it: the measure of all else here."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = split_of(len(hashes))
    return node_hash(root_of(hashes[:split]), root_of(hashes[split:]))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """That the leaf hash `leaf` stands at `index` of the tree of `size` leaves under `root`.

    0 <= index < size. Raises ProofRefused.
    """
    if not 0 <= index < size:
        raise ProofRefused(f"leaf {index} is outside of a tree of {size}")
    _lengths(leaf, root, *proof)
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofRefused("inclusion proof is too long")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofRefused("inclusion proof is too short")
    if found != root:
        raise ProofRefused(f"leaf {index} is not in the tree of {size} with this root")


def verify_consistency(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """That the tree of `old_size` leaves is a prefix of the tree of `size` leaves.

    0 <= old_size <= size. The proof is empty where the sizes are equal or the
    old tree has no leaves; an empty tree has the root `EMPTY_ROOT`. Raises
    ProofRefused.
    """
    if not 0 <= old_size <= size:
        raise ProofRefused(f"a tree of {old_size} is no prefix of one of {size}")
    _lengths(old_root, root, *proof)
    for count, hashed in ((old_size, old_root), (size, root)):
        if count == 0 and hashed != EMPTY_ROOT:
            raise ProofRefused("an empty tree has another root")
    if old_size in (0, size):
        if proof:
            raise ProofRefused("consistency proof is too long")
        if old_size == size and old_root != root:
            raise ProofRefused(f"two roots for one size {size}")
        return
    _verify_growth(old_size, old_root, size, root, proof)


def _verify_growth(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """The same for 0 < old_size < size."""
    # A whole subtree of the new tree is known already, so its hash is left out of the proof.
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        raise ProofRefused("consistency proof is too short")
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_found = found = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofRefused("consistency proof is too long")
        if place & 1 or place == last:
            old_found, found = node_hash(sibling, old_found), node_hash(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofRefused("consistency proof is too short")
    if old_found != old_root or found != root:
        raise ProofRefused(f"the tree of {old_size} is no prefix of the tree of {size}")


def _lengths(*hashes: bytes) -> None:
    if any(len(hashed) != HASH_BYTES for hashed in hashes):
        raise ProofRefused(f"a hash has {HASH_BYTES} bytes")
