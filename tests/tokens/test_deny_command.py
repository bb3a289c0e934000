"""`saphan deny` as an operator meets it: what it prints, what it refuses, and in which words."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from authz.tokens import token_hash
from schema.denials import DenialKind
from service import cli, denials, operators
from service.devissuer import ISSUER
from service.settings import names
from tests.door.test_commands import is_one_line
from tests.door.test_serving import url_of
from tests.tokens import forge as f
from tests.tokens.test_issuers import entry

WHO = ("--agency", "KH-MOSVY", "--by", "Duty officer", "--reason", "telephone lost")


class Operator:
    """Runs `saphan deny` on one database, with one file of issuers."""

    def __init__(
        self,
        folder: Path,
        owner_dsn: str,
        setting: pytest.MonkeyPatch,
        said: pytest.CaptureFixture[str],
    ) -> None:
        self.folder = folder
        self.owner = owner_dsn
        self.setting = setting
        self.said = said
        self.issuers: Path | None = folder / "issuers.toml"
        self.issuers.write_text(entry(agencies=["KH-MOSVY"]))

    def deny(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        for name in names():
            self.setting.delenv(name, raising=False)
        self.setting.setenv("SAPHAN_FOLDER", str(self.folder / "state"))
        self.setting.setenv("SAPHAN_OWNER_DATABASE_URL", url_of(self.owner))
        if self.issuers is not None:
            self.setting.setenv("SAPHAN_ISSUERS", str(self.issuers))
        self.said.readouterr()
        code = cli.run(["deny", *words])
        out, err = self.said.readouterr()
        return code, out, err

    def done(self, *words: str) -> str:
        code, out, err = self.deny(*words)
        assert (code, err) == (0, "")
        return out

    def refused(self, *words: str, code: int = 1) -> str:
        found, out, err = self.deny(*words)
        assert (found, out) == (code, "")
        assert is_one_line(err)
        return err

    def in_force(self) -> set[tuple[DenialKind, str, str]]:
        with psycopg.connect(self.owner) as connection:
            return set(denials.in_force(connection).entries)

    def listed(self, *words: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.done("list", "--format", "json", *words))
        return found


@pytest.fixture
def operator(
    tmp_path: Path,
    owner_dsn: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Operator]:
    made = Operator(tmp_path, owner_dsn, monkeypatch, capsys)
    yield made
    with psycopg.connect(owner_dsn) as connection:
        for row in denials.listed(connection):
            if row["open"]:
                who = operators.Operator("KH-MOSVY", "a test")
                denials.remove(connection, uuid.UUID(row["id"]), "end of a test", who)


def test_added_listed_and_taken_back(operator: Operator) -> None:
    said = operator.done("add", "--issuer", f.KH, "--subject", "u-4411", *WHO)
    made = said.partition(":")[0]
    assert said == f"{made}: SUBJECT of {f.KH} is denied\n"
    assert operator.in_force() == {(DenialKind.SUBJECT, f.KH, "u-4411")}
    (row,) = operator.listed()
    assert (row["id"], row["value"], row["by"]) == (made, "u-4411", "Duty officer")
    assert "telephone lost (Duty officer, KH-MOSVY)" in operator.done("list")
    who = ("--agency", "TH-DATIP", "--by", "Another", "--reason", "telephone found")
    assert operator.done("remove", made, *who) == f"{made}: taken back\n"
    assert operator.in_force() == set()
    assert operator.listed() == []
    assert operator.done("list") == ""
    assert made in {row["id"] for row in operator.listed("--all")}
    assert "telephone found (Another, TH-DATIP)" in operator.done("list", "--all")
    assert "taken back already" in operator.refused("remove", made, *who)


@pytest.mark.parametrize(
    ("words", "kind", "value"),
    [
        (("--jti", "t-1"), DenialKind.TOKEN, token_hash(f.KH, "t-1")),
        (("--token-hash", "ab" * 32), DenialKind.TOKEN, "ab" * 32),
        (("--client", "desk"), DenialKind.CLIENT, "desk"),
        (("--key", "2026-11"), DenialKind.KEY, "2026-11"),
    ],
)
def test_each_kind(
    operator: Operator, words: tuple[str, ...], kind: DenialKind, value: str
) -> None:
    said = json.loads(operator.done("add", "--issuer", f.KH, *words, *WHO, "--format", "json"))
    assert (said["kind"], said["issuer"]) == (kind, f.KH)
    assert operator.in_force() == {(kind, f.KH, value)}


def test_times_need_their_offset(operator: Operator) -> None:
    words = ("add", "--issuer", f.KH, "--subject", "u-4411", *WHO)
    for value in ("2999-01-01", "2999-01-01T00:00", "tomorrow"):
        assert "with its offset" in operator.refused(*words, "--until", value, code=2)
    assert "give a later end" in operator.refused(*words, "--until", "2020-01-01T00:00Z")
    operator.done(*words, "--from", "2998-01-01T00:00+07:00", "--until", "2999-01-01T00:00Z")
    assert operator.in_force() == set()
    (row,) = operator.listed()
    assert row["from_at"] == "2997-12-31T17:00:00Z"


@pytest.mark.parametrize(
    "words", [(), ("--subject", "a", "--client", "b"), ("--token-hash", "AB" * 32)]
)
def test_one_thing_is_named_in_its_form(operator: Operator, words: tuple[str, ...]) -> None:
    operator.refused("add", "--issuer", f.KH, *words, *WHO, code=2)


def test_an_issuer_that_nobody_believes_is_refused_with_its_neighbour(operator: Operator) -> None:
    words = ("--subject", "u-4411", *WHO)
    assert f"did you mean `{f.KH}`" in operator.refused("add", "--issuer", f.KH + "/", *words)
    assert f"known are `{f.KH}`" in operator.refused("add", "--issuer", "zzz", *words)
    operator.issuers = None
    assert "`SAPHAN_ISSUERS` names the file" in operator.refused("add", "--issuer", f.KH, *words)
    operator.done("add", "--issuer", ISSUER, *words)
    assert operator.in_force() == {(DenialKind.SUBJECT, ISSUER, "u-4411")}


def test_who_and_why_are_needed(operator: Operator) -> None:
    words = ("add", "--issuer", f.KH, "--subject", "u-4411")
    for left_out in ("--agency", "--by", "--reason"):
        place = WHO.index(left_out)
        fewer = WHO[:place] + WHO[place + 2 :]
        assert left_out in operator.refused(*words, *fewer, code=2)
    other = ("--agency", "KH-NONE", *WHO[2:])
    assert "no agency of this code" in operator.refused(*words, *other)


def test_no_entry_of_this_id(operator: Operator) -> None:
    assert "`saphan deny list`" in operator.refused("remove", str(uuid.uuid4()), *WHO)
    operator.refused("remove", "not-an-id", *WHO, code=2)


def test_the_service_role_may_not(operator: Operator, service_dsn: str) -> None:
    operator.owner = service_dsn
    words = ("add", "--issuer", f.KH, "--subject", "u-4411", *WHO)
    assert "may not do this" in operator.refused(*words)
