"""Which of many touched cases concern a caller at all, before anything is read for her.

Takes the decisions of a narrowed plan and ids of cases, gives those that she
may see now, or could see at an instant before the change. Shows nothing to
anybody and leaves no record: an import of thousands of cases that a desk does
not see costs it one look and not thousands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from resolvers.execution import Stale, bind_all, context_of, lent
from resolvers.header import header_values
from resolvers.parameters import Parameters
from resolvers.plan import Bind
from resolvers.prepared import Prepared
from resolvers.rendering import as_it_stood, stale
from resolvers.rows import Build
from resolvers.subscribing.asking import Watch, statement_of
from resolvers.wire import Pool
from resolvers.worklist import listed

_ENTITY = "ReturnCase"


@dataclass(frozen=True, slots=True)
class Sieve:
    """The statement of one profile under one law."""

    sql: str
    binds: tuple[Bind, ...]


async def concerned(
    ready: Prepared, pool: Pool, watch: Watch, cases: Iterable[str], at: dt.datetime | None = None
) -> frozenset[str]:
    """Those of `cases` that whoever watches this may see now, or could see `at` an instant. Raises
    Unavailable, TimedOut or Stale.
    """
    policy = await ready.current()
    sieve = _sieve(ready, watch, past=at is not None)
    context = {
        **header_values(watch.caller, watch.purpose, "", "", "", (), ()),
        "touched": sorted(cases),
        "policy_version": policy.version,
        "policy_horizon": policy.horizon,
    }
    params = bind_all(sieve.binds, {}, context)
    async with lent(pool) as wire:
        result = await wire.begin(sieve.sql, params, context_of(watch.caller, at))
        changed, found = result.get_value(0, 0) != b"f", result.get_value(0, 1)
        await wire.rollback()
    if changed:
        await ready.reload(policy)
        raise Stale
    return frozenset(orjson.loads(found or b"[]"))


def _sieve(ready: Prepared, watch: Watch, *, past: bool) -> Sieve:
    if ready.policy is None:
        raise AssertionError("the law was read before")
    caller = watch.caller
    narrowed = statement_of(ready, watch, ready.policy).narrowed
    has_unit = bool(caller.unit)
    params = Parameters(has_cases=caller.cases is not None)
    build = Build(narrowed, params, has_unit)
    decision = narrowed.decisions[_ENTITY]
    alias = "t1"
    tests = [
        f"{alias}.id = any({params.ctx('touched', 'uuid[]')})",
        decision.visible(build.base, alias, alias),
    ]
    if watch.desk:
        tests.append(listed(decision, build.base, alias, alias))
    head = "false as stale" if past else stale(params)
    sql = (
        f"select {head}, (select json_agg({alias}.id)::text from"
        f" {decision.entity.table} {alias} where {' and '.join(tests)})"
    )
    return Sieve(as_it_stood(sql) if past else sql, tuple(params.binds))
