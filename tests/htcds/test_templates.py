"""Which files are the genuine template, and what is said of its odd headers."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

from service.htcds.columns import APPENDED, TEMPLATE, WITHOUT_PLACE
from service.htcds.faults import WorkbookRefused
from service.htcds.sheet import read_sheet
from tests.htcds.books import PLAIN, SOKHA, VALIDATED, filled


@pytest.mark.parametrize("template", [PLAIN, VALIDATED], ids=["plain", "validated"])
def test_the_genuine_templates_are_recognised_and_empty(template: Path) -> None:
    sheet = read_sheet(template)
    assert set(sheet.columns) == set(TEMPLATE.values())
    assert sheet.filled() == []
    assert not sheet.formulas


@pytest.mark.parametrize("template", [PLAIN, VALIDATED], ids=["plain", "validated"])
def test_the_labels_decide_and_the_report_says_so(template: Path) -> None:
    sheet = read_sheet(template)
    columns = {"prs_MailingStreet": 13, "prs_MailingCity": 14, "prs_MailingState": 15}
    columns |= {"prs_MailingPostalCode": 16, "prs_MailingCountry": 17}
    assert columns.items() <= sheet.columns.items()
    assert "row 1 swaps the address names" in sheet.notes[0]
    assert "N1 is read as prs_MailingStreet" in sheet.notes[0]
    assert "T1 is misspelt: read as vic_TraffickingStatusDecisionMakingOrg" in sheet.notes
    assert "AJ1 is empty: read as cas_ReasonForOutgoingReferral" in sheet.notes


@pytest.mark.parametrize("template", [PLAIN, VALIDATED], ids=["plain", "validated"])
def test_copies_are_unaltered_as_the_readme_says(template: Path) -> None:
    readme = (template.parent / "README.md").read_text(encoding="utf-8")
    said = re.search(rf"`{re.escape(template.name)}` \|.*`([0-9a-f]{{64}})`", readme)
    assert said is not None
    assert said[1] == hashlib.sha256(template.read_bytes()).hexdigest()


def test_a_mended_row_1_is_as_good(tmp_path: Path) -> None:
    book = load_workbook(PLAIN)
    for cell in book["Sheet1"][2]:
        if cell.value:
            book["Sheet1"].cell(1, cell.column, TEMPLATE[cell.value])
    book.save(tmp_path / "mended.xlsx")
    assert read_sheet(tmp_path / "mended.xlsx").notes == ()


def test_columns_may_stand_in_another_order(tmp_path: Path) -> None:
    book = load_workbook(filled(tmp_path / "a.xlsx", SOKHA))
    book["Sheet1"].move_range("D1:D3", cols=50)
    book.save(tmp_path / "b.xlsx")
    sheet = read_sheet(tmp_path / "b.xlsx")
    assert sheet.cell(2, sheet.columns["prs_FirstName"]) == "Sokha"


def _book(tmp_path: Path, cells: dict[str, object]) -> Path:
    book = load_workbook(PLAIN)
    for address, value in cells.items():
        book["Sheet1"][address] = value
    book.save(tmp_path / "changed.xlsx")
    return tmp_path / "changed.xlsx"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"D2": None}, "row 2 lacks `First Name`"),
        ({"D2": "Name"}, "row 2 lacks `First Name`"),
        ({"D1": "prs_SecondName"}, "D1 is not the name that belongs to its label"),
        ({"AN1": "prs_Shoe", "AN2": "Shoe"}, "column AN is not of the standard"),
        ({"AN2": "Notes"}, "column AN is not of the standard"),
        ({"AN1": "prs_MiddleName", "AO1": "prs_MiddleName"}, "two columns for prs_MiddleName"),
        ({"AN1": "prs_FirstName"}, "column AN is not of the standard"),
        ({"AN2": "First Name"}, "two columns are labelled `First Name`"),
        ({"D2": '="First"&" Name"'}, "row 2 lacks `First Name`"),
    ],
)
def test_another_header_is_another_template(
    tmp_path: Path, cells: dict[str, object], reason: str
) -> None:
    with pytest.raises(WorkbookRefused, match=re.escape(reason)):
        read_sheet(_book(tmp_path, cells))


def test_a_workbook_of_another_kind_is_told_so(tmp_path: Path) -> None:
    book = load_workbook(PLAIN)
    book["Sheet1"].delete_rows(1, 2)
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(WorkbookRefused, match="row 2 has none of its labels"):
        read_sheet(tmp_path / "other.xlsx")


def test_two_sheets_of_people_are_one_too_many(tmp_path: Path) -> None:
    book = load_workbook(PLAIN)
    book.copy_worksheet(book["Sheet1"])
    book.save(tmp_path / "two.xlsx")
    with pytest.raises(WorkbookRefused, match="two sheets"):
        read_sheet(tmp_path / "two.xlsx")


def test_the_columns_are_fields_of_the_standard() -> None:
    groups = [set(TEMPLATE.values()), set(APPENDED), set(WITHOUT_PLACE)]
    own = {name for group in groups for name in group if name.startswith("saphan_")}
    assert own == {"saphan_Alias", "saphan_NameInScript", "saphan_NameScript"}
    assert set(TEMPLATE.values()).isdisjoint(APPENDED)
    assert WITHOUT_PLACE.isdisjoint(APPENDED)
    # 84 fields; the template has 38 of them.
    assert len(set().union(*groups) - own) == 84
