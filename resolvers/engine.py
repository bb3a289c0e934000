"""The engine: one request from document to bytes, hops 3 to 7.

Takes a `Request` that the door has read and whose token it has verified, gives
a complete `Answer`. Promises that nothing of the registry is in an answer
whose access record is not durable, and that every refusal has a code of the
fixed list. Caches documents, plans (by document and shape of variables) and
statements (by plan, caller's grants and policy version), each bounded.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

import orjson
from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    type_from_ast,
)

from authz.caller import Caller
from authz.profile import Policy
from resolvers.answers import assemble, refused_answer
from resolvers.binding import Bound, check_pages, cost_of, open_cursors, sealer
from resolvers.bounded import Bounded
from resolvers.documents import Document, Documents, choose_operation
from resolvers.errors import ErrorCode, GraphQLFault, RequestRefused, errors_body, status_of
from resolvers.execution import (
    Fetched,
    ForeignCursor,
    Stale,
    TimedOut,
    Unavailable,
    append,
    bind_all,
    context_of,
    disclose,
    no_hop,
)
from resolvers.explaining import as_of
from resolvers.header import header_values
from resolvers.inputs import coerce_variables, shape_of
from resolvers.inspecting import (
    ROOT,
    Ground,
    asks_who,
    inspect,
    may_inspect,
    question_of,
    shape,
)
from resolvers.lawmaking import Prove, unproved
from resolvers.local import OF_POLICY, answer_local, shape_explained
from resolvers.mutating import Asked, Doing, asked_of, may_ask, perform
from resolvers.mutating import shape as shape_act
from resolvers.plan import LocalRoot, Plan
from resolvers.planning import plan_operation
from resolvers.policies import load, policy_number
from resolvers.refusing import REFUSAL_BINDS, REFUSAL_SQL
from resolvers.rendering import Statement, render
from resolvers.representations import holds_representations, typenames_of
from resolvers.restriction import Narrowed, restrict
from resolvers.whocansee import SHOWN
from resolvers.wire import Pool, WireError
from schema.catalog import Catalog

__all__ = ["Answer", "Engine", "EngineSettings", "Request", "Unavailable"]

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


class Engine:
    """Answers requests over one pool of connections. One per process."""

    def __init__(self, schema: GraphQLSchema, catalog: Catalog, settings: EngineSettings) -> None:
        self._schema, self._catalog, self._settings = schema, catalog, settings
        self._documents = Documents(schema)
        self._plans: Bounded[tuple[object, ...], Plan] = Bounded(1024)
        self._statements: Bounded[tuple[object, ...], Statement] = Bounded(512)
        self._policy: Policy | None = None
        self._past: Bounded[dt.datetime, Policy] = Bounded(16)
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
            return await self._refuse(request, name, document.hash, asked.name)
        policy = await self._newest_policy()
        with self._settings.hop("execute"):
            payload = await perform(
                pool,
                Doing(caller, request.purpose, (name, document.hash), request.trace_id),
                asked,
                (policy, self._catalog, self._settings.prove),
            )
        data = shape_act(document, operation, asked, payload, variables)
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
                shape.append((variable, typenames_of(variables[variable])))
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
        if asks_who(plan):
            return await self._inspect(request, document, variables, policy)
        local = {}
        if any(isinstance(root, LocalRoot) for root in plan.roots):
            operation = choose_operation(document, request.operation_name)
            if any(isinstance(root, LocalRoot) and root.name in OF_POLICY for root in plan.roots):
                policy = await self._newest_policy()
            local = answer_local(document, operation, variables, caller, policy)
        if all(isinstance(root, LocalRoot) for root in plan.roots):
            return assemble(plan, local, None, None, None)
        past = as_of(plan, variables)
        if past is not None:
            policy = await self._policy_of(past)
        with self._settings.hop("restrict"):
            statement = self._statement(plan, caller, request.purpose, policy, past)
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
        who = context_of(caller, past)
        fetched = await disclose(pool, statement, params, seal, who, self._settings.hop)
        if statement.judged:
            local |= self._explained(document, request, variables, statement, fetched)
        return assemble(plan, local, statement, fetched, cost)

    async def _inspect(
        self, request: Request, document: Document, variables: Mapping[str, object], policy: Policy
    ) -> bytes:
        """Who can see a record, for the holder's auditors; for others the question is refused."""
        caller, pool = request.caller, self._pool
        operation = choose_operation(document, request.operation_name)
        name = operation.name.value if operation.name else ""
        if pool is None:
            raise Unavailable
        if request.purpose is None:
            raise RequestRefused.of(
                ErrorCode.PURPOSE_REQUIRED, "state a purpose in the header `Saphan-Purpose`"
            )
        if not may_inspect(caller):
            return await self._refuse(request, name, document.hash, ROOT)
        question = question_of(self._schema, document, operation, variables)
        then = await self._policy_of(question.at) if question.at else policy
        seen = self._planned(self._documents.get(SHOWN), None, {"id": question.record})
        shown = self._statement(seen, caller, request.purpose, policy)
        header = header_values(
            caller, request.purpose, name, document.hash, request.trace_id, (), ()
        )
        context = {
            **header,
            "nonce": "",
            "policy_version": policy.version,
            "policy_horizon": policy.horizon,
        }
        ground = Ground(policy, then, self._catalog, shown)
        rows, record = await inspect(pool, caller, question, ground, context)
        local = shape(document, operation, variables, rows)
        members = b",".join(orjson.dumps(key) + b":" + value for key, value in local.items())
        tail = b',"extensions":' + orjson.dumps({"accessRecord": record}) if record else b""
        return b'{"data":{' + members + b"}" + tail + b"}"

    async def _refuse(self, request: Request, name: str, digest: str, act: str) -> bytes:
        """An act that is not of this role: nothing is done, and that is on record."""
        caller, pool = request.caller, self._pool
        if pool is None:
            raise Unavailable
        header = header_values(
            caller, request.purpose or "", name, digest, request.trace_id, (), ()
        )
        refusal = bind_all(REFUSAL_BINDS, {}, header)
        await append(pool, REFUSAL_SQL, refusal, caller, self._settings.hop)
        fault = GraphQLFault(
            ErrorCode.OPERATION_NOT_PERMITTED, f"`{act}` is not an act of this role"
        )
        return refused_answer([fault], str(header["record_id"]), {})

    def _explained(
        self,
        document: Document,
        request: Request,
        variables: Mapping[str, object],
        statement: Statement,
        fetched: Fetched,
    ) -> dict[str, bytes]:
        """The `explainAccess` roots, shaped as they were asked for."""
        operation = choose_operation(document, request.operation_name)
        answers = dict(zip(statement.root_keys, fetched.roots, strict=True))
        return shape_explained(document, operation, variables, statement, answers)

    async def _policy_of(self, past: dt.datetime) -> Policy:
        """The law of a past instant. Raises Unavailable."""
        known = self._past.get(past)
        if known is None:
            try:
                known = self._past.put(past, await load(self._settings.dsn(), past))
            except WireError:
                raise Unavailable from None
        return known

    def _statement(
        self,
        plan: Plan,
        caller: Caller,
        purpose: str | None,
        policy: Policy,
        past: dt.datetime | None = None,
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
            past,
        )
        statement = self._statements.get(key)
        if statement is None or statement.narrowed.plan is not plan:
            narrowed = restrict(plan, self._catalog, policy, caller, purpose)
            statement = self._statements.put(
                key, render(narrowed, has_unit=has_unit, has_cases=has_cases, past=past is not None)
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


def _refusals(narrowed: Narrowed) -> list[dict[str, str]]:
    """Static refusals by schema field, sorted, as the access record holds them."""
    faults = narrowed.faults + narrowed.whole
    pairs = {(str(f.extensions["field"]), str(f.extensions["reason"])) for f in faults}
    return [{"field": name, "reason": reason} for name, reason in sorted(pairs)]
