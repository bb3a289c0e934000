"""The process that outlives a server's users, and stops it when the last one is gone.

Run as a script of its own (`python -I -S watcher.py ORDER`), with the standard
library alone. It starts the server if it is not running, says `ready` or
`error: ...` on stdout, and then sleeps in the kernel until no process holds
the `users` lock, however the last one ended. If somebody has come in
meanwhile, it goes back to sleep; else it stops the server and ends.

It takes over the door's lock from the process that called it and keeps it
until the server answers: were the caller killed in between, nobody could meet
a server that is half started. See `locks.py` for the three locks.
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
from typing import TypedDict


class Order(TypedDict):
    """What to do, as JSON in the only argument. Paths are absolute."""

    pg_ctl: str
    data: str
    log: str
    users: str
    door: str
    watch: str
    door_fd: int
    uid: int | None
    gid: int | None
    start_seconds: int
    stop_seconds: int


def control(order: Order, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pg_ctl on the data folder, as the server's account."""
    switch = order["uid"] is not None
    return subprocess.run(
        [order["pg_ctl"], *words, "--silent", "-D", order["data"]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        umask=0o077,
        user=order["uid"],
        group=order["gid"],
        extra_groups=[] if switch else None,
    )


def running(order: Order) -> bool:
    """Whether a postmaster runs on the data folder, ready or not."""
    return control(order, "status").returncode == 0


def start(order: Order) -> str:
    """Start the server unless it runs; what was wrong, or nothing.

    A postmaster that was killed leaves backends which end on their own within
    a moment; until then a new one refuses to start. Hence the second try.
    """
    said = ""
    for pause in (0.0, 1.0, 3.0):
        time.sleep(pause)
        if running(order):
            return ""
        wait = ("-w", "-t", str(order["start_seconds"]))
        done = control(order, "start", *wait, "-l", order["log"])
        if done.returncode == 0:
            return ""
        said = " ".join(done.stdout.split()) or f"pg_ctl ended with {done.returncode}"
    return said


def stop(order: Order) -> None:
    """Stop the server: with a checkpoint, or at once where that takes too long."""
    if running(order):
        wait = ("-w", "-t", str(order["stop_seconds"]))
        if control(order, "stop", "-m", "fast", *wait).returncode:
            control(order, "stop", "-m", "immediate", *wait)


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
            time.sleep(0.02)
            continue
        stop(order)
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
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    alone = os.open(order["watch"], flags, 0o600)
    users = os.open(order["users"], flags, 0o600)
    door = os.open(order["door"], flags, 0o600)
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        first = True
    except BlockingIOError:
        first = False  # a watcher lives already: only start the server
    wrong = start(order)
    with contextlib.suppress(OSError):  # who asked may be gone already
        os.write(1, (f"error: {wrong}" if wrong else "ready").encode())
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.close(order["door_fd"])
    if first and not wrong:
        watch(order, users, door)
        os.close(alone)  # before the door opens: who comes in next must see that nobody watches
    return 0


if __name__ == "__main__":
    sys.exit(main())
