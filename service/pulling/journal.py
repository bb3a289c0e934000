"""What was pulled and is not in the copy yet: one line a change, a line with the cursor a page.

A run that was killed goes on after the last whole page. What the journal holds
of a record is kept by its place in the file, so that a long listing does not
have to lie in memory. A journal that is not gone on with leaves to the next one
what the report still owes, and the sizes of files that it had begun to replace.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from service.pulling.files import Damaged, make_durable, naming, opened, replaced

Change = tuple[str, str, tuple[str, ...] | None, Mapping[str, Any] | None]
"""Type, id, fields to erase (None: look again), the record."""


@dataclass(slots=True)
class Touched:
    """What became of one record: where its line stands (None: nothing was pulled of it), the fields
    erased after it, and all that was withdrawn, also where the record came again later.
    """

    place: int | None = None
    erased: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


@dataclass(slots=True)
class Journal:
    """An open journal. `head` says from where it goes and what was asked for."""

    path: Path
    head: dict[str, Any]
    file: BinaryIO
    cursor: str | None
    touched: dict[str, dict[str, Touched]] = field(default_factory=dict)
    withdrawals: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    sizes: dict[str, set[int]] = field(default_factory=dict)
    changes: int = 0
    _held: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def open(cls, path: Path, head: dict[str, Any], *, fresh: bool) -> Journal:
        """The journal of an interrupted run that asked for the same, or a new one; with `fresh` a
        new one in any case. Raises PullRefused, and Damaged where it is not `fresh`.
        """
        try:
            found = cls._found(path)
        except Damaged:
            if not fresh:
                raise
            found = None
        if found is not None and not fresh and found.head == head:
            return found
        with replaced(path) as file:
            file.write(orjson.dumps(head) + b"\n")
            if found is not None:
                found.close()
                file.writelines(orjson.dumps(each) + b"\n" for each in found.legacy())
        made = cls._found(path)
        if made is None:
            raise Damaged(path, "is gone")
        return made

    def add(self, changes: Iterable[Change], cursor: str) -> None:
        """One page, durably. Raises PullRefused."""
        with naming(self.path):
            for kind, record, erased, content in changes:
                line = {"type": kind, "id": record, "erased": erased, "record": content}
                place = self.file.tell()
                self.file.write(orjson.dumps(line) + b"\n")
                self._note(kind, record, erased, place)
            self.file.write(orjson.dumps({"cursor": cursor}) + b"\n")
            make_durable(self.file)
        self.cursor = cursor

    def replacing(self, kind: str, size: int) -> None:
        """The file of a type is about to have this size: where the run is killed, the next one
        takes it for what it is.
        """
        with naming(self.path):
            self.file.seek(0, os.SEEK_END)
            self.file.write(orjson.dumps({"file": kind, "size": size}) + b"\n")
            make_durable(self.file)

    def line(self, touched: Touched) -> dict[str, Any] | None:
        """The record as it was pulled, without what was erased since. Raises PullRefused."""
        if touched.place is None:
            return None
        with naming(self.path):
            self.file.seek(touched.place)
            record: dict[str, Any] = orjson.loads(self.file.readline())["record"]
        return without(record, touched.erased)

    def close(self) -> None:
        """The file stays. Raises PullRefused."""
        self._held.close()

    @classmethod
    def _found(cls, path: Path) -> Journal | None:
        """The journal that lies there; None where a run was killed before it had begun."""
        if not os.path.lexists(path):
            return None
        with ExitStack() as held:
            file = held.enter_context(opened(path, 0))
            first = file.readline()
            if not first.endswith(b"\n"):
                return None
            head = _parsed(first)
            if head is None or not {"from", "fields"} <= head.keys():
                raise Damaged(path, "cannot be read")
            made = cls(path, head, file, head["from"])
            made._read_on()
            made._held = held.pop_all()
        return made

    def _note(self, kind: str, record: str, erased: Iterable[str] | None, place: int) -> None:
        self.changes += 1
        known = self.touched.setdefault(kind, {}).setdefault(record, Touched())
        if erased is None:
            known.place, known.erased = place, ()
            return
        fields = tuple(erased)
        self.withdrawals.append((kind, record, fields))
        known.erased += fields
        known.withdrawn += fields
        if "id" in fields:
            known.place = None

    def _owe(self, kind: str, record: str, fields: Iterable[str]) -> None:
        self.touched.setdefault(kind, {}).setdefault(record, Touched()).withdrawn += tuple(fields)

    def legacy(self) -> Iterator[dict[str, Any]]:
        """What the next journal has to know of this one."""
        for kind, records in self.touched.items():
            for record, each in records.items():
                if each.withdrawn:
                    yield {"owed": each.withdrawn, "type": kind, "id": record}
        for kind, sizes in self.sizes.items():
            for size in sorted(sizes):
                yield {"file": kind, "size": size}

    def _read_on(self) -> None:
        """Take up what stands there; a page that was not finished is dropped."""
        end = self.file.tell()
        waiting: list[tuple[str, str, list[str] | None, int]] = []
        while True:
            place = self.file.tell()
            text = self.file.readline()
            if not text.endswith(b"\n"):
                break
            match _parsed(text):
                case {"cursor": str() as cursor}:
                    for each in waiting:
                        self._note(*each)
                    waiting, self.cursor, end = [], cursor, self.file.tell()
                case {"file": str() as kind, "size": int() as size} if not waiting:
                    self.sizes.setdefault(kind, set()).add(size)
                    end = self.file.tell()
                case {"owed": list() as owed, "type": str() as kind, "id": str() as record}:
                    self._owe(kind, record, owed)
                    end = self.file.tell()
                case {
                    "type": str() as kind,
                    "id": str() as record,
                    "erased": list() | None as erased,
                    "record": dict() | None as content,
                } if (erased is None) != (content is None):
                    waiting.append((kind, record, erased, place))
                case _:
                    raise Damaged(self.path, "cannot be read")
        self.file.seek(end)
        self.file.truncate()


def without(record: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """The record with these fields null."""
    gone = set(fields)
    return {name: None if name in gone else value for name, value in record.items()}


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The object of a line, None where it is none."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
