"""The two Go programs, built from source with Debian's packages and without any network.

Takes a folder to build in, gives `Programs`. Where Go or golang.org/x/mod is absent
whoever asks is skipped, and says so; where they are there and do not build it fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parent / "go"
GOPATH = Path("/usr/share/gocode")
LIBRARY = GOPATH / "src" / "golang.org" / "x" / "mod" / "sumdb"
NEEDS = "NOT CHECKED BY GO: needs"


@dataclass(frozen=True, slots=True)
class Programs:
    """`check`, which an auditor runs, and `maker`, a log and a witness of another make."""

    folder: Path

    def check(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return ran([self.folder / "check", *words])

    def says(self, *words: str | Path) -> list[str]:
        """The lines of a check that holds."""
        done = self.check(*words)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout.splitlines()

    def refuses(self, *words: str | Path) -> list[str]:
        """The lines that say why not."""
        done = self.check(*words)
        assert done.returncode == 1, (done.stdout, done.stderr)
        first, *rest = done.stderr.splitlines()
        assert first.startswith("REFUSED: "), done.stderr
        return [first.removeprefix("REFUSED: "), *rest]

    def make(self, *words: str | Path) -> str:
        """What `maker` prints."""
        done = ran([self.folder / "maker", *words])
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout


def environment(folder: Path) -> dict[str, str]:
    """Go's own, with nothing of the user's in it and no way to a network."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "GO111MODULE": "off",
        "GOPATH": str(GOPATH),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
    }


def found() -> str:
    """The command `go`, where golang.org/x/mod is there too; skips otherwise."""
    go = shutil.which("go")
    if go is None:
        pytest.skip(f"{NEEDS} `go` (Debian: golang-go)")
    if not LIBRARY.is_dir():
        pytest.skip(f"{NEEDS} golang.org/x/mod (Debian: golang-golang-x-mod-dev)")
    return go


def build(folder: Path) -> Programs:
    """Both programs."""
    go = found()
    binaries = folder / "bin"
    if not binaries.is_dir():
        making = folder / "making"
        making.mkdir(exist_ok=True)
        # Where Go brings no compiled library along it compiles its own first.
        command: list[str | Path] = [go, "build", "-o", f"{making}/", "./check", "./maker"]
        done = ran(command, SOURCES, environment(folder), 300)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        making.rename(binaries)
    return Programs(binaries)


def ran(
    command: list[str | Path],
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """A command that has ended."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
