"""One entry of a grant's `when`: from text to a condition, or to what is wrong with it.

Takes text as a lawyer wrote it, gives `authz.grants.Condition`, and promises
that what it gives names a row of `authz.conditions.CONDITIONS` with arguments
of the right number and kind.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from authz.conditions import CONDITIONS
from authz.grants import Condition
from schema.codes import MAIN_RANK, CaseState

if TYPE_CHECKING:
    from collections.abc import Iterable


class FaultyCondition(ValueError):
    """An entry of `when` that is no condition: stable `code`, `message`, and `remedy`."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy


_WRITTEN = re.compile(r"([a-z_]+)(?:\(([A-Z_]+(?:, ?[A-Z_]+)*)\))?", re.ASCII)


def parse(text: str) -> Condition:
    """Read one entry of `when`: a name, with its literal arguments in parentheses.

    Raises FaultyCondition for an unknown name, a wrong number of arguments, an
    unknown argument, a window that ends before it begins, and a condition that
    is never written because every grant carries it.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise FaultyCondition(
            "CONDITION_FORM",
            f"`{text}` is not a condition",
            "write a name, or a name with arguments: `consent(TRACING)`",
        )
    name, inner = match.group(1), match.group(2)
    known = CONDITIONS.get(name)
    if known is None:
        raise FaultyCondition(
            "UNKNOWN_CONDITION", f"`{name}` is not a condition", nearest(name, CONDITIONS)
        )
    if known.implicit:
        raise FaultyCondition(
            "IMPLICIT_CONDITION",
            f"`{name}` is part of every grant to the foreign side",
            "leave it out",
        )
    args = tuple(a.strip() for a in inner.split(",")) if inner else ()
    if len(args) != len(known.args):
        raise FaultyCondition(
            "CONDITION_ARGUMENT",
            f"`{name}` takes {len(known.args)} arguments, not {len(args)}",
            f"write `{known.signature}`",
        )
    for arg, kind in zip(args, known.args, strict=True):
        if arg not in kind.values:
            raise FaultyCondition(
                "CONDITION_ARGUMENT",
                f"`{arg}` is no argument of `{name}`",
                nearest(arg, kind.values),
            )
    if name == "stage_between" and _rank(args[0]) > _rank(args[1]):
        raise FaultyCondition(
            "CONDITION_ARGUMENT",
            f"`{text}` ends before it begins",
            f"write `stage_between({args[1]}, {args[0]})`",
        )
    return Condition(name, args)


def _rank(state: str) -> int:
    return MAIN_RANK[CaseState(state)]


def nearest(word: str, known: Iterable[str]) -> str:
    """What would be right in place of `word`: the closest known word, else all of them."""
    words = tuple(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`"
    return "one of " + ", ".join(f"`{w}`" for w in words) if words else "leave it out"
