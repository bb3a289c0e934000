"""What a question costs: one for each field, times the product of the `first` around it."""

from __future__ import annotations

from graphql import FieldNode

from tests.judge.sdl import is_connection, object_type, target_of
from tests.judge.selecting import Question, Selected

LIMIT = 5_000


def cost_of(question: Question) -> int | None:
    """The cost; None where a root is looked up by its id alone, and may be of several types."""
    total = 0
    for nodes in question.roots().values():
        name = nodes[0].name.value
        if name in {"node", "_entities"}:
            return None
        total += 1 if name == "__typename" else _field(question, "Query", nodes, 1)
    return total


def _field(question: Question, kind: str, nodes: list[FieldNode], times: int) -> int:
    name = nodes[0].name.value
    if name in {"__typename", "id"}:
        return times
    target = target_of(kind, name)
    if not is_connection(kind, name):
        fields = question.below(nodes, target) if _has_fields(nodes) else {}
        return times + _all(question, target, fields, times)
    connection = object_type(kind).fields[name].type.of_type.name
    total, first = times, int(question.arguments(kind, nodes[0]).get("first", 20))
    for each in question.below(nodes, connection).values():
        if each[0].name.value != "edges":
            place = question.below(each, "PageInfo") if _has_fields(each) else {}
            total += times * (1 + len(place))
            continue
        edge = connection.removesuffix("Connection") + "Edge"
        total += times * first
        for inner in question.below(each, edge).values():
            below = question.below(inner, target) if _has_fields(inner) else {}
            total += times * first + _all(question, target, below, times * first)
    return total


def _all(question: Question, kind: str, fields: Selected, times: int) -> int:
    return sum(_field(question, kind, nodes, times) for nodes in fields.values())


def _has_fields(nodes: list[FieldNode]) -> bool:
    return nodes[0].selection_set is not None
