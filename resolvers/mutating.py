"""Mutations: one act, one transaction, its payload shaped as it was asked for.

Takes a mutation operation, gives its one root field's JSON and the id of the
access record. Which act a field is stands in one table; a field without an
entry does not exist in the schema. The payload holds no protected field of a
record: what became readable is read by the next query, and judged there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import orjson
from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
)

from authz.caller import Caller
from authz.profile import Policy
from resolvers import emergencies, lawmaking
from resolvers.acting import Acting
from resolvers.documents import Document
from resolvers.errors import ErrorCode, RequestRefused
from resolvers.execution import lent
from resolvers.feeding.acknowledging import acknowledge
from resolvers.inputs import arguments_of, parse_uuid
from resolvers.lawmaking import Prove
from resolvers.selection import Collector, FieldNodes
from resolvers.wire import Pool
from schema.catalog import Catalog
from schema.sdl import print_api_sdl

Perform = Callable[
    [Acting, Policy, Catalog, Mapping[str, object], Prove], Awaitable[dict[str, object]]
]


@dataclass(frozen=True, slots=True)
class ActOf:
    """What a root field does: who may ask for it at all, which arguments are ids, and the act."""

    roles: frozenset[str]
    ids: tuple[str, ...]
    perform: Perform


@dataclass(frozen=True, slots=True)
class Asked:
    """The one root field of a mutation, its arguments coerced; `selected` are the fields its
    payload is asked for of the record it is about.
    """

    key: str
    name: str
    arguments: Mapping[str, object]
    selected: frozenset[str] = frozenset()


async def _propose(
    acting: Acting, policy: Policy, _: Catalog, given: Mapping[str, object], prove: Prove
) -> dict[str, object]:
    return await lawmaking.propose(acting, policy, given, prove)


async def _ratify(
    acting: Acting, policy: Policy, _: Catalog, given: Mapping[str, object], prove: Prove
) -> dict[str, object]:
    return await lawmaking.ratify(acting, policy, given, prove)


async def _end(
    acting: Acting, policy: Policy, _: Catalog, given: Mapping[str, object], prove: Prove
) -> dict[str, object]:
    return await lawmaking.end(acting, policy, given, prove)


async def _open(
    acting: Acting, policy: Policy, catalog: Catalog, given: Mapping[str, object], _: Prove
) -> dict[str, object]:
    return await emergencies.open_case(acting, policy, catalog, given)


async def _review(
    acting: Acting, policy: Policy, catalog: Catalog, given: Mapping[str, object], _: Prove
) -> dict[str, object]:
    return await emergencies.review(acting, policy, catalog, given)


async def _acknowledge(
    acting: Acting, _policy: Policy, _catalog: Catalog, given: Mapping[str, object], _: Prove
) -> dict[str, object]:
    return await acknowledge(acting, given)


_STEWARDS = frozenset({lawmaking.STEWARD})
ACTS: Mapping[str, ActOf] = {
    "proposeProtocol": ActOf(_STEWARDS, (), _propose),
    "ratifyProtocol": ActOf(_STEWARDS, (), _ratify),
    "endProtocol": ActOf(_STEWARDS, (), _end),
    "openEmergency": ActOf(frozenset(), ("caseId",), _open),
    "reviewEmergency": ActOf(emergencies.REVIEWERS, ("id",), _review),
    "acknowledgeWithdrawals": ActOf(frozenset(), (), _acknowledge),
}
"""Every root field of `Mutation`. Empty roles: the clauses alone decide."""


def asked_of(
    schema: GraphQLSchema,
    document: Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
) -> Asked:
    """The one act of the operation. Raises RequestRefused."""
    collector = Collector(schema, document.fragments, variables)
    fields = collector.collect([operation.selection_set], "Mutation")
    if len(fields) != 1:
        raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, "a mutation has exactly one root field")
    ((key, nodes),) = fields.items()
    name = nodes[0].name.value
    if name not in ACTS:
        raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, "a mutation does something")
    return Asked(key, name, _arguments(schema, name, nodes, variables), _selected(collector, nodes))


def _selected(collector: Collector, nodes: FieldNodes) -> frozenset[str]:
    """Of the emergency opening; a protocol version has no id in the ledger, its act names it."""
    payload = collector.below(nodes, "EmergencyPayload")
    opened = [node for key in payload.values() for node in key if node.name.value == "opened"]
    below = collector.below(opened, "Opened").values()
    return frozenset(merged[0].name.value for merged in below)


def _arguments(
    schema: GraphQLSchema, name: str, nodes: FieldNodes, variables: Mapping[str, object]
) -> dict[str, object]:
    if schema.mutation_type is None:
        raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, "there are no mutations")
    definition = schema.mutation_type.fields[name]
    found = arguments_of(definition, nodes[0], variables)
    return {k: parse_uuid(v) if k in ACTS[name].ids else v for k, v in found.items()}


def may_ask(asked: Asked, caller: Caller) -> bool:
    """Whether a role of the caller's is one that may ask for this act at all."""
    roles = ACTS[asked.name].roles
    return not roles or not roles.isdisjoint(caller.roles)


@dataclass(frozen=True, slots=True)
class Doing:
    """Who acts, why, by which operation (name and document hash), in which trace."""

    caller: Caller
    purpose: str
    operation: tuple[str, str]
    trace: str


async def perform(
    pool: Pool, doing: Doing, asked: Asked, ground: tuple[Policy, Catalog, Prove]
) -> Mapping[str, object]:
    """Do it and commit, or leave nothing; the payload. Raises Unavailable or TimedOut."""
    policy, catalog, prove = ground
    async with lent(pool) as wire:
        acting = Acting(
            wire, doing.caller, doing.purpose, doing.operation, doing.trace, asked.selected
        )
        payload = await ACTS[asked.name].perform(acting, policy, catalog, asked.arguments, prove)
        if payload["problems"]:
            await acting.rollback()
        else:
            await acting.commit()
        return payload


_PLAIN: dict[str, GraphQLSchema] = {}


def shape(
    document: Document,
    operation: OperationDefinitionNode,
    asked: Asked,
    payload: object,
    variables: Mapping[str, object],
) -> bytes:
    """`data` of the answer: the payload under the response keys that were asked for."""
    plain = _PLAIN.get("schema")
    if plain is None:
        plain = _PLAIN["schema"] = build_schema(print_api_sdl(), assume_valid_sdl=True)
    result = execute_sync(
        plain,
        DocumentNode(definitions=(operation, *document.fragments.values())),
        root_value={asked.name: payload},
        variable_values={name: _plain(value) for name, value in variables.items()},
    )
    return orjson.dumps(result.data)


def _plain(value: object) -> object:
    """A coerced variable as a client would write it: the plain schema knows no times."""
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if callable(isoformat) else getattr(value, "value", value)
