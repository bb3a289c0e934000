"""Input, checked: what a person can mend is a typed problem that names the argument and the rule.

GraphQL has checked types and words of lists before. Here: length and characters
of texts, years of the common era, days that lie where they can.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum

from resolvers.casework.definitions import Given, Trouble
from resolvers.casework.verdicts import invalid
from schema.types.scalars import ERA

LINE, TEXT, LONG = 200, 2000, 20_000
"""Characters: a line, a text, a report."""
_EARLIEST = dt.date(1900, 1, 1)

Check = Callable[[Given], list[Trouble]]


def value_of(given: Given, name: str) -> object:
    """An argument's value, of an enum its word; a dot leads into an input object."""
    value: object = given
    for step in name.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return getattr(value, "value", value)


def text_of(given: Given, name: str) -> str | None:
    """A text without blanks around it; None where it is left out or blank."""
    value = value_of(given, name)
    return str(value).strip() or None if value is not None else None


def text(name: str, most: int = TEXT, *, least: int = 0, lines: bool = True) -> Check:
    """A text of `least` to `most` characters without control characters."""

    def check(given: Given) -> list[Trouble]:
        value = text_of(given, name)
        if value is None:
            return [invalid(name, f"it has {least} to {most} characters")] if least else []
        if not least <= len(value) <= most:
            return [invalid(name, f"it has {least} to {most} characters")]
        allowed = "\n\t" if lines else ""
        if any(unicodedata.category(c) in ("Cc", "Cs", "Co") and c not in allowed for c in value):
            return [invalid(name, "it holds no control characters")]
        return []

    return check


def word(name: str, words: type[StrEnum]) -> Check:
    """A word of a list, where the schema has a text. What is told without consent is such a word:
    of letters and `_` a sentence can be made as well.
    """

    def check(given: Given) -> list[Trouble]:
        value = text_of(given, name)
        if value is not None and value not in {each.value for each in words}:
            return [invalid(name, f"it is one of {' '.join(each.value for each in words)}")]
        return []

    return check


def day(name: str, *, earliest: dt.date = _EARLIEST, past: bool = False, ahead: int = 730) -> Check:
    """A day of the common era: not before `earliest`; `past`: not after today, else at most
    `ahead` days from now.
    """

    def check(given: Given) -> list[Trouble]:
        value = value_of(given, name)
        if not isinstance(value, dt.date):
            return []
        rule = day_rule(value, earliest=earliest, past=past, ahead=ahead)
        return [invalid(name, rule)] if rule else []

    return check


def day_rule(
    value: dt.date, *, earliest: dt.date = _EARLIEST, past: bool = False, ahead: int = 730
) -> str:
    """The rule that a day does not keep; empty where it keeps them all."""
    on = value.date() if isinstance(value, dt.datetime) else value
    if on.year >= ERA:
        return "years are those of the common era: 2551 in Thai papers is 2008"
    today = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)  # somewhere it is tomorrow
    if on < earliest:
        return f"it is not before {earliest.isoformat()}"
    if past and on > today:
        return "it does not lie ahead"
    return f"it is at most {ahead} days ahead" if on > today + dt.timedelta(days=ahead) else ""


def number(name: str, least: int, most: int) -> Check:
    """A whole number."""

    def check(given: Given) -> list[Trouble]:
        value = value_of(given, name)
        if isinstance(value, int) and not least <= value <= most:
            return [invalid(name, f"it is a number from {least} to {most}")]
        return []

    return check


def all_of(*checks: Check) -> Check:
    """Every trouble of every check."""
    return lambda given: [trouble for check in checks for trouble in check(given)]


common = all_of(text("formId", LINE, lines=False))
"""What every act on a case takes."""
