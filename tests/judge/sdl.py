"""What exists, as the checked-in schema says it: classes of fields, their levels, types and links.

Takes `schema/saphan.graphql` alone, gives a graphql-core schema and look-ups
over its directives. The catalog of the compiler is not asked.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import cast

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    value_from_ast_untyped,
)

_FILE = Path(__file__).resolve().parents[2] / "schema" / "saphan.graphql"
_FEDERATION = """
directive @link(url: String!, import: [String!]) repeatable on SCHEMA
directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
directive @shareable repeatable on OBJECT | FIELD_DEFINITION
"""

CASE_PARTS = (
    "Transition",
    "Consent",
    "Referral",
    "Assessment",
    "TravelPaper",
    "FollowUp",
    "LegalRequest",
    "EmergencyOpening",
)
CASE_BOUND = ("Victim", "ReturnCase", *CASE_PARTS)
OF_AGREEMENTS = ("Agreement", "Clause", "FocalPoint", "BilateralContact")
ENTITIES = (*CASE_BOUND, *OF_AGREEMENTS, "Agency")
"""Every type with an id that the judge knows; the access records themselves are not judged."""


@cache
def schema() -> GraphQLSchema:
    """The printed schema, built again."""
    return build_schema(_FEDERATION + _FILE.read_text(encoding="utf-8"))


def object_type(name: str) -> GraphQLObjectType:
    """An object type by its name."""
    return cast("GraphQLObjectType", schema().type_map[name])


@cache
def field_names(kind: str) -> tuple[str, ...]:
    """Fields of a type in schema order."""
    return tuple(object_type(kind).fields)


@cache
def class_of(kind: str, field: str) -> str | None:
    """The data class under which a field is opened; None for ids, links and connections."""
    node = object_type(kind).fields[field].ast_node
    for directive in (node.directives or ()) if node else ():
        if directive.name.value == "protected":
            return str(value_from_ast_untyped(directive.arguments[0].value))
    return None


@cache
def level_of(data_class: str) -> int:
    """How much harm a value of this class can do: 0 to 5."""
    values = cast("GraphQLEnumType", schema().type_map["DataClass"]).values
    node = values[data_class].ast_node
    for directive in (node.directives or ()) if node else ():
        if directive.name.value == "sensitivity":
            return int(str(value_from_ast_untyped(directive.arguments[0].value))[1:])
    raise LookupError(data_class)


@cache
def target_of(kind: str, field: str) -> str:
    """The type at which a field arrives, through lists, non-nulls and connections."""
    named = get_named_type(object_type(kind).fields[field].type)
    if named.name.endswith("Connection"):
        named = get_named_type(
            object_type(object_type(named.name).fields["edges"].type.of_type.of_type.of_type.name)
            .fields["node"]
            .type
        )
    return str(named.name)


@cache
def is_connection(kind: str, field: str) -> bool:
    """Whether a field is a page of records."""
    return str(get_named_type(object_type(kind).fields[field].type).name).endswith("Connection")


@cache
def is_plain(kind: str, field: str) -> bool:
    """Whether a field is a scalar or a list of scalars."""
    return is_leaf_type(get_named_type(object_type(kind).fields[field].type))


def is_list(declared: GraphQLType) -> bool:
    """Whether a declared type is a list, nullable or not."""
    inner = declared.of_type if is_non_null_type(declared) else declared
    return is_list_type(inner)


def filter_type(kind: str) -> GraphQLInputObjectType | None:
    """The filter input of an entity, None where it takes none."""
    found = schema().type_map.get(f"{kind}Filter")
    return found if isinstance(found, GraphQLInputObjectType) else None


def order_fields(kind: str) -> tuple[str, ...]:
    """Names of the fields by which an entity can be ordered, as the enum writes them."""
    found = schema().type_map.get(f"{kind}OrderField")
    return tuple(found.values) if isinstance(found, GraphQLEnumType) else ()


def camel(order_field: str) -> str:
    """`STATE_SINCE` as the schema's `stateSince`."""
    first, *rest = order_field.lower().split("_")
    return first + "".join(part.capitalize() for part in rest)
