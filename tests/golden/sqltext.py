"""A statement broken into lines, so that a change can be read. Blanks are all that changes."""

from __future__ import annotations

import re

_BREAKS = re.compile(
    r"('(?:[^']|'')*')|([()])|( +|\n *)(?=(?:from|where|cross join|left join|order by|group by"
    r"|union all|limit|case when|when|else|end|select|insert|returning) |\w+ as materialized)"
)
_DEEPEST = 5


def folded(sql: str) -> str:
    """The text with a line break before each clause that stands at most five brackets deep."""
    depth = 0

    def broken(found: re.Match[str]) -> str:
        nonlocal depth
        _, bracket, blank = found.groups()
        if bracket:
            depth += 1 if bracket == "(" else -1
        if blank and depth <= _DEEPEST:
            return "\n" + "  " * depth
        return found[0] if not blank else " "

    return _BREAKS.sub(broken, sql) + "\n"


def same_but_for_blanks(one: str, other: str) -> bool:
    """Whether two texts differ in blanks alone."""
    return one.split() == other.split()
