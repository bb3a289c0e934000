"""Proofs of inclusion and consistency: the one right proof passes, every other is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.hashing import (
    EMPTY_ROOT,
    ProofRefused,
    leaf_hash,
    node_hash,
    root_of,
    split_of,
    verify_consistency,
    verify_inclusion,
)
from tests.ledger import oracle
from tests.ledger.oracle import SIZES


def forged(proof: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Everything near the proof that is not it."""
    given = list(proof)
    yield [*given, bytes(32)]
    yield [bytes(32), *given]
    if given:
        yield given[:-1]
        yield given[1:]
        yield []
        yield [*given, given[-1]]
        yield [given[0][:-1], *given[1:]]
        yield [given[0] + b"\0", *given[1:]]
    for at, hashed in enumerate(given):
        yield [*given[:at], bytes([hashed[0] ^ 1]) + hashed[1:], *given[at + 1 :]]
    if len(set(given)) > 1:
        yield given[::-1]
        yield [*given[1:], given[0]]


def refuses_inclusion(
    place: int, size: int, proof: Sequence[bytes], leaf: bytes, root: bytes
) -> None:
    with pytest.raises(ProofRefused):
        verify_inclusion(leaf, place, size, proof, root)


def refuses_growth(
    old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> None:
    with pytest.raises(ProofRefused):
        verify_consistency(old, old_root, size, root, proof)


def check_inclusion(place: int, size: int) -> None:
    leaf, root = oracle.mth(place, place + 1), oracle.mth(0, size)
    proof = oracle.path(place, 0, size)
    verify_inclusion(leaf, place, size, proof, root)
    for other in forged(proof):
        refuses_inclusion(place, size, other, leaf, root)
    refuses_inclusion(place, size, proof, sha256(leaf).digest(), root)
    refuses_inclusion(place, size, proof, leaf[:-1], root)
    refuses_inclusion(place, size, proof, leaf, sha256(root).digest())
    refuses_inclusion(place, size, proof, leaf, root[:-1])
    for another in {place - 1, place + 1, size, -1} - {place}:
        refuses_inclusion(another, size, proof, leaf, root)
    for shorter in (place, 0, -1):
        refuses_inclusion(place, shorter, proof, leaf, root)


def check_growth(old: int, size: int) -> None:
    old_root, root = oracle.mth(0, old), oracle.mth(0, size)
    proof = oracle.proof(old, size) if old else []
    verify_consistency(old, old_root, size, root, proof)
    for other in forged(proof):
        refuses_growth(old, size, other, old_root, root)
    strange = sha256(root).digest()
    # nothing is known of what came after an empty tree but its own root
    if old:
        refuses_growth(old, size, proof, old_root, strange)
    refuses_growth(old, size, proof, strange, root)
    refuses_growth(old, size, proof, old_root[:-1], root)
    refuses_growth(-1, size, proof, old_root, root)
    if old != size:
        refuses_growth(size, old, proof, root, old_root)
        refuses_growth(size, size, proof, old_root, root)
        refuses_growth(old, old, proof, old_root, root)
        # two trees of different size with one root
        refuses_growth(old, size, proof, root, root)


def near(size: int) -> set[int]:
    return {0, 1, size // 2, size - 1} | {
        place for power in range(18) for place in (2**power - 1, 2**power)
    }


def test_hashes_are_those_of_the_specification() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"") == sha256(b"\0").digest()
    assert leaf_hash(b"x") == sha256(b"\0x").digest()
    assert node_hash(b"l" * 32, b"r" * 32) == sha256(b"\1" + b"l" * 32 + b"r" * 32).digest()


@pytest.mark.parametrize("size", SIZES)
def test_roots_are_those_of_the_specification(size: int) -> None:
    assert root_of([oracle.mth(n, n + 1) for n in range(size)]) == oracle.mth(0, size)


@given(st.integers(2, 2**63))
def test_a_tree_divides_at_a_power_of_two_below_its_size(size: int) -> None:
    split = split_of(size)
    assert split < size <= 2 * split
    assert split & (split - 1) == 0


@pytest.mark.parametrize("size", [size for size in SIZES if size])
def test_leaves_at_every_border_are_proved(size: int) -> None:
    for place in near(size):
        if 0 <= place < size:
            check_inclusion(place, size)


@pytest.mark.parametrize("size", SIZES)
def test_growth_over_every_border_is_proved(size: int) -> None:
    for old in near(size) | {size}:
        if 0 <= old <= size:
            check_growth(old, size)


def test_every_leaf_and_growth_of_small_trees_is_proved() -> None:
    for size in range(1, 34):
        for place in range(size):
            check_inclusion(place, size)
            check_growth(place, size)
        check_growth(size, size)


@given(st.data())
def test_any_leaf_of_any_tree_is_proved(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 5000))
    check_inclusion(data.draw(st.integers(0, size - 1)), size)


@given(st.data())
def test_any_growth_is_proved(data: st.DataObject) -> None:
    size = data.draw(st.integers(0, 5000))
    check_growth(data.draw(st.integers(0, size)), size)


@given(st.data())
def test_no_invented_proof_passes(data: st.DataObject) -> None:
    """Hashes that are all from the tree, in whatever order."""
    size = data.draw(st.integers(2, 64))
    place = data.draw(st.integers(0, size - 1))
    hashes = st.sampled_from([oracle.mth(0, n) for n in range(1, 65)] + oracle.path(place, 0, size))
    invented = data.draw(st.lists(hashes, max_size=8))
    if invented != oracle.path(place, 0, size):
        refuses_inclusion(place, size, invented, oracle.mth(place, place + 1), oracle.mth(0, size))
    if place and invented != oracle.proof(place, size):
        refuses_growth(place, size, invented, oracle.mth(0, place), oracle.mth(0, size))


def test_an_empty_tree_has_the_empty_root_and_nothing_else() -> None:
    root = oracle.mth(0, 3)
    verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    for size, hashed in ((0, bytes(32)), (0, root)):
        refuses_growth(0, size, [], hashed, hashed)
    refuses_growth(0, 3, [], bytes(32), root)
    refuses_growth(0, 0, [], EMPTY_ROOT, root)
    refuses_inclusion(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)


def test_a_node_does_not_pass_for_a_leaf() -> None:
    """The second preimage that the two prefixes are there for."""
    root = oracle.mth(0, 4)
    inner = oracle.mth(0, 2)
    body = oracle.mth(0, 1) + oracle.mth(1, 2)
    refuses_inclusion(0, 2, [oracle.mth(2, 4)], leaf_hash(body), root)
    refuses_inclusion(0, 4, [oracle.mth(2, 4)], inner, root)
