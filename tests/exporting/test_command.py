"""`saphan ledger export` as an auditor meets it, a process of its own from token to fsck."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service import cli
from tests.door.test_commands import is_one_line, run
from tests.door.test_serving import url_of
from tests.exporting.exports import Ground, lines_of
from tests.integrating.trees import SIGNER
from tests.tracing.house import HOLDER


@dataclass(frozen=True, slots=True)
class Desk:
    """An auditor's machine. `saphan` is a process of its own, `here` the same command in ours."""

    ground: Ground
    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def settings(self) -> dict[str, str]:
        return {
            "SAPHAN_FOLDER": str(self.folder / "saphan"),
            "SAPHAN_DATABASE_URL": url_of(self.ground.as_role("saphan_service")),
            "SAPHAN_AUDITOR_DATABASE_URL": url_of(self.ground.as_role("saphan_auditor")),
            "SAPHAN_LEDGER_KEY": str(self.folder / "ledger.key"),
        }

    def saphan(self, *words: str, token: str) -> subprocess.CompletedProcess[str]:
        given: dict[str, Any] = {**self.settings, "SAPHAN_TOKEN": token}
        return run(*words, timeout=180, **given)

    def here(self, *words: str, token: str = "") -> subprocess.CompletedProcess[str]:
        with pytest.MonkeyPatch.context() as patch:
            given = self.settings | ({"SAPHAN_TOKEN": token} if token else {})
            for name, value in given.items():
                patch.setenv(name, value)
            code = cli.run(words)
        told = self.capsys.readouterr()
        return subprocess.CompletedProcess(words, code, told.out, told.err)

    def token(self, agency: str, role: str, purpose: str) -> str:
        ran = self.here("token", "--agency", agency, "--role", role, "--purpose", purpose)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()


@pytest.fixture
def desk(ground: Ground, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    (tmp_path / "ledger.key").write_text(SIGNER.skey)
    return Desk(ground, tmp_path, capsys)


def test_from_token_to_fsck(desk: Desk) -> None:
    ground, house = desk.ground, desk.ground.house
    house.desk(HOLDER, house.cambodian.case)
    size = ground.place()
    token = desk.token("KH-AUDIT", "AUDITOR", "AUDIT")
    where = str(desk.folder / "e")
    ran = desk.saphan("ledger", "export", where, "--also", "csv", "--also", "ocsf", token=token)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert ran.stdout.startswith(f"{size} leaves, 0 to {size - 1}\n")
    assert "saphan ledger fsck" in ran.stdout
    assert ground.acts("EXPORT")[0]["id"] in ran.stdout
    checked = desk.here("ledger", "fsck", where, "--key", SIGNER.vkey)
    assert checked.returncode == 0, checked.stdout + checked.stderr

    # again, for a program; an access waits for an integrator, as does the record of the first time
    house.desk(HOLDER, house.cambodian.case)
    ran = desk.here("ledger", "export", where, "--format", "json", token=token)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert (told["leaves"], told["waiting"], told["also"]) == (size, 2, ["csv", "ocsf"])
    assert told["records"] + told["withheld"] + told["erased"] == len(lines_of(Path(where)))

    # nobody else's: no word of the token, and a line for the person
    other = desk.token("TH-AUDIT", "AUDITOR", "AUDIT")
    refused = desk.here("ledger", "export", where, token=other)
    assert (refused.returncode, is_one_line(refused.stderr)) == (1, True), refused.stderr
    assert "another caller's export" in refused.stderr
    focal = desk.token("KH-MOSVY", "FOCAL_POINT", "TRACING")
    refused = desk.here("ledger", "export", str(desk.folder / "f"), token=focal)
    assert (refused.returncode, is_one_line(refused.stderr)) == (1, True), refused.stderr
    assert not (desk.folder / "f").exists()
    assert len(ground.refusals()) == 2


def test_usage(desk: Desk) -> None:
    where = str(desk.folder / "e")
    for words, token, code, said in (
        ((where,), "", 2, "a token is needed"),
        ((), "x", 2, "DIR"),
        ((where, "--from", "2026-11-01"), "x", 2, "offset"),
        (
            (where, "--from", "2026-11-02T00:00Z", "--to", "2026-11-01T00:00Z"),
            "x",
            2,
            "--to comes after",
        ),
        ((where,), "x", 1, "the token is not accepted"),
    ):
        ran = desk.here("ledger", "export", *words, token=token)
        assert (ran.returncode, is_one_line(ran.stderr)) == (code, True), ran.stderr
        assert said in ran.stderr
    assert not Path(where).exists()
