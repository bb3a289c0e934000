"""Walks over the built schema, shared by the tests of it."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)


def described(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Every type, field, argument, input field, enum value and directive with its description."""
    for name, kind in schema.type_map.items():
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind):
            yield name, kind.description
            yield from _members(kind)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description
            for argument_name, argument in directive.args.items():
                yield f"@{directive.name}({argument_name})", argument.description


def _members(kind: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for field_name, field in kind.fields.items():
            yield f"{kind.name}.{field_name}", field.description
            for argument_name, argument in field.args.items():
                yield f"{kind.name}.{field_name}({argument_name})", argument.description
    elif isinstance(kind, GraphQLInputObjectType):
        for field_name, entry in kind.fields.items():
            yield f"{kind.name}.{field_name}", entry.description
    elif isinstance(kind, GraphQLEnumType):
        for value_name, value in kind.values.items():
            yield f"{kind.name}.{value_name}", value.description


def object_fields(schema: GraphQLSchema) -> Iterator[tuple[str, str, GraphQLField]]:
    """(type, field name, field) of every object type."""
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not is_introspection_type(kind):
            for field_name, field in kind.fields.items():
                yield name, field_name, field
