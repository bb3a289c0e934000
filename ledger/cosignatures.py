"""Cosignatures (https://c2sp.org/tlog-cosignature): what a witness has seen, and when.

Takes the text of a checkpoint's note, gives a signature line of type 0x04, or
its time back. A line says: at that time this was the largest consistent tree
of this origin that I had seen. What is signed does not name the witness, so a
witness has a key of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.notes import (
    COSIGNATURE,
    SEED_BYTES,
    NoteRefused,
    Signature,
    Verifier,
    check_text,
    cosigned,
    private_text,
    public_of,
    read_private,
    time_of,
)
from ledger.spelling import MAX_SIZE


@dataclass(frozen=True, slots=True)
class CosignatureKey:
    """A witness's Ed25519 key."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def of_seed(cls, name: str, seed: bytes) -> CosignatureKey:
        """The key of 32 secret bytes. Raises NoteRefused."""
        if len(seed) != SEED_BYTES:
            raise NoteRefused(f"a seed has {SEED_BYTES} bytes")
        key = cls(name, bytes(seed))
        Verifier.of_key(name, COSIGNATURE, public_of(key.seed))
        return key

    @classmethod
    def parse(cls, text: str) -> CosignatureKey:
        """Reads `PRIVATE+KEY+name+<id in hex>+base64(0x04 ‖ seed)`: the form of a log's key with
        the other type, so that neither is taken for the other. Raises NoteRefused.
        """
        name, hexed, seed = read_private(text, COSIGNATURE)
        key = cls.of_seed(name, seed)
        if key.verifier.key_id.hex() != hexed:
            raise NoteRefused("the witness's key has another id than it says")
        return key

    @property
    def skey(self) -> str:
        """The text that `parse` reads: secret."""
        return private_text(self.verifier, self.seed)

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier.of_key(self.name, COSIGNATURE, public_of(self.seed))

    @property
    def vkey(self) -> str:
        """The public half as text."""
        return self.verifier.vkey

    def cosign(self, note_text: str, at: int) -> str:
        """The signature line over a checkpoint's text, extension lines included.

        `at` is POSIX seconds, 1 to 2^63-1. Raises NoteRefused.
        """
        check_text(note_text)
        if not 0 < at <= MAX_SIZE:
            raise NoteRefused("a cosignature's time is from 1 to 2^63-1")
        bare = Ed25519PrivateKey.from_private_bytes(self.seed).sign(cosigned(note_text, at))
        return Signature(self.name, self.verifier.key_id, at.to_bytes(8, "big") + bare).line


def verify_cosignature(note_text: str, signature: bytes, verifier: Verifier) -> int:
    """The POSIX seconds of a cosignature: `signature` is the 72 bytes after the key id.

    Whether a time in the future is believed is the caller's affair. Raises
    NoteRefused.
    """
    if verifier.kind != COSIGNATURE:
        raise NoteRefused(f"the key of `{verifier.name}` is no witness's")
    verifier.verify(note_text, signature)
    return time_of(signature)
