"""What is kept between requests: documents, plans, statements, the law, connections.

Takes schema, catalog and settings, gives plans by document and shape,
statements by plan, grants and policy version, and the policy in force now or
at a past instant. Each cache is bounded, and none of them is trusted with what
the registry must say: a statement checks its policy version itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping

from graphql import GraphQLSchema, type_from_ast

from authz.caller import Caller
from authz.profile import Policy, Profile, profile_of
from resolvers.bounded import Bounded
from resolvers.documents import Document, Documents, choose_operation
from resolvers.execution import Unavailable
from resolvers.inputs import shape_of
from resolvers.plan import Plan
from resolvers.planning import plan_operation
from resolvers.policies import load, policy_number
from resolvers.rendering import Statement, render
from resolvers.representations import holds_representations, typenames_of
from resolvers.requests import EngineSettings
from resolvers.restriction import restrict
from resolvers.wire import Pool, WireError
from schema.catalog import Catalog

_PAST_POLICIES = 16


class Prepared:
    """The caches of one process."""

    def __init__(self, schema: GraphQLSchema, catalog: Catalog, settings: EngineSettings) -> None:
        self.schema, self.catalog, self.settings = schema, catalog, settings
        self.documents = Documents(schema)
        self.newest: Statement | None = None
        self.policy: Policy | None = None
        self._plans: Bounded[tuple[object, ...], Plan] = Bounded(1024)
        self._statements: Bounded[tuple[object, ...], Statement] = Bounded(512)
        self.standings: Bounded[tuple[object, ...], object] = Bounded(512)
        self._profiles: Bounded[tuple[object, ...], Profile] = Bounded(256)
        self._past: Bounded[dt.datetime, Policy] = Bounded(_PAST_POLICIES)
        self._loading = asyncio.Lock()
        self._pool: Pool | None = None

    def open(self) -> None:
        """Make the pool. The database need not be there yet."""
        settings = self.settings
        self._pool = Pool(settings.dsn, settings.connections, settings.statement_timeout_ms)

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.close()

    @property
    def pool(self) -> Pool:
        """The connections. Raises Unavailable before `open`."""
        if self._pool is None:
            raise Unavailable
        return self._pool

    def planned(
        self, document: Document, name: str | None, variables: Mapping[str, object]
    ) -> Plan:
        """The plan of one operation for variables of this shape. Raises RequestRefused."""
        operation = choose_operation(document, name)
        shape = []
        for definition in operation.variable_definitions or ():
            kind = type_from_ast(self.schema, definition.type)
            variable = definition.variable.name.value
            if variable in variables and kind is not None:
                shape.append((variable, shape_of(variables[variable], kind)))  # type: ignore[arg-type]
            if holds_representations(definition) and variable in variables:
                shape.append((variable, typenames_of(variables[variable])))
        key = (document.text, name, tuple(shape))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans.put(
                key, plan_operation(self.schema, self.catalog, document, operation, variables)
            )
        return plan

    def statement(
        self,
        plan: Plan,
        caller: Caller,
        purpose: str | None,
        policy: Policy,
        past: dt.datetime | None = None,
    ) -> Statement:
        """The statement of a plan for a caller's grants. Raises RequestRefused."""
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
            narrowed = restrict(plan, self.catalog, policy, caller, purpose)
            statement = self._statements.put(
                key, render(narrowed, has_unit=has_unit, has_cases=has_cases, past=past is not None)
            )
        self.newest = statement
        return statement

    def profile(self, policy: Policy, caller: Caller, purpose: str) -> Profile:
        """The grants in force for this caller and purpose; refusals are not asked of it."""
        key = (
            caller.agency,
            caller.country,
            frozenset(caller.roles),
            purpose,
            policy.version,
            policy.horizon,
        )
        known = self._profiles.get(key)
        return known or self._profiles.put(key, profile_of(policy, caller, purpose, ()))

    async def current(self) -> Policy:
        """The policy last read, which a statement may still find stale. Raises Unavailable."""
        return self.policy or await self.reload(None)

    async def reload(self, stale: Policy | None) -> Policy:
        """Read the policy again unless somebody else just did. Raises Unavailable."""
        async with self._loading:
            if stale is not None and self.policy is not None and self.policy is not stale:
                return self.policy
            try:
                self.policy = await load(self.settings.dsn())
            except WireError:
                raise Unavailable from None
            return self.policy

    async def newest_policy(self) -> Policy:
        """The policy as it stands now: what is told of it, and what acts build on, is never of
        yesterday. Raises Unavailable.
        """
        policy = await self.current()
        if policy.version == await policy_number(self.pool) and not _over(policy):
            return policy
        return await self.reload(policy)

    async def policy_of(self, past: dt.datetime) -> Policy:
        """The law of a past instant, which nothing changes any more. Raises Unavailable."""
        known = self._past.get(past)
        if known is None:
            try:
                known = self._past.put(past, await load(self.settings.dsn(), past))
            except WireError:
                raise Unavailable from None
        return known


def _over(policy: Policy) -> bool:
    """Whether the clock alone has changed what is in force."""
    return policy.horizon is not None and policy.horizon <= dt.datetime.now(dt.UTC)
