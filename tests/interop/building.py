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
        return _ran([self.folder / "check", *words])

    def says(self, *words: str | Path) -> list[str]:
        """The lines of a check that holds."""
        ran = self.check(*words)
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
        return ran.stdout.splitlines()

    def refuses(self, *words: str | Path) -> list[str]:
        """The lines that say why not."""
        ran = self.check(*words)
        assert ran.returncode == 1, (ran.stdout, ran.stderr)
        first, *rest = ran.stderr.splitlines()
        assert first.startswith("REFUSED: "), ran.stderr
        return [first.removeprefix("REFUSED: "), *rest]

    def make(self, *words: str | Path) -> str:
        """What `maker` prints."""
        ran = _ran([self.folder / "maker", *words])
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
        return ran.stdout


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
        ran = _ran([go, "build", "-o", f"{making}/", "./check", "./maker"], SOURCES, folder, 300)
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
        making.rename(binaries)
    return Programs(binaries)


def _ran(
    command: list[str | Path],
    cwd: Path | None = None,
    folder: Path | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=None if folder is None else environment(folder),
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
