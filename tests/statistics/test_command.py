"""`saphan statistics` as it is typed, with a signed token and a registry of its own."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from tests.statistics.cases import Case, close, enter
from tests.statistics.conftest import Office
from tests.tracing.test_at_the_prompt import Terminal
from tests.tracing.typing_at import Printed

Typed = Callable[..., Printed]


@pytest.fixture
def typed(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Typed:
    terminal = Terminal(monkeypatch, capsys)
    auditor = make_conninfo(office.registry.owner, user="saphan_auditor")
    monkeypatch.setenv("SAPHAN_FOLDER", str(tmp_path / "state"))
    monkeypatch.setenv("SAPHAN_DATABASE_URL", office.registry.service)
    monkeypatch.setenv("SAPHAN_AUDITOR_DATABASE_URL", auditor)
    for number, cases in enumerate((24, 7), 1):
        at = dt.datetime(2033, number, 9, tzinfo=dt.UTC)
        enter(office.owner, [Case(((9, at),))] * cases)
        close(office.owner, dt.date(2033, number, 1))

    def said(*words: str, agency: str = "KH-NCCT", role: str = "COORDINATOR") -> Printed:
        token = terminal.token(agency, role, "STATISTICS")
        return terminal.typed("statistics", *words, token=token)

    return said


def test_people_programs_and_spreadsheets_read_the_same(typed: Typed) -> None:
    words = ("NOTIFIED_BY_MONTH", "--corridor", "TH-KH", "--from", "2033-01")
    assert typed(*words).out.splitlines() == [
        "TH-KH  2033-01  cases: 22 (22 in all)",
        "TH-KH  2033-02  cases: -",
        "1 of 2 cells are told; `-` may stand for none and for some",
    ]
    cells = typed(*words, "--format", "json").json
    rows = list(csv.DictReader(io.StringIO(typed(*words, "--format", "csv").out)))
    assert [[row["period"], row["count"], row["suppressed"]] for row in rows] == [
        ["2033-01", "22", "false"],
        ["2033-02", "", "true"],
    ]
    assert [list(cell) for cell in cells] == [list(row) for row in rows]
    assert len(typed(*words, "--to", "2033-01-15", "--format", "json").json) == 1


def test_a_desk_is_told_why_not(typed: Typed) -> None:
    said = typed("GENDER", agency="KH-MOSVY", role="FOCAL_POINT")
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "error: `ReturnCase.host` is not permitted to `KH-MOSVY` for STATISTICS"
        " (FIELD_NOT_PERMITTED)\n"
    )


def test_a_table_that_is_not_there_is_no_table(typed: Typed) -> None:
    assert typed("BY_VILLAGE").code == 2
    assert typed("STAGE", "--from", "last year").code == 2


def test_nothing_released_is_said_in_words(typed: Typed) -> None:
    said = typed("STAGE", "--corridor", "TH-ZZ")
    assert (said.code, said.out) == (
        0,
        "nothing was released of the corridors that are open to you\n",
    )
