"""The copy: a file for each type, one record a line, sorted by id; and how files are replaced.

Takes the folder, gives what is in it. A file is written beside the old one,
made durable and put in its place: whoever reads sees the one or the other. All
of it is readable by this user alone.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from service.pulling.asking import PullRefused

RECORDS: Final = "records"
CURSOR: Final = "cursor"
STATE: Final = "state.json"
REPORT: Final = "report.ndjson"
JOURNAL: Final = "journal.ndjson"
_LOCK: Final = "lock"


class AnotherPull(PullRefused):
    """The folder is being pulled into by another process."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The folder for this process alone. Raises PullRefused, AnotherPull."""
    try:
        (folder / RECORDS).mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise PullRefused(f"the folder cannot be used: {error.strerror}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherPull("another pull into this folder is running") from None
        yield
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Copy:
    """The files of one folder."""

    folder: Path

    def types(self) -> list[str]:
        """Types of which there is a file."""
        return sorted(each.stem for each in (self.folder / RECORDS).glob("*.ndjson"))

    def lines(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """(id, line) of each record, in the order of ids."""
        with suppress(FileNotFoundError), self._file(kind).open("rb") as file:
            for line in file:
                yield str(orjson.loads(line)["id"]), line

    @contextmanager
    def written(self, kind: str) -> Iterator[BinaryIO]:
        """The next file of a type; it takes its place at the end of the block."""
        with self._written(self._file(kind)) as file:
            yield file

    def put(self, name: str, content: bytes) -> None:
        """A small file, whole or not at all."""
        with self._written(self.folder / name) as file:
            file.write(content)

    def read(self, name: str) -> bytes | None:
        """Its content, None where there is none."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def report(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Add lines to the report, durably."""
        with _opened(self.folder / REPORT, os.O_APPEND) as file:
            for line in lines:
                file.write(orjson.dumps(line) + b"\n")
            _make_durable(file)

    def remove(self, name: str) -> None:
        """Take a file away, durably."""
        (self.folder / name).unlink(missing_ok=True)
        _sync_folder(self.folder)

    def _file(self, kind: str) -> Path:
        return self.folder / RECORDS / f"{kind}.ndjson"

    @contextmanager
    def _written(self, path: Path) -> Iterator[BinaryIO]:
        beside = path.with_name(f".{path.name}.new")
        with _opened(beside, os.O_TRUNC) as file:
            yield file
            _make_durable(file)
        beside.replace(path)
        _sync_folder(path.parent)


@contextmanager
def _opened(path: Path, how: int) -> Iterator[BinaryIO]:
    flags = os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW | how
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        yield file


def _make_durable(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
