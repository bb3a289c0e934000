"""One cell becomes one value: each function takes a filled cell, gives a value or raises BadCell.

Codes are the standard's system names, letter for letter. A label is not taken
for its code; where it is recognised the message names the code to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from schema.written import country_of, email_of, phone_of, tongue_of
from service.htcds.faults import BadCell
from service.htcds.text import ascii_digits, clean

_YES = frozenset({"TRUE", "True", "true", "Yes", "yes", "1"})
_NO = frozenset({"FALSE", "False", "false", "No", "no", "0"})


def text(cell: object, limit: int = 200, lines: bool = False) -> str:
    """A cell of text. Numbers and dates are refused: a spreadsheet has already changed them."""
    if not isinstance(cell, str):
        raise BadCell("not text: format the cell as text and write it again")
    return clean(cell, limit, lines)


def number_as_text(cell: object, limit: int = 64) -> str:
    """Text, or a whole number that a spreadsheet shows digit for digit (at most 15 digits)."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if 0 <= cell < 10**15 and cell == int(cell):
            return str(int(cell))
        raise BadCell("a number too long or broken: format the cell as text and write it again")
    return text(cell, limit)


def code(cell: object, codes: type[StrEnum]) -> str:
    """One system name of a list of the standard."""
    name = text(cell)
    if name in {member.value for member in codes}:
        return name
    raise BadCell(_unknown(name, codes))


def code_list(cell: object, codes: type[StrEnum]) -> tuple[str, ...]:
    """Several system names, `;` between them, in the order of the standard, each once."""
    named = {code(part, codes) for part in _parts(cell)}
    return tuple(member.value for member in codes if member.value in named)


def country(cell: object) -> str:
    """An ISO 3166-1 alpha-2 code in capitals."""
    return country_of(text(cell))


def countries(cell: object) -> tuple[str, ...]:
    """Several countries, `;` between them, sorted, each once."""
    return tuple(sorted({country_of(part) for part in _parts(cell)}))


def tongue(cell: object) -> str:
    """A code of ISO 639-2, three small letters; a bibliographic one becomes terminological."""
    return tongue_of(text(cell))


def phone(cell: object) -> str:
    """A telephone number of ITU-T E.164: `+`, country code and number. Blanks, dots, hyphens go."""
    if not isinstance(cell, str):
        raise BadCell("a number, not text: write it as text with `+` and the country code")
    return phone_of(cell)


def email(cell: object) -> str:
    """An address of electronic mail."""
    return email_of(text(cell, 254))


def checkbox(cell: object) -> bool:
    """A checkbox: TRUE or FALSE, Yes or No, 1 or 0."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, (int, float)) and cell in (0, 1):
        return cell == 1
    written = text(cell) if isinstance(cell, str) else ""
    if written in _YES or written in _NO:
        return written in _YES
    raise BadCell("not a checkbox: TRUE or FALSE")


def whole_number(cell: object, top: int) -> int:
    """A whole number from 0 to `top`, as a number or in digits."""
    if isinstance(cell, str) and re.fullmatch(r"[0-9]{1,4}", ascii_digits(cell.strip())):
        cell = int(ascii_digits(cell.strip()))
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        raise BadCell("not a whole number")
    if not (0 <= cell <= top and cell == int(cell)):
        raise BadCell(f"not a whole number from 0 to {top}")
    return int(cell)


def _parts(cell: object) -> Sequence[str]:
    parts = [part.strip() for part in text(cell, 2000).split(";")]
    while parts and not parts[-1]:
        parts.pop()
    return parts


def _unknown(written: str, codes: Iterable[StrEnum]) -> str:
    folded = _letters(written)
    for member in codes:
        value = member.value
        if folded and folded in (_letters(value), _letters(value.partition("_")[2])):
            return f"a label: the standard's system name is `{value}`"
    return "not a system name of the standard's list"


def _letters(written: str) -> str:
    return re.sub(r"[^a-z0-9]", "", written.casefold())
