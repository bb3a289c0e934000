"""What was pulled and is not in the copy yet: one line a change, a line with the cursor a page.

A run that was killed goes on after the last whole page. What the journal holds
of a record is kept by its place in the file, so that a long listing does not
have to lie in memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

Change = tuple[str, str, tuple[str, ...] | None, Mapping[str, Any] | None]
"""Type, id, fields to erase (None: look again), the record."""


@dataclass(slots=True)
class Touched:
    """What became of one record: where its line stands (None: nothing was pulled of it), and the
    fields erased after it.
    """

    place: int | None = None
    erased: tuple[str, ...] = ()
    withdrawn: bool = False


@dataclass(slots=True)
class Journal:
    """An open journal. `head` says from where it goes and what was asked for."""

    path: Path
    head: dict[str, Any]
    file: BinaryIO
    cursor: str | None
    touched: dict[str, dict[str, Touched]] = field(default_factory=dict)
    withdrawals: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    changes: int = 0

    @classmethod
    def open(cls, path: Path, head: dict[str, Any]) -> Journal:
        """The journal of an interrupted run that asked for the same, or a new one."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        file = os.fdopen(os.open(path, flags, 0o600), "r+b")
        made = cls(path, head, file, head["from"])
        first = file.readline()
        if first.endswith(b"\n") and orjson.loads(first) == head:
            made._read_on()
        else:
            file.seek(0)
            file.truncate()
            file.write(orjson.dumps(head) + b"\n")
            made._keep()
        return made

    def add(self, changes: Iterable[Change], cursor: str) -> None:
        """One page, durably."""
        for kind, record, erased, content in changes:
            line = {"type": kind, "id": record, "erased": erased, "record": content}
            place = self.file.tell()
            self.file.write(orjson.dumps(line) + b"\n")
            self._note(kind, record, erased, place)
        self.file.write(orjson.dumps({"cursor": cursor}) + b"\n")
        self._keep()
        self.cursor = cursor

    def line(self, touched: Touched) -> dict[str, Any] | None:
        """The record as it was pulled, without what was erased since."""
        if touched.place is None:
            return None
        self.file.seek(touched.place)
        record: dict[str, Any] = orjson.loads(self.file.readline())["record"]
        return without(record, touched.erased)

    def close(self) -> None:
        """The file stays."""
        self.file.close()

    def _note(self, kind: str, record: str, erased: Iterable[str] | None, place: int) -> None:
        self.changes += 1
        found = self.touched.setdefault(kind, {})
        if erased is None:
            found[record] = Touched(place)
            return
        fields = tuple(erased)
        self.withdrawals.append((kind, record, fields))
        known = found.setdefault(record, Touched())
        known.erased += fields
        known.withdrawn = True
        if "id" in fields:
            known.place = None

    def _read_on(self) -> None:
        """Take up what stands there; a page that was not finished is dropped."""
        end = self.file.tell()
        waiting: list[tuple[str, str, list[str] | None, int]] = []
        while True:
            place = self.file.tell()
            text = self.file.readline()
            if not text.endswith(b"\n"):
                break
            line = orjson.loads(text)
            if "cursor" in line:
                for each in waiting:
                    self._note(*each)
                waiting, self.cursor, end = [], line["cursor"], self.file.tell()
            else:
                waiting.append((line["type"], line["id"], line["erased"], place))
        self.file.seek(end)
        self.file.truncate()

    def _keep(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())


def without(record: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """The record with these fields null."""
    gone = set(fields)
    return {name: None if name in gone else value for name, value in record.items()}
