"""Where each value of a TOML text stands: path -> line number.

Takes a text that `tomllib` has accepted, gives a dict from paths (keys and
list positions, as `("grant", 3, "when", 1)`) to line numbers from 1. `tomllib`
tells no positions; this walks the same grammar (TOML 1.0) and keeps nothing
but lines. On a text that `tomllib` refuses the answer is unspecified.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}\n#]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|'
    r"'''.*?'{3,5}|"
    r'"(?:[^"\\\n]|\\.)*"|'
    r"'[^'\n]*'",
    re.DOTALL,
)


def line_index(text: str) -> dict[Path, int]:
    """The line of every key, table, list entry and inline value of `text`."""
    walk = _Walk(text)
    walk.document()
    return walk.lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of `path`, or of the nearest thing that holds it; 1 for the document itself."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 1


class _Walk:
    """One pass over a text. `at` is the offset of what is read next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._breaks = [i for i, c in enumerate(text) if c == "\n"]
        self._tables: dict[Path, int] = {}  # arrays of tables: how many so far

    def document(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            msg = f"unreadable at offset {self.at}"
            raise ValueError(msg)
        self.at = match.end()
        return match.group()

    def _mark(self, path: Path) -> None:
        self.lines.setdefault(path, bisect_right(self._breaks, self.at - 1) + 1)

    def _header(self) -> Path:
        many = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if many else 1
        keys = self._keys()
        end, self.at = self.at + (2 if many else 1), start
        path: Path = ()
        for key in keys[:-1]:
            path = self._newest((*path, key))
        path = (*path, keys[-1])
        if many:
            self._mark(path)  # the list itself stands where its first table does
            self._tables[path] = self._tables.get(path, -1) + 1
        path = self._newest(path)
        self._mark(path)
        self.at = end
        return path

    def _newest(self, path: Path) -> Path:
        return (*path, self._tables[path]) if path in self._tables else path

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            if self.text[self.at] in "\"'":
                keys.append(self._skip(_STRING)[1:-1])
            else:
                keys.append(self._skip(_BARE_KEY))
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def _pair(self, table: Path) -> None:
        start = self.at
        keys = self._keys()
        end, self.at = self.at, start
        path = table
        for key in keys:
            path = (*path, key)
            self._mark(path)
        self.at = end + 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        first = self.text[self.at]
        if first in "\"'":
            self._skip(_STRING)
        elif first == "[":
            self._entries(path)
        elif first == "{":
            self._inline(path)
        else:
            self._skip(_BARE_VALUE)

    def _entries(self, path: Path) -> None:
        self.at += 1
        position = 0
        self._skip(_BLANK)
        while not self.text.startswith("]", self.at):
            self._mark((*path, position))
            self._value((*path, position))
            position += 1
            self._skip(_BLANK)
            if self.text.startswith(",", self.at):
                self.at += 1
                self._skip(_BLANK)
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        self._skip(_BLANK)
        while not self.text.startswith("}", self.at):
            self._pair(path)
            self._skip(_BLANK)
            if self.text.startswith(",", self.at):
                self.at += 1
                self._skip(_BLANK)
        self.at += 1
