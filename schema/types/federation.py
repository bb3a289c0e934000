"""Descriptions of what Strawberry adds to the schema by itself, federation's words above all.

Takes a graphql-core schema, sets the missing descriptions in it, promises to
touch nothing that has one.
"""

from __future__ import annotations

from typing import Any

from graphql import GraphQLSchema

FEDERATION_TYPES = frozenset({"_Any", "_Entity", "_Service"})
FEDERATION_ROOTS = frozenset({"_entities", "_service"})
FEDERATION_DIRECTIVES = frozenset({"key", "link", "shareable"})

_TYPES = {
    "_Any": "A representation: `__typename` and `id` of a record.",
    "_Entity": "Every type that has an id.",
    "_FieldSet": "A selection of fields, as federation writes it.",
    "_Service": "What a router composes.",
    "link__Import": "A name taken from a linked specification.",
    "link__Purpose": "What a linked specification is for.",
}
_FIELDS = {
    "Query._entities": "Records by type and id, for a router. Decided like on any other path.",
    "Query._service": "This subgraph, for composition.",
    "_Service.sdl": "The SDL of this subgraph.",
}
_ARGUMENTS = {
    "Query._entities(representations)": "`__typename` and `id` of each record.",
    "@key(fields)": "The fields that identify a record.",
    "@key(resolvable)": "Whether this subgraph answers for it.",
    "@link(as)": "The prefix of its names.",
    "@link(for)": "What it is for.",
    "@link(import)": "The names taken from it.",
    "@link(url)": "The specification.",
    "@protected(class)": "The field's one data class.",
    "@sensitivity(level)": "From S0, public, to S5, sealed.",
}
_DIRECTIVES = {
    "key": "The fields by which a router finds a record of this type.",
    "link": "A specification whose directives this schema uses.",
    "shareable": "Other subgraphs may answer for this type as well.",
}
_VALUES = {
    "link__Purpose.SECURITY": "A router that does not know it must not serve.",
    "link__Purpose.EXECUTION": "A router needs it to answer rightly.",
}


def describe_machinery(core: GraphQLSchema) -> None:
    """Set the descriptions that Strawberry leaves out."""
    for name, kind in core.type_map.items():
        _set(kind, _TYPES.get(name))
        for value_name, value in getattr(kind, "values", {}).items():
            _set(value, _VALUES.get(f"{name}.{value_name}"))
        for field_name, field in getattr(kind, "fields", {}).items():
            _set(field, _FIELDS.get(f"{name}.{field_name}"))
            for argument_name, argument in getattr(field, "args", {}).items():
                _set(argument, _ARGUMENTS.get(f"{name}.{field_name}({argument_name})"))
    for directive in core.directives:
        _set(directive, _DIRECTIVES.get(directive.name))
        for argument_name, argument in directive.args.items():
            _set(argument, _ARGUMENTS.get(f"@{directive.name}({argument_name})"))


def _set(part: Any, description: str | None) -> None:
    if part.description is None and description is not None:
        part.description = description
