"""The whole way of a user: a token, a command, a registry of its own; pages that can be opened."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from service import cli
from tests.tracing.house import HOLDER, PHNOM_PENH, House
from tests.tracing.test_pages import Page
from tests.tracing.typing_at import Printed


class Terminal:
    """A command line with nothing of saphan's in its environment but what is given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys
        for name in [name for name in os.environ if name.startswith("SAPHAN_")]:
            monkeypatch.delenv(name)

    def typed(self, *words: str, token: str = "") -> Printed:
        if token:
            words = (*words, "--token", token)
        self.capsys.readouterr()
        code = cli.run(words)
        said = self.capsys.readouterr()
        return Printed(code, said.out, said.err)

    def token(self, agency: str, role: str, purpose: str) -> str:
        words = ("--agency", agency, "--role", role, "--subject", "u-1", "--purpose", purpose)
        made = self.typed("token", *words)
        assert made.code == 0, made.err
        return made.out.strip()


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


@pytest.fixture
def terminal(house: House, bare: Terminal, tmp_path: Path) -> Terminal:
    auditor = make_conninfo(house.registry.owner, user="saphan_auditor")
    bare.monkeypatch.setenv("SAPHAN_FOLDER", str(tmp_path / "state"))
    bare.monkeypatch.setenv("SAPHAN_DATABASE_URL", house.registry.service)
    bare.monkeypatch.setenv("SAPHAN_AUDITOR_DATABASE_URL", auditor)
    return bare


def test_from_a_token_to_a_page(house: House, terminal: Terminal, tmp_path: Path) -> None:
    house.desk(HOLDER, house.cambodian.case)
    house.desk(PHNOM_PENH, house.cambodian.case)
    victim, page = house.cambodian.victim, tmp_path / "trace.html"
    auditor = terminal.token("KH-AUDIT", "AUDITOR", "AUDIT")
    said = terminal.typed("ledger", "trace", "--record", victim, "--html", str(page), token=auditor)
    assert (said.code, said.out, said.err) == (0, f"2 accesses, in {page}\n", "")
    assert "TH-KH-2014@3#art. 9(2)" in Page(page.read_text("utf-8")).text
    words = ("ledger", "ask", "identity", "--victim", victim, "--format", "json")
    asked = terminal.typed(*words, token=auditor)
    rows = json.loads(asked.out)
    assert {row["agency"] for row in rows} == {"TH-DATIP", "KH-MOSVY"}
    desk = terminal.token("TH-DATIP", "FOCAL_POINT", "TRACING")
    report = tmp_path / "report.html"
    said = terminal.typed(
        "ledger", "trace", "--victim", victim, "--report", str(report), token=desk
    )
    assert (said.code, said.err) == (0, "")
    assert "ក្រសួងសង្គមកិច្ច" in report.read_text("utf-8")


def test_without_a_good_token_nothing_is_asked(house: House, terminal: Terminal) -> None:
    before = len(house.cells())
    words = ("ledger", "ask", "refusals")
    assert terminal.typed(*words).code == 2
    said = terminal.typed(*words, token="not.a.token")
    assert (said.code, said.out) == (1, "")
    assert said.err == "error: the token is not accepted\n"
    assert len(house.cells()) == before


def test_a_purpose_that_the_token_does_not_carry(house: House, terminal: Terminal) -> None:
    auditor = terminal.token("TH-AUDIT", "AUDITOR", "AUDIT")
    said = terminal.typed("ledger", "ask", "refusals", "--purpose", "TRACING", token=auditor)
    assert (said.code, said.err) == (1, "error: the token does not allow this purpose\n")


def test_showing_a_query_needs_neither_token_nor_database(bare: Terminal) -> None:
    said = bare.typed("ledger", "ask", "after-withdrawal", "--show-query")
    assert (said.code, said.err) == (0, "")
    assert "afterWithdrawal: $afterWithdrawal" in said.out
