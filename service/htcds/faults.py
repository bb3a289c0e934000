"""What can be wrong with a workbook: the whole file, or one cell.

Messages are lower case, name the remedy where there is one and never repeat
the text of a cell: a name typed into the wrong column must not reach a terminal
or a log. Codes that the standard publishes may be named.
"""

from __future__ import annotations

from dataclasses import dataclass

from schema.written import BadText


class WorkbookRefused(Exception):
    """The file as a whole is refused: nothing of it was read as a person."""


class ImportRefused(Exception):
    """The run as a whole is refused: this caller may not, or an option does not fit."""


BadCell = BadText
"""One cell does not hold what its column asks for; the message is the reason."""


@dataclass(frozen=True, slots=True)
class CellFault:
    """Why a row is refused. `row` counts from 1 as a spreadsheet shows it; `column` is its letters.

    Both `column` and `name` are `""` for a fault of the row as a whole, `column` alone for a
    column that the sheet does not have and should.
    """

    row: int
    column: str
    name: str
    reason: str

    def __str__(self) -> str:
        where = f"row {self.row}"
        if self.name:
            where += f", column {self.column} `{self.name}`" if self.column else f", `{self.name}`"
        return f"{where}: {self.reason}"


def column_letters(index: int) -> str:
    """The letters of a column: 0 is A, 25 is Z, 26 is AA. `index` >= 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
