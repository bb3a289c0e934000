"""Every record through every door: the answer depends on record and field, never on the path.

Takes an `Asking` and the fields that its case selects of a type, asks for each
record by itself, as a node, as an entity, in the listing and below a link, and
gives what each door showed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from resolvers.plan import (
    ConnOut,
    ConnRoot,
    EntitiesRoot,
    LinkOut,
    NodeRoot,
    Plan,
    RowNode,
    SingleRoot,
    ValueOut,
)
from resolvers.walking import nodes_of, rows_of
from schema.catalog import catalog
from tests.golden.cases import Asking

_LINKS = {
    "Victim": ("ReturnCase", "returnCases", "victim"),
    "Agreement": ("ReturnCase", "returnCases", "agreement"),
}
Shown = dict[str, dict[str, Any] | None]


def fields_of(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The plain protected fields that a plan selects, by type, by schema name."""
    found: dict[str, dict[str, None]] = {}
    for row in rows_of(plan):
        names = found.setdefault(row.entity.name, {})
        for out in row.outputs:
            if isinstance(out, ValueOut) and not out.selection:
                names[out.source.name] = None
    return {name: tuple(fields) for name, fields in found.items() if fields}


async def through_every_door(
    asking: Asking, entity: str, fields: tuple[str, ...], ids: list[str]
) -> dict[str, Shown]:
    """By door: what each id showed, None where nothing did. Withheld reasons included."""
    body = f"id {' '.join(fields)} withheld {{ field reason clause }}"
    source = catalog().entities[entity]
    doors: dict[str, Shown] = {"node": {}, "entities": {}}
    numbered = list(enumerate(ids))
    query = "{" + " ".join(
        f'n{i}: node(id: "{each}") {{ ... on {entity} {{ {body} }} }}' for i, each in numbered
    )
    data = (await asking.at_a_door(query + "}"))["data"]
    doors["node"] = {each: data[f"n{i}"] or None for i, each in numbered}
    query = (
        f"query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on {entity} {{{body}}} }} }}"
    )
    asked = [{"__typename": entity, "id": each} for each in ids]
    data = (await asking.at_a_door(query, r=asked))["data"]
    doors["entities"] = dict(zip(ids, data["_entities"], strict=True))
    if source.singular and source.plural:
        query = "{" + " ".join(
            f'n{i}: {source.singular}(id: "{x}") {{{body}}}' for i, x in numbered
        )
        data = (await asking.at_a_door(query + "}"))["data"]
        doors["singular"] = {each: data[f"n{i}"] for i, each in numbered}
        query = f"{{ {source.plural}(first: 100) {{ edges {{ node {{ {body} }} }} }} }}"
        data = (await asking.at_a_door(query))["data"]
        listed = {e["node"]["id"]: e["node"] for e in data[source.plural]["edges"]}
        doors["listing"] = {each: listed.get(each) for each in ids}
    if entity in _LINKS:
        _, plural, link = _LINKS[entity]
        query = f"{{ {plural}(first: 100) {{ edges {{ node {{ {link} {{ {body} }} }} }} }} }}"
        data = (await asking.at_a_door(query))["data"]
        linked = [e["node"][link] for e in data[plural]["edges"] if e["node"][link]]
        doors["linked"] = {node["id"]: node for node in linked if node["id"] in ids}
    return doors


def nodes_in(plan: Plan, data: dict[str, Any]) -> Iterator[tuple[RowNode, dict[str, Any]]]:
    """Every record that stands in an answer, with the part of the plan that asked for it."""
    for root in plan.roots:
        value = data.get(root.key)
        match root:
            case SingleRoot(node=node):
                yield from _below(node, value)
            case ConnRoot(connection=connection):
                for node in nodes_of(connection):
                    yield from _paged(node, value)
            case NodeRoot(branches=branches):
                yield from _branched(branches, value)
            case EntitiesRoot(branches=branches):
                for each in value or ():
                    yield from _branched(branches, each)


def _branched(
    branches: tuple[RowNode, ...], value: Any
) -> Iterator[tuple[RowNode, dict[str, Any]]]:
    """Of several types the one that the answer names: the cases select `__typename` there."""
    for branch in branches:
        if isinstance(value, dict) and value["__typename"] == branch.entity.name:
            yield from _below(branch, value)


def _paged(node: RowNode, value: Any) -> Iterator[tuple[RowNode, dict[str, Any]]]:
    # the path's last two steps are the keys of `edges` (with its @ between) and of `node`
    edges, item = node.path[-3], node.path[-1]
    for edge in (value or {}).get(edges, ()):
        yield from _below(node, edge[item])


def _below(node: RowNode, value: Any) -> Iterator[tuple[RowNode, dict[str, Any]]]:
    if not isinstance(value, dict):
        return
    yield node, value
    for out in node.outputs:
        if isinstance(out, LinkOut):
            yield from _below(out.node, value.get(out.key))
        elif isinstance(out, ConnOut):
            for inner in nodes_of(out.connection):
                yield from _paged(inner, value.get(out.key))
