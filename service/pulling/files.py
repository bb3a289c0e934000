"""Files of a copy's folder: opened, replaced, made durable.

A file is written beside the old one, made durable and put in its place: whoever
reads sees the one or the other. All of it is readable by this user alone. What
the system refuses is told in one line with the file's name and what helps.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from service.pulling.asking import PullRefused

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_PLAIN_FILE: Final = frozenset({errno.ELOOP, errno.EISDIR, errno.ENXIO})


class Damaged(PullRefused):
    """A file is not what a run left there."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"the file {path} {what}: start over with --start-over")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """What the system refuses in the block is refused by the file's name. Raises PullRefused."""
    try:
        yield
    except OSError as error:
        raise refusal(path, error) from None


@contextmanager
def opened(path: Path, how: int) -> Iterator[BinaryIO]:
    """A plain file to read and to write. Raises PullRefused."""
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | how
    with naming(path):
        descriptor = os.open(path, flags, 0o600)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise refusal(path, OSError(errno.ELOOP, ""))
        with os.fdopen(descriptor, "r+b") as file:
            yield file


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """The next content of a file; it takes its place at the end of the block."""
    beside = path.with_name(f".{path.name}.new")
    with opened(beside, os.O_CREAT | os.O_TRUNC) as file:
        try:
            yield file
            make_durable(file)
        except BaseException:
            # half a file is personal data that nobody looks for, and room that the next run needs
            with suppress(OSError):
                beside.unlink()
            raise
    with naming(path):
        beside.replace(path)
        sync_folder(path.parent)


def make_durable(file: BinaryIO) -> None:
    """What was written survives the power."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """What was put there or taken away survives the power."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refusal(path: Path, error: OSError) -> PullRefused:
    """The line that says what the system refuses, and what helps."""
    if error.errno in _FULL:
        return PullRefused(
            f"the disk is full, {path} could not be written, nothing was acknowledged:"
            " make room and run again"
        )
    if error.errno in _NO_PLAIN_FILE:
        return PullRefused(f"{path} is no plain file: take it away and run again")
    return PullRefused(
        f"the file {path} cannot be used ({error.strerror or type(error).__name__}), nothing was"
        " acknowledged: see to it and run again"
    )
