"""Where in a request a value does not fit, and which rule it does not keep; never the value.

Takes variables or a document that are refused already, gives a `Misfit` for
each place. graphql-core knows these places as well, but its messages quote what
was sent. A place is told by names of the schema, and by the caller's own where
they are names of GraphQL of at most 64 letters: what else she wrote as a key
might be a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    is_input_type,
    is_required_input_field,
    type_from_ast,
)
from graphql.type import GraphQLScalarType

from resolvers.errors import ErrorCode, GraphQLFault
from schema.types.scalars import NotOfForm

Path = tuple[str | int, ...]
MOST = 10
"""Places told of one request: enough for a form, too few for a list of thousands."""
MAX_DEPTH = 60
REFUSED_TEXT = re.compile("[\x00\ue000\ud800-\udfff]")
TEXT_RULE = "a text holds no U+0000, no U+E000 and no half of a surrogate pair"
NEEDED = "a value is needed"
UNFIT = "the value does not fit the type that is expected there"
_NAME = re.compile(r"\$?[_A-Za-z][_0-9A-Za-z]{0,63}")


@dataclass(frozen=True, slots=True)
class Misfit:
    """A place, and the rule that what stands there does not keep."""

    path: Path
    rule: str

    def fault(self, code: ErrorCode) -> GraphQLFault:
        """As an error: told as an `InvalidInput` tells it, with `field` and `rule`."""
        where = where_of(self.path)
        told = {"field": where, "rule": self.rule} if where else {"rule": self.rule}
        subject = f"`{where}`" if where else "a value"
        return GraphQLFault(code, f"{subject} is not accepted: {self.rule}", extensions=told)


def where_of(path: Path) -> str:
    """`$victim.names.0.script`: as far as the names may be told."""
    told: list[str] = []
    for step in path:
        if isinstance(step, str) and not _NAME.fullmatch(step):
            break
        told.append(str(step))
    return ".".join(told)


def of_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, object]
) -> Iterator[Misfit]:
    """What is amiss with the variables of an operation, in the order of its declarations."""
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        kind = type_from_ast(schema, definition.type)
        path: Path = (f"${name}",)
        if not is_input_type(kind):
            continue
        if name in given:
            yield from of_value(given[name], kind, path)
        elif isinstance(kind, GraphQLNonNull) and definition.default_value is None:
            yield Misfit(path, NEEDED)


def of_value(value: object, kind: GraphQLInputType, path: Path) -> Iterator[Misfit]:
    """What is amiss with a value that should be of this type."""
    if len(path) > MAX_DEPTH:
        yield Misfit((), "a value nests too deeply")
    elif isinstance(kind, GraphQLNonNull):
        if value is None:
            yield Misfit(path, NEEDED)
        else:
            yield from of_value(value, kind.of_type, path)
    elif value is None:
        return
    elif isinstance(kind, GraphQLList):
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from of_value(item, kind.of_type, (*path, index))
        else:
            yield from of_value(value, kind.of_type, path)
    elif isinstance(kind, GraphQLInputObjectType):
        yield from _of_object(value, kind, path)
    elif isinstance(kind, GraphQLEnumType | GraphQLScalarType):
        rule = _leaf_rule(value, kind)
        if rule:
            yield Misfit(path, rule)


def _of_object(value: object, kind: GraphQLInputObjectType, path: Path) -> Iterator[Misfit]:
    if not isinstance(value, dict):
        yield Misfit(path, form_of(kind))
        return
    for name, field in kind.fields.items():
        if name in value:
            yield from of_value(value[name], field.type, (*path, name))
        elif is_required_input_field(field):
            yield Misfit((*path, name), NEEDED)
    for key in value:
        if key not in kind.fields:
            yield Misfit((*path, str(key)), no_such_field(kind))
    if kind.is_one_of and [each is None for each in value.values()] != [False]:
        yield Misfit(path, one_of(kind))


def _leaf_rule(value: object, kind: GraphQLEnumType | GraphQLScalarType) -> str:
    """The rule that a scalar or a word of a list does not keep; empty where it keeps it."""
    if isinstance(kind, GraphQLEnumType):
        return "" if isinstance(value, str) and value in kind.values else form_of(kind)
    try:
        kind.coerce_input_value(value)
    except NotOfForm as refusal:
        return refusal.message
    except (GraphQLError, ValueError, TypeError, OverflowError):
        return form_of(kind)  # their words are not ours, and quote the value
    return ""


def form_of(kind: GraphQLInputType | None) -> str:
    """What a value of this type is."""
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    if isinstance(kind, GraphQLEnumType):
        return f"it is a word of `{kind.name}`"
    if isinstance(kind, GraphQLInputObjectType):
        return f"it is an object `{kind.name}`"
    return f"it is of type `{kind.name}`" if isinstance(kind, GraphQLScalarType) else UNFIT


def no_such_field(kind: GraphQLInputObjectType) -> str:
    """Of a key that the type does not have."""
    return f"`{kind.name}` has no such field"


def one_of(kind: GraphQLInputObjectType) -> str:
    """Of a type that takes one of its fields."""
    return f"`{kind.name}` takes exactly one of its fields, and no null"


def place_of_text(value: object, path: Path, refused: re.Pattern[str]) -> Path | None:
    """Where the first text or key stands in which `refused` is found. No recursion, and no path
    before one is told: how deep and how wide it nests is the caller's.
    """
    left: list[tuple[object, _Step]] = [(value, None)]
    while left:
        found, at = left.pop()
        if isinstance(found, str):
            if refused.search(found):
                return (*path, *_steps(at))
        elif isinstance(found, dict):
            if any(refused.search(key) for key in found):
                return (*path, *_steps(at))
            left.extend((item, (at, key)) for key, item in reversed(found.items()))
        elif isinstance(found, list):
            left.extend((found[i], (at, i)) for i in range(len(found) - 1, -1, -1))
    return None


_Step = tuple["_Step", str | int] | None
"""The last step of a path, and what leads to it: a list of a million shares what leads to it."""


def _steps(last: _Step) -> Path:
    steps: list[str | int] = []
    while last is not None:
        last, step = last
        steps.append(step)
    return tuple(reversed(steps))
