"""The comparison inputs: which operators a filter offers for which type of column.

Gives `comparison_for`, which the catalog and the filters share, and the
Strawberry inputs. Fields of sensitivity S3 and above are compared by `eq` and
`isNull` only.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import strawberry

_ORDERED = ("eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte", "isNull")
_SEALED = ("eq", "isNull")

OPERATORS = {
    "eq": "Equal to this.",
    "ne": "Other than this. A null does not pass.",
    "in": "One of these. None of an empty list.",
    "notIn": "None of these. A null does not pass, not even an empty list.",
    "lt": "Less than this.",
    "lte": "This or less.",
    "gt": "Greater than this.",
    "gte": "This or greater.",
    "has": "Holds this element.",
    "hasAny": "Holds at least one of these elements.",
    "hasAll": "Holds all of these elements.",
    "isNull": "True: null, stored or withheld. False: not null.",
}
"""What each operator says, in the words of its description."""

LISTED = frozenset({"in", "notIn", "hasAny", "hasAll"})
"""Operators that take a list of elements."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison input: its name, the element type of its operands, its operators in order."""

    name: str
    element: Any
    operators: tuple[str, ...]
    is_list: bool = False

    @property
    def is_sealed(self) -> bool:
        """Whether it is for fields of sensitivity S3 and above."""
        return self.operators == _SEALED


_BY_TYPE: dict[tuple[str, bool], Comparison] = {
    ("text", False): Comparison("TextFilter", str, _ORDERED),
    ("integer", False): Comparison("IntFilter", int, _ORDERED),
    ("date", False): Comparison("DateFilter", dt.date, _ORDERED),
    ("timestamptz", False): Comparison("DateTimeFilter", dt.datetime, _ORDERED),
    ("boolean", False): Comparison("BooleanFilter", bool, ("eq", "ne", "isNull")),
    ("uuid", False): Comparison("IdFilter", strawberry.ID, ("eq", "ne", "in", "notIn", "isNull")),
    ("text[]", False): Comparison(
        "TextListFilter", str, ("eq", "ne", "has", "hasAny", "hasAll", "isNull"), is_list=True
    ),
    ("text", True): Comparison("IdentityFilter", str, _SEALED),
    ("integer", True): Comparison("IdentityIntFilter", int, _SEALED),
    ("date", True): Comparison("IdentityDateFilter", dt.date, _SEALED),
    ("timestamptz", True): Comparison("IdentityDateTimeFilter", dt.datetime, _SEALED),
    ("boolean", True): Comparison("IdentityBooleanFilter", bool, _SEALED),
    ("text[]", True): Comparison("IdentityTextListFilter", str, _SEALED, is_list=True),
}

COMPARISONS = tuple(_BY_TYPE.values())
"""Every comparison input."""


def comparison_for(sql_type: str, *, sealed: bool) -> Comparison | None:
    """The comparison of a column of this type, None where it takes no filter.

    `sealed` is for sensitivity S3 and above.
    """
    return _BY_TYPE.get((sql_type, sealed))
