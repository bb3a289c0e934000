"""Arguments and variables: from GraphQL input to structure (what the plan depends on) and binds
(values).

The plan of a document depends on the *shape* of its variables: which filter
keys are there, which order, whether a cursor is given, which way `@include`
points. It never depends on their values. `shape_of` is that dependence, made
hashable; `read_bind` turns a leaf into a `Bind` whose value is looked up for
each request.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import orjson
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    value_from_ast,
)
from graphql.execution.values import get_variable_values
from graphql.language import ListValueNode
from graphql.pyutils import Undefined
from graphql.type import GraphQLScalarType

from resolvers.errors import ErrorCode, GraphQLFault, RequestRefused
from resolvers.misfits import (
    MAX_DEPTH,
    MOST,
    REFUSED_TEXT,
    TEXT_RULE,
    Misfit,
    Path,
    of_variables,
    place_of_text,
)
from resolvers.plan import Bind

Shape = tuple[object, ...]
_UNFIT_VARIABLE = GraphQLFault(
    ErrorCode.BAD_USER_INPUT, "a variable does not have the type that the operation declares"
)
"""Where no place is found: graphql-core refuses what our own walk would take."""


def coerce_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, object]
) -> dict[str, object]:
    """Variables after coercion (GraphQL, section 6.1.2). Raises RequestRefused, which names places
    and rules and never repeats a value.
    """
    try:
        coerced = get_variable_values(
            schema, operation.variable_definitions or (), dict(given), max_errors=1
        )
    except (GraphQLError, ValueError, OverflowError, RecursionError):
        coerced = []
    if isinstance(coerced, list):
        found = islice(of_variables(schema, operation, given), MOST)
        faults = [misfit.fault(ErrorCode.BAD_USER_INPUT) for misfit in found]
        raise RequestRefused(*(faults or [_UNFIT_VARIABLE]))
    result: dict[str, object] = dict(coerced.coerced)
    for name, value in result.items():
        if _holds_refused(value):
            root: Path = (f"${name}",)
            place = place_of_text(given.get(name), root, REFUSED_TEXT)
            raise _refused_text(place or root)
    return result


def refuse_text(value: object, path: Path = ()) -> None:
    """NUL, lone surrogates and U+E000 are refused in every text input, and values that nest deeper
    than `MAX_DEPTH`: what walks them walks them recursively. `path` leads to the value.
    """
    if _holds_refused(value):
        raise _refused_text(path)


def _refused_text(path: Path) -> RequestRefused:
    return RequestRefused(Misfit(path, TEXT_RULE).fault(ErrorCode.BAD_USER_INPUT))


def _holds_refused(value: object, depth: int = 0) -> bool:
    if depth > MAX_DEPTH:
        raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, "a value nests too deeply")
    if isinstance(value, str):
        return REFUSED_TEXT.search(value) is not None
    if isinstance(value, dict):
        return any(_holds_refused(item, depth + 1) for item in value.values())
    if isinstance(value, list):
        return any(_holds_refused(item, depth + 1) for item in value)
    return False


def shape_of(value: object, kind: GraphQLInputType) -> object:
    """What of a coerced variable the plan may depend on: presence, keys, enum words; never a
    leaf's value.
    """
    if value is Undefined:
        return "absent"
    if value is None:
        return "null"
    if isinstance(kind, GraphQLNonNull):
        return shape_of(value, kind.of_type)
    if isinstance(kind, GraphQLList):
        if _is_leaf(kind.of_type) or not isinstance(value, list):
            return "list"
        return tuple(shape_of(item, kind.of_type) for item in value)
    if isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        names = {field.out_name or name: (name, field) for name, field in kind.fields.items()}
        return tuple(
            (names[key][0], shape_of(item, names[key][1].type))
            for key, item in value.items()
            if key in names
        )
    if isinstance(kind, GraphQLEnumType):
        return str(getattr(value, "value", value))
    if isinstance(kind, GraphQLScalarType) and kind.name == "Boolean":
        return bool(value)
    return "value"


def _is_leaf(kind: GraphQLInputType) -> bool:
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    return isinstance(kind, GraphQLScalarType)


class Argument:
    """An argument's value during planning: an AST node or a coerced value, read by structure."""

    def __init__(
        self,
        node: ValueNode | None,
        kind: GraphQLInputType,
        variables: Mapping[str, object],
        origin: tuple[str, tuple[str | int, ...]] | None = None,
        value: object = Undefined,
    ) -> None:
        if isinstance(node, VariableNode):
            name = node.name.value
            origin, value, node = (name, ()), variables.get(name, Undefined), None
        self._node, self._kind, self._variables = node, kind, variables
        self._origin, self._value = origin, value

    @property
    def is_absent(self) -> bool:
        return self._node is None and self._value is Undefined

    @property
    def is_null(self) -> bool:
        return isinstance(self._node, NullValueNode) or (self._node is None and self._value is None)

    @property
    def is_given(self) -> bool:
        return not self.is_absent and not self.is_null

    def _inner(self) -> GraphQLInputType:
        return self._kind.of_type if isinstance(self._kind, GraphQLNonNull) else self._kind

    def items(self) -> Iterator[Argument]:
        """Members of a list; a single value stands for a list of one (GraphQL, section 3.11)."""
        kind = self._inner()
        if not isinstance(kind, GraphQLList):
            yield self
        elif isinstance(self._node, ListValueNode):
            for node in self._node.values:
                yield Argument(node, kind.of_type, self._variables)
        elif self._node is not None:
            yield Argument(self._node, kind.of_type, self._variables)
        elif isinstance(self._value, list) and self._origin is not None:
            name, path = self._origin
            for index, value in enumerate(self._value):
                yield Argument(None, kind.of_type, self._variables, (name, (*path, index)), value)

    def fields(self) -> Iterator[tuple[str, Argument]]:
        """Given members of an input object, by schema name, in the order they were written."""
        kind = self._inner()
        if not isinstance(kind, GraphQLInputObjectType):
            return
        if isinstance(self._node, ObjectValueNode):
            for member in self._node.fields:
                name = member.name.value
                argument = Argument(member.value, kind.fields[name].type, self._variables)
                if not argument.is_absent:
                    yield name, argument
        elif isinstance(self._value, dict) and self._origin is not None:
            variable, path = self._origin
            names: dict[str, str] = {
                str(each.out_name or known): known for known, each in kind.fields.items()
            }
            for key, value in self._value.items():
                known = names.get(str(key), str(key))
                origin = (variable, (*path, key))
                yield (
                    known,
                    Argument(None, kind.fields[known].type, self._variables, origin, value),
                )

    def constant(self) -> object:
        """The value itself: only for structure (enum words, isNull), never for a literal that goes
        to SQL.
        """
        if self._node is None:
            return None if self._value is Undefined else self._value
        return value_from_ast(self._node, self._kind, dict(self._variables))

    def bind(self, cast: str) -> Bind:
        """A parameter that will hold this leaf's value at each request."""
        if self._origin is not None:
            return Bind("var", self._origin[0], self._origin[1], cast=cast)
        value = value_from_ast(self._node, self._kind, dict(self._variables))
        if value is Undefined:
            raise RequestRefused.of(
                ErrorCode.BAD_USER_INPUT, "an argument has a value that its type does not accept"
            )
        refuse_text(value)
        if _holds_variable(self._node):
            raise RequestRefused.of(
                ErrorCode.BAD_USER_INPUT, "a list of values is either a literal or one variable"
            )
        return Bind("const", value=value, cast=cast)


def _holds_variable(node: ValueNode | None) -> bool:
    return isinstance(node, ListValueNode) and any(
        isinstance(item, VariableNode) for item in node.values
    )


def value_of(bind: Bind, variables: Mapping[str, object]) -> object:
    """The value of a `const` or `var` bind for one request."""
    if bind.origin == "const":
        return bind.value
    value: object = variables.get(bind.name)
    for step in bind.path:
        value = value[step]  # type: ignore[index]  # the shape has been compared with the plan's
    return value


def constants_of(binds: Sequence[Bind]) -> dict[int, bytes | None]:
    """The values that are the same in every request, by place, in PostgreSQL's text format."""
    return {
        place: as_text(bind.value, bind.cast)
        for place, bind in enumerate(binds)
        if bind.origin == "const" and bind.value is not None
    }


def as_text(value: object, cast: str) -> bytes | None:
    """A value in PostgreSQL's text format for a parameter of type `cast`. Raises RequestRefused."""
    if value is None:
        return None
    if cast == "text" and type(value) is str:
        return value.encode()
    if isinstance(value, uuid.UUID):
        return str(value).encode()
    if cast == "jsonb" and isinstance(value, dict | list):
        return orjson.dumps(value)
    if cast.endswith("[]"):
        items = value if isinstance(value, list | tuple) else [value]
        return b"{" + b",".join(_array_item(as_text(item, cast[:-2])) for item in items) + b"}"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if cast == "uuid":
        return parse_uuid(value).encode()
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, "a time lacks its zone")
        return value.isoformat().encode()
    if isinstance(value, dt.date):
        return value.isoformat().encode()
    return str(getattr(value, "value", value)).encode()


def arguments_of(
    field: GraphQLField, node: FieldNode, variables: Mapping[str, object]
) -> dict[str, object]:
    """The arguments of one field, coerced; those left out are left out. Raises RequestRefused."""
    found: dict[str, object] = {}
    for argument in node.arguments or ():
        kind = field.args[argument.name.value].type
        value = value_from_ast(argument.value, kind, dict(variables))
        if value is not Undefined:
            refuse_text(value, (argument.name.value,))
            found[argument.name.value] = value
    return found


def parse_uuid(value: object, path: Path = ()) -> str:
    """Canonical lower-case text of an id. Raises RequestRefused on anything but the 36-character
    form; `path` leads to the value.
    """
    text = str(value)
    try:
        parsed = str(uuid.UUID(text)) if len(text) == 36 else ""
    except ValueError:
        parsed = ""
    if not parsed or parsed != text.lower():
        raise RequestRefused(Misfit(path, "an id is a UUID").fault(ErrorCode.BAD_USER_INPUT))
    return parsed


def _array_item(item: bytes | None) -> bytes:
    if item is None:
        return b"NULL"
    return b'"' + item.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
