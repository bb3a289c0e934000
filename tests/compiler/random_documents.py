"""Documents that nobody thought of: a Hypothesis strategy over the whole query language.

Takes the catalog and the built schema, gives valid operations: several roots,
aliases, fragments, nested pages, links, filters, orders, `@skip` and
`@include`, `__typename`. Every record is asked for its id, so that an answer
can be compared with what was recorded. Every page is long enough for all rows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLSchema
from hypothesis import strategies as st

from schema.catalog import EntitySource, FieldSource, Kind, catalog
from schema.sdl import graphql_schema

ROOTS = ("Victim", "ReturnCase", "Agreement", "BilateralContact")
_POSITIVE = ("eq", "in", "lt", "gte")
_VALUES: dict[str, tuple[Any, ...]] = {
    "String": ("TRACING", "KH", "Feminine", "K1", "no such value"),
    "ID": ("00000000-0000-4000-8000-000000000000",),
    "Int": (0, 3),
    "Boolean": (True, False),
    "Date": ("2026-09-01", "1990-01-01"),
    "DateTime": ("2026-09-03T00:00:00Z", "2031-01-01T00:00:00Z"),
}


@dataclass(slots=True)
class Writing:
    """One document while it is written."""

    draw: Any
    ids: Sequence[str]
    negative: bool
    count: int = 0
    pages: int = 0
    fragments: list[str] = field(default_factory=list)

    def key(self) -> str:
        """An alias that stands nowhere else, so that no two fields conflict."""
        self.count += 1
        return f"k{self.count}"

    def some(self, items: Sequence[Any], most: int) -> list[Any]:
        """A few of `items`, in their order."""
        if not items:
            return []
        return sorted(
            self.draw(st.lists(st.sampled_from(items), max_size=most, unique=True)), key=items.index
        )

    def chance(self) -> bool:
        """Heads or tails."""
        return bool(self.draw(st.booleans()))


@st.composite
def documents(draw: Any, ids: Sequence[str] = (), *, negative: bool = True) -> str:
    """The text of one anonymous query without variables.

    With `negative` filters may hold `isNull`, `ne`, `notIn` and `not`, by which
    a value that is withheld can let more rows through.
    """
    writing = Writing(draw, ids, negative)
    roots = [_root(writing) for _ in range(draw(st.integers(1, 3)))]
    return "{ " + " ".join(roots) + " }" + "".join(f"\n{text}" for text in writing.fragments)


def _root(w: Writing) -> str:
    entity = catalog().entities[w.draw(st.sampled_from(ROOTS))]
    kind = w.draw(st.sampled_from(("listing", "listing", "one", "node", "entities")))
    if kind == "listing" or not w.ids:
        return f"{w.key()}: {entity.plural}{_page(w, entity, depth=2)}"
    identifier = json.dumps(w.draw(st.sampled_from(w.ids)))
    body = _selection(w, entity, depth=1)
    if kind == "one":
        return f"{w.key()}: {entity.singular}(id: {identifier}) {body}"
    if kind == "node":
        return f"{w.key()}: node(id: {identifier}) {{ __typename id ... on {entity.name} {body} }}"
    asked = f'[{{__typename: "{entity.name}", id: {identifier}}}]'
    inner = f"{{ __typename ... on {entity.name} {body} }}"
    return f"{w.key()}: _entities(representations: {asked}) {inner}"


def _page(w: Writing, entity: EntitySource, depth: int) -> str:
    w.pages += 1
    arguments = ["first: 50"]
    if w.chance():
        condition = _filter(w, graphql_schema(), f"{entity.name}Filter", 2)
        arguments += [f"filter: {condition}"] if condition else []
    if w.chance():
        orders = graphql_schema().type_map.get(f"{entity.name}OrderField")
        if isinstance(orders, GraphQLEnumType):
            name = w.draw(st.sampled_from(sorted(orders.values)))
            direction = "ASC" if w.chance() else "DESC"
            arguments.append(f"orderBy: [{{ field: {name}, direction: {direction} }}]")
    extra = ["totalCount", "pageInfo { hasNextPage endCursor }", "__typename"]
    parts = " ".join(w.some(extra, 2))
    cursor = "cursor " if w.chance() else ""
    node = f"edges {{ {cursor}node {_selection(w, entity, depth)} }}"
    return f"({', '.join(arguments)}) {{ {parts} {node} }}"


def _selection(w: Writing, entity: EntitySource, depth: int) -> str:
    fields = [f for f in entity.fields.values() if f.kind is Kind.VALUE]
    chosen = [_value(w, entity, f) for f in w.some(fields, 6)]
    objects = [f for f in entity.fields.values() if f.kind is Kind.OBJECT]
    for each in w.some(objects, 1):
        names = [name for name, _, _, nested in catalog().objects[each.target or ""].fields]
        chosen.append(f"{w.key()}: {each.name} {{ {' '.join(names[:3])} }}")
    if depth and w.pages < 5:
        links = [f for f in entity.fields.values() if f.kind in (Kind.LINK, Kind.CONNECTION)]
        chosen += [_below(w, link, depth - 1) for link in w.some(links, 2)]
    if w.chance():
        chosen.append("withheld { field reason clause }")
    return f"{{ id {' '.join(chosen)} }}"


def _value(w: Writing, entity: EntitySource, source: FieldSource) -> str:
    text = source.name if w.draw(st.integers(0, 2)) else f"{w.key()}: {source.name}"
    match w.draw(st.integers(0, 7)):
        case 0:
            return f"{text} @include(if: true)"
        case 1:
            return f"{w.key()}: {source.name} @skip(if: true)"
        case 2:
            return f"... on {entity.name} {{ {text} }}"
        case 3:
            name = f"F{len(w.fragments)}"
            w.fragments.append(f"fragment {name} on {entity.name} {{ __typename {text} }}")
            return f"...{name}"
        case _:
            return text


def _below(w: Writing, link: FieldSource, depth: int) -> str:
    target = catalog().entities[link.target or ""]
    if link.kind is Kind.LINK:
        return f"{w.key()}: {link.name} {_selection(w, target, depth)}"
    return f"{w.key()}: {link.name}{_page(w, target, depth)}"


def _filter(w: Writing, schema: GraphQLSchema, name: str, depth: int) -> str:
    kind = schema.type_map.get(name)
    if not isinstance(kind, GraphQLInputObjectType):
        return ""
    members = []
    for field_name in w.some(sorted(set(kind.fields) - {"and", "or", "not"}), 2):
        inner = str(kind.fields[field_name].type).strip("!")
        nested = schema.type_map[inner]
        if isinstance(nested, GraphQLInputObjectType) and "and" in nested.fields:
            text = _filter(w, schema, inner, depth - 1) if depth else ""
        else:
            text = _comparison(w, nested)
        if text:
            members.append(f"{field_name}: {text}")
    if depth and w.chance():
        other = _filter(w, schema, name, depth - 1)
        joiner = w.draw(st.sampled_from(("and", "or", "not") if w.negative else ("and", "or")))
        if other:
            members.append(f"not: {other}" if joiner == "not" else f"{joiner}: [{other}]")
    return f"{{ {', '.join(members)} }}" if members else ""


def _comparison(w: Writing, kind: Any) -> str:
    operators = [o for o in sorted(kind.fields) if w.negative or o in _POSITIVE]
    if not operators:
        return ""
    operator = w.draw(st.sampled_from(operators))
    text = str(kind.fields[operator].type)
    scalar = text.strip("[]!")
    value = w.draw(st.sampled_from(_VALUES[scalar]))
    return f"{{ {operator}: {json.dumps([value] if text.startswith('[') else value)} }}"
