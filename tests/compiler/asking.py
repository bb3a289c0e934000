"""A statement rendered, run and recorded under any set of grants, past the engine's caches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from authz.caller import Caller
from authz.profile import Policy
from resolvers.binding import Bound, open_cursors, sealer
from resolvers.documents import Documents
from resolvers.execution import bind_all, context_of, disclose
from resolvers.header import header_values
from resolvers.plan import LinkOut, RowNode, ValueOut
from resolvers.planning import plan_operation
from resolvers.rendering import Statement, render
from resolvers.restriction import Narrowed, restrict
from resolvers.wire import Pool
from schema.catalog import catalog
from schema.sdl import graphql_schema
from tests.compiler.registry import Registry

_DOCUMENTS = Documents(graphql_schema())


def narrowed_of(policy: Policy, query: str, who: Caller) -> Narrowed:
    """The plan of a document with one operation, narrowed."""
    document = _DOCUMENTS.get(query)
    (operation,) = document.operations.values()
    plan = plan_operation(graphql_schema(), catalog(), document, operation, {})
    return restrict(plan, catalog(), policy, who, who.purposes[0])


def statement_of(policy: Policy, query: str, who: Caller) -> Statement:
    """The statement of a document with one operation and no variables."""
    narrowed = narrowed_of(policy, query, who)
    return render(narrowed, has_unit=bool(who.unit), has_cases=who.cases is not None)


async def disclosed(
    registry: Registry, policy: Policy, query: str, who: Caller
) -> tuple[set[tuple[str, str]], dict[str, Any]]:
    """(record, field) pairs that were recorded as shown, and the answer's data."""
    statement = statement_of(policy, query, who)
    plan = statement.narrowed.plan
    seal = sealer(b"k" * 32)
    bound = Bound(plan, {}, who, who.purposes[0], seal.cursors)
    context = {
        **header_values(
            who, who.purposes[0], "", plan.document_hash, "t", statement.narrowed.searched, []
        ),
        **open_cursors(bound),
        "nonce": "0" * 32,
        "policy_version": policy.version,
        "policy_horizon": policy.horizon,
    }
    pool = Pool(lambda: registry.service, 1, 10_000)
    try:
        params = bind_all(statement.binds, {}, context)
        fetched = await disclose(
            pool, statement, params, seal.of(statement, bound, "0" * 32), context_of(who)
        )
    finally:
        await pool.close()
    values = (json.loads(root) if root else None for root in fetched.roots)
    data = dict(zip(statement.root_keys, values, strict=True))
    return (registry.disclosed(fetched.record) if fetched.record else set()), data


def shown_in(row: RowNode, value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(record, field) of what one record of an answer shows: protected and not null."""
    for out in row.outputs:
        if isinstance(out, LinkOut) or not isinstance(out, ValueOut):
            continue
        protected = out.source.data_class is not None and not out.source.data_class.is_public
        if protected and value[out.key] is not None:
            yield value["id"], f"{row.entity.name}.{out.source.name}"
