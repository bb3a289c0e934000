"""Processes that use an embedded server, and what the kernel knows of the server's own.

Linux alone tells both, by /proc; elsewhere these tests are skipped, aloud.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.embedded.account import Account, server_account
from service.embedded.places import State, known_home, place_in

ROOT = Path(__file__).resolve().parents[2]
PROC = Path("/proc")
STRANGER = 65533
needs_proc = pytest.mark.skipif(
    not (PROC / "self" / "cwd").exists(), reason="NOT TESTED: processes are looked up in /proc"
)
needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="NOT TESTED: what root does can be tested by root alone"
)

VISIT = """
import json, os, sys
from pathlib import Path
import psycopg
from service import embedded
with embedded.server(Path(sys.argv[1])) as server:
    print(json.dumps({"home": str(server.home.folder), "dsn": server.dsn()}), flush=True)
    for line in sys.stdin:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            cursor = connection.execute(json.loads(line))
            rows = cursor.fetchall() if cursor.description else []
        print(json.dumps(rows, default=str), flush=True)
"""


@dataclass
class Visitor:
    """Another process that came in; `home` is the server's folder as it was told."""

    process: subprocess.Popen[str]
    home: Path
    dsn: str

    def sql(self, text: str) -> list[list[Any]]:
        """What the server answers it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(text) + "\n")
        self.process.stdin.flush()
        rows: list[list[Any]] = said(self.process)
        return rows

    def leave(self) -> None:
        """Go out as one should."""
        _, errors = self.process.communicate(timeout=60)
        assert (self.process.returncode, errors) == (0, "")

    def kill(self) -> None:
        """End it with signal 9."""
        self.process.kill()
        self.process.communicate(timeout=60)


def begun(folder: Path, **options: Any) -> subprocess.Popen[str]:
    """A process on its way in."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("SAPHAN_", "PG"))}
    return subprocess.Popen(
        [sys.executable, "-B", "-c", VISIT, str(folder)],
        cwd=ROOT,
        env=bare,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def said(process: subprocess.Popen[str], within: float = 60) -> Any:
    """The next line of a process, as JSON."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], within)
    assert ready, "nothing was said in time"
    line = process.stdout.readline()
    assert line, process.communicate(timeout=60)[1]
    return json.loads(line)


def arrived(process: subprocess.Popen[str]) -> Visitor:
    """The visitor, once it is in."""
    facts = said(process)
    return Visitor(process, Path(facts["home"]), facts["dsn"])


def home_of(folder: Path) -> Path | None:
    """The server's folder, or None while there is none."""
    return known_home(State(place_in(folder)))


def _link(path: Path) -> str:
    with contextlib.suppress(OSError):
        return str(path.readlink())
    return ""


def processes(home: Path) -> set[int]:
    """Every living process of the server: they all work in its data folder."""
    data = str(home / "data")
    pids = [int(path.name) for path in PROC.iterdir() if path.name.isdigit()]
    return {pid for pid in pids if _link(PROC / str(pid) / "cwd") == data}


def facts_of(pid: int) -> dict[str, str]:
    """What /proc says of a process; nothing where it has ended meanwhile."""
    with contextlib.suppress(OSError):
        status = (PROC / str(pid) / "status").read_text(encoding="utf-8")
        return dict(line.split(":", 1) for line in status.splitlines())
    return {}


def postmaster_of(home: Path) -> int:
    """The one of them that the others descend from."""
    family = {pid: facts for pid in processes(home) if (facts := facts_of(pid))}
    (pid,) = (pid for pid, facts in family.items() if int(facts["PPid"]) not in family)
    return pid


def watchers(folder: Path) -> set[int]:
    """Every process that watches over the server of this folder."""
    mark = os.fsencode(place_in(folder) / "watch.lock")
    found = set()
    for path in PROC.iterdir():
        with contextlib.suppress(OSError):
            if path.name.isdigit():
                words = (path / "cmdline").read_bytes()
                if mark in words and b"watcher.py" in words:
                    found.add(int(path.name))
    return found


def modes(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Mode and owner of a folder and of each above it."""
    places = (folder, *folder.parents)
    found = {str(place): place.stat() for place in places}
    return {name: (stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid) for name, s in found.items()}


def comes_true(fact: Callable[[], object], within: float = 15) -> bool:
    """Whether it does, in time."""
    end = time.monotonic() + within
    while not fact():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def kill(pid: int) -> None:
    """End it with signal 9."""
    os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def bystander(account: Account) -> Iterator[int]:
    """A process of the server's account that has nothing to do with it, and is alive afterwards."""
    with subprocess.Popen(
        ["/bin/sleep", "120"],
        user=account.uid if account.switch else None,
        group=account.gid if account.switch else None,
    ) as process:
        try:
            yield process.pid
            assert process.poll() is None, "a process that is no PostgreSQL was ended"
        finally:
            process.kill()


def as_account(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python as the account that is not root; skip where it cannot read this program."""
    account = server_account()
    if not (account.reaches(ROOT) and account.runs(Path(sys.executable))):
        pytest.skip(f"NOT TESTED: `{account.name}` cannot read {ROOT.name} and its Python here")
    return subprocess.run(
        [sys.executable, "-B", "-c", script, *words],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/"},
        user=account.uid if account.switch else None,
        group=account.gid if account.switch else None,
        extra_groups=[] if account.switch else None,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def forked(act: Callable[[], str]) -> str:
    """What `act` gives in a child of this process that is neither root nor the server's account.

    Forked and not executed: that account need not be able to read Python or this program.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setgid(STRANGER)
            os.setuid(STRANGER)
            os.write(writer, act().encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return text
