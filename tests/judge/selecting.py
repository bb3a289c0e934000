"""A question as graphql-core reads it: the fields of each selection set, fragments opened.

Takes the text of one operation and its variables, gives the fields selected on
a type by response key, in order, after `@skip` and `@include`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    value_from_ast_untyped,
)
from graphql.execution.values import get_argument_values

from tests.judge.sdl import object_type

_ABSTRACT = {"Node", "Record", "_Entity"}
Selected = dict[str, list[FieldNode]]


@dataclass(frozen=True, slots=True)
class Question:
    """One parsed operation with its variables."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    variables: dict[str, Any]

    @classmethod
    def of(cls, text: str, variables: dict[str, Any]) -> Question:
        """Parse a document that holds one operation."""
        definitions = parse(text).definitions
        operations = [d for d in definitions if isinstance(d, OperationDefinitionNode)]
        fragments = {
            d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)
        }
        return cls(operations[0], fragments, variables)

    @property
    def name(self) -> str:
        """The operation's name, `""` where it has none."""
        return self.operation.name.value if self.operation.name else ""

    def roots(self) -> Selected:
        """The root fields by response key."""
        return self._collected([self.operation.selection_set], "Query")

    def below(self, nodes: list[FieldNode], kind: str) -> Selected:
        """What these fields select on an object of this type, by response key."""
        return self._collected([n.selection_set for n in nodes if n.selection_set], kind)

    def arguments(self, kind: str, node: FieldNode) -> dict[str, Any]:
        """Arguments of a field, coerced."""
        return get_argument_values(
            object_type(kind).fields[node.name.value], node, self.variables
        )

    def kinds_asked(self, nodes: list[FieldNode]) -> list[str]:
        """The concrete types for which fragments below a field of abstract type ask."""
        found: list[str] = []
        for node in nodes:
            self._conditions(node.selection_set, found)
        return [kind for kind in dict.fromkeys(found) if kind not in _ABSTRACT]

    def _conditions(self, chosen: SelectionSetNode | None, found: list[str]) -> None:
        for each in chosen.selections if chosen else ():
            if isinstance(each, FieldNode) or not self._included(each.directives):
                continue
            fragment = self._fragment(each)
            if fragment.type_condition:
                found.append(fragment.type_condition.name.value)
            self._conditions(fragment.selection_set, found)

    def _fragment(self, each: Any) -> FragmentDefinitionNode | InlineFragmentNode:
        if isinstance(each, FragmentSpreadNode):
            return self.fragments[each.name.value]
        if isinstance(each, InlineFragmentNode):
            return each
        raise TypeError(each.kind)

    def _collected(self, sets: list[SelectionSetNode], kind: str) -> Selected:
        found: Selected = {}
        for chosen in sets:
            self._collect(chosen, kind, found)
        return found

    def _collect(self, chosen: SelectionSetNode, kind: str, found: Selected) -> None:
        for each in chosen.selections:
            if not self._included(each.directives):
                continue
            if isinstance(each, FieldNode):
                key = each.alias.value if each.alias else each.name.value
                found.setdefault(key, []).append(each)
                continue
            fragment = self._fragment(each)
            of = fragment.type_condition
            if of is None or of.name.value == kind or of.name.value in _ABSTRACT:
                self._collect(fragment.selection_set, kind, found)

    def _included(self, directives: tuple[DirectiveNode, ...]) -> bool:
        for directive in directives or ():
            given = value_from_ast_untyped(directive.arguments[0].value, self.variables)
            if directive.name.value == "skip" and given:
                return False
            if directive.name.value == "include" and not given:
                return False
        return True
