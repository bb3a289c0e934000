"""Writes the locked requirement files beside it, from pyproject.toml.

Run by `make lock`. Pins that still fit are kept; `--upgrade` lets all of them
move. Takes hashes of every platform's files from the public index and leaves
neither an index nor a path of this machine in what it writes: the settings of
pip on this machine are put aside for that reason. Exit 1 where no set fits.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
# A later file may not choose otherwise than an earlier one: they meet in one environment.
ORDER = ("run", "build", "dev", "lock")
OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--allow-unsafe",
    "--strip-extras",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-options",
    "--no-emit-trusted-host",
)


def wanted(name: str) -> list[str]:
    """The requirements of pyproject.toml that `name`.txt has to satisfy."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    if name == "run":
        return list(project["project"]["dependencies"])
    return list(project["dependency-groups"][name])


def lock(name: str, constraints: list[Path], extra: list[str]) -> int:
    """Write `name`.txt within `constraints`; pip-compile's exit code."""
    bounds = [word for path in constraints for word in ("--constraint", str(path))]
    own = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *extra, *bounds]
    return subprocess.run(
        [*command, "--output-file", str(HERE / f"{name}.txt"), "-"],
        input="\n".join(wanted(name)),
        text=True,
        check=False,
        env={**own, "PIP_CONFIG_FILE": os.devnull},
    ).returncode


def main() -> int:
    """All files in order; the exit code of the first that fails."""
    done: list[Path] = []
    for name in ORDER:
        if code := lock(name, done, sys.argv[1:]):
            return code
        done.append(HERE / f"{name}.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
