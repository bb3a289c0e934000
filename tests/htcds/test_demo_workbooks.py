"""The three committed workbooks: sixty invented people, importable, made again the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from service.htcds.importing import Options, import_rows
from service.htcds.report import Outcome
from service.htcds.sheet import read_sheet
from service.htcds.store import Connection
from tests.htcds.books import DEMO, caller, members

BOOKS = {
    "found-in-thailand.xlsx": ("TH-DATIP", "TH", "", 32),
    "found-in-japan.xlsx": ("TH-DATIP", "TH", "JP", 14),
    "found-in-cambodia.xlsx": ("KH-MOSVY", "KH", "", 14),
}


@pytest.fixture
def owner(htcds_dsn: str) -> Iterator[Connection]:
    """Reads what several countries entered; the service would see one country's part."""
    with psycopg.connect(htcds_dsn, autocommit=True) as connection:
        yield connection


def test_sixty_people_in_four_scripts_with_minors_among_them(
    registry: Connection, owner: Connection
) -> None:
    for name, (agency, country, finding, count) in BOOKS.items():
        report = import_rows(
            registry, caller(agency, country), DEMO / name, Options(country_of_finding=finding)
        )
        assert (report.count(Outcome.MADE), report.exit_code) == (count, 0), report.lines()
    rows = owner.execute(
        "select c.host, c.origin, coalesce(c.agreement_code, '-'), c.state, count(*)::int"
        " from registry.return_case c group by 1, 2, 3, 4 order by 1, 2"
    ).fetchall()
    assert rows == [
        ("JP", "TH", "-", "TRACING", 14),
        ("KH", "LA", "-", "SCREENED", 5),
        ("KH", "TH", "TH-KH-2014", "SCREENED", 9),
        ("TH", "KH", "TH-KH-2014", "SCREENED", 18),
        ("TH", "LA", "TH-LA-2017", "SCREENED", 14),
    ]
    scripts = owner.execute(
        "select distinct coalesce(name_script, 'LATN') from registry.victim order by 1"
    ).fetchall()
    assert [script for (script,) in scripts] == ["KHMR", "LAOO", "LATN", "THAI"]
    minors, kinds, years = owner.execute(
        "select count(*) filter (where birth_latest > date '2026-11-01' - interval '18 years'),"
        " count(distinct exploitation_types), count(*) filter (where birth_precision = 'YEAR')"
        " from registry.victim"
    ).fetchall()[0]
    assert (minors, years) == (16, 13)
    assert isinstance(kinds, int)
    assert kinds >= 6


def test_the_script_makes_the_same_files_again(tmp_path: Path) -> None:
    script = DEMO.parent / "scripts" / "make_demo_workbooks.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, capture_output=True)
    for name in BOOKS:
        assert members(tmp_path / name) == members(DEMO / name)


@pytest.mark.parametrize("name", BOOKS)
def test_they_carry_the_attribution_and_the_genuine_headers(name: str) -> None:
    content = members(DEMO / name)
    assert b"Human Trafficking Case Data Standard (HTCDS) by IOM, CC BY 4.0" in b"".join(
        content.values()
    )
    sheet = read_sheet(DEMO / name)
    assert "row 1 swaps the address names" in sheet.notes[0]


def test_nobody_in_them_can_be_reached() -> None:
    for name in BOOKS:
        sheet = read_sheet(DEMO / name)
        for row in sheet.filled():
            for column in ("prs_HomePhone", "prs_MobilePhone"):
                number = sheet.cell(row, sheet.columns[column])
                assert number == "" or str(number).startswith(("+8550", "+8560", "+660"))
            mail = str(sheet.cell(row, sheet.columns["prs_Email"]))
            assert mail == "" or mail.endswith("@example.org")
