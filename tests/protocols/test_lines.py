"""The line index agrees with `tomllib` on what stands in a text, and knows the line of each."""

from __future__ import annotations

import pathlib
import tomllib

import pytest

from authz.document_lines import Path, line_index, line_of
from tests.protocols.samples import FOLDER

HARD = '''\
# comment with "quotes" and [brackets]
a = 1
"quoted key" = 'literal # not a comment'
b.c = """
several
lines \\" with quotes ""
"""  # after
d = [  # opening
  "one",

  { x = 1, y = [2,
     3] },
  \'\'\'
raw "text"
\'\'\',
]
day = 2020-01-01 10:00:00
[table.sub]
e = { f = "}", g = "]" }
[[list]]
h = 1
[[list]]
h = 2
[[list.inner]]
i = 3
[list.inner.deep]
j = [[1], [2]]
'''


def paths(value: object, at: Path = ()) -> set[Path]:
    found = {at} if at else set()
    if isinstance(value, dict):
        for key, inner in value.items():
            found |= paths(inner, (*at, key))
    if isinstance(value, list):
        for position, inner in enumerate(value):
            found |= paths(inner, (*at, position))
    return found


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 2),
        (("quoted key",), 3),
        (("b", "c"), 4),
        (("d",), 8),
        (("d", 0), 9),
        (("d", 1, "x"), 11),
        (("d", 1, "y", 1), 12),
        (("d", 2), 13),
        (("day",), 17),
        (("table", "sub"), 18),
        (("table", "sub", "e", "g"), 19),
        (("list", 1), 22),
        (("list", 1, "h"), 23),
        (("list", 1, "inner", 0, "i"), 25),
        (("list", 1, "inner", 0, "deep", "j", 1, 0), 27),
    ],
)
def test_lines_of_a_hard_text(path: Path, line: int) -> None:
    assert line_index(HARD)[path] == line
    assert line_index(HARD.replace("\n", "\r\n"))[path] == line


def test_what_has_no_line_takes_that_of_its_holder() -> None:
    assert line_of(line_index(HARD), ("list", 1, "missing", 3)) == 22
    assert line_of({}, ("nowhere",)) == 1


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda f: f.stem)
def test_every_value_of_our_documents_has_its_line(file: pathlib.Path) -> None:
    text = file.read_text()
    lines = line_index(text)
    rows = text.splitlines()
    for path in paths(tomllib.loads(text)):
        assert line_of(lines, path) == lines.get(path, line_of(lines, path[:-1]))
        key = next((p for p in reversed(path) if isinstance(p, str)), "")
        if path in lines and isinstance(path[-1], str):
            assert key in rows[lines[path] - 1]
