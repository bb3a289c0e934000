"""Stage 3: an inspected package becomes a grid whose columns are known by the template's headers.

Takes the bytes of a file, gives a `Sheet`: which column holds which field of
the standard, the rows from row 3 on, the cells that hold formulas, and notes
on what the headers said. Row 1 of the genuine templates swaps the five address
names, so the labels of row 2, which people see, decide.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from service.htcds import archive, parts
from service.htcds.columns import (
    ADDRESS,
    APPENDED,
    GENUINE_ODDITIES,
    REASONS,
    TEMPLATE,
    WITHOUT_PLACE,
)
from service.htcds.faults import WorkbookRefused, column_letters

FIRST_ROW = 3
_UNREADABLE = "the workbook cannot be read: save it again as .xlsx"
_WRONG = "not an HTCDS template of version 2.0"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The people's sheet of a workbook. Rows and columns count from 0, so that index 2 is row 3."""

    columns: dict[str, int]
    rows: tuple[tuple[object, ...], ...]
    formulas: frozenset[tuple[int, int]]
    notes: tuple[str, ...]

    def filled(self) -> list[int]:
        """Indices of the rows with people: something stands beside the running number."""
        return [
            index
            for index in range(FIRST_ROW - 1, len(self.rows))
            if any(self.cell(index, column) != "" for column in self.columns.values())
            or any((index, column) in self.formulas for column in self.columns.values())
        ]

    def unplaced(self) -> dict[str, int]:
        """Columns that are of the standard and have no place in the registry."""
        return {name: at for name, at in self.columns.items() if name in WITHOUT_PLACE}

    def cell(self, row: int, column: int) -> object:
        """The cell, `""` where it is empty, blank or outside the grid."""
        if row >= len(self.rows) or column >= len(self.rows[row]):
            return ""
        value = self.rows[row][column]
        return "" if isinstance(value, str) and not value.strip() else value


def read_sheet(path: Path) -> Sheet:
    """The people's sheet of the workbook at `path`; WorkbookRefused with the reason."""
    package = archive.open_package(archive.read_file(path))
    scans = parts.inspect(package)
    members = parts.sheet_members(package)
    found: list[Sheet] = []
    missing: list[list[str]] = []
    for name, rows in _grids(package.repacked()):
        columns, absent, doubled = _columns(rows)
        if doubled:
            raise WorkbookRefused(f"{_WRONG}: two columns are labelled `{doubled}`")
        if absent:
            missing.append(absent)
            continue
        notes = _header_notes(rows, columns)
        columns.update(_appended(rows, columns))
        if name not in members:
            raise WorkbookRefused(_UNREADABLE)
        formulas = frozenset(scans[members[name]].formulas)
        if any(row < FIRST_ROW - 1 for row, _ in formulas):
            raise WorkbookRefused(f"{_WRONG}: its headers are formulas")
        found.append(Sheet(columns, rows, formulas, tuple(notes)))
    if len(found) == 1:
        return found[0]
    if found:
        raise WorkbookRefused("two sheets have the template's headers: keep the one with people")
    raise WorkbookRefused(_what_is_missing(missing))


def _grids(content: bytes) -> list[tuple[str, tuple[tuple[object, ...], ...]]]:
    """(sheet name, rows) of every worksheet, positions as in the file.

    A panic of the reader reaches Python as a BaseException that is neither an
    interrupt nor an exit; it condemns the file, not the process.
    """
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [
            (name, tuple(map(tuple, book.get_sheet_by_name(name).to_python(skip_empty_area=False))))
            for name in book.sheet_names
        ]
    except (CalamineError, OSError, ValueError, LookupError) as fault:
        raise WorkbookRefused(_UNREADABLE) from fault
    except BaseException as fault:
        if type(fault).__name__ == "PanicException":
            raise WorkbookRefused(_UNREADABLE) from fault
        raise


def _header(rows: Sequence[Sequence[object]], row: int, column: int) -> str:
    if row >= len(rows) or column >= len(rows[row]):
        return ""
    return re.sub(r"\s+", " ", str(rows[row][column])).strip()


def _width(rows: Sequence[Sequence[object]]) -> int:
    return max((len(row) for row in rows[:2]), default=0)


def _columns(rows: Sequence[Sequence[object]]) -> tuple[dict[str, int], list[str], str]:
    """(columns by system name, labels not found, a label found twice or "")."""
    columns: dict[str, int] = {}
    for column in range(1, _width(rows)):
        label = _header(rows, 1, column)
        name = TEMPLATE.get(label)
        if name is None or _header(rows, 0, column) in APPENDED | {REASONS}:
            continue
        if name in columns:
            return columns, [], label
        columns[name] = column
    return columns, [label for label, name in TEMPLATE.items() if name not in columns], ""


def _header_notes(rows: Sequence[Sequence[object]], columns: dict[str, int]) -> list[str]:
    """What row 1 says against the labels; WorkbookRefused where that is no known oddity."""
    notes: list[str] = []
    swapped: list[str] = []
    for name, column in columns.items():
        said = _header(rows, 0, column)
        where = f"{column_letters(column)}1"
        if said == name:
            continue
        if said != GENUINE_ODDITIES.get(name, name):
            raise WorkbookRefused(f"{_WRONG}: {where} is not the name that belongs to its label")
        if name in ADDRESS:
            swapped.append(f"{where} is read as {name}")
        else:
            notes.append(f"{where} is {'misspelt' if said else 'empty'}: read as {name}")
    if swapped:
        text = ", ".join(sorted(swapped))
        notes.insert(0, f"row 1 swaps the address names; the labels of row 2 decide: {text}")
    return notes


def _appended(rows: Sequence[Sequence[object]], columns: dict[str, int]) -> dict[str, int]:
    """Columns beyond the template, by the system name in row 1."""
    known = set(columns.values())
    more: dict[str, int] = {}
    for column in range(1, _width(rows)):
        name = _header(rows, 0, column)
        if column in known or (not name and not _header(rows, 1, column)):
            continue
        where = column_letters(column)
        if name not in APPENDED | WITHOUT_PLACE | {REASONS}:
            raise WorkbookRefused(
                f"column {where} is not of the standard: row 1 must name its field"
            )
        if name in more or name in columns:
            raise WorkbookRefused(f"two columns for {name}")
        if name != REASONS:
            more[name] = column
    return more


def _what_is_missing(missing: Sequence[Sequence[str]]) -> str:
    nearest = min(missing, key=len, default=[])
    if not nearest or len(nearest) == len(TEMPLATE):
        return f"{_WRONG}: row 2 has none of its labels"
    labels = ", ".join(f"`{label}`" for label in nearest[:3])
    more = f" and {len(nearest) - 3} more" if len(nearest) > 3 else ""
    return f"{_WRONG}: row 2 lacks {labels}{more}"
