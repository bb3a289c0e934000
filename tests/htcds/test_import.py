"""Rows in the registry: what is written, what is matched, what is taken back."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from openpyxl import load_workbook
from psycopg.conninfo import make_conninfo

from service.htcds.faults import ImportRefused
from service.htcds.importing import Options, import_rows, run_import
from service.htcds.refusedbook import write_refused
from service.htcds.report import Outcome, Report
from service.htcds.sheet import read_sheet
from service.htcds.store import Connection
from tests.htcds.books import PLAIN, SOKHA, Row, caller, filled, members

DARA: Row = {**SOKHA, "First Name": "Dara"}
BAD: Row = {**SOKHA, "First Name": "Rithy", "Gender": "Male"}


def _import(conn: Connection, path: Path, **options: object) -> Report:
    return import_rows(conn, caller(), path, Options(**options))  # type: ignore[arg-type]


def _count(conn: Connection) -> int:
    row = conn.execute("select count(*) from registry.return_case").fetchone()
    assert row is not None
    assert isinstance(row[0], int)
    return row[0]


def test_a_row_becomes_a_victim_a_case_a_transition_and_an_assignment(
    registry: Connection, tmp_path: Path
) -> None:
    row: Row = {
        **SOKHA,
        "Consent": True,
        "Home Phone": "+85512345678",
        "Type of Exploitation": "ForcedLabour; Servitude",
        "Location of Exploitation": "a pier",
        "Case Owner": "Arunee",
    }
    report = _import(registry, filled(tmp_path / "a.xlsx", row))
    assert (report.stored, report.exit_code, report.count(Outcome.MADE)) == (True, 0, 1)
    made = report.rows[0]
    assert (made.row, made.agreement) == (3, "TH-KH-2014")
    assert uuid.UUID(made.victim_id).version == uuid.UUID(made.case_id).version == 4
    assert registry.execute(
        "select host, origin, state, main_rank, notified_at is null, holder, case_worker,"
        " opened_on = current_date, remarks, victim_id::text, agreement_code"
        " from registry.return_case where id = %s",
        (made.case_id,),
    ).fetchall() == [
        (
            "TH",
            "KH",
            "SCREENED",
            1,
            True,
            "TH-DATIP",
            "Arunee",
            True,
            "con_Consent: TRUE (a checkbox, not a consent)",
            made.victim_id,
            "TH-KH-2014",
        )
    ]
    assert registry.execute(
        "select given_name, birth_latest::text, nationalities, exploitation_types, languages,"
        " family_contacts, places, suspects, entered_by, age_disputed from registry.victim"
    ).fetchall() == [
        (
            "Sokha",
            "1998-05-01",
            ["KH"],
            ["ForcedLabour", "Servitude"],
            None,
            [
                {
                    "name": None,
                    "relation": "household",
                    "phone": "+85512345678",
                    "doNotContact": True,
                }
            ],
            [{"kind": "Exploitation", "country": None, "state": None, "city": "a pier"}],
            None,
            "TH-DATIP",
            False,
        )
    ]
    assert registry.execute(
        "select state, clause, from_state, actor_agency from registry.transition"
    ).fetchall() == [("SCREENED", None, None, "TH-DATIP")]
    assert registry.execute(
        "select agency_code, unit, until_at from registry.assignment"
    ).fetchall() == [("TH-DATIP", None, None)]
    assert registry.execute("select count(*) from registry.consent").fetchall() == [(0,)]


def test_the_unit_of_the_token_is_assigned(registry: Connection, tmp_path: Path) -> None:
    who = caller("TH-SHELTER", roles=("CASE_WORKER",), unit="Ranong")
    import_rows(registry, who, filled(tmp_path / "a.xlsx", SOKHA), Options())
    assert registry.execute("select agency_code, unit from registry.assignment").fetchall() == [
        ("TH-SHELTER", "Ranong")
    ]


def test_found_in_japan_the_origin_holds_the_case_at_tracing(
    registry: Connection, tmp_path: Path
) -> None:
    path = filled(tmp_path / "a.xlsx", {**SOKHA, "Citizenship": "TH"})
    report = _import(registry, path, country_of_finding="JP")
    assert report.stored
    assert report.rows[0].agreement is None
    assert registry.execute(
        "select host, origin, state, main_rank, notified_at is not null, holder, agreement_code"
        " from registry.return_case"
    ).fetchall() == [("JP", "TH", "TRACING", 5, True, "TH-DATIP", None)]


@pytest.mark.parametrize(
    ("host", "origin", "agreement"),
    [
        ("TH", "KH", "TH-KH-2014"),
        ("TH", "LA", "TH-LA-2017"),
        ("TH", "VN", "TH-VN-2008"),
        ("TH", "PH", None),
        ("KH", "LA", None),
        ("KH", "TH", "TH-KH-2014"),
        ("KH", "VN", "KH-VN-2005"),
    ],
)
def test_the_agreement_is_the_newest_of_the_pair(
    registry: Connection, tmp_path: Path, host: str, origin: str, agreement: str | None
) -> None:
    who = caller("TH-DATIP") if host == "TH" else caller("KH-MOSVY", "KH")
    path = filled(tmp_path / "a.xlsx", {**SOKHA, "Citizenship": origin})
    assert import_rows(registry, who, path, Options()).rows[0].agreement == agreement


def test_all_or_nothing(registry: Connection, tmp_path: Path) -> None:
    path = filled(tmp_path / "a.xlsx", SOKHA, BAD, DARA)
    report = _import(registry, path)
    assert (report.stored, report.exit_code) == (False, 1)
    assert [row.outcome for row in report.rows] == [Outcome.GOOD, Outcome.REFUSED, Outcome.GOOD]
    assert report.rows[0].victim_id is None
    assert _count(registry) == 0
    kept = _import(registry, path, keep_good=True)
    assert (kept.stored, kept.exit_code, kept.count(Outcome.MADE)) == (True, 0, 2)
    assert _count(registry) == 2


def test_a_dry_run_stores_nothing_and_says_what_would_be(
    registry: Connection, tmp_path: Path
) -> None:
    good = filled(tmp_path / "a.xlsx", SOKHA)
    report = _import(registry, good, dry_run=True)
    assert (report.stored, report.exit_code, report.count(Outcome.GOOD)) == (False, 0, 1)
    assert "a dry run: nothing was stored" in report.lines()[-1]
    bad = filled(tmp_path / "b.xlsx", SOKHA, BAD)
    assert _import(registry, bad, dry_run=True, keep_good=True).exit_code == 1
    assert _count(registry) == 0


def test_the_same_person_twice_is_one(registry: Connection, tmp_path: Path) -> None:
    again: Row = {
        **SOKHA,
        "First Name": "SOKHA",
        "Second Name": " chea\u200b",
        "Gender": "Feminine",
    }
    younger: Row = {**SOKHA, "Birthdate": "1998-05"}
    lao: Row = {**SOKHA, "Citizenship": "LA"}
    path = filled(tmp_path / "a.xlsx", SOKHA, again, younger, lao)
    report = _import(registry, path)
    assert [row.outcome for row in report.rows] == [
        Outcome.MADE,
        Outcome.MATCHED,
        Outcome.MADE,
        Outcome.MADE,
    ]
    assert report.rows[1].as_dict() == {"row": 4, "outcome": "matched", "matched": "row 3"}
    repeat = _import(registry, path)
    assert (repeat.stored, repeat.exit_code, repeat.count(Outcome.MATCHED)) == (False, 0, 4)
    assert repeat.rows[0].as_dict()["matched"] == "registry"
    assert _count(registry) == 3


def test_another_agency_s_people_are_neither_matched_nor_told(
    registry: Connection, tmp_path: Path
) -> None:
    path = filled(tmp_path / "a.xlsx", SOKHA)
    _import(registry, path)
    other = import_rows(registry, caller("TH-SHELTER"), path, Options())
    assert [row.outcome for row in other.rows] == [Outcome.MADE]


def test_people_without_a_birth_date_are_matched_too(registry: Connection, tmp_path: Path) -> None:
    path = filled(tmp_path / "a.xlsx", {**SOKHA, "Birthdate": None})
    assert _import(registry, path).stored
    assert _import(registry, path).count(Outcome.MATCHED) == 1


def test_one_identity_number_is_one_person(registry: Connection, tmp_path: Path) -> None:
    number = "prs_IdentityNumber"
    rows = [{**SOKHA, number: "N-1"}, {**DARA, number: "N-1"}]
    path = filled(tmp_path / "a.xlsx", *rows, appended=[number])
    report = _import(registry, path)
    assert report.rows[1].faults[0].name == number
    assert not report.stored
    first = filled(tmp_path / "b.xlsx", rows[0], appended=[number])
    second = filled(tmp_path / "c.xlsx", rows[1], appended=[number])
    assert _import(registry, first).stored
    assert _import(registry, second).rows[0].outcome is Outcome.REFUSED


def test_referrals_name_agencies_of_the_registry_or_stay_remarks(
    registry: Connection, tmp_path: Path
) -> None:
    row: Row = {
        **SOKHA,
        "Referring Organisation": "th-atpd",
        "Reason for Incoming Referral": "Other",
        "Referred Organisation": "NGO-LPN",
        "Outgoing Referral Details": "legal aid",
    }
    unknown: Row = {**DARA, "Referring Organisation": "A hospital"}
    report = _import(registry, filled(tmp_path / "a.xlsx", row, unknown))
    assert registry.execute(
        "select from_agency, to_agency, reason, state, details from registry.referral order by 1"
    ).fetchall() == [
        ("TH-ATPD", "TH-DATIP", "Other", "ACCEPTED", None),
        ("TH-DATIP", "NGO-LPN", None, "OPEN", "legal aid"),
    ]
    assert "kept as a remark" in report.rows[1].notes[0]
    remarks = registry.execute(
        "select remarks from registry.return_case where remarks is not null"
    ).fetchall()
    assert remarks == [("cas_ReferringOrganisation: A hospital",)]


def test_what_has_no_place_is_said(registry: Connection, tmp_path: Path) -> None:
    row: Row = {**SOKHA, "Salutation": "Ms", "Mailing Zip/Postal Code": 10110}
    report = _import(registry, filled(tmp_path / "a.xlsx", row, {**DARA, "Salutation": "Mr"}))
    assert "prs_Salutation has no place in the registry: 2 cells were not stored" in report.notes
    assert any(note.startswith("prs_MailingPostalCode") for note in report.notes)


def test_an_empty_template_is_no_mistake(registry: Connection) -> None:
    report = _import(registry, PLAIN)
    assert (report.rows, report.exit_code, report.stored) == ((), 0, False)
    assert report.lines()[-1].endswith("0 refused; no people in it")


def test_a_refused_file_is_a_report(registry: Connection, tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2J.xlsx").write_bytes(b"PK\x03\x04")
    report = _import(registry, tmp_path / "a\x1b[2J.xlsx")
    assert (report.exit_code, report.stored) == (1, False)
    assert report.lines() == [
        "refused: a?[2J.xlsx: the file is truncated or damaged",
        "nothing was stored",
    ]


@pytest.mark.parametrize(
    ("claims", "options", "reason"),
    [
        ({}, {"agency": "KH-MOSVY"}, "another agency"),
        ({"roles": ("AUDITOR",)}, {}, "of this role"),
        ({"roles": ()}, {}, "of this role"),
        ({"cases": ()}, {}, "narrowed"),
        ({"agency": "TH-NOBODY"}, {}, "no such agency"),
        ({"agency": "INT-IOM", "country": ""}, {}, "country of finding must be named"),
        ({}, {"country_of_finding": "XX"}, "not a country code"),
        ({}, {"country_of_finding": "jp"}, "not a country code"),
        ({}, {"country_of_finding": "KH"}, "has a seat"),
    ],
)
def test_who_may_not_and_what_does_not_fit(
    registry: Connection,
    tmp_path: Path,
    claims: dict[str, object],
    options: dict[str, str],
    reason: str,
) -> None:
    path = filled(tmp_path / "a.xlsx", SOKHA)
    with pytest.raises(ImportRefused, match=reason):
        import_rows(registry, caller(**claims), path, Options(**options))  # type: ignore[arg-type]
    assert _count(registry) == 0


def test_the_country_of_the_token_is_not_believed(registry: Connection, tmp_path: Path) -> None:
    who = caller("TH-DATIP", country="JP")
    report = import_rows(registry, who, filled(tmp_path / "a.xlsx", SOKHA), Options())
    assert report.host == "TH"


def test_an_agency_without_a_country_names_it(registry: Connection, tmp_path: Path) -> None:
    who = caller("INT-IOM", country="")
    path = filled(tmp_path / "a.xlsx", SOKHA)
    report = import_rows(registry, who, path, Options(country_of_finding="TH"))
    assert report.stored
    assert registry.execute("select holder from registry.return_case").fetchall() == [("INT-IOM",)]


@pytest.fixture
def second(htcds_dsn: str) -> Iterator[Connection]:
    with psycopg.connect(make_conninfo(htcds_dsn, user="saphan_service"), autocommit=True) as conn:
        yield conn


def test_two_imports_at_once_make_one_person(
    registry: Connection, second: Connection, tmp_path: Path
) -> None:
    path = filled(tmp_path / "a.xlsx", SOKHA, DARA)
    reports: list[Report] = []
    threads = [
        threading.Thread(target=lambda conn=conn: reports.append(_import(conn, path)))
        for conn in (registry, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.count(Outcome.MADE) for report in reports) == [0, 2]
    assert _count(registry) == 2


def test_a_connection_that_dies_leaves_nothing(
    registry: Connection, second: Connection, htcds_dsn: str, tmp_path: Path
) -> None:
    row = second.execute("select pg_backend_pid()").fetchone()
    assert row is not None

    def kill(done: int, _total: int) -> None:
        if done == 1:
            with psycopg.connect(htcds_dsn) as owner:
                owner.execute("select pg_terminate_backend(%s)", row)

    path = filled(tmp_path / "a.xlsx", SOKHA, DARA)
    with pytest.raises(psycopg.OperationalError):
        import_rows(second, caller(), path, Options(), kill)
    assert _count(registry) == 0


def test_the_refused_rows_can_be_mended_and_brought_again(
    registry: Connection, tmp_path: Path
) -> None:
    evil: Row = {**BAD, "Referring Organisation": "@x <&>"}
    run = run_import(
        registry, caller(), filled(tmp_path / "a.xlsx", SOKHA, evil), Options(keep_good=True)
    )
    assert run.sheet is not None
    target = tmp_path / "refused.xlsx"
    assert write_refused(target, run.sheet, run.report) == 1
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ImportRefused, match="cannot be made"):
        write_refused(target, run.sheet, run.report)
    again = read_sheet(target)
    assert again.notes == ()
    assert again.cell(2, again.columns["cas_ReferringOrganisation"]) == "@x <&>"
    book = load_workbook(target)
    sheet = book["Sheet1"]
    reasons = [cell.value for cell in sheet[3]][-1]
    assert "prs_Gender" in reasons
    for cell in sheet[3]:
        if cell.value == "Male":
            cell.value = "Masculine"
    book.save(tmp_path / "mended.xlsx")
    assert _import(registry, tmp_path / "mended.xlsx").count(Outcome.MADE) == 1
    assert _count(registry) == 2


def test_a_refused_workbook_holds_text_alone(registry: Connection, tmp_path: Path) -> None:
    book = load_workbook(filled(tmp_path / "a.xlsx", {**BAD, "Title": "x"}))
    for address, text in (("J3", "=cmd|'/c calc'!A1"), ("K3", "+1+1"), ("AC3", "@SUM(1)")):
        book["Sheet1"][address] = text
        book["Sheet1"][address].data_type = "s"
    book.save(tmp_path / "b.xlsx")
    run = run_import(registry, caller(), tmp_path / "b.xlsx", Options())
    assert run.sheet is not None
    write_refused(tmp_path / "refused.xlsx", run.sheet, run.report)
    again = read_sheet(tmp_path / "refused.xlsx")
    assert not again.formulas
    assert again.cell(2, again.columns["prs_Title"]) == "=cmd|'/c calc'!A1"
    content = members(tmp_path / "refused.xlsx")["xl/worksheets/sheet1.xml"]
    assert content.count(b"<c ") == content.count(b't="inlineStr"')
