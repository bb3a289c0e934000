"""A leaf's proof as a file (https://c2sp.org/tlog-proof): index, audit path and checkpoint.

Takes a proof's parts, gives its text, and back. Whoever holds the text, the
leaf's bytes and the log's key needs nothing else, and nobody's network.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.checkpoints import Checkpoint
from ledger.hashing import HASH_BYTES, ProofRefused, verify_inclusion
from ledger.notes import NoteRefused, Verifier, open_note, read_note
from ledger.spelling import decimal, decoded, encoded

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_HASHES: Final = 63
"""No audit path of a tree below 2^63 leaves is longer."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as read: `hashes` from the leaf's sibling to the root, the note verbatim.

    `extra` is authenticated by nothing.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint_note: str
    extra: bytes | None = None

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Reads a proof and verifies nothing. Raises ProofRefused."""
        head, divided, note = text.partition("\n\n")
        lines = head.split("\n")
        if not divided or lines.pop(0) != HEADER:
            raise ProofRefused(f"a proof begins with `{HEADER}`")
        extra = lines.pop(0)[6:] if lines and lines[0].startswith("extra ") else None
        if extra == "":
            raise ProofRefused("a proof without extra bytes has no line of them")
        if not lines or not lines[0].startswith("index "):
            raise ProofRefused("a proof says `index` of its leaf")
        try:
            index = decimal(lines[0][6:])
            hashes = tuple(decoded(line) for line in lines[1:])
            raw = None if extra is None else decoded(extra)
        except ValueError as error:
            raise ProofRefused(f"index, hash or extra of the proof is {error}") from None
        try:
            read_note(note)
        except NoteRefused as refused:
            raise ProofRefused(f"the proof's checkpoint: {refused}") from None
        if len(hashes) > MAX_HASHES or any(len(hashed) != HASH_BYTES for hashed in hashes):
            raise ProofRefused(f"a proof has at most {MAX_HASHES} hashes of {HASH_BYTES} bytes")
        return cls(index, hashes, note, raw)

    def verify(self, leaf: bytes, log: Verifier, witnesses: Iterable[Verifier] = ()) -> Checkpoint:
        """The checkpoint that `log` signed and that holds the leaf hash `leaf` at `index`.

        A wrong cosignature of one of `witnesses` refuses the proof, a missing
        one does not. Raises ProofRefused and NoteRefused.
        """
        note, signed = open_note(self.checkpoint_note, (log, *witnesses))
        if log not in signed:
            raise NoteRefused(f"`{log.name}` did not sign the checkpoint")
        checkpoint = Checkpoint.parse(note.text)
        if checkpoint.origin != log.name:
            raise NoteRefused(f"the checkpoint is of another log than `{log.name}`")
        verify_inclusion(leaf, self.index, checkpoint.size, self.hashes, checkpoint.root)
        return checkpoint


def proof_text(
    index: int, hashes: Sequence[bytes], checkpoint_note: str, extra: bytes | None = None
) -> str:
    """The text of a proof, for a file that ends in `.tlog-proof`. Raises ProofRefused."""
    lines = [HEADER]
    if extra is not None:
        lines.append(f"extra {encoded(extra)}")
    lines += [f"index {index}", *(encoded(hashed) for hashed in hashes)]
    text = "\n".join(lines) + f"\n\n{checkpoint_note}"
    if Proof.parse(text) != Proof(index, tuple(hashes), checkpoint_note, extra):
        raise ProofRefused("the parts of a proof do not read back as they were given")
    return text
