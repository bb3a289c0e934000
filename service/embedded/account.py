"""The operating system's account under which PostgreSQL runs, and what that account can reach.

PostgreSQL refuses to run as root. Started by root, the server and its tools
run as `postgres`, or `nobody` where that does not exist; started by anybody
else, as that account. Whether the account reaches a path is found by trying,
never by reading modes, and no mode of a folder that was there before is changed.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from service.embedded.errors import EmbeddedError

UNPRIVILEGED = ("postgres", "nobody")
# A fixed locale and clock: what a program says must not depend on who started it.
ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server. `switch` is true where this process must change to it (root only)."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run(
        self, *argv: str | Path, text: str = "", timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this account, `text` on its stdin; umask 077, working folder `/`."""
        return subprocess.run(
            [str(word) for word in argv],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def reaches(self, folder: Path) -> bool:
        """Whether this account can go through every parent of `folder` and into it."""
        return (
            self.run("/bin/sh", "-c", 'test -d "$1" && test -x "$1"', "sh", folder).returncode == 0
        )

    def runs(self, program: Path) -> bool:
        """Whether this account can execute `program`, which must know `--version`."""
        try:
            return self.run(program, "--version").returncode == 0
        except OSError:
            return False

    def write(self, path: Path, content: str) -> None:
        """Write a file as this account: a link planted there reaches no further than it does."""
        done = self.run("/bin/sh", "-c", 'cat > "$1"', "sh", path, text=content)
        if done.returncode:
            raise EmbeddedError(f"cannot write `{path}` as `{self.name}`")


def server_account() -> Account:
    """The account for this process's server; EmbeddedError where root has nobody to run it."""
    uid = os.geteuid()
    if uid != 0:
        return Account(str(uid), uid, os.getegid(), switch=False)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid, switch=True)
    raise EmbeddedError(
        "PostgreSQL does not run as root, and there is neither a `postgres` nor a `nobody` "
        "account: start saphan as another user or set SAPHAN_DATABASE_URL"
    )
