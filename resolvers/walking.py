"""Walking a plan: every record, connection and filter in it, in the order of the document."""

from __future__ import annotations

from collections.abc import Iterator

from resolvers.plan import (
    ChangesRoot,
    CheckpointRoot,
    Combine,
    Compare,
    Connection,
    ConnOut,
    ConnRoot,
    EdgesOut,
    EntitiesRoot,
    ExplainRoot,
    Filter,
    LinkOut,
    LocalRoot,
    NodeOut,
    NodeRoot,
    Plan,
    RowNode,
    SingleRoot,
    StatisticsRoot,
)
from schema.catalog import EntitySource, FieldSource


def rows_of(plan: Plan) -> Iterator[RowNode]:
    """Every record node of the plan, outermost first."""
    for root in plan.roots:
        match root:
            case SingleRoot(node=node):
                yield from rows_below(node)
            case ConnRoot(connection=connection):
                yield from _rows_of_connection(connection)
            case (
                NodeRoot(branches=branches)
                | EntitiesRoot(branches=branches)
                | ExplainRoot(branches=branches)
            ):
                for branch in branches:
                    yield from rows_below(branch)
            case ChangesRoot(records=records):
                for _, branches in records:
                    for branch in branches:
                        yield from rows_below(branch)
            case LocalRoot() | CheckpointRoot() | StatisticsRoot():
                pass


def rows_below(row: RowNode) -> Iterator[RowNode]:
    """This record node and every one below it."""
    yield row
    for output in row.outputs:
        if isinstance(output, LinkOut):
            yield from rows_below(output.node)
        elif isinstance(output, ConnOut):
            yield from _rows_of_connection(output.connection)


def _rows_of_connection(connection: Connection) -> Iterator[RowNode]:
    for node in nodes_of(connection):
        yield from rows_below(node)


def nodes_of(connection: Connection) -> Iterator[RowNode]:
    """The record nodes of a page: one for each time `node` is selected."""
    for part in connection.parts:
        if isinstance(part, EdgesOut):
            for item in part.items:
                if isinstance(item, NodeOut):
                    yield item.node


def connections_of(plan: Plan) -> Iterator[Connection]:
    """Every connection of the plan."""
    for root in plan.roots:
        if isinstance(root, ConnRoot):
            yield root.connection
    for row in rows_of(plan):
        for output in row.outputs:
            if isinstance(output, ConnOut):
                yield output.connection


def searched_in(
    entity: EntitySource, condition: Filter | None
) -> Iterator[tuple[EntitySource, FieldSource, str]]:
    """(entity, field, operator) of every comparison of a filter."""
    match condition:
        case Compare(source=source, op=op):
            yield entity, source, op
        case Combine(items=items):
            for item in items:
                yield from searched_in(entity, item)
        case _ if condition is not None:
            yield from searched_in(condition.entity, condition.inner)
