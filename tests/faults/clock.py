"""A machine whose clock can be set: PostgreSQL and every process of a nursery run by it.

Takes a folder that the server's account reaches, gives `Clock`, which compiles
`clock.c` to be preloaded. Needs a C compiler; without one the test is skipped,
loudly, because no other way sets the clock of a database.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from service import embedded
from service.embedded.watcher import ENVIRONMENT
from tests.durability import nursery as nurseries
from tests.durability.database import Database
from tests.durability.ground import becomes
from tests.durability.nursery import Nursery

SOURCE = Path(__file__).with_name("clock.c")


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of the machine that the processes believe to be on."""

    folder: Path

    @property
    def library(self) -> Path:
        return self.folder / "clock.so"

    @property
    def file(self) -> Path:
        return self.folder / "shift"

    def set(self, seconds: int) -> None:
        """So many seconds from the true time on, for every process at once."""
        with self.file.open("r+b") as file:
            file.write(struct.pack("=q", seconds))

    def now(self) -> float:
        """POSIX seconds by this clock."""
        (shift,) = struct.unpack("=q", self.file.read_bytes())
        return time.time() + float(shift)


@contextmanager
def clock() -> Iterator[Clock]:
    """For the time of the block."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("NOT TESTED: a clock that steps back needs a C compiler, `cc`")
    made = Clock(Path(tempfile.mkdtemp(prefix="saphan-clock-", dir="/var/tmp")))
    try:
        made.folder.chmod(0o755)
        made.file.write_bytes(struct.pack("=q", 0))
        made.file.chmod(0o644)
        where = f'-DSHIFT_FILE="{made.file}"'
        words = ["-shared", "-fPIC", "-O1", where, "-o", str(made.library), str(SOURCE)]
        subprocess.run([compiler, *words], check=True)
        yield made
    finally:
        shutil.rmtree(made.folder)


@contextmanager
def database_by(made: Clock, folder: Path) -> Iterator[Database]:
    """A server that tells the time by this clock."""
    with embedded.server(folder) as server:
        own = Database(server)
        own.fast(random.Random(0))
        account = server.account
        process = subprocess.Popen(
            [str(server.binaries.postgres), "-D", str(server.home.data)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=ENVIRONMENT | {"LD_PRELOAD": str(made.library)},
            umask=0o077,
            user=account.uid if account.switch else None,
            group=account.gid if account.switch else None,
            extra_groups=[] if account.switch else None,
            start_new_session=True,
        )
        try:
            assert becomes(lambda: server.home.socket.exists() or process.poll() is not None, 30)
            assert process.poll() is None
            server.ensure()
            yield own
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    embedded.remove(folder)


@contextmanager
def nursery_by(made: Clock, errors: Path) -> Iterator[Nursery]:
    """A nursery whose children tell the time by this clock."""
    with contextlib.ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LD_PRELOAD", str(made.library))
            opened = stack.enter_context(nurseries.nursery(errors))
        assert "LD_PRELOAD" not in os.environ
        yield opened
