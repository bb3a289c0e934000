"""The catalog: which GraphQL field is which column, link and data class.

Takes the marked Strawberry types, gives frozen dataclasses that the compiler
reads, promises that every field of every entity has exactly one source and
that a field which can be withheld is nullable. Raises CatalogError otherwise.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

import strawberry
from strawberry.types.base import StrawberryList, StrawberryOptional, has_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from schema.classes import DataClass
from schema.held import (
    HISTORY,
    Binding,
    Held,
    Linked,
    UnclassifiedFieldError,
    definition_of,
    entity_mark_of,
    mark_of,
)
from schema.types.comparisons import comparison_for
from schema.types.entities import ENTITIES
from schema.types.names import graphql_name
from schema.types.records import Connection
from schema.types.scalars import Natural


class CatalogError(UnclassifiedFieldError):
    """The types contradict the catalog's promises: the schema does not build."""


class Kind(StrEnum):
    """What a field is to the compiler."""

    ID = "ID"
    VALUE = "VALUE"
    OBJECT = "OBJECT"
    LINK = "LINK"
    CONNECTION = "CONNECTION"
    WITHHELD = "WITHHELD"
    VERSIONS = "VERSIONS"
    HISTORY = "HISTORY"


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Where a field comes from.

    `sql` has `{t}` for the row's alias and is empty for LINK, CONNECTION,
    WITHHELD, VERSIONS and HISTORY; `join` has `{p}` for the parent's alias, `{t}` for the target's
    and `{v}` for that of `via`.
    """

    name: str
    kind: Kind
    data_class: DataClass | None
    sql: str
    sql_type: str
    target: str | None = None
    join: str | None = None
    via: str | None = None
    is_list: bool = False
    filterable: bool = False
    orderable: bool = False


@dataclass(frozen=True, slots=True)
class ObjectSource:
    """A type without id: (graphql name, json key, sql type, nested object name or None) each."""

    name: str
    fields: tuple[tuple[str, str, str, str | None], ...]


@dataclass(frozen=True, slots=True)
class EntitySource:
    """A type that a grant may name. `public_where` has `{t}`: rows whose S0 fields are public."""

    name: str
    table: str
    fields: dict[str, FieldSource]
    binding: str
    public_where: str | None = None
    singular: str | None = None
    plural: str | None = None


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every entity and every object type, in schema order."""

    entities: dict[str, EntitySource] = field(default_factory=dict)
    objects: dict[str, ObjectSource] = field(default_factory=dict)


_SQL_TYPES: dict[object, str] = {
    str: "text",
    int: "integer",
    bool: "boolean",
    dt.date: "date",
    dt.datetime: "timestamptz",
    strawberry.ID: "uuid",
    Natural: "bigint",
}
_OF_OBJECTS = frozenset({Kind.OBJECT, Kind.HISTORY})
_SEALED_FROM = 3
"""Fields of this sensitivity and above take `eq` and `isNull` only, and no order."""


@cache
def catalog() -> Catalog:
    """The one catalog of this schema. Raises CatalogError where the types break a promise."""
    return build(ENTITIES)


def build(entities: tuple[type, ...]) -> Catalog:
    """The catalog of these entity types."""
    found = Catalog()
    for cls in entities:
        mark = entity_mark_of(cls)
        name = definition_of(cls).name
        sources = [_source(cls, each, found.objects) for each in definition_of(cls).fields]
        found.entities[name] = EntitySource(
            name=name,
            table=mark.table,
            fields={source.name: source for source in sources},
            binding=mark.binding.value,
            public_where=mark.public_where,
            singular=mark.singular,
            plural=mark.plural,
        )
        if len(found.entities[name].fields) != len(sources):
            raise CatalogError(f"`{name}` has two fields of one name")
    _check_targets(found)
    return found


def is_sealed(data_class: DataClass) -> bool:
    """Whether fields of this class are compared by `eq` and `isNull` only."""
    return data_class.sensitivity.level >= _SEALED_FROM


def _source(cls: type, each: StrawberryField, objects: dict[str, ObjectSource]) -> FieldSource:
    owner, name, mark = definition_of(cls).name, graphql_name(each), mark_of(each)
    if isinstance(mark, Linked):
        return _linked(owner, name, mark, each.type)
    if isinstance(mark, Held):
        return _held(owner, name, mark, each, objects)
    if name == "id":
        return FieldSource(name, Kind.ID, None, "{t}.id", "uuid", filterable=True, orderable=True)
    if name == "withheld":
        return FieldSource(name, Kind.WITHHELD, None, "", "jsonb", is_list=True)
    if name == "classVersions":
        return FieldSource(name, Kind.VERSIONS, None, "", "jsonb", is_list=True)
    raise CatalogError(f"`{owner}.{name}` has no data class")


def _linked(owner: str, name: str, mark: Linked, declared: Any) -> FieldSource:
    if mark.many:
        inner = definition_of(declared) if has_object_definition(declared) else None
        if inner is None or inner.concrete_of is not definition_of(Connection):
            raise CatalogError(f"`{owner}.{name}` leads to many and is no non-null connection")
        target = _type_name(inner.type_var_map["T"])
        return FieldSource(
            name, Kind.CONNECTION, None, "", "jsonb", target, mark.join, mark.via, is_list=True
        )
    if not isinstance(declared, StrawberryOptional):
        raise CatalogError(f"`{owner}.{name}` is a link and must be nullable")
    target = _type_name(declared.of_type)
    return FieldSource(
        name, Kind.LINK, None, "", "jsonb", target, mark.join, mark.via, filterable=True
    )


def _held(
    owner: str, name: str, mark: Held, each: StrawberryField, objects: dict[str, ObjectSource]
) -> FieldSource:
    inner, is_list = _opened(owner, name, each.type)
    sql = mark.sql if mark.sql is not None else "{t}." + each.name
    if has_object_definition(inner):
        target = _add_object(inner, mark.data_class, objects)
        if sql == HISTORY:
            return FieldSource(
                name, Kind.HISTORY, mark.data_class, "", "jsonb", target, is_list=is_list
            )
        return FieldSource(
            name, Kind.OBJECT, mark.data_class, sql, "jsonb", target, is_list=is_list
        )
    sql_type = _sql_type(owner, name, inner) + ("[]" if is_list else "")
    sealed = is_sealed(mark.data_class)
    return FieldSource(
        name,
        Kind.VALUE,
        mark.data_class,
        sql,
        sql_type,
        is_list=is_list,
        filterable=comparison_for(sql_type, sealed=sealed) is not None,
        orderable=not sealed and not is_list,
    )


def _add_object(cls: type, data_class: DataClass, objects: dict[str, ObjectSource]) -> str:
    definition = definition_of(cls)
    fields: list[tuple[str, str, str, str | None]] = []
    for each in definition.fields:
        name, mark = graphql_name(each), mark_of(each)
        if not isinstance(mark, Held) or mark.data_class is not data_class:
            raise CatalogError(
                f"`{definition.name}.{name}` is not of the class {data_class} of its record's field"
            )
        inner, is_list = _opened(definition.name, name, each.type)
        suffix = "[]" if is_list else ""
        if has_object_definition(inner):
            nested = _add_object(inner, data_class, objects)
            fields.append((name, name, "jsonb" + suffix, nested))
        else:
            fields.append((name, name, _sql_type(definition.name, name, inner) + suffix, None))
    objects[definition.name] = ObjectSource(definition.name, tuple(fields))
    return definition.name


def _opened(owner: str, name: str, declared: Any) -> tuple[Any, bool]:
    """The type inside a nullable value or a nullable list, and whether it is a list."""
    if not isinstance(declared, StrawberryOptional):
        raise CatalogError(f"`{owner}.{name}` can be withheld and must be nullable")
    if isinstance(declared.of_type, StrawberryList):
        return declared.of_type.of_type, True
    return declared.of_type, False


def _sql_type(owner: str, name: str, inner: object) -> str:
    sql_type = _SQL_TYPES.get(inner)
    if sql_type is None:
        raise CatalogError(f"`{owner}.{name}` has a type that no column holds")
    return sql_type


def _type_name(target: Any) -> str:
    return target.type_name if isinstance(target, LazyType) else definition_of(target).name


def _check_targets(found: Catalog) -> None:
    for entity in found.entities.values():
        if (entity.binding == Binding.INHERITED) != (entity.table == ""):
            raise CatalogError(f"`{entity.name}` has no table")
        for source in entity.fields.values():
            known = found.objects if source.kind in _OF_OBJECTS else found.entities
            if source.target is not None and source.target not in known:
                raise CatalogError(f"`{entity.name}.{source.name}` leads to an unknown type")
