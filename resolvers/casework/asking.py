"""Which act a mutation asks for, and what stays the same while it is done.

Takes a mutation that has been read, gives an `Asked`; a `Going` carries it with
its plan, its grants and its record through the flights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import OperationDefinitionNode

from authz.profile import Policy, Profile, profile_of
from resolvers.acting import as_parameter
from resolvers.casework.definitions import Act
from resolvers.casework.registered import ACTS
from resolvers.documents import Document
from resolvers.errors import ErrorCode, GraphQLFault
from resolvers.inputs import arguments_of, parse_uuid
from resolvers.plan import Plan
from resolvers.prepared import Prepared
from resolvers.rendering import Statement
from resolvers.requests import Request
from resolvers.selection import Collector, FieldNodes


@dataclass(frozen=True, slots=True)
class Asked:
    """The one root field of a mutation: its act, response key, selections and arguments."""

    act: Act
    key: str
    nodes: FieldNodes
    given: Mapping[str, object]
    collector: Collector


@dataclass(frozen=True, slots=True)
class Going:
    """What stays the same over the flights of one act."""

    request: Request
    asked: Asked
    plan: Plan
    policy: Policy
    profile: Profile
    statement: Statement
    variables: Mapping[str, object]
    header: Mapping[str, object]
    cost: Mapping[str, int]


def asked_of(
    ready: Prepared,
    document: Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
) -> Asked | None:
    """The act of the operation, None where it is one of another room. Raises RequestRefused."""
    collector = Collector(ready.schema, document.fragments, variables)
    fields = collector.collect([operation.selection_set], "Mutation")
    if len(fields) != 1:
        return None
    ((key, nodes),) = fields.items()
    act, root = ACTS.get(nodes[0].name.value), ready.schema.mutation_type
    if act is None or root is None:
        return None
    given = arguments_of(root.fields[act.name], nodes[0], variables)
    if act.subject is not None:
        named = act.subject.argument
        given[named] = parse_uuid(given[named], (named,))
    for argument in act.sees:
        if given.get(argument) is not None:
            given[argument] = parse_uuid(given[argument], (argument,))
    return Asked(act, key, nodes, given, collector)


def selected(asked: Asked) -> tuple[str, ...]:
    """The fields of the payload that were asked for, by name."""
    below = asked.collector.below(asked.nodes, asked.act.payload)
    return tuple(sorted({nodes[0].name.value for nodes in below.values()}))


def searched_by(asked: Asked) -> tuple[str, ...]:
    """The fields of records that are read for the payload beside its records."""
    return tuple(
        name
        for field, read in asked.act.searched.items()
        if field in selected(asked)
        for name in read
    )


def not_named(policy: Policy, request: Request, asked: Asked) -> GraphQLFault:
    """No grant in force names the act for this caller and purpose."""
    everywhere = [
        g
        for purpose in request.caller.purposes
        for g in profile_of(policy, request.caller, purpose, ()).grants.get(asked.act.authority, ())
        if asked.act.name in g.operations
    ]
    reason = "PURPOSE" if everywhere else "CLASS"
    clauses = sorted({g.clause for g in everywhere}, key=lambda clause: clause.order)
    return GraphQLFault(
        ErrorCode.OPERATION_NOT_PERMITTED,
        f"`{asked.act.name}` is not permitted to `{request.caller.agency}` for {request.purpose}",
        (asked.key,),
        {"reason": reason, "clauses": [str(clause) for clause in clauses]},
    )


def as_parameters(params: Sequence[object]) -> list[bytes | None]:
    """Values of a statement in PostgreSQL's text format."""
    return [as_parameter(value) for value in params]


def as_text(value: bytes | None) -> str | None:
    """A value of a result."""
    return None if value is None else bytes(value).decode()
