"""Hop 3a: the text of a document becomes a validated document, cached by its text.

Takes GraphQL text, gives a `Document`. Bounds what graphql-core would not:
tokens and nesting before parsing, and selections (a fragment counted each
time it is spread) before validation, because a fragment doubled 25 times is
valid and overlapping selections are compared pair by pair.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    print_ast,
    validate,
)
from graphql.language import (
    Node,
    StringValueNode,
    Visitor,
    VisitorAction,
    visit,
)

from resolvers.errors import ErrorCode, GraphQLFault, RequestRefused
from resolvers.literals import is_of_literal, of_literal, refused_text

MAX_TOKENS = 2_000
MAX_NESTING = 60
MAX_SELECTIONS = 5_000
MAX_ERRORS = 20
CACHE_SIZE = 512

_STRINGS_AND_COMMENTS = re.compile(
    # closing quotes are optional: what has no end is taken at once, not tried anew at each quote
    r'"""(?:[^"\\]|\\.|"(?!""))*(?:""")?|"(?:[^"\\\n]|\\.)*"?|#[^\n\r]*'
)
_BRACKETS = re.compile(r"[{}\[\]()]")


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A valid document: its operations by name, its fragments, its hash without literals (SHA-256,
    hex).
    """

    text: str
    ast: DocumentNode
    operations: dict[str, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    hash: str


class Documents:
    """Bounded cache of valid documents, least recently used first out."""

    def __init__(self, schema: GraphQLSchema, size: int = CACHE_SIZE) -> None:
        self._schema = schema
        self._size = size
        self._cache: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document:
        """The document of this text. Raises RequestRefused with the parse or validation errors."""
        known = self._cache.get(text)
        if known is not None:
            self._cache.move_to_end(text)
            return known
        document = read_document(self._schema, text)
        self._cache[text] = document
        if len(self._cache) > self._size:
            self._cache.popitem(last=False)
        return document


def read_document(schema: GraphQLSchema, text: str) -> Document:
    """Parse, bound and validate one document. Raises RequestRefused."""
    _bound_nesting(text)
    try:
        ast = parse(text, no_location=False, max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError as error:
        if "tokens" in error.message and "more than" in error.message:
            raise _too_costly(f"the document has more than {MAX_TOKENS} tokens") from None
        raise RequestRefused(_syntax_fault(error)) from None
    operations: dict[str, OperationDefinitionNode] = {}
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in ast.definitions:
        if isinstance(definition, OperationDefinitionNode):
            operations[definition.name.value if definition.name else ""] = definition
        elif isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = definition
    _bound_selections(operations, fragments)
    faults = validate(schema, ast, max_errors=MAX_ERRORS)
    if faults:
        raise RequestRefused(*(_validation_fault(schema, ast, f) for f in faults[:MAX_ERRORS]))
    unfit = refused_text(ast)
    if unfit is not None:
        raise RequestRefused(unfit.fault(ErrorCode.BAD_USER_INPUT))
    return Document(text, ast, operations, fragments, _hash_without_literals(ast))


def choose_operation(document: Document, name: str | None) -> OperationDefinitionNode:
    """The operation to run. Raises RequestRefused where the name is missing or unknown."""
    if name is None:
        if len(document.operations) == 1:
            return next(iter(document.operations.values()))
        message = "the document holds several operations: name one in `operationName`"
        if not document.operations:
            message = "the document holds no operation"
        raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, message)
    operation = document.operations.get(name)
    if operation is None or name == "":
        raise RequestRefused.of(
            ErrorCode.BAD_USER_INPUT, "`operationName` names no operation of the document"
        )
    return operation


def _bound_nesting(text: str) -> None:
    # graphql-core parses recursively: depth is bounded before it can exhaust the stack
    depth = 0
    for bracket in _BRACKETS.findall(_STRINGS_AND_COMMENTS.sub("", text)):
        depth += 1 if bracket in "{[(" else -1
        if depth > MAX_NESTING:
            raise _too_costly(f"the document nests deeper than {MAX_NESTING}")


def _bound_selections(
    operations: dict[str, OperationDefinitionNode], fragments: dict[str, FragmentDefinitionNode]
) -> None:
    counted: dict[str, int] = {}
    open_names: set[str] = set()

    def count(selections: SelectionSetNode | None) -> int:
        total = 0
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                total += 1 + count(selection.selection_set)
            elif isinstance(selection, InlineFragmentNode):
                total += count(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                total += count_fragment(selection.name.value)
        return total

    def count_fragment(name: str) -> int:
        if name in open_names or name not in fragments:
            return 0  # a cycle or an unknown name: validation says so by name
        if name not in counted:
            open_names.add(name)
            counted[name] = count(fragments[name].selection_set)
            open_names.discard(name)
        return counted[name]

    totals = [count(node.selection_set) for node in (*operations.values(), *fragments.values())]
    if any(total > MAX_SELECTIONS for total in totals):
        raise _too_costly(f"an operation selects more than {MAX_SELECTIONS} fields")


def _too_costly(message: str) -> RequestRefused:
    return RequestRefused.of(ErrorCode.COST_LIMIT, message)


def _syntax_fault(error: GraphQLSyntaxError) -> GraphQLFault:
    where = error.locations[0] if error.locations else None
    at = f" at line {where.line}, column {where.column}" if where else ""
    return GraphQLFault(ErrorCode.GRAPHQL_PARSE_FAILED, f"the document is not GraphQL{at}")


def _validation_fault(
    schema: GraphQLSchema, ast: DocumentNode, error: GraphQLError
) -> GraphQLFault:
    """Schema names may stand in messages, literals and values never: of a literal its place and
    the rule are told, and quoted text is only kept where it is a name.
    """
    if is_of_literal(error):
        return of_literal(schema, ast, error).fault(ErrorCode.GRAPHQL_VALIDATION_FAILED)
    message = error.message
    if "Did you mean" in message:
        message = message.split(" Did you mean")[0]
    if '"' in message:
        message = "a value in the document does not fit the type that is expected there"
    return GraphQLFault(ErrorCode.GRAPHQL_VALIDATION_FAILED, message[:500])


def _hash_without_literals(ast: DocumentNode) -> str:
    return hashlib.sha256(print_ast(visit(ast, _Literals())).encode()).hexdigest()


class _Literals(Visitor):
    """Every literal becomes a word for its kind, so that the hash tells no value (rulings, section
    3).
    """

    def enter(self, node: Node, *_: object) -> VisitorAction:
        literal = StringValueNode(value=node.kind)
        return literal if node.kind in _KINDS else None  # type: ignore[return-value]  # see Visitor


_KINDS = frozenset(
    {"int_value", "float_value", "string_value", "boolean_value", "enum_value", "null_value"}
)
