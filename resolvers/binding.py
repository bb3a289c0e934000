"""What a request brings to a rendered statement: page sizes, cost, cursors opened and sealed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import orjson

from authz.caller import Caller
from resolvers.cursors import Cursors, bound_to
from resolvers.errors import ErrorCode, RequestRefused
from resolvers.execution import Fetched
from resolvers.inputs import value_of
from resolvers.paging import DEFAULT_FIRST
from resolvers.plan import Bind, ChangesRoot, Combine, Compare, Connection, CostTerm, Filter, Plan
from resolvers.rendering import Statement
from resolvers.walking import connections_of

MAX_FIRST = 100
MAX_FIRST_BULK = 1000


def check_pages(plan: Plan, variables: Mapping[str, object], bulk: frozenset[str]) -> bool:
    """Every `first` is 0..100, or 1000 for a type of which a grant says bulk; whether one of them
    is longer than 100. Raises RequestRefused.
    """
    longest = 0
    for connection in connections_of(plan):
        highest = MAX_FIRST_BULK if connection.entity.name in bulk else MAX_FIRST
        first = _first(connection.first, variables)
        if not 0 <= first <= highest:
            raise RequestRefused.of(
                ErrorCode.BAD_USER_INPUT, f"`first` must be from 0 to {highest}"
            )
        longest = max(longest, first)
    for root in plan.roots:
        if isinstance(root, ChangesRoot):
            # of whatever type its records are: bulk is a right to take copies
            highest = MAX_FIRST_BULK if bulk else MAX_FIRST
            first = _first(root.first, variables)
            if not 0 <= first <= highest:
                raise RequestRefused.of(
                    ErrorCode.BAD_USER_INPUT, f"`first` must be from 0 to {highest}"
                )
            longest = max(longest, first)
    return longest > MAX_FIRST


def cost_of(plan: Plan, variables: Mapping[str, object], limit: int) -> int:
    """1 for each field times the product of the `first` around it. Raises RequestRefused beyond
    `limit`.
    """
    total = _sum(plan.cost_terms, variables)
    for choice in plan.cost_choices:
        total += max((_sum(terms, variables) for terms in choice), default=0)
    if total > limit:
        raise RequestRefused.of(
            ErrorCode.COST_LIMIT, f"the operation costs more than {limit}", limit=limit
        )
    return total


def _sum(terms: Iterable[CostTerm], variables: Mapping[str, object]) -> int:
    total = 0
    for fields, firsts in terms:
        times = fields
        for bind in firsts:
            times *= max(0, _first(bind, variables))
        total += times
    return total


def _first(bind: Bind, variables: Mapping[str, object]) -> int:
    value = value_of(bind, variables)
    if isinstance(value, list):
        return len(value)
    return int(str(value)) if value is not None else DEFAULT_FIRST


@dataclass(frozen=True, slots=True)
class Bound:
    """One request's plan, values and caller: what its cursors are bound to."""

    plan: Plan
    variables: Mapping[str, object]
    caller: Caller
    purpose: str
    cursors: Cursors

    def data(self, connection: Connection | ChangesRoot) -> bytes:
        """Associated data of the connection's cursors."""
        if isinstance(connection, ChangesRoot):
            who = self.caller
            cases = sorted(who.cases) if who.cases is not None else None
            puller = [who.client, who.unit, cases]
            return bound_to("Query.changes", puller, [], who, self.purpose)
        search = _values(connection.filter, self.variables)
        order = [[key.source.name, key.descending] for key in connection.order]
        return bound_to(connection.name, search, order, self.caller, self.purpose)


def open_cursors(bound: Bound) -> dict[str, object]:
    """Keys of every given cursor, by the names the statement's parameters have. Raises
    RequestRefused.
    """
    opened: dict[str, object] = {}
    for connection in connections_of(bound.plan):
        if connection.after is None:
            continue
        text = value_of(connection.after, bound.variables)
        parent, keys = bound.cursors.open(bound.data(connection), text, len(connection.order) + 1)
        opened[f"cursor{connection.number}"] = keys
        opened[f"cursor_parent{connection.number}"] = parent
    return opened


class sealer:  # noqa: N801  # reads as a verb where it is used
    """Seals the cursors of an answer. The nonce marks their places and cannot be guessed by a
    stored value.
    """

    def __init__(self, key: bytes) -> None:
        self.cursors = Cursors(key)

    def nonce(self) -> str:
        """16 random bytes, hex."""
        return os.urandom(16).hex()

    def of(self, statement: Statement, bound: Bound, nonce: str) -> Callable[[Fetched], Fetched]:
        """The change that is made between fetch and commit."""

        def seal(fetched: Fetched) -> Fetched:
            if not statement.sealed or fetched.cursors is None:
                return fetched
            made: dict[bytes, bytes] = {}
            data = {number: bound.data(c) for number, c in statement.sealed.items()}
            for number, row, parent, keys in orjson.loads(fetched.cursors):
                text = bound.cursors.seal(data[number], parent, keys)
                made[f"{number}:{row}".encode()] = text.encode()
            place = re.compile(nonce.encode() + rb":(\d+:\d+)")
            roots = tuple(
                root and place.sub(lambda found: made[found.group(1)], root)
                for root in fetched.roots
            )
            return replace(fetched, roots=roots)

        return seal


def _values(item: Filter | None, variables: Mapping[str, object]) -> object:
    """A filter with its values, for the cursor's associated data alone."""
    match item:
        case None:
            return None
        case Combine(kind=kind, items=items):
            return [kind, [_values(each, variables) for each in items]]
        case Compare(source=source, op=op, bind=bind, flag=flag):
            value = value_of(bind, variables) if bind is not None else flag
            return [source.name, op, str(getattr(value, "value", value))]
        case _:
            return [item.source.name, _values(item.inner, variables)]
