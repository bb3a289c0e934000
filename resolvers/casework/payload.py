"""What an act answers, shaped under the response keys that were asked for.

The records of a payload are roots of a plan: read, judged and recorded by the
compiler like any record of a query. Everything else of it is small and says
nothing of a record; it is put into the answer here.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from resolvers.selection import Collector, FieldNodes
from schema.types.acts.payloads import RECORDS


def shaped(
    collector: Collector,
    payload: str,
    nodes: FieldNodes,
    values: Mapping[str, object],
    records: Mapping[str, bytes | None],
) -> bytes:
    """The payload's JSON. `records` are by response key, `values` by field."""
    members: list[bytes] = []
    for key, merged in collector.below(nodes, payload).items():
        name = merged[0].name.value
        if name == "__typename":
            value = orjson.dumps(payload)
        elif name in RECORDS.get(payload, {}):
            value = records.get(key) or b"null"
        else:
            value = _shape(
                collector, _type_of(collector.schema, payload, name), merged, values.get(name)
            )
        members.append(orjson.dumps(key) + b":" + value)
    return b"{" + b",".join(members) + b"}"


def _shape(collector: Collector, type_name: str, nodes: FieldNodes, value: object) -> bytes:
    if isinstance(value, list | tuple):
        return b"[" + b",".join(_shape(collector, type_name, nodes, v) for v in value) + b"]"
    if not isinstance(value, dict):
        return orjson.dumps(value)
    concrete = str(value.get("__typename", type_name))
    members: list[bytes] = []
    for key, merged in collector.below(nodes, concrete).items():
        name = merged[0].name.value
        if name == "__typename":
            found = orjson.dumps(concrete)
        else:
            found = _shape(
                collector, _type_of(collector.schema, concrete, name), merged, value[name]
            )
        members.append(orjson.dumps(key) + b":" + found)
    return b"{" + b",".join(members) + b"}"


def _type_of(schema: GraphQLSchema, type_name: str, field: str) -> str:
    parent = schema.type_map[type_name]
    if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        return type_name
    kind = parent.fields[field].type
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    return str(get_named_type(kind).name)
