"""One signed checkpoint: what it says, whether the log signed it, which witnesses vouch for it.

Takes a note's text and the keys that the reader trusts, gives `Opened`. Unlike
`ledger.notes.open_note` it goes on after a wrong line, so that each wrong one
has its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.checkpoints import Checkpoint
from ledger.notes import NoteRefused, Signature, Verifier, read_note, time_of


@dataclass(frozen=True, slots=True)
class Opened:
    """`refused` says why the log's word is not there, None where it is; `wrong` names witnesses
    whose line is wrong; `times` are POSIX seconds by witness.

    `checkpoint` is None where the note cannot be read as one; without the log's
    word nothing in it is believed.
    """

    checkpoint: Checkpoint | None
    refused: str | None
    wrong: tuple[str, ...]
    times: dict[Verifier, int]


def opened(data: str, log: Verifier, witnesses: Sequence[Verifier]) -> Opened:
    """Reads one note."""
    try:
        note = read_note(data)
        checkpoint = Checkpoint.parse(note.text)
    except NoteRefused as error:
        return Opened(None, str(error), (), {})
    refused = None if checkpoint.origin == log.name else f"it is of another log than `{log.name}`"
    if refused is None:
        lines = [line for line in note.signatures if _of(line, log)]
        right = [_right(note.text, line, log) for line in lines]
        if not right:
            refused = f"`{log.name}` did not sign it"
        elif not all(right):
            refused = f"the signature of `{log.name}` is wrong"
    times: dict[Verifier, int] = {}
    wrong: list[str] = []
    for witness in witnesses:
        for line in note.signatures:
            if not _of(line, witness):
                continue
            if _right(note.text, line, witness):
                times[witness] = max(time_of(line.signature), times.get(witness, 0))
            else:
                wrong.append(witness.name)
    return Opened(checkpoint, refused, tuple(wrong), times)


def _of(line: Signature, key: Verifier) -> bool:
    return line.name == key.name and line.key_id == key.key_id


def _right(text: str, line: Signature, key: Verifier) -> bool:
    try:
        key.verify(text, line.signature)
    except NoteRefused:
        return False
    return True
