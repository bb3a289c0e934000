"""`records/`: the leaves of an export, line by line, in files of 65,536.

Takes a folder and a reader, writes or goes on with the files. The name of a
file is the index of its first leaf; files are contiguous and all but the last
are full. A file appears whole: one that was under way when its writer was
killed is begun anew, one that is not full is replaced by a fuller one. A full
file is touched only where the content of a leaf in it was erased since.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import BinaryIO, Final

from service.ledger.exporting.folder import Folder, FolderRefused
from service.ledger.exporting.lines import (
    Leaf,
    erased_line,
    is_erased,
    is_record,
    is_withheld,
    line_of,
)
from service.ledger.exporting.manifest import Count
from service.ledger.exporting.reading import Erased, LedgerReader

FOLDER: Final = "records"
LINES: Final = 65_536
_NAME: Final = re.compile(r"([0-9]{12,})\.ndjson", re.ASCII)
Step = Callable[[int], None]
"""Called before each batch with the index of its first leaf; ends the sitting by raising."""
Replacing = Callable[[str], None]
"""Called before a file of this name is put in the place of another."""


def name_of(first: int) -> str:
    """The file that begins with this leaf."""
    return f"{first:012d}.ndjson"


class Records:
    """The records files of one folder. `files` are their counts by name, in the order of leaves."""

    def __init__(self, folder: Folder, known: Mapping[str, Count], lines: int = LINES) -> None:
        """`known` are counts noted before; a file of another size is counted again. Raises
        FolderRefused.
        """
        self._folder, self._lines = folder, lines
        self.files: dict[str, Count] = {}
        self.broken: int | None = None
        """The first leaf met that is not what the tree holds."""
        for name in folder.names():
            if _NAME.fullmatch(name) is None:
                raise FolderRefused(f"{folder.path / name}: no file of an export")
            size, count = folder.size(name), known.get(name)
            if count is None or count.size != size:
                with folder.reading(name) as source:
                    count = count_of(source)
            self.files[name] = count
        self._check()

    def _check(self) -> None:
        expected: int | None = None
        names = list(self.files)
        for place, name in enumerate(names):
            first, lines = int(name.partition(".")[0]), self.files[name].lines
            whole = lines == self._lines or (place == len(names) - 1 and 0 < lines <= self._lines)
            if not whole or (expected is not None and first != expected):
                raise FolderRefused(
                    f"{self._folder.path}: a file is missing or not whole: export to a new folder"
                )
            expected = first + lines

    def next_leaf(self, first: int, end: int) -> int:
        """The leaf to go on with, in an export from `first` to, without, `end`: where the last
        file begins, if it is to grow, else the one behind it. Raises FolderRefused.
        """
        if not self.files:
            return first
        begun = [int(name.partition(".")[0]) for name in self.files]
        if begun[0] != first:
            raise FolderRefused(f"{self._folder.path}: begins with another leaf")
        last = next(reversed(self.files.values()))
        done = begun[-1] + last.lines
        return done if last.lines == self._lines or done >= end else begun[-1]

    def erase(self, reader: LedgerReader, first: int, end: int, replacing: Replacing) -> None:
        """Take content out of the files of these leaves that was erased since."""
        for place, found in groupby(
            reader.erased(first, end), lambda erased: (erased.index - first) // self._lines
        ):
            name = name_of(first + place * self._lines)
            if name in self.files:
                self._erase(name, {erased.index: erased for erased in found}, replacing)

    def _erase(self, name: str, gone: Mapping[int, Erased], replacing: Replacing) -> None:
        index = int(name.partition(".")[0])
        with self._folder.reading(name) as source:
            still = any(not is_erased(line) for at, line in enumerate(source, index) if at in gone)
        if not still:
            return
        replacing(name)
        with self._folder.reading(name) as source, self._folder.writing(name) as target:
            for at, line in enumerate(source, index):
                erased = gone.get(at)
                if erased is None:
                    target.write(line)
                else:
                    target.write(erased_line(erased.hash, erased.act, erased.at) + b"\n")
        with self._folder.reading(name) as source:
            self.files[name] = count_of(source)

    def write(
        self, reader: LedgerReader, start: int, end: int, step: Step, replacing: Replacing
    ) -> Iterator[str]:
        """Write the leaves from `start`, where a file begins, up to, without, `end`; the name of
        each file as it is done.
        """
        for first in range(start, end, self._lines):
            name = name_of(first)
            step(first)
            if self._folder.has(name):
                replacing(name)
            with self._folder.writing(name) as target:
                count = self._fill(target, reader, first, min(first + self._lines, end), step)
            self.files[name] = count
            yield name

    def _fill(
        self, target: BinaryIO, reader: LedgerReader, first: int, end: int, step: Step
    ) -> Count:
        size = withheld = erased = 0
        for leaves in reader.leaves(first, end):
            for leaf in leaves:
                line, whole = line_of(leaf)
                if not whole:
                    self._note(leaf)
                target.write(line + b"\n")
                size += len(line) + 1
                withheld += leaf.there and not leaf.in_scope
                erased += is_erased(line)
            if leaves[-1].index + 1 < end:
                step(leaves[-1].index + 1)
        return Count(end - first, size, withheld, erased)

    def _note(self, leaf: Leaf) -> None:
        if self.broken is None:
            self.broken = leaf.index


def count_of(source: BinaryIO) -> Count:
    """What a records file holds. A last line without its end counts as none."""
    lines = size = withheld = erased = 0
    for line in source:
        if line.endswith(b"\n"):
            lines += 1
            size += len(line)
            if not is_record(line):
                withheld += is_withheld(line)
                erased += is_erased(line)
    return Count(lines, size, withheld, erased)
