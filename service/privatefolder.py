"""A folder for secrets of this user alone, in which no symbolic link is followed.

Gives `PrivateFolder`: files are read and published through the descriptor of
the folder, so that nobody can exchange the folder between two steps. A file
appears complete or not at all, with mode 600. Raises `FolderUnsafe`, one line
naming the path and the remedy.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_MAX_BYTES = 1_000_000
_OWNER_ONLY = 0o600
_OTHERS_WRITE = 0o022
_OTHERS_ANY = 0o077


class FolderUnsafe(Exception):
    """The folder or a file in it cannot be trusted with a secret."""


@dataclass(frozen=True, slots=True)
class PrivateFolder:
    """An open folder of ours; `descriptor` is valid inside the `with` that gave it."""

    path: Path
    descriptor: int

    @classmethod
    @contextmanager
    def made(cls, path: Path) -> Iterator[PrivateFolder]:
        """The folder at `path`, made with mode 700 if there is none. Modes of parents stay."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                path.mkdir(mode=0o700)
        except OSError as error:
            raise FolderUnsafe(f"{path}: cannot be made: {error.strerror}") from None
        with cls.found(path) as folder:
            yield folder

    @classmethod
    @contextmanager
    def found(cls, path: Path) -> Iterator[PrivateFolder]:
        """The folder at `path`, which must be there, be ours and be writable by us alone."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise FolderUnsafe(f"{path}: not a folder of its own: {error.strerror}") from None
        try:
            _require_ours(os.fstat(descriptor), path, _OTHERS_WRITE, "700")
            yield cls(path, descriptor)
        finally:
            os.close(descriptor)

    def holds(self, name: str) -> bool:
        """True where there is an entry of this name, of whatever kind."""
        try:
            os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def read(self, name: str) -> bytes:
        """The content of a regular file of ours that others can neither read nor write."""
        path = self.path / name
        # O_NONBLOCK: a pipe put in the file's place must not hold us up.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(name, flags, dir_fd=self.descriptor)
        except OSError as error:
            raise FolderUnsafe(f"{path}: cannot be opened: {error.strerror}") from None
        with os.fdopen(descriptor, "rb") as source:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise FolderUnsafe(f"{path}: not a regular file")
            _require_ours(status, path, _OTHERS_ANY, "600")
            return source.read(_MAX_BYTES)

    def publish(self, name: str, content: bytes, *, replace: bool) -> None:
        """Put a complete file of mode 600 in place; an existing one stays unless `replace`."""
        draft = f".{name}.{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(draft, flags, _OWNER_ONLY, dir_fd=self.descriptor)
            try:
                with os.fdopen(descriptor, "wb") as target:
                    os.fchmod(descriptor, _OWNER_ONLY)
                    target.write(content)
                    target.flush()
                    os.fsync(descriptor)
                if replace:
                    os.replace(draft, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
                else:
                    self._link_first(draft, name)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(draft, dir_fd=self.descriptor)
        except OSError as error:
            raise FolderUnsafe(f"{self.path / name}: cannot be made: {error.strerror}") from None

    def _link_first(self, draft: str, name: str) -> None:
        """Give the draft its name unless another process was first: a link never replaces."""
        with contextlib.suppress(FileExistsError):
            os.link(
                draft,
                name,
                src_dir_fd=self.descriptor,
                dst_dir_fd=self.descriptor,
                follow_symlinks=False,
            )


def _require_ours(status: os.stat_result, path: Path, forbidden: int, mode: str) -> None:
    if status.st_uid != os.geteuid():
        raise FolderUnsafe(f"{path}: belongs to another user")
    if stat.S_IMODE(status.st_mode) & forbidden:
        raise FolderUnsafe(f"{path}: open to other users: chmod {mode} it")
