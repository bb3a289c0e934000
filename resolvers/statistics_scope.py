"""Who is shown which statistics: the clauses that speak of figures, and the corridors they open.

Takes a plan's `statistics` roots and the caller's grants with `aggregate_only`,
gives refusals and, as SQL, the corridors. A table needs a clause for each class
that it counts over; a corridor is open where the anchor of one such clause, for
each class, holds for every case of it. Narrowing to cases opens none: figures
are never made for a few cases.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from authz.caller import Caller
from authz.grants import Grant
from authz.profile import Aggregates, Policy, aggregates_of
from resolvers.errors import ErrorCode, GraphQLFault
from resolvers.plan import Plan, StatisticsRoot
from resolvers.predicates import Where, anchors
from schema.classes import DataClass
from schema.types.statistics import TABLES, StatisticsTable

if TYPE_CHECKING:
    from resolvers.rows import Build


def statistics_of(plan: Plan) -> tuple[StatisticsRoot, ...]:
    """The plan's roots that ask for figures."""
    return tuple(root for root in plan.roots if isinstance(root, StatisticsRoot))


def aggregates_for(plan: Plan, policy: Policy, caller: Caller, purpose: str | None) -> Aggregates:
    """The clauses that open what the plan counts over, and the refusals."""
    cells = {(entity, c) for root in statistics_of(plan) for entity, _, c in _counted(root)}
    return aggregates_of(policy, caller, purpose, sorted(cells))


def counted_over(plan: Plan) -> set[str]:
    """The fields that the record says were searched."""
    return {f"{e}.{name}" for root in statistics_of(plan) for e, name, _ in _counted(root)}


def refused_statistics(
    plan: Plan, aggregates: Aggregates, caller: Caller, purpose: str | None
) -> Iterable[GraphQLFault]:
    """One error for each root and field that no clause opens: the operation is refused."""
    for root in statistics_of(plan):
        for entity, name, data_class in _counted(root):
            refusal = aggregates.refusals.get((entity, data_class))
            if refusal is not None:
                field = f"{entity}.{name}"
                yield GraphQLFault(
                    ErrorCode.FIELD_NOT_PERMITTED,
                    f"`{field}` is not permitted to `{caller.agency}` for"
                    f" {purpose or 'no purpose'}",
                    (root.key,),
                    {
                        "field": field,
                        "reason": refusal.reason.value,
                        "clauses": list(refusal.clauses),
                    },
                )


def opened_sql(build: Build, table: StatisticsTable, corridor: str) -> str:
    """SQL that is true for a corridor (an alias with `host` and `origin`) that is open."""
    if build.params.has_cases:
        return "false"
    where = Where("ReturnCase", corridor, corridor, build.params, has_unit=False)
    parts = []
    for entity, data_class in sorted({(e, c) for e, _, c in TABLES[table].counted}):
        grants = build.narrowed.aggregates.carrying(entity, data_class)
        ways = dict.fromkeys(_whole_corridor(grant, where) for grant in grants)
        parts.append(f"({' or '.join(ways) or 'false'})")
    return " and ".join(dict.fromkeys(parts))


def _whole_corridor(grant: Grant, where: Where) -> str:
    """The anchor, where it holds for all cases of a corridor or for none: `held_by_party` for those
    that the country hosts; who holds a single case is no matter of the corridor.
    """
    names = {condition.name for condition in grant.when}
    rest = replace(grant, when=tuple(c for c in grant.when if c.name == "covers_corridor"))
    parts = list(anchors(rest, where))
    if "held_by_party" in names:
        parts.append(f"{where.case}.host = {where.params.ctx('country')}")
    return f"({' and '.join(parts)})"


def _counted(root: StatisticsRoot) -> tuple[tuple[str, str, DataClass], ...]:
    return TABLES[root.table].counted
