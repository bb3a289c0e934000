"""Drawn questions over the whole query language, with values that stand in the drawn data.

Takes Hypothesis' `draw` and a world, gives the text of one operation: several
roots, aliases, fragments, `@skip` and `@include`, pages in pages, links,
filters, orders, counts. No two fields share a key by accident.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLList, get_named_type, is_list_type

from tests.judge.answering import written
from tests.judge.laws import classes_of, plain_fields
from tests.judge.people import Drawing
from tests.judge.refusing import SEARCHED_BY_NAME
from tests.judge.sdl import (
    ENTITIES,
    class_of,
    filter_type,
    is_connection,
    is_list,
    is_plain,
    level_of,
    object_type,
    order_fields,
    target_of,
)
from tests.judge.world import Row, World, stored

ROOTS = {
    "Victim": ("victim", "victims"),
    "ReturnCase": ("returnCase", "returnCases"),
    "Agreement": ("agreement", "agreements"),
    "BilateralContact": ("bilateralContact", "bilateralContacts"),
}
_NOBODY = "00000000-0000-4000-8000-000000000000"
_ODD: dict[str, Any] = {
    "String": "no such value",
    "ID": _NOBODY,
    "Int": 1,
    "Boolean": True,
    "Date": "2026-01-01",
    "DateTime": "2026-01-01T00:00:00Z",
}


@dataclass(slots=True)
class Writing:
    """One document while it is written. `open` are classes that the caller's grants carry."""

    d: Drawing
    open: dict[str, set[str]]
    count: int = 0
    pages: int = 0
    fragments: list[str] = field(default_factory=list)

    def key(self) -> str:
        """An alias that stands nowhere else."""
        self.count += 1
        return f"k{self.count}"

    def named(self, name: str) -> str:
        """A field under its own name or an alias."""
        return name if self.d.number(0, 2) else f"{self.key()}: {name}"


def question(d: Drawing, opened: dict[str, set[str]]) -> str:
    """The text of one query without variables."""
    w = Writing(d, opened)
    roots = [_root(w) for _ in range(d.one((1, 1, 2)))]
    name = d.one(("query Drawn ", ""))
    return f"{name}{{ {' '.join(roots)} }}" + "".join(f"\n{each}" for each in w.fragments)


def _root(w: Writing) -> str:
    d = w.d
    # mostly what some grant opens; a part of a case by its id or below its case
    opened = [kind for kind in ENTITIES if w.open.get(kind) and kind not in {"Agreement", "Agency"}]
    kind = d.one(opened if opened and d.number(0, 5) else tuple(ROOTS))
    door = d.one(("list", "list", "list", "one", "node", "entities"))
    if kind not in ROOTS:
        kind, door = ("ReturnCase", "list") if d.chance() else (kind, "entities")
    singular, plural = ROOTS.get(kind, ("", ""))
    if door == "list":
        return f"{w.key()}: {plural}{_page(w, kind, 2)}"
    rows = [row for row in d.world.drawn if row.kind in ENTITIES]
    chosen = d.one([row for row in rows if row.kind == kind] or rows)
    identifier = json.dumps(d.one((chosen.id, chosen.id, chosen.id, _NOBODY)))
    if door == "one":
        return f"{w.key()}: {singular}(id: {identifier}) {_selection(w, kind, 1)}"
    other = d.one(([row for row in rows if row.kind == kind] or rows) if d.number(0, 3) else rows)
    if door == "node":
        identifier = json.dumps(d.one((chosen.id, other.id)))
        kinds = dict.fromkeys((kind, other.kind))
        inner = " ".join(f"... on {each} {_selection(w, each, 1)}" for each in kinds)
        return f"{w.key()}: node(id: {identifier}) {{ __typename id {inner} }}"
    body = f"{{ __typename ... on {other.kind} {_selection(w, other.kind, 1)} }}"
    asked = f'[{{__typename: "{other.kind}", id: "{other.id}"}}]'
    return f"{w.key()}: _entities(representations: {asked}) {body}"


def _page(w: Writing, kind: str, depth: int) -> str:
    d = w.d
    w.pages += 1
    arguments = [f"first: {d.one((6, 6, 6, 2, 1, 0))}"] if d.number(0, 7) else []
    if d.chance() and filter_type(kind):
        condition = _filter(w, kind, 2)
        arguments += [f"filter: {condition}"] if condition else []
    if d.chance() and order_fields(kind):
        steps = [
            f"{{ field: {name}, direction: {d.one(('ASC', 'DESC'))} }}"
            for name in dict.fromkeys(_order(w, kind) for _ in range(d.one((1, 1, 2))))
        ]
        arguments.append(f"orderBy: [{', '.join(steps)}]")
    extra = d.few(("totalCount", "pageInfo { hasNextPage endCursor }", "__typename"), 2)
    cursor = "cursor " if d.chance() else ""
    edges = [f"edges {{ {cursor}node {_selection(w, kind, depth)} }}"] if d.number(0, 7) else []
    given = f"({', '.join(arguments)})" if arguments else ""
    return f"{given} {{ {' '.join([*extra, *edges]) or 'totalCount'} }}"


def _order(w: Writing, kind: str) -> str:
    names = order_fields(kind)
    known = [name for name in names if _is_open(w, kind, _plain_name(name))]
    return w.d.one(known if known and w.d.number(0, 5) else names)


def _plain_name(order_field: str) -> str:
    first, *rest = order_field.lower().split("_")
    return first + "".join(part.capitalize() for part in rest)


def _is_open(w: Writing, kind: str, name: str) -> bool:
    data_class = class_of(kind, name) if is_plain(kind, name) else None
    return data_class is None or data_class in w.open.get(kind, set())


def _selection(w: Writing, kind: str, depth: int) -> str:
    d = w.d
    plain = plain_fields(kind)
    # mostly fields that some grant opens: those are the ones that rows decide
    known = [name for name in plain if _is_open(w, kind, name)] or plain
    chosen = [_value(w, kind, name) for name in d.few(known, 5)]
    if d.number(0, 4) == 0:
        chosen.append(_value(w, kind, d.one(plain)))
    others = [
        name
        for name in object_type(kind).fields
        if name not in {"id", "withheld"} and not is_plain(kind, name)
    ]
    objects = [name for name in others if class_of(kind, name)]
    if objects and d.number(0, 4) == 0:
        name = d.one(objects)
        inner = " ".join(object_type(target_of(kind, name)).fields)
        chosen.append(f"{w.key()}: {name} {{ {inner} }}")
    links = [name for name in others if not class_of(kind, name)]
    if depth and w.pages < 4:
        near = [name for name in links if w.open.get(target_of(kind, name))] or links
        names = d.few(near if d.number(0, 4) else links, 2)
        chosen += [_below(w, kind, name, depth - 1) for name in names]
    if d.number(0, 2):
        chosen.append("withheld { field reason clause }")
    identifier = "id " if d.number(0, 3) else ""
    return f"{{ {identifier}{' '.join(chosen) or '__typename'} }}"


def _value(w: Writing, kind: str, name: str) -> str:
    text = w.named(name)
    match w.d.number(0, 11):
        case 0:
            return f"{text} @include(if: true)"
        case 1:
            return f"{w.key()}: {name} @skip(if: true) __typename"
        case 2:
            return f"... on {kind} {{ {text} }}"
        case 3:
            fragment = f"F{len(w.fragments)}"
            w.fragments.append(f"fragment {fragment} on {kind} {{ __typename {text} }}")
            return f"...{fragment}"
        case 4:
            return f"{text} {w.key()}: {name}"
        case _:
            return text


def _below(w: Writing, kind: str, name: str, depth: int) -> str:
    target = target_of(kind, name)
    if is_connection(kind, name):
        return f"{w.key()}: {name}{_page(w, target, depth)}"
    return f"{w.key()}: {name} {_selection(w, target, depth)}"


def _filter(w: Writing, kind: str, depth: int) -> str:
    d, of = w.d, filter_type(kind)
    names = [name for name in (of.fields if of else ()) if name not in {"and", "or", "not"}]
    known = [name for name in names if _is_open(w, kind, name)]
    members = []
    for name in d.few(known if d.number(0, 7) else names, 2):
        if is_plain(kind, name):
            members.append(f"{name}: {_comparison(w, kind, name)}")
        elif depth:
            inner = _filter(w, target_of(kind, name), depth - 1)
            members += [f"{name}: {inner}"] if inner else []
    if depth and d.number(0, 2) == 0:
        inner = _filter(w, kind, depth - 1)
        joiner = d.one(("and", "or", "not"))
        if inner:
            members.append(f"not: {inner}" if joiner == "not" else f"{joiner}: [{inner}]")
    return f"{{ {', '.join(members)} }}" if members else ""


def _comparison(w: Writing, kind: str, name: str) -> str:
    of = filter_type(kind)
    comparison = get_named_type(of.fields[name].type) if of else None
    if not isinstance(comparison, GraphQLInputObjectType):
        raise TypeError(name)
    operators = list(comparison.fields)
    data_class = class_of(kind, name)
    if data_class and level_of(data_class) >= 3 and f"{kind}.{name}" not in SEARCHED_BY_NAME:
        operators = ["isNull"]  # test_known_bugs: `eq` on these is refused to most
    operator = w.d.one(operators)
    declared = comparison.fields[operator].type
    scalar = get_named_type(declared).name
    if operator == "isNull":
        return f"{{ isNull: {json.dumps(w.d.chance())} }}"
    value = w.d.one((*_standing(w.d.world, kind, name), _ODD[scalar]))
    if is_list_type(declared) or isinstance(declared, GraphQLList):
        value = value if isinstance(value, list) else [value]
    elif isinstance(value, list):
        value = value[0] if value else _ODD[scalar]
    return f"{{ {operator}: {json.dumps(value)} }}"


def _standing(world: World, kind: str, name: str) -> Sequence[Any]:
    rows: list[Row] = world.all(kind)
    if name == "id":
        return [row.id for row in rows[-4:]]
    values = [written(stored(world, row, name)) for row in rows]
    found = [value for value in values if value is not None]
    return found[-4:]


def opened_by(grants: Sequence[Any]) -> dict[str, set[str]]:
    """Classes by entity that these grants carry, and what is public."""
    found: dict[str, set[str]] = {"Agreement": {"AGREEMENT"}, "Agency": {"AGREEMENT"}}
    for grant in grants:
        found.setdefault(grant.entity, set()).update(map(str, grant.classes))
    return {kind: names & set(classes_of(kind)) for kind, names in found.items()}


def lists(kind: str, name: str) -> bool:
    """Whether a field holds a list."""
    return is_list(object_type(kind).fields[name].type)
