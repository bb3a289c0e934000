"""Logs of their own to witness: rows of leaves, what is signed over them, what is sent.

Written from the words of RFC 6962 and C2SP alone; of the house only the log's signature is taken.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.notes import Signer

EMPTY = sha256().digest()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@dataclass(frozen=True)
class Row:
    """Leaves in order; two rows with one beginning are a fork."""

    leaves: tuple[str, ...]

    @classmethod
    def of(cls, size: int, fork: str = "", at: int = 0) -> Row:
        """`size` leaves, from number `at` on those of `fork`."""
        return cls(tuple(f"{n}{fork if n >= at else ''}" for n in range(size)))

    def root(self, size: int | None = None) -> bytes:
        return self._hash(0, len(self.leaves) if size is None else size)

    def proof(self, old: int, size: int | None = None) -> list[bytes]:
        """Section 2.1.2, empty from or to nothing new."""
        end = len(self.leaves) if size is None else size
        return [] if old in (0, end) else self._sub(old, 0, end, whole=True)

    def _hash(self, low: int, high: int) -> bytes:
        if low == high:
            return EMPTY
        if high - low == 1:
            return sha256(b"\0" + self.leaves[low].encode()).digest()
        middle = low + _below(high - low)
        return sha256(b"\1" + self._hash(low, middle) + self._hash(middle, high)).digest()

    def _sub(self, old: int, low: int, high: int, *, whole: bool) -> list[bytes]:
        if old == high - low:
            return [] if whole else [self._hash(low, high)]
        split = _below(high - low)
        if old <= split:
            first = self._sub(old, low, low + split, whole=whole)
            return [*first, self._hash(low + split, high)]
        second = self._sub(old - split, low + split, high, whole=False)
        return [*second, self._hash(low, low + split)]


@dataclass(frozen=True)
class Log:
    """A log by its key. `number` makes another one."""

    number: int = 0
    name: str = ""
    signer: Signer = field(init=False)

    def __post_init__(self) -> None:
        name = self.name or f"log.test.example/{self.number}"
        seed = sha256(f"{name} {self.number}".encode()).digest()
        object.__setattr__(self, "signer", Signer.of_seed(name, seed))

    def text(self, size: int, root: bytes, extension: str = "") -> str:
        return f"{self.signer.name}\n{size}\n{b64(root)}\n{extension}"

    def note(self, size: int, root: bytes, extension: str = "") -> str:
        text = self.text(size, root, extension)
        return f"{text}\n{self.signer.sign(text)}"

    def body(self, old: int, row: Row, size: int | None = None) -> bytes:
        """What an honest sender sends."""
        end = len(row.leaves) if size is None else size
        return body(old, row.proof(old, end), self.note(end, row.root(end)))


def body(old: int | str, proof: list[bytes], note: str) -> bytes:
    lines = "".join(f"{b64(hashed)}\n" for hashed in proof)
    return f"old {old}\n{lines}\n{note}".encode()


def _below(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power
