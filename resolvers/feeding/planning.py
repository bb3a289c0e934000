"""`changes` in a plan: its shape, and one branch for each type of record.

Takes the root field, gives a `ChangesRoot`. What an entry says is decided on
the record it is about, whatever is selected of it: the first branches judge
every class.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from resolvers.feeding.legend import KINDS
from resolvers.plan import (
    Bind,
    ChangeEdgesOut,
    ChangeOut,
    ChangesRoot,
    CursorOut,
    PageInfoOut,
    Path,
    RowNode,
    TypenameOut,
)
from resolvers.selection import FieldNodes

if TYPE_CHECKING:
    from resolvers.planning import Planner


def plan_changes(planner: Planner, key: str, nodes: FieldNodes) -> ChangesRoot:
    """The root's place in the plan."""
    first = planner.argument(nodes[0], "Query", "first")
    after = planner.argument(nodes[0], "Query", "after")
    given = first.bind("integer") if first.is_given else Bind("const", value=20)
    size = replace(given, cast="integer")
    number = planner.number()
    records: dict[str, tuple[RowNode, ...]] = {}
    parts: list[TypenameOut | PageInfoOut | ChangeEdgesOut] = []
    for part_key, merged in planner.collector.below(nodes, "ChangeConnection").items():
        planner.count(1)
        match merged[0].name.value:
            case "edges":
                outer, planner.firsts = planner.firsts, (*planner.firsts, size)
                items = tuple(_edge(planner, (key, part_key, "@"), merged, records))
                planner.firsts = outer
                parts.append(ChangeEdgesOut(part_key, items))
            case "pageInfo":
                parts.append(PageInfoOut(part_key, planner.leaves(merged, "PageInfo")))
            case _:
                parts.append(TypenameOut(part_key, "ChangeConnection"))
    shows = any(isinstance(part, ChangeEdgesOut) for part in parts)
    if shows and not records:
        # an entry says that the record is there: it is judged, and on record by its id
        entities = [planner.catalog.entities[name] for name in KINDS]
        records[""] = tuple(RowNode(entity, (key,), ()) for entity in entities)
        planner.read(len(entities))
    cursor = after.bind("text") if after.is_given else None
    if not shows:
        # without edges nothing is told: the place goes on, and no record is read
        return ChangesRoot(key, number, size, cursor, tuple(parts), ())
    judging, *others = records.items()
    judged = tuple(replace(branch, explained=True, unreasoned=True) for branch in judging[1])
    return ChangesRoot(key, number, size, cursor, tuple(parts), ((judging[0], judged), *others))


def _edge(
    planner: Planner, path: Path, nodes: FieldNodes, records: dict[str, tuple[RowNode, ...]]
) -> list[TypenameOut | CursorOut | ChangeOut]:
    items: list[TypenameOut | CursorOut | ChangeOut] = []
    for key, merged in planner.collector.below(nodes, "ChangeEdge").items():
        planner.count(1)
        match merged[0].name.value:
            case "cursor":
                items.append(CursorOut(key))
            case "node":
                items.append(ChangeOut(key, _change(planner, (*path, key), merged, records)))
            case _:
                items.append(TypenameOut(key, "ChangeEdge"))
    return items


def _change(
    planner: Planner, path: Path, nodes: FieldNodes, records: dict[str, tuple[RowNode, ...]]
) -> tuple[tuple[str, str, str], ...]:
    """(response key, schema name, key of the branches) of each member."""
    members = []
    for key, merged in planner.collector.below(nodes, "Change").items():
        planner.count(1)
        name, branches = merged[0].name.value, ""
        if name == "record":
            branches = ".".join((*path, key))
            entities = [planner.catalog.entities[each] for each in KINDS]
            records[branches] = planner.branches((*path, key), merged, entities)
        members.append((key, name, branches))
    return tuple(members)
