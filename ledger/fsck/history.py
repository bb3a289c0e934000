"""Checkpoints of an export: the newest, the older ones beside it, those that the reader kept.

Takes signed notes, gives them by size and judges each: signed by the log,
cosigned or not, and the root of this tree's first leaves. All that are, are
consistent with each other.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import orjson

from ledger.checkpoints import Checkpoint
from ledger.fsck.folder import Folder, Unreadable
from ledger.fsck.lines import TOO_LONG, UNENDED, blocks
from ledger.fsck.report import Cosigned, Findings, Kind, Problem
from ledger.fsck.signing import Opened, opened
from ledger.notes import MAX_BYTES, Verifier

NEWEST: Final = "checkpoint"
OLDER: Final = "checkpoints.ndjson"
_MAX_LINE: Final = 2 * MAX_BYTES


class History:
    """The checkpoints of one export."""

    def __init__(
        self, folder: Folder, log: Verifier, witnesses: Sequence[Verifier], findings: Findings
    ) -> None:
        self._folder = folder
        self._log = log
        self._witnesses = witnesses
        self._findings = findings
        self._missing = dict.fromkeys(witnesses, 0)
        self._times: dict[Verifier, int] = {}
        self._coming: Iterator[Checkpoint] = iter(())
        self._next: Checkpoint | None = None
        self.believes = False
        """Whether the log signed the newest."""
        self.checked = 0
        self.unplaced = 0
        self.agreed: int | None = None
        self.forked: int | None = None

    def newest(self) -> Checkpoint | None:
        """The checkpoint that the export is under; None where it cannot be read."""
        try:
            raw = self._folder.read(NEWEST, MAX_BYTES)
        except Unreadable as wrong:
            self._file(wrong.path, wrong.reason)
            return None
        if raw is None:
            self._file(NEWEST, "is missing")
            return None
        read = self._opened(raw, f"`{NEWEST}`")
        if read is None or read.checkpoint is None:
            return None
        self._times = read.times
        self.believes = read.refused is None
        self._vouched(read)
        return read.checkpoint

    def begin(self, kept: Sequence[str]) -> None:
        """Begin with the smallest checkpoint; `kept` are notes from elsewhere."""
        others = []
        for number, note in enumerate(kept, 1):
            found = self._believed(note.encode(), f"the checkpoint {number} from elsewhere")
            if found is not None:
                others.append(found)
        others.sort(key=_size)
        self._coming = heapq.merge(self._older(), others, key=_size)
        self._next = next(self._coming, None)

    def up_to(self, size: int, root_at: Callable[[int], bytes | None]) -> None:
        """Judge every checkpoint of at most `size` leaves; `root_at` gives the tree's own roots."""
        while self._next is not None and self._next.size <= size:
            self.judge(self._next, root_at(self._next.size))
            self._next = next(self._coming, None)

    def judge(self, checkpoint: Checkpoint, root: bytes | None) -> None:
        """Whether a checkpoint is of this tree; a root of None is not known."""
        size = checkpoint.size
        if root is None:
            self.unplaced += 1
        elif root == checkpoint.root:
            self.agreed = max(size, self.agreed or 0)
        else:
            self._forked(size, "has another root than the tree of this export")

    def judge_newest(self, size: int, signed: bool | None) -> None:
        """Whether the export's own checkpoint is of its tree; None where that is not known."""
        if signed is None:
            self.unplaced += 1
        elif not signed:
            self._forked(size, "has another root than the tree of this export")
        else:
            self.agreed = size

    def end(self, size: int) -> tuple[Cosigned, ...]:
        """What is left are checkpoints of larger trees; gives what each witness said."""
        while self._next is not None:
            larger = self._next.size
            self._forked(larger, f"is of a larger tree than the export: leaves from {size} are cut")
            self._next = next(self._coming, None)
        return tuple(
            Cosigned(one.name, self._times.get(one), self._missing[one]) for one in self._witnesses
        )

    def _forked(self, size: int, text: str) -> None:
        self.forked = size if self.forked is None else min(size, self.forked)
        self._findings.add(Problem(Kind.FORK, f"the checkpoint of {size} leaves {text}", size=size))

    def _older(self) -> Iterator[Checkpoint]:
        """The checkpoints of the export's file that can be judged, ascending."""
        try:
            file = self._folder.stream(OLDER)
        except Unreadable as wrong:
            self._file(wrong.path, wrong.reason)
            return
        if file is None:
            return
        before = -1
        with file:
            for number, line in enumerate(_flat(blocks(file, _MAX_LINE)), 1):
                found = self._line(line, number)
                if found is None:
                    continue
                if found.size <= before:
                    text = f"`{OLDER}` line {number}: sizes have to ascend"
                    problem = Problem(Kind.CHECKPOINTS, text, None, None, OLDER, number, found.size)
                    self._findings.add(problem)
                    continue
                before = found.size
                yield found

    def _line(self, line: bytes, number: int) -> Checkpoint | None:
        where = f"`{OLDER}` line {number}"
        if line is UNENDED:
            self._file(OLDER, "does not end in a newline")
            return None
        try:
            read = orjson.loads(line) if line is not TOO_LONG else None
        except orjson.JSONDecodeError:
            read = None
        note = read.get("note") if isinstance(read, dict) else None
        if not isinstance(note, str) or orjson.dumps({"note": note}) != line:
            problem = Problem(Kind.CHECKPOINTS, f"{where} is no checkpoint", None, None, OLDER)
            self._findings.add(problem)
            return None
        return self._believed(note.encode(), where)

    def _believed(self, raw: bytes, where: str) -> Checkpoint | None:
        """The checkpoint of a note that the log signed."""
        read = self._opened(raw, where)
        if read is None or read.refused is not None:
            return None
        self._vouched(read)
        return read.checkpoint

    def _opened(self, raw: bytes, where: str) -> Opened | None:
        """One note, what is wrong with it named; None where it cannot be read."""
        self.checked += 1
        try:
            data = raw.decode()
        except UnicodeDecodeError:
            data = ""
        read = opened(data, self._log, self._witnesses)
        size = None if read.checkpoint is None else read.checkpoint.size
        named = f"{where}" if size is None else f"{where}: the checkpoint of {size} leaves"
        if read.refused is not None:
            self._findings.add(Problem(Kind.SIGNATURE, f"{named}: {read.refused}", size=size))
        for name in read.wrong:
            text = f"{named}: the cosignature of `{name}` is wrong"
            self._findings.add(Problem(Kind.COSIGNATURE, text, size=size))
        return read

    def _vouched(self, read: Opened) -> None:
        for witness in self._witnesses:
            if witness not in read.times:
                self._missing[witness] += 1

    def _file(self, path: str, reason: str) -> None:
        self._findings.add(Problem(Kind.FILE, f"`{path}` {reason}", path=path))


def _size(checkpoint: Checkpoint) -> int:
    return checkpoint.size


def _flat(lists: Iterator[list[bytes]]) -> Iterator[bytes]:
    for lines in lists:
        yield from lines
