"""Collecting fields: selection sets and fragments become ordered response keys (GraphQL, section
6.3.2).

Takes selection sets and the concrete type they are read on, gives each
response key its merged field nodes in the order of the document. A field that
`@skip` or `@include` takes away is not there at all: it is neither shown nor
recorded, and a refused one gives no error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

FieldNodes = list[FieldNode]


@dataclass(frozen=True, slots=True)
class Collector:
    """What collecting needs to know of the request: schema, fragments and coerced variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, object]

    def collect(
        self, sets: Iterable[SelectionSetNode | None], type_name: str
    ) -> dict[str, FieldNodes]:
        """Response key -> field nodes that apply to the object type `type_name`."""
        collected: dict[str, FieldNodes] = {}
        for selection_set in sets:
            if selection_set is not None:
                self._into(collected, selection_set, type_name, set())
        return collected

    def below(self, nodes: FieldNodes, type_name: str) -> dict[str, FieldNodes]:
        """The merged selections below one response key."""
        return self.collect((node.selection_set for node in nodes), type_name)

    def _into(
        self,
        collected: dict[str, FieldNodes],
        selection_set: SelectionSetNode,
        type_name: str,
        visited: set[str],
    ) -> None:
        for selection in selection_set.selections:
            if not self._included(selection):
                continue
            if isinstance(selection, FieldNode):
                key = selection.alias.value if selection.alias else selection.name.value
                collected.setdefault(key, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                if condition is None or self.applies(condition.name.value, type_name):
                    self._into(collected, selection.selection_set, type_name, visited)
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                fragment = self.fragments[name]
                if name in visited or not self.applies(
                    fragment.type_condition.name.value, type_name
                ):
                    continue
                visited.add(name)
                self._into(collected, fragment.selection_set, type_name, visited)

    def applies(self, condition: str, type_name: str) -> bool:
        """Whether an object of `type_name` satisfies the type condition."""
        if condition == type_name:
            return True
        abstract = self.schema.get_type(condition)
        return is_abstract_type(abstract) and any(
            possible.name == type_name for possible in self.schema.get_possible_types(abstract)
        )

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            name = directive.name.value
            if name in ("skip", "include"):
                value = directive.arguments[0].value if directive.arguments else None
                if isinstance(value, VariableNode):
                    flag = self.variables.get(value.name.value) is True
                else:
                    flag = isinstance(value, BooleanValueNode) and value.value
                if flag is (name == "skip"):
                    return False
        return True
