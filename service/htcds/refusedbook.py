"""The refused rows as a workbook of the same form, with the reasons in a last column.

Takes a `Sheet` and a `Report`, writes an .xlsx that `sheet.read_sheet` reads
again once the cells are mended (the column of reasons is then read over). Every
cell is inline text: none is a formula, a link or a number, whatever it holds.
The file holds people's data: it is new, and its owner's alone to read.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from service.htcds.columns import REASONS, TEMPLATE
from service.htcds.faults import ImportRefused, column_letters
from service.htcds.report import Outcome, Report
from service.htcds.sheet import Sheet

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def write_refused(path: Path, sheet: Sheet, report: Report) -> int:
    """Write the refused rows to the new file `path`; how many. ImportRefused if it fails."""
    reasons = {
        row.row: "; ".join(str(fault) for fault in row.faults)
        for row in report.rows
        if row.outcome is Outcome.REFUSED
    }
    labels = {name: label for label, name in TEMPLATE.items()}
    ordered = sorted(sheet.columns.items(), key=lambda item: item[1])
    lines = [
        ["", *(name for name, _ in ordered), REASONS],
        ["", *(labels.get(name, name) for name, _ in ordered), "Why the row was refused"],
        *(
            [str(row), *(_shown(sheet.cell(row - 1, column)) for _, column in ordered), reason]
            for row, reason in sorted(reasons.items())
        ),
    ]
    try:
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        raise ImportRefused(
            f"the workbook of refused rows cannot be made: {fault.strerror}"
        ) from fault
    with os.fdopen(target, "wb") as file:
        file.write(_workbook(lines))
    return len(reasons)


def _shown(cell: object) -> str:
    """A cell as the text that the import would read as the same value, where there is one."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, dt.datetime) and cell.time() == dt.time.min:
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _workbook(lines: list[list[str]]) -> bytes:
    rows = "".join(
        f'<row r="{number}">'
        + "".join(_cell(number, column, text) for column, text in enumerate(line) if text)
        + "</row>"
        for number, line in enumerate(lines, 1)
    )
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            archive.writestr(name, _HEAD + part)
    return content.getvalue()


def _cell(row: int, column: int, text: str) -> str:
    """Inline text. What XML has no place for becomes U+FFFD."""
    plain = "".join(
        c if c in "\n\t" or (c >= " " and c not in "\ufffe\uffff") else "\ufffd" for c in text
    )
    plain = plain.encode("utf-8", "replace").decode("utf-8")
    where = f"{column_letters(column)}{row}"
    return f'<c r="{where}" t="inlineStr"><is><t xml:space="preserve">{escape(plain)}</t></is></c>'
