"""Two pulls with a withdrawal between them: what a government system holds, and what it gives back.

Takes the demonstration's registry, served by a process of its own, and a token of
a system; prints what the second pull erased. `TourFailed` is raised where the
name is not there after the first pull, or is still there after the second.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from rich.console import Console

from service.pulling.asking import PullRefused, Registry
from service.pulling.pulling import pull
from service.tour import TourFailed

_SERVE: Final = "from service.cli import main; main(['serve', '--port', '0'])"
_SECONDS: Final = 60


@contextmanager
def serving() -> Iterator[str]:
    """The registry at an address of its own while the block runs."""
    process = subprocess.Popen(  # our own command
        [sys.executable, "-c", _SERVE],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "SAPHAN_LOG_LEVEL": "error"},
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith("listening on "):
            raise TourFailed("the registry could not be served")
        yield line.removeprefix("listening on ").strip()
    finally:
        process.terminate()
        process.wait(_SECONDS)


@dataclass(frozen=True, slots=True)
class Copy:
    """One system's copy in a folder, of one purpose."""

    url: str
    token: str
    folder: Path

    def pull(self) -> int:
        """Bring it up to date; how many withdrawals were applied. Raises TourFailed."""
        registry = Registry(self.url, self.token, None)
        try:
            return pull(registry, self.folder, None, over=False).erased
        except PullRefused as refused:
            raise TourFailed(f"the pull was refused: {refused}") from None
        finally:
            registry.close()

    def name_of(self, victim: str) -> str | None:
        """The family name that the copy has of a person."""
        file = self.folder / "records" / "Victim.ndjson"
        for line in file.read_bytes().splitlines():
            record = orjson.loads(line)
            if record["id"] == victim:
                name: str | None = record.get("familyName")
                return name
        return None

    def told(self, victim: str) -> list[str]:
        """The fields of a person that the report says were erased."""
        file = self.folder / "report.ndjson"
        said = file.read_bytes() if file.exists() else b""
        lines = [orjson.loads(line) for line in said.splitlines()]
        return [name for line in lines if line["id"] == victim for name in line["fields"]]


def check(console: Console, copy: Copy, victim: str, *, before: str | None) -> None:
    """The name was there and is there no more. Raises TourFailed."""
    erased = copy.told(victim)
    if before is None or copy.name_of(victim) is not None or "familyName" not in erased:
        raise TourFailed("a consent was taken back, and the copy does not follow")
    console.print(
        f"After the first pull the copy had the name of {victim}; the person took her consent back,"
        f" and the second pull erased {', '.join(sorted(erased))}."
    )
    console.print(f"The copy and its report of what was erased: {copy.folder}", soft_wrap=True)
