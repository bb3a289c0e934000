"""Workbooks for tests: the genuine template filled in, and archives with one defect each."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from openpyxl import load_workbook

from authz.caller import Caller
from service.htcds.columns import TEMPLATE
from service.htcds.drafts import RowDraft
from service.htcds.faults import CellFault
from service.htcds.reading import Finding
from service.htcds.rows import read_row
from service.htcds.sheet import Sheet
from service.htcds.text import same_name

DEMO = Path(__file__).resolve().parents[2] / "demo"
PLAIN = DEMO / "htcds" / "HTCDS Excel Spreadsheet v2.0.xlsx"
VALIDATED = DEMO / "htcds" / "HTCDS Excel Spreadsheet single select with validation v2.0.xlsx"
TODAY = dt.date(2026, 11, 24)
SOKHA: dict[str, object] = {
    "First Name": "Sokha",
    "Second Name": "Chea",
    "Birthdate": "1998-05-01",
    "Gender": "Masculine",
    "Citizenship": "KH",
}
IN_THAILAND = Finding(
    "TH",
    host_has_seat=True,
    agency_country="TH",
    today=TODAY,
    provinces={"KH": {same_name("Battambang"): "Battambang", same_name("បាត់ដំបង"): "Battambang"}},
)
Row = Mapping[str, object]


def caller(agency: str = "TH-DATIP", country: str = "TH", **claims: object) -> Caller:
    """A caller as a token would make it; `claims` replace fields."""
    fields: dict[str, object] = {
        "agency": agency,
        "country": country,
        "roles": ("FOCAL_POINT",),
        "purposes": ("IDENTIFICATION",),
        "subject": "someone",
        "client": "test",
        "issuer": "https://issuer.test",
        "token_hash": "0" * 64,
        "expires_at": 2**40,
    }
    return Caller(**{**fields, **claims})  # type: ignore[arg-type]


def filled(path: Path, *rows: Row, appended: Iterable[str] = ()) -> Path:
    """The genuine template with `rows` from row 3 on, by label; `appended` ones by name."""
    book = load_workbook(PLAIN)
    sheet = book["Sheet1"]
    columns = {str(cell.value): int(cell.column) for cell in sheet[2] if cell.value}
    for offset, name in enumerate(appended, 1):
        columns[name] = len(TEMPLATE) + 1 + offset
        sheet.cell(1, columns[name], name)
        sheet.cell(2, columns[name], "appended")
    for number, row in enumerate(rows, 3):
        for label, value in row.items():
            sheet.cell(number, columns[label], value)
    book.save(path)
    return path


def members(path: Path = PLAIN) -> dict[str, bytes]:
    """The members of a workbook."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, content: Mapping[str, bytes]) -> Path:
    """A workbook of these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def changed(path: Path, member: str, change: Callable[[bytes], bytes]) -> Path:
    """The genuine template with one member changed."""
    content = members()
    before = content[member]
    content[member] = change(before)
    assert content[member] != before
    return packed(path, content)


def archive_bytes(content: Mapping[str, bytes]) -> bytes:
    """As `packed`, in memory."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return target.getvalue()


def sheet_of(*rows: Row, formulas: frozenset[tuple[int, int]] = frozenset()) -> Sheet:
    """A sheet in memory with these rows, by label of the template or system name of any column."""
    names = list(TEMPLATE.values())
    extra = [key for row in rows for key in row if key not in TEMPLATE and key not in names]
    names += list(dict.fromkeys(extra))
    columns = {name: index for index, name in enumerate(names, 1)}
    grid: list[tuple[object, ...]] = [(), ()]
    for row in rows:
        cells: list[object] = [""] * (len(names) + 1)
        for key, value in row.items():
            cells[columns[TEMPLATE.get(key, key)]] = value
        grid.append(tuple(cells))
    return Sheet(columns, tuple(grid), formulas, ())


def read(row: Row, finding: Finding = IN_THAILAND) -> RowDraft | list[CellFault]:
    """What becomes of one row."""
    return read_row(sheet_of(row), 2, finding)


def good(row: Row, finding: Finding = IN_THAILAND) -> RowDraft:
    """The draft of a row that must be good."""
    result = read(row, finding)
    assert isinstance(result, RowDraft), [str(fault) for fault in result]
    return result


def faults(row: Row, finding: Finding = IN_THAILAND) -> dict[str, str]:
    """The reasons by column for a row that must be refused."""
    result = read(row, finding)
    assert isinstance(result, list)
    return {fault.name: fault.reason for fault in result}
