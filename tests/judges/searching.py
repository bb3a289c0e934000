"""Filters and orders over what a caller is shown, row by row.

A comparison is True, False or None: what is null, stored or withheld, is neither. Only `isNull`
lets it through.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cmp_to_key
from typing import Any

from schema.catalog import Kind, catalog
from schema.classes import DataClass
from tests.judges.histories import told
from tests.judges.rules import Judge
from tests.judges.values import class_of, stored, type_of
from tests.judges.world import Case, Record, Victim

SEALED = 3
Condition = Mapping[str, Any]


def is_sealed(entity: str, name: str) -> bool:
    found = class_of(entity, name)
    return found != "" and DataClass(found).sensitivity.level >= SEALED


def shown(judge: Judge, record: Record, name: str) -> Any:
    """The value of a field as the caller is shown it."""
    if name == "id":
        return record.id
    if judge.permits(record, class_of(type_of(record), name)) is None:
        return None
    if name == "history":
        return told(judge, record)
    version, then = judge.shown_as(record, class_of(type_of(record), name))
    if then is not None and name == "overdue":
        return False  # of that hour, in which the state had just been entered
    return stored(judge.moment, version, name)


def _held(judge: Judge, record: Record, name: str) -> bool:
    """The caller's agency holds the case, or held it when it was handed over, where what she is
    shown is of then.
    """
    mine = judge.caller.agency
    if any(case.holder == mine for case in judge.cases_of(record)):
        return True
    _, then = judge.shown_as(record, class_of(type_of(record), name))
    copy = judge.world.copy_of(then.id, then.id) if then is not None else None
    return isinstance(copy, Case) and copy.holder == mine


def linked(judge: Judge, record: Record, name: str) -> Record | None:
    """The record at the end of a link, as the caller sees it."""
    if name == "victim" and isinstance(record, Case):
        found: Record = judge.victim_of(record)
    elif name == "returnCase" and not isinstance(record, Victim | Case):
        (found,) = judge.cases_of(record)
    else:
        raise AssertionError(name)
    return found if judge.visible(found) else None


def passes(judge: Judge, entity: str, record: Record | None, condition: Condition) -> bool | None:
    """Whether a record meets a filter; `record` is None behind a link that shows nothing."""
    results: list[bool | None] = []
    for name, inner in condition.items():
        if inner is None:
            continue
        match name:
            case "and":
                results += [passes(judge, entity, record, each) for each in inner]
            case "or":
                results.append(_any([passes(judge, entity, record, each) for each in inner]))
            case "not":
                met = passes(judge, entity, record, inner)
                results.append(None if met is None else not met)
            case _:
                results.append(_field(judge, entity, record, name, inner))
    return _all(results)


def _field(
    judge: Judge, entity: str, record: Record | None, name: str, inner: Condition
) -> bool | None:
    source = catalog().entities[entity].fields[name]
    if source.kind is Kind.LINK:
        target = None if record is None else linked(judge, record, name)
        return passes(judge, str(source.target), target, inner)
    value = None if record is None else shown(judge, record, name)
    results = []
    for operator, operand in inner.items():
        named = operator == "eq" and is_sealed(entity, name)
        hidden = named and not (record is not None and _held(judge, record, name))
        results.append(_compare(operator, None if hidden else value, operand))
    return _all(results)


def _compare(operator: str, value: Any, operand: Any) -> bool | None:
    if operand is None:
        return None
    if operator == "isNull":
        return (value is None) is operand
    if value is None:
        return None
    wanted = _as_value(value, operand)
    return _OPERATORS[operator](value, wanted)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: value == wanted,
    "ne": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "notIn": lambda value, wanted: value not in wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "has": lambda value, wanted: wanted in value,
    "hasAny": lambda value, wanted: any(each in value for each in wanted),
    "hasAll": lambda value, wanted: all(each in value for each in wanted),
}


def _as_value(value: Any, operand: Any) -> Any:
    """The operand, written as text in the document, in the type of the value."""
    if isinstance(operand, list):
        return [_as_value(value, each) for each in operand]
    if isinstance(value, dt.datetime):
        return dt.datetime.fromisoformat(operand)
    return dt.date.fromisoformat(operand) if isinstance(value, dt.date) else operand


def _all(results: Sequence[bool | None]) -> bool | None:
    if False in results:
        return False
    return None if None in results else True


def _any(results: Sequence[bool | None]) -> bool | None:
    if True in results:
        return True
    return None if None in results else False


def ordered(judge: Judge, records: list[Record], steps: Sequence[Condition]) -> list[Record]:
    """By the steps, null and withheld last in both directions, ties by id."""
    keys = {record.id: [shown(judge, record, _of(step)) for step in steps] for record in records}

    def compare(one: Record, other: Record) -> int:
        for step, left, right in zip(steps, keys[one.id], keys[other.id], strict=True):
            if left == right:
                continue
            if left is None or right is None:
                return 1 if left is None else -1
            return (1 if left > right else -1) * (-1 if step.get("direction") == "DESC" else 1)
        return (one.id > other.id) - (one.id < other.id)

    return sorted(records, key=cmp_to_key(compare))


def _of(step: Condition) -> str:
    head, *rest = str(step["field"]).lower().split("_")
    return head + "".join(word.capitalize() for word in rest)


def searched(entity: str, condition: Condition) -> list[tuple[str, str, str]]:
    """(entity, field, operator) of every protected field that a filter reads."""
    found: list[tuple[str, str, str]] = []
    for name, inner in condition.items():
        if inner is None:
            continue
        if name in ("and", "or"):
            found += [each for part in inner for each in searched(entity, part)]
        elif name == "not":
            found += searched(entity, inner)
        else:
            source = catalog().entities[entity].fields[name]
            if source.kind is Kind.LINK:
                found += searched(str(source.target), inner)
            elif source.data_class is not None:
                found += [(entity, name, operator) for operator in inner]
    return found


def searched_by_order(entity: str, steps: Sequence[Condition]) -> list[tuple[str, str, str]]:
    """The same of an order."""
    return [(entity, _of(s), "orderBy") for s in steps if class_of(entity, _of(s))]
