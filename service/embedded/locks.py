"""Who uses the server, as the kernel knows it: locks that end with their process, kill -9 or not.

Three files in the state folder, none of which holds anything:

- `users`: each user of the server holds it shared for as long as it lives.
  Whoever can have it exclusively knows that nobody is left.
- `door`: held exclusively while the server is made, started or stopped, and
  while a user comes in or goes out, so that none of these ever meet.
- `watch`: held by the one watcher (`watcher.py`) for its life.

flock(2) locks belong to the open file, not to the process: a forked child
that goes on using the server keeps it alive, an executed program does not,
because the descriptors close on exec.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from service.embedded.errors import EmbeddedError

FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
PAUSE = 0.02  # seconds between two tries


class Lock:
    """One open file that can be locked. Closed, it lets go, unless a copy is open elsewhere."""

    def __init__(self, path: Path) -> None:
        try:
            self.fd = os.open(path, FLAGS, 0o600)
        except FileNotFoundError as error:
            raise EmbeddedError(
                f"`{path.parent}` was removed by another process meanwhile: start again"
            ) from error
        except OSError as error:
            raise EmbeddedError(f"cannot open `{path}`: {error.strerror}") from error

    def share(self) -> None:
        """Wait until nobody holds it exclusively, then hold it shared."""
        fcntl.flock(self.fd, fcntl.LOCK_SH)

    def claim(self, within: float = 0.0) -> bool:
        """Try for `within` seconds to hold it exclusively; whether that succeeded."""
        end = time.monotonic() + within
        while True:
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    return False
                time.sleep(PAUSE)
            else:
                return True

    def stands(self, path: Path) -> bool:
        """Whether this is still the file at `path`: one that was deleted locks nobody out."""
        try:
            return os.path.samestat(os.fstat(self.fd), path.lstat())
        except FileNotFoundError:
            return False

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


@contextlib.contextmanager
def held(path: Path, within: float) -> Iterator[Lock]:
    """Hold `path` exclusively in this block; EmbeddedError where it is not free in time."""
    end = time.monotonic() + within
    while True:
        lock = Lock(path)
        try:
            if not lock.claim(end - time.monotonic()):
                raise EmbeddedError(
                    f"another process has held `{path}` for {within:.0f} s: "
                    "it is starting or stopping the embedded server and does not come to an end"
                )
            if lock.stands(path):
                yield lock
                return
        finally:
            lock.close()


def free(path: Path, within: float = 0.0) -> bool:
    """Whether nobody holds `path`, after `within` seconds at most. Takes it for an instant."""
    lock = Lock(path)
    try:
        return lock.claim(within)
    finally:
        lock.close()
