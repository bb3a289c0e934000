"""The copy: a file for each type, one record a line, sorted by id.

Takes the folder, gives what is in it, and the next content of its files
(`files`). What is no copy's line is refused, or passed over where the puller
starts over.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from service.pulling.asking import PullRefused
from service.pulling.files import (
    Damaged,
    make_durable,
    naming,
    opened,
    refusal,
    replaced,
    sync_folder,
)

RECORDS: Final = "records"
CURSOR: Final = "cursor"
STATE: Final = "state.json"
REPORT: Final = "report.ndjson"
JOURNAL: Final = "journal.ndjson"
_LOCK: Final = "lock"
_TAIL: Final = 65_536


class AnotherPull(PullRefused):
    """The folder is being pulled into by another process."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The folder for this process alone. Raises PullRefused, AnotherPull."""
    try:
        (folder / RECORDS).mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        where = error.filename or folder
        raise PullRefused(f"the folder cannot be used: {where}: {error.strerror}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherPull("another pull into this folder is running") from None
        yield
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class Reading:
    """One file of the copy as it is read: (id, line) of each record, in the order of ids.

    What is no such line is Damaged; where the reader is `lenient` it is passed over, and the file
    is not `whole` afterwards.
    """

    path: Path
    lenient: bool
    whole: bool = True

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        last = ""
        try:
            with self.path.open("rb") as file:
                for line in file:
                    record = _id_of(line)
                    if record is None or record <= last:
                        self._torn("cannot be read")
                        continue
                    last = record
                    yield record, line
        except FileNotFoundError:
            return
        except IsADirectoryError as error:
            raise refusal(self.path, error) from None
        except OSError as error:
            self._torn(f"cannot be read ({error.strerror})")

    def _torn(self, what: str) -> None:
        self.whole = False
        if not self.lenient:
            raise Damaged(self.path, what)


@dataclass(frozen=True, slots=True)
class Copy:
    """The files of one folder."""

    folder: Path

    def types(self) -> list[str]:
        """Types of which there is a file."""
        return sorted(each.stem for each in (self.folder / RECORDS).glob("*.ndjson"))

    def file(self, kind: str) -> Path:
        """The file of a type."""
        return self.folder / RECORDS / f"{kind}.ndjson"

    def size(self, kind: str) -> int | None:
        """Its bytes, None where there is none. Raises PullRefused."""
        with naming(self.file(kind)):
            try:
                return self.file(kind).stat().st_size
            except FileNotFoundError:
                return None

    def written(self, kind: str) -> AbstractContextManager[BinaryIO]:
        """The next file of a type; it takes its place at the end of the block."""
        return replaced(self.file(kind))

    def put(self, name: str, content: bytes) -> None:
        """A small file, whole or not at all."""
        with replaced(self.folder / name) as file:
            file.write(content)

    def read(self, name: str) -> bytes | None:
        """Its content, None where there is none. Raises PullRefused."""
        with naming(self.folder / name):
            try:
                return (self.folder / name).read_bytes()
            except FileNotFoundError:
                return None

    def report(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Add lines to the report, durably."""
        with opened(self.folder / REPORT, os.O_CREAT) as file:
            end = _whole_lines(file)
            os.ftruncate(file.fileno(), end)
            try:
                # past the buffer, which would write its rest into the hole that a full disk leaves
                _write(file.fileno(), b"".join(orjson.dumps(line) + b"\n" for line in lines))
                make_durable(file)
            except OSError:
                os.ftruncate(file.fileno(), end)
                raise

    def remove(self, name: str) -> None:
        """Take a file away, durably."""
        with naming(self.folder / name):
            (self.folder / name).unlink(missing_ok=True)
            sync_folder(self.folder)


def _id_of(line: bytes) -> str | None:
    """The id of a line, None where it is no record."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    record = found.get("id") if isinstance(found, dict) else None
    return record if isinstance(record, str) and record else None


def _write(descriptor: int, content: bytes) -> None:
    os.lseek(descriptor, 0, os.SEEK_END)
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def _whole_lines(file: BinaryIO) -> int:
    """Where the last whole line ends: a killed run may have left half a line."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - _TAIL)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
