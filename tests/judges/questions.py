"""Documents about persons, cases and their parts: pages, links, filters, orders, fragments.

Made of one source of chance, for one judge: most of what is asked is not refused throughout, else
every second operation would be refused whole and show nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from schema.catalog import FieldSource, Kind, catalog
from tests.judges.rules import Judge
from tests.judges.searching import is_sealed, shown
from tests.judges.values import written
from tests.judges.world import KINDS

_PLACES = {name: kind for kind, name in KINDS.items()}
_OPERATORS = {
    "text": ("eq", "ne", "in", "notIn", "lt", "gte", "isNull"),
    "integer": ("eq", "ne", "in", "lte", "gt", "isNull"),
    "date": ("eq", "lt", "gte", "notIn", "isNull"),
    "timestamptz": ("eq", "lt", "gte", "isNull"),
    "boolean": ("eq", "ne", "isNull"),
    "uuid": ("eq", "ne", "in", "notIn", "isNull"),
    "text[]": ("eq", "ne", "has", "hasAny", "hasAll", "isNull"),
}
_ELSEWHERE: dict[str, tuple[Any, ...]] = {
    "text": ("TRACING", "nothing has this"),
    "integer": (2,),
    "date": ("2026-01-02",),
    "timestamptz": ("2026-09-03T00:00:00Z",),
    "boolean": (True, False),
    "uuid": ("00000000-0000-4000-8000-000000000000",),
    "text[]": (["KH"], []),
}


@dataclass(slots=True)
class _Writing:
    r: Random
    judge: Judge
    count: int = 0
    pages: int = 0
    fragments: list[str] = field(default_factory=list)

    def key(self) -> str:
        self.count += 1
        return f"k{self.count}"

    def some(self, items: Sequence[Any], most: int) -> list[Any]:
        return self.r.sample(list(items), min(len(items), self.r.randint(0, most)))

    def open(self, entity: str, source: FieldSource, share: float) -> bool:
        """Whether to ask for a field: what is refused throughout, seldom."""
        refused = self.judge.refused(entity, str(source.data_class))
        return not refused or self.r.random() > share


def question(r: Random, judge: Judge) -> str:
    """The text of one query."""
    w = _Writing(r, judge)
    roots = [_root(w) for _ in range(r.choice((1, 1, 2)))]
    return "{ " + " ".join(roots) + " }" + "".join(f"\n{text}" for text in w.fragments)


def _root(w: _Writing) -> str:
    records = w.judge.world.records()
    kind = w.r.choice(("page", "page", "page", "one", "node"))
    if kind == "page":
        entity = w.r.choice(("Victim", "ReturnCase"))
        return f"{w.key()}: {catalog().entities[entity].plural}{_page(w, entity, 2)}"
    if kind == "node":
        identity = w.r.choice(list(records))
        named = next(n for p, n in KINDS.items() if records[identity] in getattr(w.judge.world, p))
        if w.r.random() < 0.1:
            named = w.r.choice(list(KINDS.values()))
        inner = f"... on {named} {_selection(w, named, 1)}"
        return f'{w.key()}: node(id: "{identity}") {{ __typename id {inner} }}'
    entity = w.r.choice(("Victim", "ReturnCase"))
    rows = getattr(w.judge.world, _PLACES[entity])
    identity = w.r.choice(rows).id if w.r.random() < 0.9 else w.r.choice(list(records))
    singular = catalog().entities[entity].singular
    return f'{w.key()}: {singular}(id: "{identity}") {_selection(w, entity, 1)}'


def _page(w: _Writing, entity: str, depth: int) -> str:
    w.pages += 1
    arguments = []
    if w.r.random() < 0.8:
        arguments.append(f"first: {w.r.choice((1, 3, 12, 12, 12))}")
    if w.r.random() < 0.3:
        condition = _filter(w, entity, 2)
        arguments += [f"filter: {condition}"] if condition else []
    if w.r.random() < 0.4:
        steps = _steps(w, entity, w.r.choice((1, 1, 2)))
        arguments += [f"orderBy: [{', '.join(steps)}]"] if steps else []
    extra = w.some(("totalCount", "pageInfo { hasNextPage endCursor }", "__typename"), 2)
    if w.r.random() < 0.1:
        extra.append(f"{w.key()}: totalCount")
    cursor = "cursor " if w.r.random() < 0.2 else ""
    if w.r.random() < 0.9 or not extra:
        extra.append(f"edges {{ {cursor}node {_selection(w, entity, depth)} }}")
    given = f"({', '.join(arguments)})" if arguments else ""
    return f"{given} {{ {' '.join(extra)} }}"


def _selection(w: _Writing, entity: str, depth: int) -> str:
    sources = [f for f in catalog().entities[entity].fields.values() if f.data_class is not None]
    chosen = [_held(w, entity, f) for f in w.some(sources, 20) if w.open(entity, f, 0.9)]
    if depth and w.pages < 4:
        ways = [
            f
            for f in catalog().entities[entity].fields.values()
            if f.kind in (Kind.LINK, Kind.CONNECTION) and f.target in KINDS.values()
        ]
        chosen += [_below(w, way, depth - 1) for way in w.some(ways, 2)]
    if w.r.random() < 0.8:
        chosen.append("withheld { field reason clause }")
    if w.r.random() < 0.8 or not chosen:
        chosen.append(w.r.choice(("id", "id", f"{w.key()}: id", "__typename")))
    return f"{{ {' '.join(chosen)} }}"


def _held(w: _Writing, entity: str, source: FieldSource) -> str:
    text = source.name if w.r.random() < 0.6 else f"{w.key()}: {source.name}"
    if source.kind is Kind.OBJECT:
        names = [
            n for n, _, _, nested in catalog().objects[str(source.target)].fields if not nested
        ]
        return f"{w.key()}: {source.name} {{ {' '.join(names[:3])} }}"
    if source.kind is Kind.HISTORY:
        names = w.some(("at", "isNew", "fields", "act", "agency", "clause", "reason"), 7)
        return f"{w.key()}: {source.name} {{ {' '.join(names or ['at'])} }}"
    match w.r.randrange(12):
        case 0:
            return f"{text} @include(if: true)"
        case 1:
            return f"{w.key()}: {source.name} @skip(if: true)"
        case 2:
            return f"... on {entity} {{ {text} }}"
        case 3:
            name = f"F{len(w.fragments)}"
            w.fragments.append(f"fragment {name} on {entity} {{ __typename {text} }}")
            return f"...{name}"
        case 4:
            return f"{text} {w.key()}: {source.name}"
        case _:
            return text


def _below(w: _Writing, source: FieldSource, depth: int) -> str:
    if source.kind is Kind.LINK:
        return f"{w.key()}: {source.name} {_selection(w, str(source.target), depth)}"
    return f"{w.key()}: {source.name}{_page(w, str(source.target), depth)}"


def _filter(w: _Writing, entity: str, depth: int) -> str:
    sources = [
        f
        for f in catalog().entities[entity].fields.values()
        if f.filterable and (f.kind is not Kind.LINK or f.target in KINDS.values())
    ]
    members = []
    for source in w.some(sources, 2):
        text = ""
        if source.kind is Kind.LINK:
            text = _filter(w, str(source.target), depth - 1) if depth else ""
        elif source.kind is Kind.ID or w.open(entity, source, 0.95):
            text = _comparison(w, entity, source)
        members += [f"{source.name}: {text}"] if text else []
    if depth and w.r.random() < 0.3:
        joiner = w.r.choice(("and", "or", "not"))
        others = [text for text in (_filter(w, entity, 0) for _ in range(2)) if text]
        if others:
            members.append(
                f"not: {others[0]}" if joiner == "not" else f"{joiner}: [{', '.join(others)}]"
            )
    return f"{{ {', '.join(members)} }}" if members else ""


def _comparison(w: _Writing, entity: str, source: FieldSource) -> str:
    sealed = source.kind is not Kind.ID and is_sealed(entity, source.name)
    operators = ("eq", "isNull") if sealed else _OPERATORS[source.sql_type]
    operator = w.r.choice(operators)
    if operator == "isNull":
        return f"{{ isNull: {json.dumps(w.r.random() < 0.5)} }}"
    value = _operand(w, entity, source)
    if source.is_list and operator == "has":
        value = value[0] if value else "KH"
    if operator in ("in", "notIn"):
        value = [value, _operand(w, entity, source)]
    return f"{{ {operator}: {json.dumps(value)} }}"


def _operand(w: _Writing, entity: str, source: FieldSource) -> Any:
    """Mostly a value that stands in the world and that the caller is shown."""
    rows = getattr(w.judge.world, _PLACES[entity])
    found = [shown(w.judge, row, source.name) for row in rows]
    values = [written(value) for value in found if value is not None]
    if values and w.r.random() < 0.8:
        return w.r.choice(values)
    return w.r.choice(_ELSEWHERE[source.sql_type])


def _steps(w: _Writing, entity: str, most: int) -> list[str]:
    """Steps of an order, each by another field."""
    sources = [f for f in catalog().entities[entity].fields.values() if f.orderable]
    steps = []
    for source in w.r.sample(sources, min(most, len(sources))):
        if source.kind is not Kind.ID and not w.open(entity, source, 0.95):
            continue
        name = "".join("_" + c if c.isupper() else c.upper() for c in source.name)
        direction = w.r.choice(("", ", direction: DESC", ", direction: ASC"))
        steps.append(f"{{ field: {name}{direction} }}")
    return steps
