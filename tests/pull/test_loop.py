"""The loop of docs/pull.md, as it stands there, keeps a copy."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.pull.served import ROOT, Served, copy_of

_BLOCK = re.search(r"(?ms)^```python\n(.*?)^```", (ROOT / "docs" / "pull.md").read_text())


def test_the_documented_loop_keeps_the_same_copy(served: Served, tmp_path: Path) -> None:
    assert _BLOCK is not None
    script, token, person = _BLOCK[1], served.token(), served.people[3]

    def run() -> str:
        ran = subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env=served.environment(SAPHAN_TOKEN=token),
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout

    run()
    served.consent(person.case, "TRACING", "WITHDRAWN", "KH")
    assert "'remaining': 0" in run()
    assert run() == ""
    assert (tmp_path / "copy.json").stat().st_mode & 0o777 == 0o600
    kept = json.loads((tmp_path / "copy.json").read_text())["records"]
    served.pull(tmp_path / "fresh", token)
    fresh = copy_of(tmp_path / "fresh")["Victim"]
    names = ("id", "givenName", "familyName")
    assert kept == {key: {n: each[n] for n in names} for key, each in fresh.items()}
    assert kept[person.victim]["familyName"] is None
