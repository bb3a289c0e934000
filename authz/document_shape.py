"""The shape of a document: the right keys, each with a value of the right type.

Takes parsed TOML, gives typed values, and notes every departure as a problem
with its line. A value that is not right is given as None or left out, so that
reading goes on and all problems are found at once; a document with a problem
is never used.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from authz.document_conditions import nearest
from authz.document_lines import line_of
from authz.document_problems import Problem, ProblemCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from authz.document_lines import Path

Table = dict[str, object]

_LONGEST = 4000


class Findings:
    """The problems of one document so far. The only thing here that changes."""

    def __init__(self, file: str, lines: Mapping[Path, int]) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._lines = lines

    def refuse(self, path: Path, code: ProblemCode, message: str, remedy: str) -> None:
        """Note that what stands at `path` is wrong."""
        line = line_of(self._lines, path)
        self.problems.append(Problem(self.file, line, code, message, remedy))

    def unknown(self, path: Path, code: ProblemCode, word: str, known: Iterable[str]) -> None:
        """Note a word that is not of a closed list."""
        thing = code.removeprefix("UNKNOWN_").lower()
        self.refuse(path, code, f"`{word}` is not a known {thing}", nearest(word, known))

    def keys(
        self, table: Table, path: Path, required: Iterable[str], optional: Iterable[str] = ()
    ) -> None:
        """Every key is known and every required one is there."""
        required, optional = tuple(required), tuple(optional)
        for key in table:
            if key not in required and key not in optional:
                self.refuse(
                    (*path, key),
                    ProblemCode.UNKNOWN_KEY,
                    f"`{key}` is not a key here",
                    nearest(key, required + optional),
                )
        for key in required:
            if key not in table:
                name = f"[[{path[0]}]]" if path else "the document"
                self.refuse(
                    path, ProblemCode.MISSING_KEY, f"`{key}` is missing", f"add it to {name}"
                )

    def text(self, table: Table, key: str, path: Path) -> str | None:
        """A text that is not blank and holds no control character; None if absent or wrong."""
        if key not in table:
            return None
        return self._text_at(table[key], key, (*path, key))

    def _text_at(self, value: object, key: str, path: Path) -> str | None:
        if not isinstance(value, str):
            self._wrong_type(path, key, "a text in quotes")
            return None
        if not value.strip():
            self.refuse(
                path, ProblemCode.EMPTY_VALUE, f"`{key}` holds an empty text", "fill it or drop it"
            )
            return None
        if len(value) > _LONGEST or any(c < " " or c in "\x7f\ue000" for c in value):
            self.refuse(
                path,
                ProblemCode.BAD_TEXT,
                f"`{key}` holds a control character or more than {_LONGEST} letters",
                "write one line of plain text",
            )
            return None
        return value

    def words(self, table: Table, key: str, path: Path) -> list[tuple[str, Path]]:
        """A list of different texts, each with its path; `[]` if absent. Refuses an empty list."""
        if key not in table:
            return []
        values, here = table[key], (*path, key)
        if not isinstance(values, list):
            self._wrong_type(here, key, "a list of texts")
            return []
        if not values:
            self.refuse(
                here,
                ProblemCode.WHEN_EMPTY if key == "when" else ProblemCode.EMPTY_VALUE,
                f"`{key}` is empty",
                "fill it or drop it: an empty list opens nothing and hides a mistake",
            )
        words: dict[str, Path] = {}
        for position, value in enumerate(values):
            text = self._text_at(value, key, (*here, position))
            if text is None:
                continue
            if text in words:
                self.refuse(
                    (*here, position),
                    ProblemCode.REPEATED_VALUE,
                    f"`{text}` stands twice in `{key}`",
                    "drop one",
                )
            words.setdefault(text, (*here, position))
        return list(words.items())

    def flag(self, table: Table, key: str, path: Path) -> bool:
        """A boolean; false if absent."""
        value = table.get(key, False)
        if not isinstance(value, bool):
            self._wrong_type((*path, key), key, "true or false")
            return False
        return value

    def number(self, table: Table, key: str, path: Path, most: int) -> int | None:
        """A whole number from 1 to `most`; None if absent or wrong."""
        if key not in table:
            return None
        value = table[key]
        if not isinstance(value, int) or isinstance(value, bool):
            self._wrong_type((*path, key), key, "a whole number")
            return None
        if not 1 <= value <= most:
            self.refuse(
                (*path, key),
                ProblemCode.BAD_NUMBER,
                f"`{key}` is {value}",
                f"a number from 1 to {most}",
            )
            return None
        return value

    def date(self, table: Table, key: str, path: Path) -> dt.date | None:
        """A day; None if absent or wrong. A year of the Buddhist era is refused, never guessed."""
        if key not in table:
            return None
        value = table[key]
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            self._wrong_type((*path, key), key, "a date without quotes: 2014-10-31")
            return None
        if not 1900 <= value.year <= 2200:
            self.refuse(
                (*path, key),
                ProblemCode.BAD_PERIOD,
                f"`{key}` is in the year {value.year}",
                "a year of the common era: 2551 in Thai papers is 2008",
            )
            return None
        return value

    def tables(self, table: Table, key: str, path: Path = ()) -> list[tuple[Table, Path]]:
        """A list of tables, each with its path; `[]` if absent."""
        if key not in table:
            return []
        values = table[key]
        if not isinstance(values, list):
            self._wrong_type((*path, key), key, "a list of tables")
            return []
        found: list[tuple[Table, Path]] = []
        for position, value in enumerate(values):
            here = (*path, key, position)
            if isinstance(value, dict):
                found.append((value, here))
            else:
                self._wrong_type(here, key, "a table")
        return found

    def _wrong_type(self, path: Path, key: str, right: str) -> None:
        self.refuse(path, ProblemCode.WRONG_TYPE, f"`{key}` has the wrong type", f"write {right}")
