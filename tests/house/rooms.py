"""The repository as its tests see it: root, files that belong to it, packages of the wheel.

`files()` are those that git knows, or, where this is no clone (an unpacked
archive), all that `.gitignore` would not leave out.
"""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_MADE = {"__pycache__", "dist", "build", ".git", ".venv", ".saphan", ".hypothesis"}


@cache
def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def packages() -> tuple[str, ...]:
    """The folders that the wheel carries, each a top-level name in site-packages."""
    return tuple(project()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])


def code_packages() -> tuple[str, ...]:
    """Those that are imported; the others are data."""
    return tuple(name for name in packages() if (ROOT / name / "__init__.py").is_file())


def files(*suffixes: str, new: bool = False) -> list[Path]:
    """Paths from the root, sorted; `new` adds those that git does not know yet."""
    kinds = ["--cached", "--others", "--exclude-standard"] if new else ["--cached"]
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", *kinds],
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        found = {Path(name) for name in listed.stdout.decode().split("\0") if name}
    else:
        found = set(_walked(ROOT))
    present = [path for path in found if (ROOT / path).is_file()]
    return sorted(path for path in present if not suffixes or path.suffix in suffixes)


def text(path: Path | str) -> str:
    """A file of the repository as text."""
    return (ROOT / path).read_text(encoding="utf-8")


def _walked(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _MADE or path.name.endswith("_cache") or path.suffix == ".pyc":
            continue
        if path.is_dir():
            yield from _walked(path)
        else:
            yield path.relative_to(ROOT)
