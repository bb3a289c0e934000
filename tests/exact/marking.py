"""A document that tells what it shows: its own id, type and `withheld` beside each record.

Takes a document, gives the same with three more response keys in every selection on a record, under
names that nobody else uses. None of them is a protected field, so both documents disclose the same.
"""

from __future__ import annotations

from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
    print_ast,
)

from tests.exact.printed import printed

ID, TYPE, WITHHELD, EXPLAINED = "z__id", "z__type", "z__withheld", "z__field"
_OWN = {
    "Explanation": "explained",
    "Opened": "opened",
    # no problem of an act is a record
    "ActProblem": "typed",
    "Mendable": "typed",
}
ROOTS = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}
_MARKS = {
    "plain": f"{{ {TYPE}: __typename {ID}: id }}",
    "record": f"{{ {TYPE}: __typename {ID}: id {WITHHELD}: withheld {{ field reason }} }}",
    "open": f"{{ {TYPE}: __typename ... on Node {{ {ID}: id }}"
    f" ... on Record {{ {WITHHELD}: withheld {{ field reason }} }} }}",
    "opened": f"{{ {ID}: id }}",
    "typed": f"{{ {TYPE}: __typename }}",
    "explained": f"{{ {EXPLAINED}: field }}",
}


def marked(text: str) -> str:
    """The document with the marks in it."""
    document = parse(text, no_location=True)
    fragments = {
        d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
    }
    definitions: list[DefinitionNode] = []
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            root = ROOTS[each.operation.value]
            definitions.append(
                OperationDefinitionNode(
                    operation=each.operation,
                    name=each.name,
                    variable_definitions=each.variable_definitions,
                    directives=each.directives,
                    selection_set=_set(each.selection_set, root, fragments),
                )
            )
        elif isinstance(each, FragmentDefinitionNode):
            kind = each.type_condition.name.value
            definitions.append(
                FragmentDefinitionNode(
                    name=each.name,
                    type_condition=each.type_condition,
                    directives=each.directives,
                    variable_definitions=(),
                    selection_set=_set(each.selection_set, kind, fragments),
                )
            )
    return print_ast(DocumentNode(definitions=tuple(definitions)))


def _set(
    selections: SelectionSetNode, owner: str, fragments: dict[str, FragmentDefinitionNode]
) -> SelectionSetNode:
    made = [_selection(each, owner, fragments) for each in selections.selections]
    return SelectionSetNode(selections=(*made, *_mark(owner)))


def _mark(owner: str) -> tuple[SelectionNode, ...]:
    schema = printed()
    if owner in _OWN:
        return _parsed(_OWN[owner])
    if schema.is_abstract(owner):
        return _parsed("open")
    if schema.answers_for_nulls(owner):
        return _parsed("record")
    return _parsed("plain") if schema.is_record(owner) else ()


def _parsed(name: str) -> tuple[SelectionNode, ...]:
    (operation,) = parse(_MARKS[name], no_location=True).definitions
    return tuple(operation.selection_set.selections)  # type: ignore[attr-defined]


def _selection(
    each: SelectionNode, owner: str, fragments: dict[str, FragmentDefinitionNode]
) -> SelectionNode:
    if isinstance(each, FieldNode):
        if each.selection_set is None:
            return each
        kind = _type_of(owner, each.name.value)
        return FieldNode(
            alias=each.alias,
            name=each.name,
            arguments=each.arguments,
            directives=each.directives,
            selection_set=_set(each.selection_set, kind, fragments),
        )
    if isinstance(each, InlineFragmentNode):
        kind = each.type_condition.name.value if each.type_condition else owner
        return InlineFragmentNode(
            type_condition=each.type_condition,
            directives=each.directives,
            selection_set=_set(each.selection_set, kind, fragments),
        )
    assert isinstance(each, FragmentSpreadNode)
    return each


def _type_of(owner: str, name: str) -> str:
    if owner in ("Node", "Record"):
        return "Withheld"
    return printed().field(owner, name).type
