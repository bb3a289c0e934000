"""The engine: one request from document to bytes, hops 3 to 7.

Takes a `Request` that the door has read and whose token it has verified, gives
a complete `Answer`. Promises that nothing of the registry is in an answer
whose access record is not durable, and that every refusal has a code of the
fixed list. What it keeps between requests stands in `prepared`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from graphql import GraphQLSchema, OperationType

from authz.caller import Caller
from authz.profile import Policy
from resolvers.acts import act, tell_readers
from resolvers.answers import assemble, refused_answer
from resolvers.binding import Bound, check_pages, cost_of, open_cursors, sealer
from resolvers.casework import performing as casework
from resolvers.comparing import Comparison, Progress, compare
from resolvers.documents import Document, choose_operation
from resolvers.errors import ErrorCode, GraphQLFault, RequestRefused, errors_body, status_of
from resolvers.execution import (
    Fetched,
    ForeignCursor,
    Stale,
    TimedOut,
    Unavailable,
    append,
    append_failure,
    bind_all,
    context_of,
    disclose,
)
from resolvers.explaining import as_of
from resolvers.feeding.following import Feeds
from resolvers.feeding.keeping import drop_old, keep
from resolvers.feeding.lasting import feed_of
from resolvers.feeding.overdue import asks_overdue, tell_overdue
from resolvers.feeding.places import KEYS
from resolvers.header import header_values
from resolvers.inputs import coerce_variables, value_of
from resolvers.inspecting import asks_who
from resolvers.local import OF_POLICY, answer_local, shape_explained
from resolvers.plan import ChangesRoot, LocalRoot, Plan
from resolvers.prepared import Prepared
from resolvers.refusing import ERROR_BINDS, ERROR_SQL, REFUSAL_BINDS, REFUSAL_SQL
from resolvers.rendering import Statement
from resolvers.requests import Answer, EngineSettings, Request
from resolvers.restriction import Narrowed
from resolvers.statistics_closing import Months
from resolvers.statistics_scope import statistics_of
from resolvers.subscribing import Events
from resolvers.wire import WireError
from schema.catalog import Catalog

__all__ = ["Answer", "Engine", "EngineSettings", "Request", "Unavailable"]

ATTEMPTS = 4
READY_SECONDS = 3.0


class Engine:
    """Answers requests over one pool of connections. One per process."""

    def __init__(self, schema: GraphQLSchema, catalog: Catalog, settings: EngineSettings) -> None:
        self._ready = Prepared(schema, catalog, settings)
        self._settings = settings
        self._seal = sealer(settings.cursor_key)
        self._feeds = Feeds(catalog)
        self._months = Months()
        self.events = Events(self._ready, self._seal)

    async def start(self) -> None:
        """Make the pool. The database need not be there yet."""
        self._ready.open()

    def newest(self) -> tuple[Statement, int]:
        """The statement last asked for and its policy version: what the bench compares with."""
        if self._ready.newest is None or self._ready.policy is None:
            raise Unavailable
        return self._ready.newest, self._ready.policy.version

    async def stop(self) -> None:
        """Close every connection."""
        await self.events.stop()
        await self._ready.close()

    async def ready(self) -> bool:
        """Whether the registry answers now. A database that does not say is not ready."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._ready.reload(None)
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

    async def compare(
        self,
        caller: Caller,
        purpose: str,
        asked: Comparison,
        progress: Progress = lambda _done, _all: None,
    ) -> dict[str, object]:
        """Two versions of an agreement over the present data, and over what was shown. Raises
        RequestRefused, Unavailable or TimedOut.
        """
        return await compare(self._ready, caller, purpose, asked, progress)

    async def follow_feeds(self) -> int:
        """Bring every stream of the feed up to date; how many there are. Raises Unavailable,
        TimedOut, Stale or WireError.
        """
        return await keep(self._ready, self._feeds)

    async def drop_old_entries(self) -> None:
        """Drop what the feed keeps no longer. Raises as `follow_feeds`."""
        await drop_old(self._ready)

    async def _answer(self, request: Request) -> bytes:
        hop, ready = self._settings.hop, self._ready
        with hop("plan"):
            document = ready.documents.get(request.query)
            operation = choose_operation(document, request.operation_name)
            variables = coerce_variables(ready.schema, operation, request.variables)
            if operation.operation is OperationType.MUTATION:
                asked = casework.asked_of(ready, document, operation, variables)
                if asked is None:
                    return await act(ready, request, document, operation, variables)
                return await casework.perform(
                    ready, self._seal, request, document, asked, variables
                )
            if operation.operation is OperationType.SUBSCRIPTION:
                raise RequestRefused.of(
                    ErrorCode.BAD_USER_INPUT,
                    "subscriptions are answered over a socket or at `/graphql/stream`",
                )
            plan = ready.planned(document, request.operation_name, variables)
        for attempt in range(ATTEMPTS):
            with hop("grants"):
                policy = await ready.current()
            try:
                if asks_overdue(plan):
                    return await tell_overdue(ready, request, document, variables)
                if asks_who(plan):
                    return await tell_readers(ready, request, document, variables)
                return await self._with_policy(request, document, plan, variables, policy)
            except Stale:
                await ready.reload(policy)
                if attempt == ATTEMPTS - 1:
                    raise Unavailable from None
            except ForeignCursor:
                raise RequestRefused.of(
                    ErrorCode.CURSOR_INVALID, "the cursor belongs to another record"
                ) from None
        raise Unavailable

    async def _with_policy(
        self,
        request: Request,
        document: Document,
        plan: Plan,
        variables: Mapping[str, object],
        policy: Policy,
    ) -> bytes:
        caller, ready = request.caller, self._ready
        pool, local = ready.pool, {}
        if any(isinstance(root, LocalRoot) for root in plan.roots):
            operation = choose_operation(document, request.operation_name)
            if any(isinstance(root, LocalRoot) and root.name in OF_POLICY for root in plan.roots):
                policy = await ready.newest_policy()
            local = answer_local(document, operation, variables, caller, policy)
        if all(isinstance(root, LocalRoot) for root in plan.roots):
            return assemble(plan, local, None, None, None)
        past = as_of(plan, variables)
        if past is not None:
            policy = await ready.policy_of(past)
        with self._settings.hop("restrict"):
            statement = ready.statement(plan, caller, request.purpose, policy, past)
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
        feed = feed_of(plan)
        context = {
            **header,
            **open_cursors(bound),
            **(await self._followed(bound, feed, policy) if feed is not None else {}),
            "nonce": self._seal.nonce(),
            "policy_version": policy.version,
            "policy_horizon": policy.horizon,
        }
        params = bind_all(statement.binds, variables, context, statement.constants)
        seal = self._seal.of(statement, bound, str(context["nonce"]))
        who = context_of(caller, past)

        def before_commit(fetched: Fetched) -> Fetched:
            # an explanation may still refuse the operation: then nothing of it was shown
            if statement.judged:
                local.update(_explained(document, request, variables, statement, fetched))
            return seal(fetched)

        try:
            if statistics_of(plan):
                await self._months.close(pool)
            fetched = await disclose(
                pool, statement, params, before_commit, who, self._settings.hop
            )
        except (TimedOut, ForeignCursor, RequestRefused, WireError):
            if narrowed.protected:
                failure = bind_all(ERROR_BINDS, {}, header)
                await append_failure(pool, ERROR_SQL, failure, caller, self._settings.hop)
            raise
        return assemble(plan, local, statement, fetched, cost)

    async def _followed(self, bound: Bound, feed: ChangesRoot, policy: Policy) -> dict[str, object]:
        """The feed's parameters: its stream is brought up to date first."""

        def opened() -> list[str | None] | None:
            if feed.after is None or (cursor := value_of(feed.after, bound.variables)) is None:
                return None
            return bound.cursors.open(bound.data(feed), cursor, KEYS)[1]

        pool = self._ready.pool
        return await self._feeds.followed(pool, bound.caller, bound.purpose, policy, opened)


def _explained(
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


def _refusals(narrowed: Narrowed) -> list[dict[str, str]]:
    """Static refusals by schema field, sorted, as the access record holds them."""
    faults = narrowed.faults + narrowed.whole
    pairs = {(str(f.extensions["field"]), str(f.extensions["reason"])) for f in faults}
    return [{"field": name, "reason": reason} for name, reason in sorted(pairs)]
