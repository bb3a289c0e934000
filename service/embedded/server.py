"""One embedded server for all saphan processes of a folder: come in, use it, go out.

The first to come in makes and starts it, each holds the `users` lock while it
lives, the last to go out stops it; the watcher does the same for those that
are killed. Nothing here runs where SAPHAN_DATABASE_URL names a database.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from service.embedded import cluster, watcher
from service.embedded.account import Account, server_account
from service.embedded.binaries import Binaries, runnable
from service.embedded.errors import EmbeddedError
from service.embedded.foreign import put_aside
from service.embedded.locks import Lock, free, held
from service.embedded.places import (
    Home,
    State,
    discard,
    known_home,
    place_in,
    settle,
    state_in,
)

START_SECONDS = 60
STOP_SECONDS = 30
# Longer than initdb and a start, or a stop that had to turn from fast to immediate, can take.
DOOR_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server that lives at least until this process leaves it."""

    state: State
    home: Home
    account: Account
    binaries: Binaries
    overrides: Mapping[str, str] = field(default_factory=dict)

    def dsn(self, role: str = cluster.SUPERUSER, database: str = cluster.DATABASE) -> str:
        """A connection URI for psycopg (and, as `postgresql+psycopg://`, for SQLAlchemy).

        `role` is one of `cluster.ROLES`, or `postgres`, the superuser of this server.
        """
        return cluster.dsn(self.home, role, database)

    def ensure(self) -> None:
        """Start the server again if it died under its users. Cheap while it answers."""
        if not _answers(self.home):
            with held(self.state.door, DOOR_SECONDS) as door:
                _start(self, door)

    @property
    def logs(self) -> tuple[Path, ...]:
        """The log files there are, which hold no statement, parameter or value."""
        return (self.home.start_log, *sorted(self.home.log_folder.glob("*.log")))


@contextlib.contextmanager
def server(folder: Path, overrides: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server whose state lies in `folder` (usually `.saphan`), for the time of this block.

    `overrides` are settings of postgresql.conf and take effect only where this
    call starts the server. EmbeddedError with what would help, where it cannot
    be had, and always where SAPHAN_DATABASE_URL is set.
    """
    if os.environ.get("SAPHAN_DATABASE_URL"):
        raise EmbeddedError("SAPHAN_DATABASE_URL is set, so no embedded server may start")
    with put_aside():
        state = state_in(folder)
        lease: Lock | None = None
        try:
            with held(state.door, DOOR_SECONDS) as door:
                account = server_account()
                made = Server(
                    state, settle(state, account), account, runnable(account), overrides or {}
                )
                lease = Lock(state.users)
                lease.share()
                _start(made, door)
            yield made
        finally:
            if lease is not None:
                lease.close()
                _leave(state)


def remove(folder: Path) -> None:
    """Delete the server of `folder` with all its data; EmbeddedError while it is in use."""
    if not place_in(folder).is_dir():
        return
    state = state_in(folder)
    _leave(state)
    with held(state.door, DOOR_SECONDS):
        if not free(state.users):
            raise EmbeddedError(f"the server in `{state.folder}` is in use")
        discard(state)


def _answers(home: Home) -> bool:
    try:
        with psycopg.connect(cluster.dsn(home, cluster.SUPERUSER, "postgres"), connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def _start(made: Server, door: Lock) -> None:
    """Have a server that answers and a watcher that lives. Inside the door."""
    if _answers(made.home) and not free(made.state.watch):
        cluster.furnish(made.home)  # who started it may have been killed before that
        return
    cluster.make(made.home, made.account, made.binaries)
    cluster.configure(made.home, made.account, made.overrides)
    _order(made, door)
    end = time.monotonic() + START_SECONDS
    while not _answers(made.home):  # crash recovery goes on behind a server that already "runs"
        if time.monotonic() > end:
            raise EmbeddedError(
                f"the embedded server does not answer; see `{made.home.start_log}` and "
                f"`{made.home.log_folder}`"
            )
        time.sleep(0.05)
    cluster.furnish(made.home)


def _order(made: Server, door: Lock) -> None:
    """Let the watcher start the server: it carries on where this process is killed meanwhile."""
    account = made.account
    order: watcher.Order = {
        "postgres": str(made.binaries.postgres),
        "data": str(made.home.data),
        "socket": str(made.home.socket),
        "log": str(made.home.start_log),
        "users": str(made.state.users),
        "door": str(made.state.door),
        "watch": str(made.state.watch),
        "door_fd": door.fd,
        "uid": account.uid,
        "gid": account.gid,
        "switch": account.switch,
        "start_seconds": START_SECONDS,
        "stop_seconds": STOP_SECONDS,
    }
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", watcher.__file__, json.dumps(order)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
        pass_fds=(door.fd,),
        start_new_session=True,
        cwd="/",
        # It lives on: no key and no token of ours with it.
        env={key: value for key, value in os.environ.items() if not key.startswith("SAPHAN_")},
    )
    if done.stdout != "ready":
        said = done.stdout.removeprefix("error: ") or "the watcher ended without a word"
        raise EmbeddedError(
            f"the embedded server did not start: {said}; see `{made.home.start_log}`"
        )


def _leave(state: State) -> None:
    """Stop the server if nobody is left, and wait until it and its watcher are gone.

    Where the watcher is quicker, this waits for it; where it was killed, this
    does its work. Whoever comes in meanwhile keeps the server.
    """
    with held(state.door, DOOR_SECONDS):
        last = Lock(state.users)
        try:
            # The watcher, woken by our leaving, may hold the lock for an instant.
            if not last.claim(0.2):
                return
            home = known_home(state)
            if home is not None and not watcher.stop(
                str(home / "data"), home.lstat().st_uid, STOP_SECONDS
            ):
                raise EmbeddedError(f"the embedded server in `{home}` does not stop")
        finally:
            last.close()
    free(state.watch, 5.0)
