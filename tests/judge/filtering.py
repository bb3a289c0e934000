"""Filters and orders over what the caller is shown, with the nulls of SQL.

Takes a filter as GraphQL coerced it and a function that gives a row's shown
value, gives True, False or None (unknown). A null passes `isNull: true` alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from graphql import get_named_type

from tests.judge.sdl import camel, class_of, filter_type, is_plain, target_of
from tests.judge.world import Row

Value = Callable[[Row, str], Any]
Searched = Callable[[Row, str, str], Any]
Link = Callable[[Row, str], Row | None]
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "in": lambda a, b: a in b,
    "notIn": lambda a, b: a not in b,
    "has": lambda a, b: b in a,
    "hasAny": lambda a, b: any(each in a for each in b),
    "hasAll": lambda a, b: all(each in a for each in b),
}


def fields_read(kind: str, given: dict[str, Any] | None) -> Iterator[tuple[str, str, set[str]]]:
    """(type, field, operators) of every comparison in a filter, those below links included."""
    for name, inner in (given or {}).items():
        if name in {"and", "or"}:
            for each in inner or ():
                yield from fields_read(kind, each)
        elif name == "not":
            yield from fields_read(kind, inner)
        elif is_plain(kind, name):
            if inner:
                yield kind, name, set(inner)
        else:
            yield from fields_read(target_of(kind, name), inner)


def passes(
    kind: str, row: Row | None, given: dict[str, Any] | None, value: Searched, link: Link
) -> bool | None:
    """Whether a row passes; `row` None stands for a record that may not be seen."""
    found: list[bool | None] = []
    for name, inner in (given or {}).items():
        if name == "and":
            found += [passes(kind, row, each, value, link) for each in inner or ()]
        elif name == "or":
            found.append(_any([passes(kind, row, each, value, link) for each in inner or ()]))
        elif name == "not":
            inside = passes(kind, row, inner, value, link)
            found.append(None if inside is None else not inside)
        elif is_plain(kind, name):
            for each in inner or {}:
                have = None if row is None else value(row, name, each)
                found.append(_compared(kind, name, each, have, inner[each]))
        else:
            target = None if row is None else link(row, name)
            found.append(passes(target_of(kind, name), target, inner, value, link))
    return _all(found)


def _all(found: list[bool | None]) -> bool | None:
    if False in found:
        return False
    return None if None in found else True


def _any(found: list[bool | None]) -> bool | None:
    if True in found:
        return True
    return None if None in found else False


def _compared(kind: str, name: str, operator: str, have: Any, wanted: Any) -> bool | None:
    if wanted is None:
        return None
    if operator == "isNull":
        return (have is None) is wanted
    if have is None:
        return None
    of = filter_type(kind)
    comparison = get_named_type(of.fields[name].type).name if of else ""
    return _ORDERED[operator](have, _typed(comparison, wanted))


def _typed(comparison: str, wanted: Any) -> Any:
    if isinstance(wanted, list):
        return [_typed(comparison, each) for each in wanted]
    if isinstance(wanted, str) and "DateTime" in comparison:
        return dt.datetime.fromisoformat(wanted)
    if isinstance(wanted, str) and "Date" in comparison:
        return dt.date.fromisoformat(wanted)
    return wanted


def ordered(rows: list[Row], steps: list[dict[str, str]], value: Value) -> list[Row]:
    """Rows in order: nulls last in both directions, ties by id."""
    found = sorted(rows, key=lambda row: row.id)
    for step in reversed(steps):
        name = camel(step["field"])
        down = step.get("direction", "ASC") == "DESC"
        have = [row for row in found if value(row, name) is not None]
        lacking = [row for row in found if value(row, name) is None]
        # a stable sort turned round twice keeps ties in their order
        have = have[::-1] if down else have
        have.sort(key=lambda row: value(row, name))
        found = (have[::-1] if down else have) + lacking
    return found


def protected(kind: str, name: str) -> str | None:
    """The data class of a field; None for what is no value of the record."""
    return class_of(kind, name) if is_plain(kind, name) else None
