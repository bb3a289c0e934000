"""Signed notes (https://c2sp.org/signed-note): a text and the lines that sign it.

Takes texts, gives `Note`, `Signer` and `Verifier`, or raises `NoteRefused`.
Reading is syntax only; `open_note` believes. A text must not be used before a
key that the reader chose has verified it.

Two types of signature are known: 0x01, Ed25519 over the text, and 0x04, a
witness's timestamped cosignature (`ledger.cosignatures`). Lines of every other
type are ignored, as the specification asks, so that a second type by the log
may stand beside the first; `_signed` is the one place to teach it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.spelling import MAX_SIZE, decoded, encoded

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04

MAX_BYTES: Final = 1_000_000
"""Of a note, as in golang.org/x/mod; 16 signatures of 5 kB fit many times over."""

MAX_SIGNATURES: Final = 100
"""Lines of one note; readers must accept 16."""

SEED_BYTES: Final = 32
_PUBLIC_BYTES: Final = 32
_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8
_DASH: Final = "\u2014 "


class NoteRefused(Exception):
    """A note, key or checkpoint is malformed, or nobody who is known signed it. Says why."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who says to have signed, and the bytes after the key id."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """As it stands in a note, newline included."""
        return f"{_DASH}{self.name} {encoded(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, its final newline included, and the lines below it, none of them verified."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key that its reader trusts: of a log (0x01) or of a witness (0x04)."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    @classmethod
    def of_key(cls, name: str, kind: int, public: bytes) -> Verifier:
        """The verifier of 32 bytes of an Ed25519 key. Raises NoteRefused."""
        _check_name(name)
        if kind not in (ED25519, COSIGNATURE) or len(public) != _PUBLIC_BYTES:
            raise NoteRefused(f"the key of `{name}` is of no type that is known here")
        return cls(name, key_id(name, kind, public), kind, public)

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Reads `name+<id in hex>+base64(type ‖ key)`. Raises NoteRefused."""
        # base64 has `+` of its own
        parts = vkey.split("+", 2)
        if len(parts) != 3:
            raise NoteRefused("a verifier key is `name+id+base64`")
        name, hexed, rest = parts
        raw = _decoded(rest)
        verifier = cls.of_key(name, raw[0] if raw else -1, raw[1:])
        if verifier.key_id.hex() != hexed:
            raise NoteRefused(f"the key of `{name}` has another id than it says")
        return verifier

    @property
    def vkey(self) -> str:
        """The text that `parse` reads."""
        return f"{self.name}+{self.key_id.hex()}+{encoded(bytes([self.kind]) + self.public)}"

    def verify(self, text: str, signature: bytes) -> None:
        """That `signature`, the bytes after the key id, is this key's over `text`.

        Raises NoteRefused.
        """
        message, bare = _signed(self.kind, text, signature)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(bare, message)
        except (InvalidSignature, ValueError):
            raise NoteRefused(f"the signature of `{self.name}` is wrong") from None


@dataclass(frozen=True, slots=True)
class Signer:
    """An Ed25519 key (type 0x01) that signs notes."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def of_seed(cls, name: str, seed: bytes) -> Signer:
        """The key of 32 secret bytes. Raises NoteRefused."""
        _check_name(name)
        if len(seed) != SEED_BYTES:
            raise NoteRefused(f"a seed has {SEED_BYTES} bytes")
        return cls(name, bytes(seed))

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Reads Go's `PRIVATE+KEY+name+<id in hex>+base64(0x01 ‖ seed)`. Raises NoteRefused.

        No message repeats any part of the text.
        """
        name, hexed, seed = read_private(text, ED25519)
        signer = cls.of_seed(name, seed)
        if signer.verifier.key_id.hex() != hexed:
            raise NoteRefused("the signer key has another id than it says")
        return signer

    @property
    def skey(self) -> str:
        """The text that `parse` reads: secret."""
        return private_text(self.verifier, self.seed)

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier.of_key(self.name, ED25519, public_of(self.seed))

    @property
    def vkey(self) -> str:
        """The public half as text."""
        return self.verifier.vkey

    def sign(self, text: str) -> str:
        """The signature line over `text`, newline included. Raises NoteRefused."""
        check_text(text)
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return Signature(self.name, self.verifier.key_id, signature).line


def read_private(text: str, kind: int) -> tuple[str, str, bytes]:
    """Name, id in hex and seed of `PRIVATE+KEY+name+<id in hex>+base64(type ‖ seed)`, none compared
    with another. Raises NoteRefused, whose message repeats no part of the text.
    """
    parts = text.split("+", 4)
    if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
        raise NoteRefused("a signer key is `PRIVATE+KEY+name+id+base64`")
    raw = _decoded(parts[4])
    if len(raw) != 1 + SEED_BYTES or raw[0] != kind:
        raise NoteRefused("the signer key is of no type that is known here")
    return parts[2], parts[3], raw[1:]


def private_text(public: Verifier, seed: bytes) -> str:
    """The text that `read_private` reads: secret."""
    secret = encoded(bytes([public.kind]) + seed)
    return f"PRIVATE+KEY+{public.name}+{public.key_id.hex()}+{secret}"


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The first 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key)."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:_ID_BYTES]


def public_of(seed: bytes) -> bytes:
    """The 32 public bytes of an Ed25519 seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def read_note(data: str) -> Note:
    """Divides a note into text and signatures, and verifies nothing. Raises NoteRefused."""
    _check_characters(data)
    # The text may have empty lines of its own: the last one divides.
    text, divided, lines = data.rpartition("\n\n")
    if not divided or not lines.endswith("\n"):
        raise NoteRefused("a note is a text, an empty line and signature lines")
    given = lines[:-1].split("\n")
    if len(given) > MAX_SIGNATURES:
        raise NoteRefused(f"a note has more than {MAX_SIGNATURES} signatures")
    return Note(text + "\n", tuple(_signature(line) for line in given))


def keys_by_id(verifiers: Iterable[Verifier]) -> dict[tuple[str, bytes], Verifier]:
    """Keys by what a signature line says of its own: name and id.

    Raises NoteRefused where that is ambiguous, or where two names stand for one
    witness's key: whoever counts witnesses would count one twice.
    """
    known: dict[tuple[str, bytes], Verifier] = {}
    witnesses: dict[bytes, str] = {}
    for verifier in verifiers:
        if known.setdefault((verifier.name, verifier.key_id), verifier) != verifier:
            raise NoteRefused(f"two keys of `{verifier.name}` have one id")
        if verifier.kind == COSIGNATURE:
            # A cosignature does not say whose it is: anybody can give it the other name.
            other = witnesses.setdefault(verifier.public, verifier.name)
            if other != verifier.name:
                raise NoteRefused(f"`{other}` and `{verifier.name}` are one witness's key")
    return known


def open_note(data: str, verifiers: Iterable[Verifier]) -> tuple[Note, tuple[Verifier, ...]]:
    """The note, and those of `verifiers` who signed it, each once, in the order of the lines.

    Lines of other keys are ignored. Raises NoteRefused where a known key's
    signature is wrong or none is there. To ask for the log's own signature,
    pass its key alone or look for it in the answer.
    """
    note = read_note(data)
    known = keys_by_id(verifiers)
    signed: dict[Verifier, None] = {}
    for line in note.signatures:
        found = known.get((line.name, line.key_id))
        if found is not None:
            found.verify(note.text, line.signature)
            signed[found] = None
    if not signed:
        raise NoteRefused("nobody who is known signed the note")
    return note, tuple(signed)


def write_note(text: str, lines: Iterable[str]) -> str:
    """A note of `text` and signature lines, each with its newline. Raises NoteRefused."""
    check_text(text)
    given = tuple(lines)
    data = f"{text}\n{''.join(given)}"
    if not given or tuple(s.line for s in read_note(data).signatures) != given:
        raise NoteRefused("a signature line is malformed")
    return data


def check_text(text: str) -> None:
    """That `text` can be the text of a note: it ends in a newline. Raises NoteRefused."""
    _check_characters(text)
    if not text.endswith("\n"):
        raise NoteRefused("the text of a note ends in a newline")


def cosigned(text: str, at: int) -> bytes:
    """What a witness signs: `text` under a header and its time, POSIX seconds."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def time_of(signature: bytes) -> int:
    """The POSIX seconds at the head of a cosignature's 72 bytes. Raises NoteRefused."""
    at = int.from_bytes(signature[:_TIME_BYTES], "big")
    if len(signature) != _TIME_BYTES + 64 or not 0 < at <= MAX_SIZE:
        raise NoteRefused("a cosignature is a time and 64 bytes")
    return at


def _signed(kind: int, text: str, signature: bytes) -> tuple[bytes, bytes]:
    """The bytes that a signature of this type is over, and the bare signature."""
    if kind == COSIGNATURE:
        return cosigned(text, time_of(signature)), signature[_TIME_BYTES:]
    return text.encode(), signature


def _signature(line: str) -> Signature:
    parts = line.removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(parts) != 2:
        raise NoteRefused("a signature line is a dash, a name and base64")
    name, rest = parts
    _check_name(name)
    raw = _decoded(rest)
    if len(raw) <= _ID_BYTES:
        raise NoteRefused(f"the signature of `{name}` is too short")
    return Signature(name, raw[:_ID_BYTES], raw[_ID_BYTES:])


def _check_characters(text: str) -> None:
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise NoteRefused("a note is UTF-8") from None
    if len(raw) > MAX_BYTES:
        raise NoteRefused(f"a note has at most {MAX_BYTES} bytes")
    if min(raw.replace(b"\n", b" "), default=0x20) < 0x20:
        raise NoteRefused("a note has no control character but newline")


def _check_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise NoteRefused("a key's name is not empty and has neither space nor `+`")


def _decoded(text: str) -> bytes:
    try:
        return decoded(text)
    except ValueError as error:
        raise NoteRefused(f"a key or signature is {error}") from None
