"""The schema as a whole: built once, checked, printed.

Gives the Strawberry schema, the graphql-core schema that documents are
validated against, and two prints of it. Promises that the prints depend on
the code alone, and that a type whose fields carry no data class does not
build unless it is named in `OPEN_TYPES`. Federation is pinned to 2.9, as
composition libraries reject later versions; the schema is never sorted by
Strawberry, which breaks unions and `_entities`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import strawberry
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    Node,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    Visitor,
    VisitorAction,
    parse,
    print_ast,
    visit,
)
from graphql.language.visitor import REMOVE
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition

from schema.catalog import build
from schema.held import Held, Linked, UnclassifiedFieldError, definition_of, mark_of
from schema.types.acts.feed import AcknowledgePayload
from schema.types.acts.payloads import PAYLOADS
from schema.types.acts.problems import PROBLEM_TYPES
from schema.types.arguments import set_arguments
from schema.types.changes import (
    Change,
    ChangeConnection,
    ChangeEdge,
    UnacknowledgedWithdrawals,
)
from schema.types.checkpoints import AccessCheckpoint, CheckpointWitness
from schema.types.entities import ENTITIES
from schema.types.explain import Explanation, PotentialReader
from schema.types.federation import (
    FEDERATION_DIRECTIVES,
    FEDERATION_ROOTS,
    FEDERATION_TYPES,
    describe_machinery,
)
from schema.types.filters import make_inputs
from schema.types.me import Me, MeGrant
from schema.types.mutation import Mutation, set_act_arguments
from schema.types.names import graphql_name
from schema.types.protocols import (
    EmergencyPayload,
    Opened,
    Problem,
    ProtocolPayload,
    ProtocolVersion,
)
from schema.types.query import Query
from schema.types.records import ClassVersion, Connection, Edge, PageInfo, Withheld
from schema.types.scalars import SCALARS
from schema.types.statistics import StatisticsCell
from schema.types.subscription import Subscription, set_watch_arguments

SDL_FILE = Path(__file__).with_name("saphan.graphql")
"""The print that is checked in and reviewed like code."""

OPEN_TYPES: tuple[type, ...] = (
    Query,
    Mutation,
    Subscription,
    Me,
    MeGrant,
    Explanation,
    PotentialReader,
    ProtocolVersion,
    ProtocolPayload,
    EmergencyPayload,
    Opened,
    Problem,
    *PAYLOADS,
    *PROBLEM_TYPES,
    AccessCheckpoint,
    CheckpointWitness,
    ChangeConnection,
    ChangeEdge,
    Change,
    UnacknowledgedWithdrawals,
    AcknowledgePayload,
    StatisticsCell,
    Connection,
    Edge,
    PageInfo,
    Withheld,
    ClassVersion,
)
"""Types without registry content: how an answer is built, and what the caller's own token says."""
_ROOTS = frozenset({"Query", "Mutation", "Subscription"})


@cache
def schema() -> strawberry.federation.Schema:
    """The one schema. Raises UnclassifiedFieldError where a field has no data class."""
    return build_schema(Query, ENTITIES)


@cache
def graphql_schema() -> GraphQLSchema:
    """The graphql-core schema for validation, coercion and introspection."""
    return core_of(schema())


@cache
def print_sdl() -> str:
    """The subgraph's SDL with federation machinery, as `_service { sdl }` and `saphan.graphql`."""
    return schema().as_str() + "\n"


@cache
def print_api_sdl() -> str:
    """The SDL that clients see: without `_entities`, `_service` and federation's directives."""
    stripped: DocumentNode = visit(parse(print_sdl(), no_location=True), _WithoutFederation())
    return print_ast(stripped) + "\n"


def build_schema(query: type, entities: tuple[type, ...]) -> strawberry.federation.Schema:
    """Build and check a schema of these roots and entities."""
    known = build(entities)
    set_arguments(query, entities, known, make_inputs(known))
    set_act_arguments()
    set_watch_arguments()
    made = strawberry.federation.Schema(
        query=query,
        mutation=Mutation,
        subscription=Subscription,
        types=list(entities),
        config=StrawberryConfig(scalar_map=SCALARS),
        federation_version="2.9",
    )
    core = core_of(made)
    _check_classified(core)
    describe_machinery(core)
    return made


def core_of(made: strawberry.federation.Schema) -> GraphQLSchema:
    """The graphql-core schema inside a Strawberry schema, which has no public name for it."""
    core: GraphQLSchema = made._schema  # noqa: SLF001
    return core


def _check_classified(core: GraphQLSchema) -> None:
    open_origins = [definition_of(cls) for cls in OPEN_TYPES]
    for name, kind in core.type_map.items():
        if not isinstance(kind, GraphQLObjectType) or name.startswith("_"):
            continue
        definition = kind.extensions.get("strawberry-definition")
        if not isinstance(definition, StrawberryObjectDefinition):
            raise UnclassifiedFieldError(f"`{name}` is not made by Strawberry")
        if (
            name in ("Query", "Mutation", "Subscription")
            or (definition.concrete_of or definition) in open_origins
        ):
            continue
        inherited = {each.python_name for face in definition.interfaces for each in face.fields}
        for field in definition.fields:
            if field.python_name not in inherited and not isinstance(mark_of(field), Held | Linked):
                raise UnclassifiedFieldError(
                    f"`{name}.{graphql_name(field)}` has no data class; declare `{name}` with "
                    "`entity` or `detail` and its field with `held(DataClass...)`"
                )


class _WithoutFederation(Visitor):
    """Drops federation's types, root fields and directives, and the links to them."""

    def enter(self, node: Node, *_: object) -> VisitorAction:
        if isinstance(node, SchemaDefinitionNode):
            return REMOVE
        if isinstance(node, TypeDefinitionNode) and node.name.value in FEDERATION_TYPES:
            return REMOVE
        if isinstance(node, FieldDefinitionNode) and node.name.value in FEDERATION_ROOTS:
            return REMOVE
        if isinstance(node, DirectiveNode) and node.name.value in FEDERATION_DIRECTIVES:
            return REMOVE
        return None
