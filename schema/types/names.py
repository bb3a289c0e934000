"""The schema's spelling: camelCase for fields, SCREAMING_SNAKE for the values of an order."""

from __future__ import annotations

import re

from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case


def graphql_name(field: StrawberryField) -> str:
    """The field's name in the schema."""
    return field.graphql_name or to_camel_case(field.python_name)


def order_value(name: str) -> str:
    """`stateSince` as `STATE_SINCE`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()
