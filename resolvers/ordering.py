"""Orders that an index can serve although the order is that of redacted values.

Where every grant that shows a row also carries the class of the first order
key, a visible row's value is shown unless the sender restricted that class on
it. The page is then the merge of three: rows whose value is shown, in the
order of the plain column; rows without a value; and the few whose value is
restricted, found by their ids. The last two sort with null, as they must.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from resolvers.decision import Decision, restricted, restricted_ids
from resolvers.plan import OrderKey
from resolvers.predicates import Where

_PLAIN = re.compile(r"\{t\}\.\w+")


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the merged pages: which rows, and the first key's value on them."""

    rows: str
    value: str
    nulls: bool


def branches(
    decision: Decision, key: OrderKey, base: Where, record: str, case: str
) -> tuple[Branch, ...]:
    """The three pages to merge; empty where the key's value has to be redacted row by row."""
    data_class = key.source.data_class
    carried = decision.grants and all(data_class in g.classes for g in decision.grants)
    if data_class is None or not carried or decision.entity.public_where:
        return ()
    if not _PLAIN.fullmatch(key.source.sql):
        return ()
    column, null = key.source.sql.format(t=record), f"null::{key.source.sql_type}"
    where = decision.where(base, record, case)
    closed = restricted(record, where, data_class)
    ids = restricted_ids(where, data_class)
    return (
        Branch(f"{column} is not null and not {closed}", column, nulls=False),
        Branch(f"{column} is null", null, nulls=True),
        Branch(f"{column} is not null and {record}.id = any(array({ids}))", null, nulls=True),
    )
