"""The folder of an export: private, taken by one process, and no symbolic link in it is followed.

Gives `Folder`, an open directory; every file is reached through the descriptor
of the directory it stands in. A file appears whole or not at all, with mode
600, under the name it keeps; what a killed process left are names that begin
with a point. Raises FolderRefused, one line with path and remedy.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: a pipe put in a file's place must not hold us up.
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAKE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OTHERS_WRITE: Final = 0o022


class FolderRefused(Exception):
    """The folder cannot take this export. One line for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An open directory; `descriptor` is valid inside the `with` that gave it."""

    path: Path
    descriptor: int

    @classmethod
    @contextmanager
    def taken(cls, path: Path) -> Iterator[Folder]:
        """The directory at `path`, made where there is none, for this process alone."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                path.mkdir(mode=0o700)
            descriptor = os.open(path, _FOLDER)
        except OSError as error:
            raise FolderRefused(f"{path}: not a folder of its own: {error.strerror}") from None
        try:
            folder = cls(path, descriptor)
            folder._require_ours()
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise FolderRefused(f"{path}: another export is at work in it") from None
            yield folder
        finally:
            os.close(descriptor)

    def _require_ours(self) -> None:
        status = os.fstat(self.descriptor)
        if status.st_uid != os.geteuid():
            raise FolderRefused(f"{self.path}: belongs to another user")
        if not self._all():
            os.fchmod(self.descriptor, 0o700)
        elif stat.S_IMODE(status.st_mode) & _OTHERS_WRITE:
            raise FolderRefused(f"{self.path}: open to other users: chmod 700 it")

    @contextmanager
    def below(self, name: str, *, make: bool = True) -> Iterator[Folder]:
        """The directory at the relative path `name`, each step of it ours."""
        with contextlib.ExitStack() as stack:
            place = self
            for step in name.split("/"):
                place = stack.enter_context(place._step(step, make=make))
            yield place

    @contextmanager
    def _step(self, name: str, *, make: bool) -> Iterator[Folder]:
        try:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o700, dir_fd=self.descriptor)
            descriptor = os.open(name, _FOLDER, dir_fd=self.descriptor)
        except OSError as error:
            raise FolderRefused(f"{self.path / name}: no folder: {error.strerror}") from None
        try:
            yield Folder(self.path / name, descriptor)
        finally:
            os.close(descriptor)

    def names(self) -> list[str]:
        """What stands in it, sorted, without what was left half-written."""
        return sorted(name for name in self._all() if not name.startswith("."))

    def _all(self) -> list[str]:
        with os.scandir(self.descriptor) as entries:
            return [entry.name for entry in entries]

    def has(self, name: str) -> bool:
        """Whether there is anything of this name in it, of whatever kind."""
        try:
            os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int | None:
        """Bytes of a regular file, None where there is none."""
        try:
            status = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(status.st_mode):
            raise FolderRefused(f"{self.path / name}: not a regular file")
        return status.st_size

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """A regular file, open for reading."""
        try:
            source = os.fdopen(os.open(name, _READ, dir_fd=self.descriptor), "rb")
        except OSError as error:
            raise FolderRefused(f"{self.path / name}: cannot be opened: {error.strerror}") from None
        with source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise FolderRefused(f"{self.path / name}: not a regular file")
            yield source

    @contextmanager
    def writing(self, name: str, *, sync: bool = True) -> Iterator[BinaryIO]:
        """A file that takes its name, and the place of one that had it, when the block ends well.

        With `sync` it is on the disk before it has its name.
        """
        draft = f".{name}.part"
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=self.descriptor)
            descriptor = os.open(draft, _MAKE, 0o600, dir_fd=self.descriptor)
            with os.fdopen(descriptor, "wb", buffering=1 << 18) as target:
                os.fchmod(descriptor, 0o600)
                yield target
                target.flush()
                if sync:
                    os.fsync(descriptor)
            os.replace(draft, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
            if sync:
                os.fsync(self.descriptor)
        except OSError as error:
            raise FolderRefused(
                f"{self.path / name}: cannot be written: {error.strerror}"
            ) from None

    def write(self, name: str, content: bytes, *, sync: bool = True) -> None:
        """The same for a file whose content is at hand; one that is equal stays untouched."""
        if self.size(name) == len(content):
            with self.reading(name) as source:
                if source.read() == content:
                    return
        with self.writing(name, sync=sync) as target:
            target.write(content)

    def remove(self, name: str) -> None:
        """A file that is there no more; a symbolic link goes, not what it names."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.descriptor)

    def is_folder(self, name: str) -> bool:
        """Whether a directory has this name."""
        status = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        return stat.S_ISDIR(status.st_mode)

    def remove_folder(self, name: str) -> None:
        """A directory with nothing in it but what was left half-written."""
        with self.below(name, make=False) as inner:
            inner.sweep()
        with contextlib.suppress(OSError):
            os.rmdir(name, dir_fd=self.descriptor)

    def sweep(self) -> None:
        """Remove what killed processes left half-written, in it and all below it."""
        for name in self._all():
            if self.is_folder(name):
                with self.below(name, make=False) as inner:
                    inner.sweep()
            elif name.startswith(".") and name.endswith(".part"):
                self.remove(name)
