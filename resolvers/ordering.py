"""Orders that an index can serve although the order is that of redacted values.

Where every grant that shows a row also carries the class of the first order
key, a visible row's value is shown unless the sender restricted that class on
it. The page is then the merge of three: rows whose value is shown, in the
order of the plain column; rows without a value; and the few whose value is
restricted, found by their ids. The last two sort with null, as they must.
Where values may be frozen, all three leave out the rows that are shown as they
were at the handover, and these are merged with them by the value of their copy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from resolvers.decision import Decision
from resolvers.freezing import Frozen, frozen
from resolvers.plan import OrderKey
from resolvers.predicates import Where
from resolvers.sender import restricted, restricted_ids

_PLAIN = re.compile(r"\{t\}\.\w+")
_INDEXED = {("ReturnCase", "stateSince"): "state_since"}
"""Fields whose frozen values have a column, and an index, of their own."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the merged pages: which rows, and the first key's value on them. `join` is FROM text
    that the value is read from.
    """

    rows: str
    value: str
    nulls: bool
    join: str = ""


def branches(
    decision: Decision, key: OrderKey, base: Where, record: str, case: str
) -> tuple[Branch, ...]:
    """The pages to merge; empty where the key's value has to be redacted row by row."""
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
    copied = frozen(decision, data_class, base, record, case)
    present = f" and not {copied.when}" if copied else ""
    valued = f"{column} is not null"
    hidden = f"({valued} or {copied.when})" if copied else valued
    pages = (
        Branch(f"{valued}{present} and not {closed}", column, nulls=False),
        Branch(f"{column} is null{present}", null, nulls=True),
        Branch(f"{hidden} and {record}.id = any(array({ids}))", null, nulls=True),
    )
    return (*pages, _as_was(copied, key, record, closed)) if copied else pages


def _as_was(copied: Frozen, key: OrderKey, record: str, closed: str) -> Branch:
    """The rows that are shown as they were, in the order of their copies."""
    rows = f"{copied.when} and not {closed}"
    column = _INDEXED.get((copied.entity.name, key.source.name))
    if column is None:
        return Branch(rows, copied.copied(key.source), nulls=True)
    copy = f"{record}z"
    # only a case's own copy has the column; by a second equality the planner would expect no rows
    join = (
        f" join registry.frozen {copy}"
        f" on {copy}.record_id = {record}.id and {copy}.{column} is not null"
    )
    return Branch(rows, f"{copy}.{column}", nulls=False, join=join)
