"""Files of an export: read bounded, below one folder, never through a symbolic link.

Takes a folder's path, gives bytes, open files and names, or raises
`Unreadable` with a path below the folder and a reason in words.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# a named pipe would keep us waiting for ever
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DEPTH = 16


class Unreadable(Exception):
    """A file or folder that is there and cannot be read as what it must be."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason


class Folder:
    """An export's folder, held open. Close it, or use it in `with`."""

    def __init__(self, path: Path) -> None:
        """Raises Unreadable."""
        try:
            self._root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise Unreadable(".", _reason(error)) from None
        self._near: tuple[str, int] = ("", self._root)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()
        os.close(self._root)

    def read(self, path: str, most: int) -> bytes | None:
        """The whole of a file of at most `most` bytes; None where there is none.

        Raises Unreadable.
        """
        descriptor = self._open(path)
        if descriptor is None:
            return None
        try:
            raw = os.read(descriptor, most + 1)
            while 0 < len(raw) <= most and (more := os.read(descriptor, most + 1 - len(raw))):
                raw += more
        except OSError as error:
            raise Unreadable(path, _reason(error)) from None
        finally:
            os.close(descriptor)
        if len(raw) > most:
            raise Unreadable(path, f"has more than {most} bytes")
        return raw

    def stream(self, path: str) -> io.FileIO | None:
        """A file to read from its beginning; None where there is none. Raises Unreadable."""
        descriptor = self._open(path)
        return None if descriptor is None else io.FileIO(descriptor, "rb")

    def names(self, path: str) -> list[str]:
        """What stands in a folder, sorted; nothing where there is none. Raises Unreadable."""
        descriptor = self._parent(path)
        try:
            if descriptor is None:
                return []
            with os.scandir(descriptor) as entries:
                return sorted(entry.name for entry in entries)
        except OSError as error:
            raise Unreadable(path, _reason(error)) from None

    def files_below(self, path: str, depth: int = _DEPTH) -> Iterator[str]:
        """Every path below `path` that is no folder, symbolic links among them. Raises
        Unreadable.
        """
        descriptor = self._parent(path)
        if descriptor is None:
            return
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    below = f"{path}/{entry.name}"
                    if depth and entry.is_dir(follow_symlinks=False):
                        yield from self.files_below(below, depth - 1)
                    else:
                        yield below
        except OSError as error:
            raise Unreadable(path, _reason(error)) from None

    def _open(self, path: str) -> int | None:
        parent, _, name = path.rpartition("/")
        folder = self._parent(parent)
        if folder is None:
            return None
        try:
            descriptor = os.open(name, _FILE, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unreadable(path, _reason(error)) from None
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            os.close(descriptor)
            raise Unreadable(path, "is a folder" if stat.S_ISDIR(mode) else "is no regular file")
        return descriptor

    def _parent(self, path: str) -> int | None:
        """The folder of that name, held open until another is asked for."""
        if self._near[0] == path:
            return self._near[1]
        self._leave()
        if not path:
            return self._root
        descriptor = self._root
        parts = path.split("/")
        for number, part in enumerate(parts, 1):
            try:
                below = os.open(part, _DIRECTORY, dir_fd=descriptor)
            except FileNotFoundError:
                return None
            except OSError as error:
                where = "/".join(parts[:number])
                link = error.errno == errno.ENOTDIR and _is_link(part, descriptor)
                raise Unreadable(where, _LINK if link else _reason(error)) from None
            finally:
                if descriptor != self._root:
                    os.close(descriptor)
            descriptor = below
        self._near = (path, descriptor)
        return descriptor

    def _leave(self) -> None:
        if self._near[1] != self._root:
            os.close(self._near[1])
        self._near = ("", self._root)


_LINK = "is a symbolic link, and none is followed"


def _is_link(name: str, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return _LINK
    if error.errno == errno.ENOTDIR:
        return "is a file, not a folder"
    return f"cannot be read: {(error.strerror or 'input or output error').lower()}"
