"""docs/errors.md says of each error what a client needs: code, status, when, what to do.

That every code stands in it is held by tests/door/test_commands.py.
"""

from __future__ import annotations

import re

import pytest

from resolvers.errors import ErrorCode, status_of
from schema.codes import DenialReason
from service.http import answers
from service.http.answers import Refusal
from tests.house.rooms import code_packages, files, text

ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in text("docs/errors.md").splitlines()
    if line.startswith("| `") or re.match(r"\| \d{3} \|", line)
]
CODES = {row[0].strip("`"): row[1:] for row in ROWS if len(row) == 4}
REASONS = re.findall(r"(?m)^- `([A-Z_]+)`: \S", text("docs/errors.md"))
STATUSES = [int(row[0]) for row in ROWS if row[0].isdigit()]
REFUSALS = {name: made for name, made in vars(answers).items() if isinstance(made, Refusal)}
# These stand beside `data`, which is null or not; the operation was run.
BESIDE_DATA = {
    ErrorCode.FIELD_NOT_PERMITTED,
    ErrorCode.CONFLICT,
    ErrorCode.STATE_CONFLICT,
    ErrorCode.OPERATION_NOT_PERMITTED,
}
ELSEWHERE = "\n".join(
    text(path)
    for path in files(".py")
    if path.parts[0] in code_packages() and path.as_posix() != "resolvers/errors.py"
)


def given(code: ErrorCode) -> bool:
    """Whether any line of the program names the code."""
    return re.search(rf"\bErrorCode\.{code.name}\b", ELSEWHERE) is not None


def test_the_program_was_read() -> None:
    assert len(REFUSALS) > 10
    assert given(ErrorCode.CURSOR_INVALID)
    assert len(CODES) == len(ErrorCode)


@pytest.mark.parametrize("code", list(ErrorCode))
def test_each_code_has_its_statuses(code: ErrorCode) -> None:
    at_the_door = {made.status for made in REFUSALS.values() if f'"{code}"'.encode() in made.body}
    within = {200} if code in BESIDE_DATA else {status_of(code)}
    documented = {int(status) for status in CODES[code][0].split(", ")}
    assert documented == at_the_door | within


@pytest.mark.parametrize("code", list(ErrorCode))
def test_each_code_says_when_and_what_to_do(code: ErrorCode) -> None:
    _, when, remedy = CODES[code]
    assert len(when) > 15
    assert len(remedy) > 15
    assert remedy.endswith(".")


@pytest.mark.parametrize("code", list(ErrorCode))
def test_what_nothing_answers_with_is_called_reserved_and_nothing_else_is(code: ErrorCode) -> None:
    assert ("(reserved)" in CODES[code][1]) is not given(code)


def test_every_status_that_the_door_gives_has_a_line() -> None:
    given_statuses = {made.status for made in REFUSALS.values()}
    assert sorted(given_statuses) == STATUSES


def test_every_reason_in_the_order_of_testing() -> None:
    assert [DenialReason(reason) for reason in REASONS] == list(DenialReason)


def test_every_limit_named_is_a_setting() -> None:
    named = set(re.findall(r"`(SAPHAN_\w+)`", text("docs/errors.md")))
    assert named
    assert all(f"| `{name}` |" in text("docs/settings.md") for name in named)
