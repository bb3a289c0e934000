"""The engine: one request from document to bytes, hops 3 to 7.

Takes a `Request` that the door has read and whose token it has verified, gives
a complete `Answer`. Promises that nothing of the registry is in an answer
whose access record is not durable, and that every refusal has a code of the
fixed list. Caches documents, plans (by document and shape of variables) and
statements (by plan, caller's grants and policy version), each bounded.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

import orjson
from graphql import (
    GraphQLSchema,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    type_from_ast,
)

from authz.caller import Caller
from authz.profile import Policy
from resolvers.answers import assemble, refused_answer
from resolvers.binding import Bound, check_pages, cost_of, open_cursors, sealer
from resolvers.documents import Document, Documents, choose_operation
from resolvers.errors import ErrorCode, GraphQLFault, RequestRefused, errors_body, status_of
from resolvers.execution import (
    ForeignCursor,
    Stale,
    TimedOut,
    Unavailable,
    append,
    bind_all,
    disclose,
    no_hop,
)
from resolvers.header import header_values
from resolvers.inputs import coerce_variables, shape_of
from resolvers.lawmaking import Prove, unproved
from resolvers.local import OF_POLICY, answer_local
from resolvers.mutating import Asked, Doing, asked_of, may_ask, perform, shape
from resolvers.plan import LocalRoot, Plan
from resolvers.planning import plan_operation
from resolvers.policies import load, policy_number
from resolvers.refusing import REFUSAL_BINDS, REFUSAL_SQL
from resolvers.rendering import Statement, render
from resolvers.restriction import Narrowed, restrict
from resolvers.wire import Pool, WireError
from schema.catalog import Catalog

__all__ = ["Answer", "Engine", "EngineSettings", "Request", "Unavailable"]

K = TypeVar("K")
V = TypeVar("V")
ATTEMPTS = 4
READY_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Request:
    """What the door hands in. `purpose` is one of the token's, or None where none was stated."""

    query: str
    operation_name: str | None
    variables: dict[str, object]
    caller: Caller
    purpose: str | None
    trace_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """HTTP status and the complete response body, application/graphql-response+json."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """`dsn` is asked for at each new connection, so that a database may come and go. `hop` opens
    a span of one of the hops `plan`, `grants`, `restrict`, `execute`, `commit`.
    """

    dsn: Callable[[], str]
    cursor_key: bytes
    connections: int = 8
    statement_timeout_ms: int = 10_000
    cost_limit: int = 5_000
    bulk_cost_limit: int = 100_000
    hop: Callable[[str], AbstractContextManager[None]] = no_hop
    prove: Prove = unproved


class Bounded(Generic[K, V]):
    """A dictionary that forgets what was used least recently."""

    def __init__(self, size: int) -> None:
        self._size, self._items = size, OrderedDict[K, V]()

    def get(self, key: K) -> V | None:
        """The value, or None."""
        value = self._items.get(key)
        if value is not None:
            self._items.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> V:
        """Keep and give back the value."""
        self._items[key] = value
        if len(self._items) > self._size:
            self._items.popitem(last=False)
        return value


class Engine:
    """Answers requests over one pool of connections. One per process."""

    def __init__(self, schema: GraphQLSchema, catalog: Catalog, settings: EngineSettings) -> None:
        self._schema, self._catalog, self._settings = schema, catalog, settings
        self._documents = Documents(schema)
        self._plans: Bounded[tuple[object, ...], Plan] = Bounded(1024)
        self._statements: Bounded[tuple[object, ...], Statement] = Bounded(512)
        self._policy: Policy | None = None
        self._loading = asyncio.Lock()
        self._pool: Pool | None = None
        self._seal = sealer(settings.cursor_key)
        self._newest: Statement | None = None

    async def start(self) -> None:
        """Make the pool. The database need not be there yet."""
        settings = self._settings
        self._pool = Pool(settings.dsn, settings.connections, settings.statement_timeout_ms)

    def newest(self) -> tuple[Statement, int]:
        """The statement last asked for and its policy version: what the bench compares with."""
        if self._newest is None or self._policy is None:
            raise Unavailable
        return self._newest, self._policy.version

    async def stop(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.close()

    async def ready(self) -> bool:
        """Whether the registry answers now. A database that does not say is not ready."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._reload(None)
        except (Unavailable, TimeoutError):
            return False
        return True

    async def answer(self, request: Request) -> Answer:
        """A complete answer. Raises Unavailable where the database is away, nothing for a bad
        request.
        """
        try:
            return Answer(200, await self._answer(request))
        except RequestRefused as refused:
            return Answer(status_of(refused.faults[0].code), errors_body(refused.faults))
        except TimedOut:
            fault = GraphQLFault(ErrorCode.TIMEOUT, "the operation took longer than it may")
            return Answer(status_of(fault.code), errors_body([fault]))

    async def _answer(self, request: Request) -> bytes:
        hop = self._settings.hop
        with hop("plan"):
            document = self._documents.get(request.query)
            operation = choose_operation(document, request.operation_name)
            variables = coerce_variables(self._schema, operation, request.variables)
            if operation.operation is OperationType.MUTATION:
                asked = asked_of(self._schema, document, operation, variables)
                return await self._perform(request, document, operation, asked, variables)
            plan = self._planned(document, request.operation_name, variables)
        for attempt in range(ATTEMPTS):
            with hop("grants"):
                policy = self._policy or await self._reload(None)
            try:
                return await self._with_policy(request, document, plan, variables, policy)
            except Stale:
                await self._reload(policy)
                if attempt == ATTEMPTS - 1:
                    raise Unavailable from None
            except ForeignCursor:
                raise RequestRefused.of(
                    ErrorCode.CURSOR_INVALID, "the cursor belongs to another record"
                ) from None
        raise Unavailable

    async def _perform(
        self,
        request: Request,
        document: Document,
        operation: OperationDefinitionNode,
        asked: Asked,
        variables: Mapping[str, object],
    ) -> bytes:
        """One act, recorded in its own transaction; an act of another's office is refused, and
        that is on record too.
        """
        caller, pool = request.caller, self._pool
        if pool is None:
            raise Unavailable
        if request.purpose is None:
            raise RequestRefused.of(
                ErrorCode.PURPOSE_REQUIRED, "state a purpose in the header `Saphan-Purpose`"
            )
        name = operation.name.value if operation.name else ""
        if not may_ask(asked, caller):
            header = header_values(
                caller, request.purpose, name, document.hash, request.trace_id, (), ()
            )
            refusal = bind_all(REFUSAL_BINDS, {}, header)
            await append(pool, REFUSAL_SQL, refusal, caller, self._settings.hop)
            fault = GraphQLFault(
                ErrorCode.OPERATION_NOT_PERMITTED,
                f"`{asked.name}` is not an act of this role",
                (asked.key,),
            )
            return refused_answer([fault], str(header["record_id"]), {})
        policy = await self._newest_policy()
        with self._settings.hop("execute"):
            payload = await perform(
                pool,
                Doing(caller, request.purpose, (name, document.hash), request.trace_id),
                asked,
                (policy, self._catalog, self._settings.prove),
            )
        data = shape(document, operation, asked, payload, variables)
        extensions: dict[str, object] = {}
        if payload.get("accessRecord"):
            extensions["accessRecord"] = payload["accessRecord"]
        tail = b',"extensions":' + orjson.dumps(extensions) if extensions else b""
        return b'{"data":' + data + tail + b"}"

    async def _newest_policy(self) -> Policy:
        """The policy as it stands now: what is told of it, and what acts build on, is never of
        yesterday.
        """
        policy, pool = self._policy or await self._reload(None), self._pool
        if pool is None:
            raise Unavailable
        number = await policy_number(pool)
        return policy if policy.version == number else await self._reload(policy)

    def _planned(
        self, document: Document, name: str | None, variables: Mapping[str, object]
    ) -> Plan:
        operation = choose_operation(document, name)
        shape = []
        for definition in operation.variable_definitions or ():
            kind = type_from_ast(self._schema, definition.type)
            variable = definition.variable.name.value
            if variable in variables and kind is not None:
                shape.append((variable, shape_of(variables[variable], kind)))  # type: ignore[arg-type]
            if holds_representations(definition) and variable in variables:
                shape.append((variable, _typenames(variables[variable])))
        key = (document.text, name, tuple(shape))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans.put(
                key, plan_operation(self._schema, self._catalog, document, operation, variables)
            )
        return plan

    async def _with_policy(
        self,
        request: Request,
        document: Document,
        plan: Plan,
        variables: Mapping[str, object],
        policy: Policy,
    ) -> bytes:
        caller, pool = request.caller, self._pool
        if pool is None:
            raise Unavailable
        local = {}
        if any(isinstance(root, LocalRoot) for root in plan.roots):
            operation = choose_operation(document, request.operation_name)
            if any(isinstance(root, LocalRoot) and root.name in OF_POLICY for root in plan.roots):
                policy = await self._newest_policy()
            local = answer_local(document, operation, variables, caller, policy)
        if all(isinstance(root, LocalRoot) for root in plan.roots):
            return assemble(plan, local, None, None, None)
        with self._settings.hop("restrict"):
            statement = self._statement(plan, caller, request.purpose, policy)
        self._newest = statement
        narrowed = statement.narrowed
        bulk = check_pages(plan, variables, narrowed.bulk)
        limit = self._settings.bulk_cost_limit if bulk else self._settings.cost_limit
        cost = {"requested": cost_of(plan, variables, limit), "limit": limit}
        header = header_values(
            caller,
            request.purpose or "",
            plan.operation_name,
            plan.document_hash,
            request.trace_id,
            narrowed.searched,
            _refusals(narrowed),
        )
        if narrowed.whole:
            refusal = bind_all(REFUSAL_BINDS, {}, header)
            await append(pool, REFUSAL_SQL, refusal, caller, self._settings.hop)
            return refused_answer(narrowed.whole, str(header["record_id"]), cost)
        bound = Bound(plan, variables, caller, request.purpose or "", self._seal.cursors)
        context = {
            **header,
            **open_cursors(bound),
            "nonce": self._seal.nonce(),
            "policy_version": policy.version,
            "policy_horizon": policy.horizon,
        }
        params = bind_all(statement.binds, variables, context, statement.constants)
        seal = self._seal.of(statement, bound, str(context["nonce"]))
        fetched = await disclose(pool, statement, params, seal, caller, self._settings.hop)
        return assemble(plan, local, statement, fetched, cost)

    def _statement(
        self, plan: Plan, caller: Caller, purpose: str | None, policy: Policy
    ) -> Statement:
        has_unit, has_cases = bool(caller.unit), caller.cases is not None
        key = (
            id(plan),
            caller.agency,
            caller.country,
            frozenset(caller.roles),
            purpose,
            has_unit,
            has_cases,
            policy.version,
            policy.horizon,
        )
        statement = self._statements.get(key)
        if statement is None or statement.narrowed.plan is not plan:
            narrowed = restrict(plan, self._catalog, policy, caller, purpose)
            statement = self._statements.put(
                key, render(narrowed, has_unit=has_unit, has_cases=has_cases)
            )
        return statement

    async def _reload(self, stale: Policy | None) -> Policy:
        """Read the policy again unless somebody else just did. Raises Unavailable."""
        async with self._loading:
            if stale is not None and self._policy is not None and self._policy is not stale:
                return self._policy
            try:
                self._policy = await load(self._settings.dsn())
            except WireError:
                raise Unavailable from None
            return self._policy


def holds_representations(definition: VariableDefinitionNode) -> bool:
    """Whether a variable holds entity representations, whose type names are structure."""
    kind = definition.type
    while isinstance(kind, ListTypeNode | NonNullTypeNode):
        kind = kind.type
    return isinstance(kind, NamedTypeNode) and kind.name.value == "_Any"


def _typenames(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(sorted({str(item.get("__typename")) for item in items if isinstance(item, dict)}))


def _refusals(narrowed: Narrowed) -> list[dict[str, str]]:
    """Static refusals by schema field, sorted, as the access record holds them."""
    faults = narrowed.faults + narrowed.whole
    pairs = {(str(f.extensions["field"]), str(f.extensions["reason"])) for f in faults}
    return [{"field": name, "reason": reason} for name, reason in sorted(pairs)]
