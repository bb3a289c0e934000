"""Runs that are cut off, and cursors that the registry takes no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.pulling.asking import Registry
from tests.pull.served import Served

DEAD = "bm90IGEgY3Vyc29y"


def cut_off(served: Served, out: Path, token: str, *words: str, after: int = 4) -> None:
    """A run of small pages that ends after so many questions, as if it were killed."""
    asked: list[str] = []
    real = Registry.ask

    def cut(self: Registry, query: str, **variables: object) -> dict[str, Any]:
        asked.append(query)
        if len(asked) > after:
            raise KeyboardInterrupt
        return real(self, query, **variables)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("service.pulling.pulling.PAGES", (5,))
        patched.setattr(Registry, "ask", cut)
        assert served.pull(out, token, *words).exit_code != 0
    assert (out / "journal.ndjson").exists()


def let_journal_die(out: Path) -> None:
    """Its cursors are older than 400 days now."""
    path = out / "journal.ndjson"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    dead = [{"cursor": DEAD} if "cursor" in line else line for line in lines]
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in dead))
