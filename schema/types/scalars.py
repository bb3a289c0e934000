"""The scalars `Date` and `DateTime` (RFC 3339, strict, in UTC with microseconds) and `Natural`.

Takes and gives `datetime.date`, aware `datetime.datetime` and whole numbers;
promises that an error never repeats the value that was sent: it is a
`NotOfForm`, whose message is the rule.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import NewType, TypeVar

import strawberry
from graphql import GraphQLError, IntValueNode, StringValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

T = TypeVar("T")
Natural = NewType("Natural", int)
"""A count of leaves, or one's place: GraphQL's own `Int` ends at 2^31."""
MOST = (1 << 53) - 1

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)")
"""Of any script: `int` reads Thai, Khmer and Lao digits too."""
_LONGEST = 64
"""What is longer than any time is not searched for a year."""
ERA = 2300
"""Years from here on are of the Buddhist era: 2569 is 2026."""

_NATURAL_FORM = "`Natural` takes a whole number from 0 to 2^53 - 1"
_DATE_FORM = "`Date` takes a day as a string YYYY-MM-DD of the common era, like 2026-11-23"
_DATE_TIME_FORM = (
    "`DateTime` takes an RFC 3339 time of the common era with its offset as a string, "
    "like 2026-11-23T09:14:02.113407Z"
)
_ERA_FORM = "2569 in Thai papers is 2026"


class NotOfForm(GraphQLError):
    """A value has not the form of its scalar. The message is the rule and holds no value."""


def _not_of_form(form: str, value: object) -> NotOfForm:
    """The rule; where a year of the Buddhist era was written, how to convert it too."""
    text = value[:_LONGEST] if isinstance(value, str) else ""
    if any(int(year) >= ERA for year in _FOUR_DIGITS.findall(text)):
        return NotOfForm(f"{form}; {_ERA_FORM}")
    return NotOfForm(form)


def parse_date(value: object) -> dt.date:
    """`2026-11-23` as a date. Raises NotOfForm."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise _not_of_form(_DATE_FORM, value)


def parse_date_time(value: object) -> dt.datetime:
    """An RFC 3339 time in UTC. Raises NotOfForm."""
    if isinstance(value, str) and _DATE_TIME.fullmatch(value):
        try:
            return dt.datetime.fromisoformat(value.upper()).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass
    raise _not_of_form(_DATE_TIME_FORM, value)


def print_date(value: object) -> str:
    """A date as `2026-11-23`."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    raise GraphQLError("`Date` prints dates only")


def print_date_time(value: object) -> str:
    """An aware time in UTC with microseconds: `2026-11-23T09:14:02.113407Z`."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    raise GraphQLError("`DateTime` prints times with an offset only")


def parse_natural(value: object) -> Natural:
    """A whole number that JSON carries exactly. Raises NotOfForm."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST:
        return Natural(value)
    raise NotOfForm(_NATURAL_FORM)


def _natural_literal(node: ValueNode, _variables: dict[str, object] | None = None) -> Natural:
    # 16 digits are enough, and no text of digits is worth a number that is refused afterwards
    whole = isinstance(node, IntValueNode) and len(node.value) <= 16
    return _at(node, parse_natural, int(node.value) if whole else None)  # type: ignore[attr-defined]


def _date_literal(node: ValueNode, _variables: dict[str, object] | None = None) -> dt.date:
    return _at(node, parse_date, node.value if isinstance(node, StringValueNode) else None)


def _date_time_literal(node: ValueNode, _variables: dict[str, object] | None = None) -> dt.datetime:
    return _at(node, parse_date_time, node.value if isinstance(node, StringValueNode) else None)


def _at(node: ValueNode, parse: Callable[[object], T], value: object) -> T:
    """The value of a literal. The refusal bears the node, which tells where it stands."""
    try:
        return parse(value)
    except NotOfForm as refusal:
        raise NotOfForm(refusal.message, node) from None


SCALARS: dict[object, ScalarDefinition] = {
    dt.date: strawberry.scalar(
        name="Date",
        description="A day of the Gregorian calendar: `2026-11-23`. Years of the Buddhist era "
        "are converted before they are sent.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=print_date,
        parse_value=parse_date,
        parse_literal=_date_literal,
    ),
    dt.datetime: strawberry.scalar(
        name="DateTime",
        description="A moment as RFC 3339 in UTC with microseconds: "
        "`2026-11-23T09:14:02.113407Z`. Input takes any offset and up to six digits of a second.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=print_date_time,
        parse_value=parse_date_time,
        parse_literal=_date_time_literal,
    ),
    Natural: strawberry.scalar(
        name="Natural",
        description="A whole number from 0 to 2^53 - 1, which every JSON reader holds exactly.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259#section-6",
        serialize=parse_natural,
        parse_value=parse_natural,
        parse_literal=_natural_literal,
    ),
}
