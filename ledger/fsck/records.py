"""The records of an export in order: the leaf hash and the id of each line.

Takes a folder, gives hashes some at a time: `fill`, look at `hashes`, `drop`. What
is not an ordinary record (erased, withheld, an act, a line that is wrong) is
noted in `odd` under the line's place in the stream, counted from 0 over all
files.
"""

from __future__ import annotations

import re
from base64 import b64decode
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import FileIO
from itertools import islice
from typing import Final

from ledger.fsck.envelope import (
    BARE,
    ERASED,
    ERASING,
    RECORD,
    WITHHELD,
    id_in,
    is_pair,
    is_utf8,
    why_not,
)
from ledger.fsck.folder import Folder, Unreadable
from ledger.fsck.lines import UNENDED, blocks
from ledger.fsck.report import Findings, Kind, Problem
from ledger.spelling import MAX_SIZE

FOLDER: Final = "records"
_NAME: Final = re.compile(r"([0-9]{12})\.ndjson", re.ASCII)
_EXPLAINED: Final = 100
_NEAR: Final = 1024
"""A gap between two files of so many leaves or more is one of whole files."""


@dataclass(frozen=True, slots=True)
class Erased:
    """The line of an erased record names this act."""

    act: bytes


@dataclass(frozen=True, slots=True)
class Withheld:
    """The line is a hash alone."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """The record is an act that erased `number` leaves from `first` to `last`, as far as it says
    so.
    """

    act: bytes
    first: int
    last: int
    number: int


@dataclass(frozen=True, slots=True)
class Fault:
    """The line is none of the known forms."""

    reason: str


@dataclass(frozen=True, slots=True)
class Bare:
    """The line is a hash alone and says no reason why."""


@dataclass(frozen=True, slots=True)
class Begins:
    """A file begins here, named for the leaf `declared`."""

    declared: int


Odd = Erased | Withheld | Erasing | Bare | Fault | Begins


class Records:
    """All lines of the export's record files as one stream."""

    def __init__(self, folder: Folder, findings: Findings) -> None:
        self._folder = folder
        self._findings = findings
        self._files = deque(self._listed())
        self.first = self._files[0] if self._files else None
        """The leaf that the first file is named for."""
        self.hashes: list[bytes] = []
        self.ids: list[bytes] = []
        """Of `hashes`; empty where none can be read."""
        self.odd: deque[tuple[int, Odd]] = deque()
        self.passed = 0
        """Lines already dropped: the place of `hashes[0]`."""
        self.gap: int | None = None
        """The next file is named for this leaf, far beyond what was read; `go_on` reads it."""
        self.ended = False
        """Whether `fill` met the end."""
        self._lines: Iterator[bytes] = iter(())
        self._expected = 0
        self._starts: list[int] = []
        self._paths: list[str] = []
        self._explained = 0

    @property
    def read(self) -> int:
        """Lines read so far."""
        return self.passed + len(self.hashes)

    def skip_to(self, leaf: int) -> None:
        """Leave out the files that end before a leaf, going by their names."""
        while len(self._files) > 1 and self._files[1] <= leaf:
            self._files.popleft()

    def begin(self, leaf: int) -> None:
        """The records have to begin with this leaf."""
        self._expected = leaf

    def fill(self, count: int) -> None:
        """Read until there are `count` hashes, or a gap or the end."""
        while (wanted := count - len(self.hashes)) > 0:
            if not self._take(wanted) and not self._next_file():
                return

    def drop(self, count: int) -> None:
        """Forget the first `count` lines."""
        del self.hashes[:count], self.ids[:count]
        self.passed += count

    def go_on(self) -> None:
        """Read on behind a gap."""
        self.gap = None
        self._open()

    def place(self, number: int) -> tuple[str, int]:
        """File and line of the line `number` of the stream."""
        at = bisect_right(self._starts, number) - 1
        return self._paths[at], number - self._starts[at] + 1

    def place_for(self, leaf: int, number: int) -> tuple[str, int]:
        """Where a leaf would stand that is not there, before the line `number` of the stream."""
        at = bisect_right(self._starts, number) - 1
        path = f"{FOLDER}/{leaf:012d}.ndjson"
        if at < 0 or (self._starts[at] == number and self._paths[at] == path):
            return path, 1
        path, line = self.place(max(number - 1, 0))
        return path, line + 1 if number else 1

    def _take(self, wanted: int) -> bool:
        """Read at most `wanted` lines of the file that is open; False where there are none."""
        match, hashes, ids, passed = RECORD.fullmatch, self.hashes, self.ids, self.passed
        before = len(hashes)
        try:
            # once for each record: no call but what the answer needs
            for line in islice(self._lines, wanted):
                found = match(line)
                if found is None or not (line.isascii() or is_utf8(line)):
                    self._unusual(line)
                    continue
                name, policy, pair = found.groups()
                hashes.append(sha256(b"\x00" + line).digest())
                ids.append(name)
                if policy is not None and (act := ERASING.match(line)) is not None:
                    self.odd.append((passed + len(hashes) - 1, _erasing(name, act)))
                if not is_pair(pair):
                    self.odd.append((passed + len(hashes) - 1, Fault(why_not(line))))
        except OSError:
            self._wrong(self._paths[-1], "cannot be read to its end")
            self._lines = iter(())
        return len(hashes) > before

    def _unusual(self, line: bytes) -> None:
        """A line that is no record of the known form."""
        if line is UNENDED:
            self._wrong(self._paths[-1], "does not end in a newline")
            return
        number = self.read
        name = b""
        odd: Odd
        if (found := ERASED.fullmatch(line)) is not None:
            digest, odd = b64decode(found[2]), Erased(found[1])
        elif (found := WITHHELD.fullmatch(line)) is not None:
            digest, odd = b64decode(found[1]), Withheld()
        elif (found := BARE.fullmatch(line)) is not None:
            digest, odd = b64decode(found[1]), Bare()
        else:
            digest, name = sha256(b"\x00" + line).digest(), id_in(line)
            # the first are explained, all are counted
            self._explained += 1
            odd = Fault(why_not(line) if self._explained <= _EXPLAINED else "is of no known form")
        self.hashes.append(digest)
        self.ids.append(name)
        self.odd.append((number, odd))

    def _next_file(self) -> bool:
        """Open the next file; False before a gap and at the end."""
        if self.gap is not None:
            return False
        if not self._files:
            self.ended = True
            return False
        if self._starts:
            self._expected += self.read - self._starts[-1]
        if self._files[0] - self._expected >= _NEAR:
            self.gap = self._files[0]
            return False
        self._open()
        return True

    def _open(self) -> None:
        declared = self._files.popleft()
        path = f"{FOLDER}/{declared:012d}.ndjson"
        self._expected = declared
        self._starts.append(self.read)
        self._paths.append(path)
        self.odd.append((self.read, Begins(declared)))
        self._lines = iter(())
        try:
            file = self._folder.stream(path)
        except Unreadable as wrong:
            self._wrong(path, wrong.reason)
            return
        if file is not None:
            self._lines = _flat(file)

    def _listed(self) -> list[int]:
        """The leaves that files are named for, ascending."""
        found = []
        try:
            for name in self._folder.names(FOLDER):
                match = _NAME.fullmatch(name)
                if match is None:
                    self._wrong(f"{FOLDER}/{plain(name)}", "is named like no file of records")
                else:
                    found.append(int(match[1]))
        except Unreadable as wrong:
            self._wrong(wrong.path, wrong.reason)
        return found

    def _wrong(self, path: str, reason: str) -> None:
        self._findings.add(Problem(Kind.FILE, f"`{path}` {reason}", path=path))


def plain(name: str) -> str:
    """A name that somebody else chose, so that it moves no cursor and fits on a line."""
    return "".join(c if c.isprintable() else "?" for c in name)[:200]


def _erasing(name: bytes, act: re.Match[bytes]) -> Erasing:
    first, last, number = act.groups()
    return Erasing(
        name,
        0 if first is None else int(first),
        MAX_SIZE if last is None else int(last),
        MAX_SIZE if number is None else int(number),
    )


def _flat(file: FileIO) -> Iterator[bytes]:
    with file:
        for lines in blocks(file):
            yield from lines
