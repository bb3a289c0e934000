"""Enums that exist outside GraphQL, described for it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import strawberry
from strawberry.types.enum import EnumValue, StrawberryEnumDefinition


def describe_enum(
    cls: type[StrEnum], description: str, values: Mapping[str, str]
) -> StrawberryEnumDefinition:
    """Make a StrEnum a GraphQL enum with these descriptions of its values, in their order.

    Raises ValueError unless each value of the enum is described once.
    """
    if set(values) != {each.value for each in cls}:
        raise ValueError(f"`{cls.__name__}` and its descriptions do not name the same values")
    strawberry.enum(cls, description=description)
    definition: StrawberryEnumDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]
    definition.values[:] = [
        EnumValue(name, name, description=text) for name, text in values.items()
    ]
    return definition
