"""Every door to one record: the documents, and where the record stands in their answers.

Takes a type, fields and a `Target`, gives documents. A record is reached by itself, in the listing,
below each link that leads to it, as a node and as an entity; it can be counted, filtered, ordered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLInputObjectType

from schema.sdl import graphql_schema
from tests.refusals.facts import Target

PLURALS: Final = {
    "Victim": "victims",
    "ReturnCase": "returnCases",
    "Assessment": "assessments",
    "TravelPaper": "travelPapers",
    "LegalRequest": "legalRequests",
}
_EACH = "*"
_MANY = "[]"
_KEYS: Final = {
    "Victim": frozenset({"victim", "victims"}),
    "ReturnCase": frozenset({"returnCase", "returnCases", "cases"}),
}
_KINDS: Final = {
    "one": "ID!",
    "case": "ID!",
    "victim": "ID!",
    "meeting": "ID!",
    "keys": "[_Any!]!",
}

_Way = tuple[str, str, tuple[str, ...]]
"""Name, selection, and the keys that lead to the records in the answer."""


@dataclass(frozen=True, slots=True)
class Door:
    """A document's selections over ids as variables, and the keys that lead to records in it."""

    name: str
    selections: str
    way: tuple[str, ...]
    target: Target
    one: str

    @property
    def query(self) -> str:
        """The document: the same text for every record, as a client would write it."""
        used = ", ".join(f"${name}: {_KINDS[name]}" for name in self.variables)
        return f"query{f'({used})' if used else ''} {self.selections}"

    @property
    def variables(self) -> dict[str, object]:
        at, entity = self.target, self.one
        given: dict[str, object] = {
            "one": at.id_of(entity),
            "case": at.case,
            "victim": at.victim,
            "meeting": at.meeting,
            "keys": [{"__typename": entity, "id": at.id_of(entity)}],
        }
        return {name: value for name, value in given.items() if f"${name}" in self.selections}

    def leads_over(self, entity: str) -> bool:
        """Whether the way to a record of another type passes through one of this type."""
        return not _KEYS.get(entity, frozenset()).isdisjoint(self.way)

    def records(self, data: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
        """Every record at the end of the way; a null or an empty list ends it."""
        yield from _along(data, self.way)


def _along(value: Any, way: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    if value is None:
        return
    if not way:
        yield value
    elif way[0] == _MANY:
        for each in value:
            yield from _along(each, way[1:])
    elif way[0] == _EACH:
        for edge in value["edges"]:
            yield from _along(edge["node"], way[1:])
    else:
        yield from _along(value.get(way[0]), way[1:])


def _listed(key: str, body: str, arguments: str = "(first: 100)") -> str:
    return f"{key}{arguments} {{ edges {{ node {{ {body} }} }} }}"


def _few(key: str, body: str) -> str:
    """Below another list: pages of a hundred in pages of a hundred cost more than anybody may."""
    return _listed(key, body, "(first: 2)")


def reading(entity: str, fields: tuple[str, ...], target: Target) -> list[Door]:
    """The doors that show the fields of one record."""
    body = f"id {' '.join(fields)} withheld {{ field reason clause }}"
    branch = f"__typename ... on {entity} {{ {body} }}"
    ways = [
        ("node", f"node(id: $one) {{ {branch} }}", ("node",)),
        (
            "entities",
            f"_entities(representations: $keys) {{ {branch} }}",
            ("_entities", _MANY),
        ),
        *_BY_TYPE.get(entity, _of_part)(entity, body),
    ]
    return [Door(name, f"{{ {query} }}", way, target, entity) for name, query, way in ways]


def _of_victim(_: str, body: str) -> Iterator[_Way]:
    below = f"victim {{ {body} }}"
    cases, few = _listed("returnCases", below), _few("returnCases", below)
    yield "singular", f"victim(id: $victim) {{ {body} }}", ("victim",)
    yield "listing", _listed("victims", body), ("victims", _EACH)
    yield "below the case", f"returnCase(id: $case) {{ {below} }}", ("returnCase", "victim")
    yield "below every case", cases, ("returnCases", _EACH, "victim")
    way = ("victim", "returnCases", _EACH, "victim")
    yield "round about", f"victim(id: $victim) {{ {few} }}", way
    yield _at_the_meeting(below, "victim")


def _of_case(_: str, body: str) -> Iterator[_Way]:
    below = _few("returnCases", body)
    yield "singular", f"returnCase(id: $case) {{ {body} }}", ("returnCase",)
    yield "listing", _listed("returnCases", body), ("returnCases", _EACH)
    way = ("victim", "returnCases", _EACH)
    yield "below the person", f"victim(id: $victim) {{ {below} }}", way
    yield "below every person", _listed("victims", below), ("victims", _EACH, *way[1:])
    around = f"returnCase(id: $case) {{ victim {{ {below} }} }}"
    yield "round about", around, ("returnCase", *way)
    yield _at_the_meeting(body)


def _of_part(entity: str, body: str) -> Iterator[_Way]:
    plural = PLURALS[entity]
    below, way = _few(plural, body), ("returnCases", _EACH, plural, _EACH)
    cases, few = _listed("returnCases", below), _few("returnCases", below)
    yield "below the case", f"returnCase(id: $case) {{ {below} }}", ("returnCase", *way[2:])
    yield "below every case", cases, way
    yield "below the person", f"victim(id: $victim) {{ {few} }}", ("victim", *way)
    yield _at_the_meeting(below, plural, _EACH)


_BY_TYPE = {"Victim": _of_victim, "ReturnCase": _of_case}


def _at_the_meeting(body: str, *way: str) -> _Way:
    query = f"bilateralContact(id: $meeting) {{ {_few('cases', body)} }}"
    return "at the meeting", query, ("bilateralContact", "cases", _EACH, *way)


def counting(entity: str, target: Target, test: str = "") -> list[Door]:
    """The doors that count one record, if `test` (part of a filter) holds on it too."""
    ways = _counting_part if entity not in _BY_TYPE else _counting
    return [
        Door(f"count {name}", f"{{ {query} }}", way, target, entity)
        for name, query, way in ways(entity, f", {{{test}}}" if test else "")
    ]


def _counting(entity: str, test: str) -> Iterator[_Way]:
    plural = PLURALS[entity]
    only = f"(filter: {{and: [{{id: {{eq: $one}}}}{test}]}}) {{ totalCount }}"
    yield "in the listing", f"{plural}{only}", (plural,)
    if entity == "ReturnCase":
        below = f"victim(id: $victim) {{ {plural}{only} }}"
        yield "below the person", below, ("victim", plural)
        meeting = f"bilateralContact(id: $meeting) {{ cases{only} }}"
    else:
        link = f", {{victim: {{and: [{{id: {{eq: $one}}}}{test}]}}}}"
        through = f"(filter: {{and: [{{id: {{eq: $case}}}}{link}]}}) {{ totalCount }}"
        yield "through the link", f"returnCases{through}", ("returnCases",)
        meeting = f"bilateralContact(id: $meeting) {{ cases{through} }}"
    yield "at the meeting", meeting, ("bilateralContact", "cases")


def _counting_part(entity: str, test: str) -> Iterator[_Way]:
    plural = PLURALS[entity]
    only = f"(filter: {{and: [{{id: {{eq: $one}}}}{test}]}}) {{ totalCount }}"
    yield "below the case", f"returnCase(id: $case) {{ {plural}{only} }}", ("returnCase", plural)


def ordering(entity: str, field: str, direction: str, target: Target) -> Door:
    """The listing in the order of a field, from which the order can be read."""
    arguments = f"(first: 100, orderBy: [{{field: {order_name(field)}, direction: {direction}}}])"
    listed = _listed(PLURALS[entity], f"id {field}", arguments)
    way: tuple[str, ...] = (PLURALS[entity], _EACH)
    if entity not in _BY_TYPE:
        listed, way = f"returnCase(id: $case) {{ {listed} }}", ("returnCase", *way)
    return Door(f"order {direction}", f"{{ {listed} }}", way, target, entity)


def order_name(field: str) -> str:
    """`stateSince` as an order knows it: `STATE_SINCE`."""
    return "".join(f"_{c}" if c.isupper() else c.upper() for c in field)


def can_be_filtered(entity: str, field: str) -> bool:
    """Whether the schema knows a filter on the field."""
    known = graphql_schema().type_map[f"{entity}Filter"]
    assert isinstance(known, GraphQLInputObjectType)
    return field in known.fields


def can_be_ordered(entity: str, field: str) -> bool:
    """Whether the schema knows an order by the field."""
    known = graphql_schema().type_map[f"{entity}OrderField"]
    assert isinstance(known, GraphQLEnumType)
    return order_name(field) in known.values
