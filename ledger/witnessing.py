"""What a witness answers (https://c2sp.org/tlog-witness), without a clock, a disk or a network.

Takes the body of an `add-checkpoint` request and what the witness remembers of
the log, gives what it is to remember from now on and its cosignature, or raises
`Refused` with the status of HTTP. Precedence, which the specification leaves
open, is from what costs least to what needs the memory: malformed 400, origin
404, signature 403, sizes 400, memory 409, tree 422. Nobody without a key of the
log gets beyond 403, so nobody else makes a witness touch its disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ledger.checkpoints import Checkpoint
from ledger.cosignatures import CosignatureKey
from ledger.hashing import EMPTY_ROOT, HASH_BYTES, ProofRefused, verify_consistency
from ledger.notes import ED25519, NoteRefused, Verifier, open_note, read_note, write_note
from ledger.spelling import decimal, decoded, encoded

MAX_HASHES: Final = 63
"""Lines of a consistency proof: no tree below 2^63 leaves needs more."""


class Refused(Exception):
    """A request that is not cosigned, and the status that says so.

    `size` stands with 409: the size of what the witness cosigned last.
    """

    def __init__(self, status: int, reason: str, size: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.size = size


@dataclass(frozen=True, slots=True)
class Seen:
    """The latest checkpoint of a log that was cosigned: `note` has the log's and the witness's
    signatures.
    """

    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A request whose checkpoint is by a known log: `text` of its note, `lines` of that log alone.

    `old` and `proof` are what the sender claims; nothing has been compared with the memory.
    """

    old: int
    proof: tuple[bytes, ...]
    text: str
    checkpoint: Checkpoint
    lines: tuple[str, ...]


class Rules:
    """One witness: its key, and the keys of the logs it stands for, by origin."""

    def __init__(self, key: CosignatureKey, logs: Iterable[Verifier]) -> None:
        """A log's origin is the name of its key; several keys of one name are one log's.

        Raises NoteRefused.
        """
        self.key = key
        self._logs: dict[str, tuple[Verifier, ...]] = {}
        for log in logs:
            if log.kind != ED25519:
                raise NoteRefused(f"the key of `{log.name}` is no log's")
            self._logs[log.name] = (*self._logs.get(log.name, ()), log)

    @property
    def logs(self) -> Mapping[str, tuple[Verifier, ...]]:
        """Keys by origin."""
        return self._logs

    def read(self, body: bytes) -> Submission:
        """The request, its checkpoint signed by a key of its log. Raises Refused: 400, 403, 404."""
        old, proof, data = read_body(body)
        try:
            note = read_note(data)
            checkpoint = Checkpoint.parse(note.text)
        except NoteRefused as error:
            raise Refused(400, f"the checkpoint: {error}") from None
        known = self._logs.get(checkpoint.origin)
        if known is None:
            raise Refused(404, "this witness does not know the log")
        try:
            open_note(data, known)
        except NoteRefused:
            raise Refused(403, "no key of the log has signed the checkpoint") from None
        ids = {verifier.key_id for verifier in known}
        own = [s for s in note.signatures if s.name == checkpoint.origin and s.key_id in ids]
        if old > checkpoint.size:
            raise Refused(400, "the old size is larger than the checkpoint's")
        lines = tuple(dict.fromkeys(signature.line for signature in own))
        return Submission(old, proof, note.text, checkpoint, lines)

    def cosign(self, submission: Submission, seen: Seen | None, at: int) -> Seen:
        """What to remember in place of `seen`, None where the log was never cosigned.

        `at` is POSIX seconds. The last line of the new note is the cosignature. It must not leave
        before it is remembered. Raises Refused: 409, 422.
        """
        judge(submission, seen)
        own = self.key.cosign(submission.text, at)
        checkpoint = submission.checkpoint
        note = write_note(submission.text, (*submission.lines, own))
        return Seen(checkpoint.size, checkpoint.root, note)


def read_body(body: bytes) -> tuple[int, tuple[bytes, ...], str]:
    """Old size, proof and the checkpoint's note as they were sent. Raises Refused: 400."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(400, "the body is not UTF-8") from None
    # A checkpoint has no empty line before its signatures, a proof has none at all.
    head, divided, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    if not divided or not first.startswith("old "):
        raise Refused(400, "the body is `old`, a proof, an empty line and a checkpoint")
    if len(lines) > MAX_HASHES:
        raise Refused(400, f"a proof has at most {MAX_HASHES} hashes")
    try:
        old, proof = decimal(first[4:]), tuple(decoded(line) for line in lines)
    except ValueError as error:
        raise Refused(400, f"the old size or a hash is {error}") from None
    if any(len(hashed) != HASH_BYTES for hashed in proof):
        raise Refused(400, f"a hash has {HASH_BYTES} bytes")
    return old, proof, note


def body_of(old: int, proof: Iterable[bytes], note: str) -> bytes:
    """The body that asks a witness to cosign `note`; what `read_body` reads."""
    head = "".join(f"{line}\n" for line in (f"old {old}", *map(encoded, proof)))
    return f"{head}\n{note}".encode()


def judge(submission: Submission, seen: Seen | None) -> None:
    """That the checkpoint goes on from what was seen. Raises Refused: 409, 422."""
    last, root = (seen.size, seen.root) if seen is not None else (0, EMPTY_ROOT)
    if submission.old != last:
        raise Refused(409, "the old size is not the one that was cosigned last", last)
    checkpoint = submission.checkpoint
    try:
        verify_consistency(last, root, checkpoint.size, checkpoint.root, submission.proof)
    except ProofRefused as error:
        raise Refused(422, str(error)) from None


def contradicts(submission: Submission, seen: Seen | None) -> bool:
    """Whether the log has signed two trees of one size: proof enough against it, whatever was
    asked for.
    """
    checkpoint = submission.checkpoint
    return seen is not None and seen.size == checkpoint.size and seen.root != checkpoint.root
