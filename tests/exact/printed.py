"""The schema as it is printed and reviewed: what a field is, and of which class.

Takes the text of `schema/saphan.graphql` alone, so that nothing here is judged by the catalog or
the compiler that are to be tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from graphql import (
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

from schema.sdl import SDL_FILE


@dataclass(frozen=True, slots=True)
class Field:
    """Named type of a field, its data class ('' for none), and the named types of its arguments."""

    type: str
    data_class: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Printed:
    """The types by name. `faces` are the interfaces and unions that an object type is part of."""

    objects: Mapping[str, Mapping[str, Field]]
    faces: Mapping[str, frozenset[str]]
    inputs: Mapping[str, Mapping[str, str]]
    levels: Mapping[str, int]
    """Sensitivity by data class."""

    def field(self, owner: str, name: str) -> Field:
        return self.objects[owner][name]

    def applies(self, condition: str, owner: str) -> bool:
        return condition == owner or condition in self.faces[owner]

    def is_record(self, name: str) -> bool:
        """Whether it has an id of its own in the ledger."""
        return "Node" in self.faces.get(name, frozenset())

    def answers_for_nulls(self, name: str) -> bool:
        return "Record" in self.faces.get(name, frozenset())

    def is_abstract(self, name: str) -> bool:
        return name not in self.objects

    def is_page(self, name: str) -> bool:
        return name.endswith("Connection")

    def node_of(self, page: str) -> str:
        """The type of the records of a page."""
        return self.field(self.field(page, "edges").type, "node").type


@cache
def printed() -> Printed:
    """The schema that is checked in."""
    objects: dict[str, dict[str, Field]] = {}
    faces: dict[str, set[str]] = {}
    inputs: dict[str, dict[str, str]] = {}
    levels: dict[str, int] = {}
    unions: dict[str, list[str]] = {}
    for kind in parse(SDL_FILE.read_text(encoding="utf-8")).definitions:
        match kind:
            case ObjectTypeDefinitionNode():
                objects[kind.name.value] = {f.name.value: _field(f) for f in kind.fields or ()}
                faces.setdefault(kind.name.value, set()).update(
                    face.name.value for face in kind.interfaces or ()
                )
            case UnionTypeDefinitionNode():
                unions[kind.name.value] = [t.name.value for t in kind.types or ()]
            case InputObjectTypeDefinitionNode():
                inputs[kind.name.value] = {f.name.value: _named(f.type) for f in kind.fields or ()}
            case EnumTypeDefinitionNode(name=name) if name.value == "DataClass":
                for value in kind.values or ():
                    text = " ".join(print_ast(d) for d in value.directives or ())
                    levels[value.name.value] = int(text.split("level: S")[1][0])
            case InterfaceTypeDefinitionNode() | _:
                pass
    for union, members in unions.items():
        for member in members:
            faces[member].add(union)
    return Printed(objects, {k: frozenset(v) for k, v in faces.items()}, inputs, levels)


def _field(node: FieldDefinitionNode) -> Field:
    said = {d.name.value: d for d in node.directives or ()}
    classes = said["protected"].arguments if "protected" in said else None
    data_class = print_ast(classes[0].value) if classes else ""
    arguments = {a.name.value: _named(a.type) for a in node.arguments or ()}
    return Field(_named(node.type), data_class, arguments)


def _named(kind: TypeNode) -> str:
    return print_ast(kind).strip("[]!").replace("]", "").replace("!", "")
