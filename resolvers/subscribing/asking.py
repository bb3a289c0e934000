"""A subscription as it is asked: planned, judged by the rules, and refused as a query would be.

Takes a request, gives a `Watch` that holds all that an event needs. What is
refused here is refused for the reasons and with the codes of POST /graphql.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import OperationType

from authz.caller import Caller
from authz.profile import Policy
from resolvers.answers import refused_answer
from resolvers.binding import Bound, check_pages, cost_of, open_cursors
from resolvers.cursors import Cursors
from resolvers.documents import choose_operation
from resolvers.errors import ErrorCode, RequestRefused
from resolvers.execution import append, bind_all
from resolvers.header import header_values
from resolvers.inputs import as_text, coerce_variables, value_of
from resolvers.plan import Plan, WatchRoot
from resolvers.prepared import Prepared
from resolvers.refusing import REFUSAL_BINDS, REFUSAL_SQL
from resolvers.rendering import Statement
from resolvers.requests import Request
from resolvers.restriction import Narrowed


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """What a caller watches: `case` is the id of one return case, None for any that she may see."""

    plan: Plan
    variables: Mapping[str, object]
    caller: Caller
    purpose: str
    case: str | None
    desk: bool

    @property
    def profile(self) -> tuple[object, ...]:
        """Whoever has the same may see the same cases."""
        caller = self.caller
        who = (caller.agency, caller.country, frozenset(caller.roles), caller.unit, caller.cases)
        return (*who, caller.subject, caller.issuer, self.purpose, self.desk)

    def bound(self, cursors: Cursors) -> Bound:
        """What cursors of its events are bound to."""
        return Bound(self.plan, self.variables, self.caller, self.purpose, cursors)


class Refused(Exception):
    """Refused as a whole, and on record as that: `body` is the complete answer, `data` null."""

    def __init__(self, body: bytes) -> None:
        super().__init__("refused")
        self.body = body


def subscribes(ready: Prepared, request: Request) -> bool:
    """Whether the operation is a subscription. Raises RequestRefused where there is none to run,
    and for a mutation: a line that breaks leaves open whether it was done, clients of sockets and
    streams send what was under way again without being told, and an operation on a socket has no
    `Idempotency-Key` by which the second would be known.
    """
    document = ready.documents.get(request.query)
    operation = choose_operation(document, request.operation_name)
    if operation.operation is OperationType.MUTATION:
        raise RequestRefused.of(
            ErrorCode.BAD_USER_INPUT,
            "mutations are sent by POST to `/graphql`, with an `Idempotency-Key`",
        )
    return operation.operation is OperationType.SUBSCRIPTION


async def ask(ready: Prepared, request: Request, cursors: Cursors) -> Watch:
    """The subscription of a request. Raises RequestRefused, Refused, Unavailable or TimedOut."""
    with ready.settings.hop("plan"):
        document = ready.documents.get(request.query)
        operation = choose_operation(document, request.operation_name)
        variables = coerce_variables(ready.schema, operation, request.variables)
        plan = ready.planned(document, request.operation_name, variables)
    root = plan.roots[0]
    if not isinstance(root, WatchRoot):
        raise AssertionError("asked for an operation that is no subscription")
    if request.purpose is None:
        raise RequestRefused.of(
            ErrorCode.PURPOSE_REQUIRED, "state a purpose in the header `Saphan-Purpose`"
        )
    watch = Watch(
        plan=plan,
        variables=variables,
        caller=request.caller,
        purpose=request.purpose,
        case=_case(root, variables),
        desk=root.desk,
    )
    policy = await ready.newest_policy()
    statement = statement_of(ready, watch, policy)
    cost = cost_in(ready, watch, statement)
    open_cursors(watch.bound(cursors))
    if statement.narrowed.whole:
        body = await refuse(ready, watch, statement.narrowed, request.trace_id, cost)
        raise Refused(body)
    return watch


def statement_of(ready: Prepared, watch: Watch, policy: Policy) -> Statement:
    """The statement of one event under this policy. Raises RequestRefused."""
    return ready.statement(watch.plan, watch.caller, watch.purpose, policy)


def cost_in(ready: Prepared, watch: Watch, statement: Statement) -> dict[str, int]:
    """What one event costs. Raises RequestRefused where it is too much."""
    settings = ready.settings
    bulk = check_pages(watch.plan, watch.variables, statement.narrowed.bulk)
    limit = settings.bulk_cost_limit if bulk else settings.cost_limit
    return {"requested": cost_of(watch.plan, watch.variables, limit), "limit": limit}


def header_of(watch: Watch, narrowed: Narrowed, trace_id: str) -> dict[str, object]:
    """The header of the record of one event, or of its refusal."""
    faults = narrowed.faults + narrowed.whole
    pairs = {(str(f.extensions["field"]), str(f.extensions["reason"])) for f in faults}
    return header_values(
        watch.caller,
        watch.purpose,
        watch.plan.operation_name,
        watch.plan.document_hash,
        trace_id,
        narrowed.searched,
        [{"field": name, "reason": reason} for name, reason in sorted(pairs)],
    )


async def refuse(
    ready: Prepared, watch: Watch, narrowed: Narrowed, trace_id: str, cost: Mapping[str, int]
) -> bytes:
    """Put the refusal as a whole on record; the answer. Raises Unavailable or TimedOut."""
    header = header_of(watch, narrowed, trace_id)
    params = bind_all(REFUSAL_BINDS, {}, header)
    await append(ready.pool, REFUSAL_SQL, params, watch.caller, ready.settings.hop)
    return refused_answer(narrowed.whole, str(header["record_id"]), cost)


def _case(root: WatchRoot, variables: Mapping[str, object]) -> str | None:
    """The id, spelt as the database spells it. Raises RequestRefused where it is none."""
    if root.watched is None:
        return None
    text = as_text(value_of(root.watched, variables), "uuid")
    return None if text is None else text.decode()
