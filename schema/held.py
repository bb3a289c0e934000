"""How a GraphQL type says what it protects: `held`, `to_one`, `to_many`, `entity`, `detail`.

Takes a class whose fields are declared with these functions, gives the
Strawberry type with a mark on every field, promises that a field which is
neither id, link, connection nor withheld and has no data class does not
build: importing the module raises `UnclassifiedFieldError`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import strawberry
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from schema.classes import DataClass
from schema.types.directives import Protected

C = TypeVar("C", bound=type)

_MARK = "saphan"
HISTORY = "history"
"""In place of an expression: the compiler makes it, from what is open on the row."""
_ENTITY_MARK = "__saphan_entity__"


class UnclassifiedFieldError(TypeError):
    """A field has no data class, or a type has no description: the schema does not build."""


class Binding(StrEnum):
    """How a row hangs on a return case, which is what most conditions are judged on."""

    CASE = "CASE"
    PERSON = "PERSON"
    PART = "PART"
    FREE = "FREE"
    INHERITED = "INHERITED"


@dataclass(frozen=True, slots=True)
class Held:
    """A protected value. `sql` is None where the column has the field's Python name."""

    data_class: DataClass
    sql: str | None


@dataclass(frozen=True, slots=True)
class Linked:
    """A way to other records. `join` speaks of `{p}` (parent), `{t}` (target), `{v}` (via)."""

    join: str
    many: bool
    via: str | None = None


@dataclass(frozen=True, slots=True)
class EntityMark:
    """Where an entity is stored and by which root fields it is reached."""

    table: str
    binding: Binding
    public_where: str | None = None
    singular: str | None = None
    plural: str | None = None


def held(
    data_class: DataClass,
    description: str,
    *,
    column: str | None = None,
    sql: str | None = None,
    name: str | None = None,
    codes: type[StrEnum] | None = None,
) -> Any:
    """Declare a protected field.

    `column` where the column's name is not the attribute's, or `sql`, an
    expression with `{t}` for the row's alias; `name` where the GraphQL name is
    not the attribute's in camelCase; `codes` where the values come from a list,
    which is then named in the description.
    """
    if column is not None and sql is not None:
        raise UnclassifiedFieldError("`held` takes `column` or `sql`, not both")
    if codes is not None:
        description = f"{description} One of: {' '.join(each.value for each in codes)}."
    expression = "{t}." + column if column is not None else sql
    return strawberry.field(
        name=name,
        description=description,
        directives=[Protected(data_class=data_class)],
        metadata={_MARK: Held(data_class, expression)},
    )


def to_one(join: str, description: str) -> Any:
    """Declare a link: null where its target may not be seen."""
    return strawberry.field(
        description=description, metadata={_MARK: Linked(join=join, many=False)}
    )


def to_many(join: str, description: str, *, via: str | None = None) -> Any:
    """Declare a connection, through the link table `via` if given; hidden targets have no edge."""
    return strawberry.field(
        description=description, metadata={_MARK: Linked(join=join, many=True, via=via)}
    )


def entity(
    *,
    table: str,
    binding: Binding,
    public_where: str | None = None,
    singular: str | None = None,
    plural: str | None = None,
) -> Callable[[C], C]:
    """Make a class an entity type: one that a grant may name.

    Its docstring is its description. With an id it gets `@key(fields: "id")`.
    Raises UnclassifiedFieldError where a field carries no mark.
    """

    def decorate(cls: C) -> C:
        description = docstring(cls)
        keys = ["id"] if hasattr(cls, "__strawberry_definition__") else []
        made: C = strawberry.federation.type(cls, description=description, keys=keys)
        _check_fields(made, (Held, Linked))
        mark = EntityMark(table, binding, public_where, singular, plural)
        setattr(made, _ENTITY_MARK, mark)
        return made

    return decorate


def detail(cls: C) -> C:
    """Make a class a type without id: it takes class and grant of the record it stands in."""
    made: C = strawberry.type(cls, description=docstring(cls))
    _check_fields(made, (Held,))
    return made


def docstring(cls: type) -> str:
    """The class's own docstring as a description. Raises UnclassifiedFieldError without one."""
    text = cls.__dict__.get("__doc__")
    if not text:
        raise UnclassifiedFieldError(f"`{cls.__name__}` has no docstring to describe it")
    return inspect.cleandoc(text)


def definition_of(cls: type) -> StrawberryObjectDefinition:
    """The Strawberry definition of a type, interface or input."""
    definition = cls.__strawberry_definition__  # type: ignore[attr-defined]
    if not isinstance(definition, StrawberryObjectDefinition):
        raise UnclassifiedFieldError(f"`{cls.__name__}` is no object type")
    return definition


def mark_of(field: StrawberryField) -> Held | Linked | None:
    """The mark that `held`, `to_one` or `to_many` left on a field."""
    mark = field.metadata.get(_MARK)
    return mark if isinstance(mark, Held | Linked) else None


def entity_mark_of(cls: type) -> EntityMark:
    """The mark that `entity` left on a type. Raises UnclassifiedFieldError without one."""
    mark = cls.__dict__.get(_ENTITY_MARK)
    if not isinstance(mark, EntityMark):
        raise UnclassifiedFieldError(f"`{cls.__name__}` is not declared with `entity`")
    return mark


def _check_fields(cls: type, allowed: tuple[type, ...]) -> None:
    definition = definition_of(cls)
    inherited = {each.python_name for face in definition.interfaces for each in face.fields}
    for field in definition.fields:
        if field.python_name in inherited:
            continue
        if not isinstance(mark_of(field), allowed):
            raise UnclassifiedFieldError(
                f"`{definition.name}.{field.graphql_name or field.python_name}` has no data class; "
                "declare it with `held(DataClass...)`, a way to other records with "
                "`to_one` or `to_many`"
            )
