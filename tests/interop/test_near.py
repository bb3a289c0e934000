"""Notes and proofs that are nearly right: what Go accepts we accept, what it refuses we refuse."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.checkpoints import Checkpoint
from ledger.hashing import EMPTY_ROOT, ProofRefused, leaf_hash
from ledger.notes import NoteRefused, Signature, open_note
from ledger.proofs import Proof
from tests.interop.building import Programs
from tests.interop.trees import LOG, WITNESSES, grown
from tests.ledger.oracle import body

TREE, INDEX = grown(700), 300
KEYS = [LOG.verifier, *(witness.verifier for witness in WITNESSES)]
VKEYS = [key.vkey for key in KEYS]
SIGNS = [*"\n\r\t\x1c\x7f\x85\xa0\u2028\u200b +-=/0A9é—", "\U0001f600"]
ROUNDS = [(1, 200), pytest.param(2, 5_000, marks=pytest.mark.deep)]


def near(text: str, chance: random.Random) -> str:
    """The same but for one to three letters."""
    letters = list(text)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        place = chance.randrange(len(letters))
        letters[place : place + chance.randrange(2)] = chance.choice(
            ([], [chance.choice(SIGNS)], [chance.choice(SIGNS)], [letters[place]])
        )
    return "".join(letters)


def signed_anew(text: str) -> str:
    """A note of any text at all, which the log would never have signed."""
    signature = Ed25519PrivateKey.from_private_bytes(LOG.seed).sign(text.encode())
    return f"{text}\n{Signature(LOG.name, LOG.verifier.key_id, signature).line}"


def we_open(note: str) -> bool:
    try:
        opened, signed = open_note(note, KEYS)
        top = Checkpoint.parse(opened.text)
    except NoteRefused:
        return False
    rooted = top.size > 0 or top.root == EMPTY_ROOT
    return LOG.verifier in signed and top.origin == LOG.name and rooted


def we_prove(text: str) -> bool:
    try:
        Proof.parse(text).verify(leaf_hash(body(INDEX)), LOG.verifier, KEYS)
    except (NoteRefused, ProofRefused):
        return False
    return True


@pytest.mark.parametrize(("seed", "count"), ROUNDS)
def test_both_open_the_same_notes(go: Programs, tmp_path: Path, seed: int, count: int) -> None:
    chance, place, opened = random.Random(seed), tmp_path / "note", 0
    text, lines = TREE.seen.split("\n\n")
    for n in range(count):
        note = f"{text}\n\n{near(lines, chance)}" if n % 2 else signed_anew(near(TREE.text, chance))
        place.write_bytes(note.encode())
        ran = go.check("checkpoint", place, *VKEYS)
        assert (ran.returncode == 0) == we_open(note), (note, ran.stderr)
        opened += ran.returncode == 0
    assert 0 < opened < count


@pytest.mark.parametrize(("seed", "count"), ROUNDS)
def test_both_believe_the_same_proofs(go: Programs, tmp_path: Path, seed: int, count: int) -> None:
    chance, place, leaf = random.Random(seed), tmp_path / "proof", tmp_path / "leaf"
    leaf.write_bytes(body(INDEX))
    head, note = TREE.proof(INDEX).split("\n\n", 1)
    for n in range(count):
        proof = f"{near(head, chance)}\n\n{note}" if n else f"{head}\n\n{note}"
        place.write_bytes(proof.encode())
        ran = go.check("proof", place, leaf, *VKEYS)
        assert (ran.returncode == 0) == we_prove(proof), (proof, ran.stderr)
        assert n or ran.returncode == 0
