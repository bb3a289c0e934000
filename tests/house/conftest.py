"""The wheel, built without network and installed alone into an environment that has its needs."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.rooms import ROOT


@dataclass(frozen=True, slots=True)
class Installed:
    """Where the wheel is and how its command is run: from anywhere but the repository."""

    wheel: Path
    python: Path
    home: Path

    def run(
        self, *words: str, cwd: Path | str = "/", timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """`saphan WORDS` with a bare environment."""
        return self._ran([str(self.python.with_name("saphan")), *words], cwd, timeout)

    def python_says(self, code: str) -> str:
        """What a line of Python prints there."""
        ran = self._ran([str(self.python), "-B", "-c", code], "/", 60)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def _ran(
        self, command: list[str], cwd: Path | str, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=cwd,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )


def _done(*command: str | Path) -> None:
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    ran = subprocess.run(
        [str(word) for word in command],
        cwd="/",
        env=clean,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel of this repository, installed without its requirements, which a path file lends."""
    folder = tmp_path_factory.mktemp("wheel")
    dist, place = folder / "dist", folder / "venv"
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", dist, ROOT)
    _done(sys.executable, *build)
    (wheel,) = dist.iterdir()
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    (site,) = place.glob("lib/python*/site-packages")
    # A folder named here is searched, but path files in it are not obeyed: not ours, which would
    # lead back to the repository.
    lent = [path for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}]
    (site / "lent.pth").write_text("".join(f"{path}\n" for path in lent), encoding="utf-8")
    pip = ("-m", "pip", "--disable-pip-version-check", "--quiet", "--python", python, "install")
    _done(sys.executable, *pip, "--no-deps", "--no-index", "--no-compile", wheel)
    return Installed(wheel, python, folder)
