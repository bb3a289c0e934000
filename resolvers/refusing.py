"""The record of an operation that showed nothing: refused as a whole, failed, or without effect.

The same shape as any other.
"""

from __future__ import annotations

from resolvers.parameters import Parameters
from resolvers.plan import Bind
from resolvers.recording import WRITTEN, header_sql, leaf_sql, moment_sql


def _empty(outcome: str) -> tuple[str, tuple[Bind, ...]]:
    params = Parameters()
    empty = (
        "u as (select 1), entries as (select ''::text as pair, ''::text as clause,"
        " '{}'::text[] as fields, '{}'::uuid[] as records where false),"
        " cells as (select '{}'::uuid[] as ids, 0 as st, '{}'::text[] as fields where false),"
        " held as (select ''::text as pair, ''::text as field, ''::text as reason, 0 as count"
        f" where false), k as (select {moment_sql(params)})"
    )
    header = header_sql(params, outcome)
    leaf = leaf_sql(params, outcome)
    sql = f"with {empty}, rec as ({header}), leaf as ({leaf}) select {WRITTEN}"
    return sql, tuple(params.binds)


REFUSAL_SQL, REFUSAL_BINDS = _empty("REFUSED")
ERROR_SQL, ERROR_BINDS = _empty("ERROR")
"""Of one that failed once it was under way: what it had read was rolled back."""
COUNTED_SQL, COUNTED_BINDS = _empty("DISCLOSED")
"""The same of an operation that counted rows and showed none."""
