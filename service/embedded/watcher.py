"""The process that outlives a server's users, and stops it when the last one is gone.

Run as a script of its own (`python -I -S watcher.py ORDER`), with the standard
library alone. It starts the server if it is not running, says `ready` or
`error: ...` on stdout, and then sleeps in the kernel until no process holds
the `users` lock, however the last one ended. If somebody has come in
meanwhile, it goes back to sleep; else it stops the server and ends.

It takes over the door's lock from the process that called it and keeps it
until the server answers: were the caller killed in between, nobody could meet
a server that is half started. See `locks.py` for the three locks.

No pg_ctl: that believes any living process to be the server whose number a
crash left in `postmaster.pid`, signals it, and passes paths through a shell.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TypedDict

PAUSE = 0.02  # seconds between two looks
FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
STATUS_LINE = 7  # of postmaster.pid, counted from 0: LOCK_FILE_LINE_PM_STATUS in pidfile.h
PROCESSES = Path("/proc")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
# As the server's account: its log may be a link to where only that account may write.
LOGGED = 'exec "$@" </dev/null >>"$0" 2>&1'
STOPPING = "PostgreSQL was stopping"
BACKENDS = "pre-existing shared memory block"  # of backends whose postmaster is gone


class Order(TypedDict):
    """What to do, as JSON in the only argument. Paths are absolute; `uid` runs the server."""

    postgres: str
    data: str
    socket: str
    log: str
    users: str
    door: str
    watch: str
    door_fd: int
    uid: int
    gid: int
    switch: bool
    start_seconds: int
    stop_seconds: int


def postmaster(data: str, uid: int) -> int | None:
    """The process that serves this data folder, ready or not.

    A pid file outlives a crash, and its number may since belong to anything.
    """
    first = _pid_file(data)[:1]
    if not first or not first[0].strip().isdigit():
        return None
    pid = int(first[0])
    return pid if _serves(pid, data, uid) else None


def start(order: Order) -> str:
    """Start the server unless it runs, and wait until it answers; what was wrong, or nothing.

    A postmaster that was killed leaves backends which end with what they are
    at; until then a new one refuses to start. Hence more than one try.
    """
    said = ""
    for pause in (0.0, 1.0, 2.0, 4.0):
        time.sleep(pause)
        child = None
        if postmaster(order["data"], order["uid"]) is None:
            _clear(order)
            program = (order["postgres"], "-D", order["data"])
            child = _begun(order, "/bin/sh", "-c", LOGGED, order["log"], *program, session=True)
        said = _awaited(order, child)
        if said != STOPPING and BACKENDS not in said:
            return said
    return said


def stop(data: str, uid: int, seconds: float) -> bool:
    """Stop the server: with a checkpoint, or at once where that takes too long."""
    for number in (signal.SIGINT, signal.SIGQUIT):  # fast, immediate
        pid = postmaster(data, uid)
        if pid is None:
            return True
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not _serves(pid, data, uid):
                return True
            time.sleep(PAUSE)
    return False


def watch(order: Order, users: int, door: int) -> None:
    """Sleep until the last user is gone, then stop the server, with the door shut."""
    while True:
        fcntl.flock(users, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_UN)
        fcntl.flock(door, fcntl.LOCK_EX)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(door, fcntl.LOCK_UN)
            time.sleep(PAUSE)
            continue
        stop(order["data"], order["uid"], order["stop_seconds"])
        return


def main() -> int:
    """Follow the order in argv[1], in a process of its own that has no parent to reap it."""
    order: Order = json.loads(sys.argv[1])
    if os.fork():
        return (
            0  # the caller reaps this one; its child belongs to nobody and cannot become a zombie
        )
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    alone = os.open(order["watch"], FLAGS, 0o600)
    users = os.open(order["users"], FLAGS, 0o600)
    door = os.open(order["door"], FLAGS, 0o600)
    alone_now = _claimed(alone)
    wrong = start(order)
    with contextlib.suppress(OSError):  # who asked may be gone already
        os.write(1, (f"error: {wrong}" if wrong else "ready").encode())
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.close(order["door_fd"])
    if not wrong:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a server that dies leaves no zombie here
        if not alone_now:
            # Another watches, or somebody looked whether one does: this one takes its place.
            fcntl.flock(alone, fcntl.LOCK_EX)
        watch(order, users, door)
        os.close(alone)  # before the door opens: who comes in next must see that nobody watches
    return 0


def _claimed(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _begun(
    order: Order, *words: str, stdout: int = subprocess.DEVNULL, session: bool = False
) -> subprocess.Popen[bytes]:
    """A child of this process that has become the server's account."""
    switch = order["switch"]
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=ENVIRONMENT,
        umask=0o077,
        user=order["uid"] if switch else None,
        group=order["gid"] if switch else None,
        extra_groups=[] if switch else None,
        start_new_session=session,
    )


def _clear(order: Order) -> None:
    """Remove lock files whose process is gone, and its socket.

    PostgreSQL does so itself unless the number in them lives on as another
    process of its account. That no backend of a killed server is left, it
    finds out by the shared memory, which needs no file.
    """
    files = (str(_pid_path(order["data"])), f"{order['socket']}.lock", order["socket"])
    _begun(order, "/bin/rm", "-f", *files).wait()


def _awaited(order: Order, child: subprocess.Popen[bytes] | None) -> str:
    """Wait for a server that is ready; what was wrong, or nothing.

    One that still recovers when the time is over is left to do so.
    """
    end = time.monotonic() + order["start_seconds"]
    while time.monotonic() < end:
        running = postmaster(order["data"], order["uid"]) is not None
        if running and _pid_file(order["data"])[STATUS_LINE:][:1] == ["ready"]:
            return ""
        if child is not None and child.poll() is not None:
            return _last_words(order) or f"PostgreSQL ended with {child.returncode}"
        if child is None and not running:
            return STOPPING
        time.sleep(PAUSE)
    return (
        "" if postmaster(order["data"], order["uid"]) is not None else "PostgreSQL does not start"
    )


def _last_words(order: Order) -> str:
    """The last complaint in the start log, which holds no value at that stage."""
    tail = _begun(order, "/usr/bin/tail", "-n", "8", order["log"], stdout=subprocess.PIPE)
    lines = tail.communicate()[0].decode("utf-8", "replace").splitlines()
    fatal = [line.partition("FATAL:")[2] for line in lines if "FATAL:" in line]
    return " ".join(fatal[-1].split())[:300] if fatal else ""


def _pid_path(data: str) -> Path:
    return Path(data, "postmaster.pid")


def _pid_file(data: str) -> list[str]:
    """The lines of postmaster.pid; none where there is none that can be read."""
    try:
        descriptor = os.open(
            _pid_path(data), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
    except OSError:
        return []
    with os.fdopen(descriptor, "rb") as file:
        lines = file.read(4096).decode("utf-8", "replace").split("\n")
    return [line.strip() for line in lines]


def _serves(pid: int, data: str, uid: int) -> bool:
    """Whether a process is a PostgreSQL of this account on this data folder, and no zombie."""
    if (PROCESSES / "self").is_dir():
        try:
            words = (PROCESSES / str(pid) / "cmdline").read_bytes().split(b"\0")
            owner = (PROCESSES / str(pid)).stat().st_uid
        except OSError:
            return False
        called = Path(os.fsdecode(words[0])).name
        return called == "postgres" and os.fsencode(data) in words and owner == uid
    shown = subprocess.run(
        ["/bin/ps", "-ww", "-o", "uid=", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
    ).stdout.strip()
    owned, _, command = shown.partition(b" ")
    return owned == str(uid).encode() and b"postgres -D " + os.fsencode(data) in command


if __name__ == "__main__":
    sys.exit(main())
