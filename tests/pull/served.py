"""A registry that is served over HTTP, and who pulls from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from click.testing import CliRunner, Result

from service.cli_pull import pull_command
from service.pulling.asking import Registry
from tests.refusals.facts import Target

ROOT = Path(__file__).resolve().parents[2]
RUN = (sys.executable, "-c", "from service.cli import main; main()")


@dataclass(slots=True)
class Served:
    """Its address, its folder, the owner's connection and the people in it."""

    url: str
    folder: Path
    owner: psycopg.Connection[Any]
    people: list[Target]

    def token(self, agency: str = "KH-MOSVY", role: str = "FOCAL_POINT", *more: str) -> str:
        """A signed token for TRACING, or what `more` says."""
        purpose = () if "--purpose" in more else ("--purpose", "TRACING")
        words = ("token", "--agency", agency, "--role", role, *purpose, *more)
        ran = subprocess.run(
            [*RUN, *words],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout.strip()

    def environment(self, **more: str) -> dict[str, str]:
        """Of a process that talks to it."""
        bare = {k: v for k, v in os.environ.items() if not k.startswith("SAPHAN_")}
        return bare | {"SAPHAN_FOLDER": str(self.folder), "SAPHAN_URL": self.url} | more

    def pull(self, out: Path, token: str, *words: str) -> Result:
        """The command, in this process, over HTTP."""
        arguments = ["--url", self.url, "--token", token, "--out", str(out), *words]
        return CliRunner().invoke(pull_command, arguments)

    def registry(self, token: str) -> Registry:
        return Registry(self.url, token, None)

    def consent(self, case: str, purpose: str, state: str, *recipients: str) -> None:
        """The person says so now."""
        self.owner.execute(
            "insert into registry.consent (id, case_id, purpose, state, recipients, stated_at,"
            " given_by) values (%s, %s, %s, %s, %s, clock_timestamp(), 'SELF')",
            (str(uuid.uuid4()), case, purpose, state, list(recipients)),
        )


def copy_of(folder: Path) -> dict[str, dict[str, Mapping[str, Any]]]:
    """The records of a copy, by type and id; each file is in the order of ids."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for path in sorted((folder / "records").glob("*.ndjson")):
        records = [json.loads(line) for line in path.read_text().splitlines()]
        ids = [record["id"] for record in records]
        assert ids == sorted(set(ids)), path.name
        if records:
            found[path.stem] = dict(zip(ids, records, strict=True))
    return found


def report_of(folder: Path) -> list[dict[str, Any]]:
    path = folder / "report.ndjson"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
