"""Literals of a document that do not fit: where each stands, and the rule; never what it says.

Takes a document that graphql-core has judged, gives a `Misfit` in place of a
message of its own, which would quote the literal.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    is_required_input_field,
    visit,
)
from graphql.language import Node, Visitor

from resolvers.misfits import (
    NEEDED,
    REFUSED_TEXT,
    TEXT_RULE,
    UNFIT,
    Misfit,
    Path,
    form_of,
    no_such_field,
    one_of,
)
from schema.types.scalars import NotOfForm


def is_of_literal(error: GraphQLError) -> bool:
    """Whether an error of validation is about a literal."""
    node = error.nodes[0] if error.nodes else None
    return isinstance(node, ValueNode | ObjectFieldNode) and not isinstance(node, VariableNode)


def of_literal(schema: GraphQLSchema, ast: DocumentNode, error: GraphQLError) -> Misfit:
    """The place and the rule of such an error."""
    node = (error.nodes or [])[0]
    path = next((at for at, each in _literals(ast, ()) if each is node), ())
    if isinstance(error, NotOfForm):
        return Misfit(path, error.message)
    if isinstance(node, NullValueNode):
        return Misfit(path, NEEDED)
    typing = _Typing(TypeInfo(schema), node)
    visit(ast, TypeInfoVisitor(typing.info, typing))
    if isinstance(node, ObjectFieldNode):
        of = typing.parent
        rule = no_such_field(of) if isinstance(of, GraphQLInputObjectType) else UNFIT
        return Misfit(path, rule)
    if isinstance(node, ObjectValueNode):
        return _of_object(node, typing.kind, path)
    return Misfit(path, form_of(typing.kind))


def refused_text(ast: DocumentNode) -> Misfit | None:
    """The first literal that holds what no text may hold."""
    for path, node in _literals(ast, ()):
        if isinstance(node, StringValueNode) and REFUSED_TEXT.search(node.value):
            return Misfit(path, TEXT_RULE)
    return None


def _of_object(node: ObjectValueNode, kind: GraphQLInputType | None, path: Path) -> Misfit:
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if not isinstance(kind, GraphQLInputObjectType):
        return Misfit(path, form_of(kind))
    given = {field.name.value for field in node.fields}
    for name, field in kind.fields.items():
        if name not in given and is_required_input_field(field):
            return Misfit((*path, name), NEEDED)
    return Misfit(path, one_of(kind) if kind.is_one_of else UNFIT)


def _literals(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    """Values and fields of values below a node, each with its place. What nests was bounded."""
    if isinstance(node, FieldNode | DirectiveNode):
        path = ()
    elif isinstance(node, ArgumentNode | ObjectFieldNode):
        path = (*path, node.name.value)
    elif isinstance(node, VariableDefinitionNode):
        path = (f"${node.variable.name.value}",)
    if isinstance(node, ValueNode | ObjectFieldNode):
        yield path, node
    if isinstance(node, ListValueNode):
        for index, item in enumerate(node.values):
            yield from _literals(item, (*path, index))
        return
    for key in node.keys:
        child = getattr(node, key, None)
        for each in child if isinstance(child, tuple | list) else (child,):
            if isinstance(each, Node):
                yield from _literals(each, path)


class _Typing(Visitor):
    """The type that is expected of one node, and of the object in which it stands."""

    def __init__(self, info: TypeInfo, node: Node) -> None:
        super().__init__()
        self.info, self._node = info, node
        self.kind: GraphQLInputType | None = None
        self.parent: GraphQLInputType | None = None

    def enter(self, node: Node, *_: object) -> None:
        if node is self._node:
            self.kind = self.info.get_input_type()
            self.parent = self.info.get_parent_input_type()
