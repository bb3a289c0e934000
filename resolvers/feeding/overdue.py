"""`unacknowledgedWithdrawals`: a number for auditors, by agency and client.

Takes the operation and its caller, gives the answer. Counted are withdrawals on
cases that an agency of the auditor's country holds, and those of its country's
own pullers; nothing of a record is told.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from authz.grants import Purpose
from resolvers.answers import refused_answer
from resolvers.documents import Document, choose_operation
from resolvers.errors import ErrorCode, GraphQLFault, RequestRefused
from resolvers.execution import append, bind_all, context_of, lent, written
from resolvers.feeding.rows import rows_of
from resolvers.header import header_values
from resolvers.local import shape_listed
from resolvers.parameters import TIME
from resolvers.plan import LocalRoot, Plan
from resolvers.prepared import Prepared
from resolvers.refusing import COUNTED_BINDS, COUNTED_SQL, REFUSAL_BINDS, REFUSAL_SQL
from resolvers.requests import Request
from resolvers.whocansee import AUDITOR

ROOT = "unacknowledgedWithdrawals"
_COUNT = (
    "select u.agency, u.client, u.number::text,"
    f" to_char(u.oldest at time zone 'UTC', '{TIME}') from feed.unacknowledged() u"
)


def asks_overdue(plan: Plan) -> bool:
    """Whether the operation asks for the number. Raises RequestRefused where it asks for more."""
    asked = any(isinstance(root, LocalRoot) and root.name == ROOT for root in plan.roots)
    if asked and len(plan.roots) > 1:
        raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, f"`{ROOT}` stands alone in its operation")
    return asked


async def _may(ready: Prepared, request: Request) -> bool:
    """An auditor to whom a clause opens the accesses of her country: a role alone does not."""
    caller, purpose = request.caller, request.purpose
    if AUDITOR not in caller.roles or not caller.country or purpose != Purpose.AUDIT:
        return False
    profile = ready.profile(await ready.current(), caller, Purpose.AUDIT)
    grants = profile.grants.get("AccessRecord", ())
    return any(c.name in ("own_actor", "own_country_case") for g in grants for c in g.when)


async def tell_overdue(
    ready: Prepared, request: Request, document: Document, variables: Mapping[str, object]
) -> bytes:
    """The answer. Raises RequestRefused, Unavailable or TimedOut."""
    operation = choose_operation(document, request.operation_name)
    caller, name = request.caller, operation.name.value if operation.name else ""
    if request.purpose is None:
        raise RequestRefused.of(
            ErrorCode.PURPOSE_REQUIRED, "state a purpose in the header `Saphan-Purpose`"
        )
    trace = request.trace_id
    header = header_values(caller, request.purpose, name, document.hash, trace, (), ())
    if not await _may(ready, request):
        params = bind_all(REFUSAL_BINDS, {}, header)
        await append(ready.pool, REFUSAL_SQL, params, caller, ready.settings.hop)
        fault = GraphQLFault(ErrorCode.OPERATION_NOT_PERMITTED, f"`{ROOT}` is asked by auditors")
        return refused_answer([fault], str(header["record_id"]), {})
    async with lent(ready.pool) as wire:
        counted = rows_of(await wire.begin(_COUNT, [], context_of(caller)))
        result = await wire.go_on(COUNTED_SQL, bind_all(COUNTED_BINDS, {}, header))
        record = written(result.get_value(0, 0))
        await wire.commit()
    rows: list[dict[str, object]] = [
        {"agency": agency, "client": client, "count": int(number or 0), "oldest": oldest}
        for agency, client, number, oldest in counted
    ]
    local = shape_listed(document, operation, variables, ROOT, rows)
    members = b",".join(orjson.dumps(key) + b":" + value for key, value in local.items())
    tail = orjson.dumps({"accessRecord": record})
    return b'{"data":{' + members + b'},"extensions":' + tail + b"}"
