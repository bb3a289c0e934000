"""Facts that several clauses ask for are read once per row.

Takes SQL expressions over one row and the predicates that stand in them, gives
the expressions with each repeated sub-select replaced by a column, and the
lateral that computes these columns. What is asked for once stays where it is,
so that a CASE before it still spares the work. The texts depend on one row's
aliases alone, so moving them changes no value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def shared(texts: Sequence[str], predicates: Iterable[str], alias: str) -> tuple[list[str], str]:
    """The texts over columns of `alias`, and the lateral's FROM text, '' where nothing repeats."""
    # longer ones first: a predicate may stand inside another
    reads = sorted({p for p in predicates if "select" in p}, key=lambda p: (-len(p), p))
    rewritten = list(texts)
    columns: list[str] = []
    for predicate in reads:
        if sum(text.count(predicate) for text in rewritten) > 1:
            name = f"h{len(columns)}"
            columns.append(f"{predicate} as {name}")
            rewritten = [text.replace(predicate, f"{alias}.{name}") for text in rewritten]
    if not columns:
        return rewritten, ""
    return rewritten, f" cross join lateral (select {', '.join(columns)} offset 0) {alias}"


def any_met(alternatives: Sequence[tuple[str, ...]]) -> str:
    """True where all parts of some alternative are; what all have in common is written once.

    An alternative that asks for more than another adds nothing and is left out.
    """
    kept: list[tuple[str, ...]] = []
    for index, parts in enumerate(alternatives):
        narrower = any(
            set(other) < set(parts) or (set(other) == set(parts) and position < index)
            for position, other in enumerate(alternatives)
        )
        if not narrower:
            kept.append(parts)
    if not kept:
        return "(false)"
    common = [part for part in kept[0] if all(part in parts for parts in kept)]
    rests = [" and ".join(p for p in parts if p not in common) for parts in kept]
    if all(rests):
        common.append(f"({' or '.join(f'({rest})' for rest in rests)})")
    return f"({' and '.join(common)})"
