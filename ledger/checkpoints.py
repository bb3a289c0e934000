"""Checkpoints (https://c2sp.org/tlog-checkpoint): what a log says of its whole tree.

Takes the text of a note, gives a `Checkpoint`, or the other way round. Who
signed it is `ledger.notes`' affair.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.hashing import HASH_BYTES
from ledger.notes import NoteRefused, check_text
from ledger.spelling import decimal, decoded, encoded


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's name, how many leaves its tree has, and the root over them (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text to be signed, without extension lines: witnesses could not audit them."""
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Reads the text of a note; extension lines are accepted and left out.

        Signatures are over the note's text, not over `text()` of what is read.
        That an empty tree has the empty root is for the reader's proof to ask.
        Raises NoteRefused.
        """
        check_text(text)
        lines = text[:-1].split("\n")
        if len(lines) < 3 or not all(lines):
            raise NoteRefused("a checkpoint is origin, size and root, a line each")
        origin, size, root = lines[:3]
        try:
            checkpoint = cls(origin, decimal(size), decoded(root))
        except ValueError as error:
            raise NoteRefused(f"size or root of the checkpoint is {error}") from None
        if len(checkpoint.root) != HASH_BYTES:
            raise NoteRefused(f"the root of a checkpoint has {HASH_BYTES} bytes")
        return checkpoint
