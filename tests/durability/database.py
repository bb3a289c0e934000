"""A PostgreSQL of one's own that may be killed, in every way in which one dies.

Takes a folder, gives `Database`: its postmaster and its processes by number,
the blows, and `revive`. Only processes of this server are ever signalled.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service import embedded
from tests.durability.ground import becomes


@dataclass(frozen=True, slots=True)
class Database:
    """The server while it runs, and while it does not."""

    server: embedded.Server

    @property
    def dsn(self) -> str:
        """Of the superuser."""
        return self.server.dsn(embedded.SUPERUSER, "postgres")

    def revive(self) -> None:
        """Start it if it is down, and wait until it has recovered."""
        self.server.ensure()

    def postmaster(self) -> int:
        """The number of the process."""
        return int((self.server.home.data / "postmaster.pid").read_text().split()[0])

    def processes(self) -> list[int]:
        """The postmaster and its children."""
        parent = self.postmaster()
        found = [parent]
        for each in Path("/proc").iterdir():
            # a process may end while it is looked at
            with contextlib.suppress(OSError):
                if each.name.isdigit():
                    stat = (each / "stat").read_text()
                    if int(stat.rpartition(") ")[2].split()[1]) == parent:
                        found.append(int(each.name))
        return found

    def crash(self, chance: random.Random) -> None:
        """One process of a session dies: PostgreSQL ends all others and recovers by itself."""
        sessions = []
        for pid in self.processes():
            with contextlib.suppress(OSError):
                if b"saphan_service" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    sessions.append(pid)
        _kill([chance.choice(sessions)])

    def behead(self, _chance: random.Random) -> None:
        """The postmaster dies, its children find out by themselves."""
        _kill([self.postmaster()])

    def kill(self, _chance: random.Random) -> None:
        """All die at once, as when the power fails, but for what the kernel holds."""
        _kill(self.processes())

    def immediate(self, _chance: random.Random) -> None:
        """`pg_ctl stop -m immediate`: without a checkpoint."""
        self._stop(signal.SIGQUIT)

    def fast(self, _chance: random.Random) -> None:
        """`pg_ctl stop -m fast`: sessions are ended, a checkpoint is made."""
        self._stop(signal.SIGINT)

    def _stop(self, sig: signal.Signals) -> None:
        pid = self.postmaster()
        os.kill(pid, sig)
        assert becomes(lambda: not Path(f"/proc/{pid}").exists(), 30)


Blow = Callable[[Database, random.Random], None]


@contextmanager
def database(folder: Path) -> Iterator[Database]:
    """A server for the time of the block.

    Its WAL writer sleeps, so that a commit which did not wait for the disk is lost by a crash.
    """
    lazy = {"wal_writer_delay": "10s", "wal_writer_flush_after": "1GB", "max_wal_size": "1GB"}
    with embedded.server(folder, lazy) as server:
        yield Database(server)
        server.ensure()
    embedded.remove(folder)


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
