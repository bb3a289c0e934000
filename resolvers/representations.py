"""Entity representations among the variables: their type names are structure, not values."""

from __future__ import annotations

from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, VariableDefinitionNode


def holds_representations(definition: VariableDefinitionNode) -> bool:
    """Whether a variable holds entity representations, whose type names are structure."""
    kind = definition.type
    while isinstance(kind, ListTypeNode | NonNullTypeNode):
        kind = kind.type
    return isinstance(kind, NamedTypeNode) and kind.name.value == "_Any"


def typenames_of(value: object) -> tuple[str, ...]:
    """The type names in a coerced variable of representations, sorted."""
    items = value if isinstance(value, list) else [value]
    return tuple(sorted({str(item.get("__typename")) for item in items if isinstance(item, dict)}))
