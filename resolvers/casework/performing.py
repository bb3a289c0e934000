"""One act, one transaction: locked, decided, written, recorded; then the bytes.

Takes a mutation that has been read, gives the response body. Promises that an
act that is not permitted, or has a problem, changes nothing; that its access
record, its event and its writes are durable together before the answer leaves;
and that the payload is judged on the state after the writes.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from authz.profile import Policy
from resolvers.answers import refused_answer
from resolvers.binding import check_pages, cost_of, sealer
from resolvers.casework import keys
from resolvers.casework.answering import (
    answer_alone,
    body_of,
    bound_of,
    context_for,
    line_of,
    made_of,
    not_done,
)
from resolvers.casework.asking import (
    Asked,
    Going,
    as_parameters,
    as_text,
    asked_of,
    not_named,
    searched_by,
)
from resolvers.casework.deciding import Decided, decide
from resolvers.casework.definitions import Statement as Writing
from resolvers.casework.definitions import Trouble
from resolvers.casework.standing import naming
from resolvers.casework.verdicts import conflict, first, invalid
from resolvers.documents import Document
from resolvers.errors import ErrorCode, RequestRefused
from resolvers.execution import (
    ForeignCursor,
    Stale,
    TimedOut,
    Unavailable,
    append,
    append_failure,
    bind_all,
    context_of,
    fetched_of,
    lent,
)
from resolvers.header import header_values
from resolvers.plan import Plan
from resolvers.prepared import Prepared
from resolvers.refusing import ERROR_BINDS, ERROR_SQL, REFUSAL_BINDS, REFUSAL_SQL
from resolvers.requests import Request
from resolvers.wire import Wire, WireError

__all__ = ["asked_of", "perform"]

ATTEMPTS = 4
_DEED = (
    "insert into registry.deed (act, agency_code, subject, issuer, purpose, clause, reason,"
    " form_id, access_record) values ($1, $2, $3, $4, $5, $6, $7, $8, $9::uuid)"
)
_ILLEGAL = "SP001"
"""SQLSTATE of the trigger that knows the machine's edges."""


async def perform(
    ready: Prepared,
    seal: sealer,
    request: Request,
    document: Document,
    asked: Asked,
    variables: Mapping[str, object],
) -> bytes:
    """Do it, or say why not. Raises RequestRefused, Unavailable or TimedOut."""
    if request.purpose is None:
        raise RequestRefused.of(
            ErrorCode.PURPOSE_REQUIRED, "state a purpose in the header `Saphan-Purpose`"
        )
    plan = ready.planned(document, request.operation_name, variables)
    for attempt in range(ATTEMPTS):
        policy = await ready.current()
        try:
            return await _with_policy(ready, seal, request, asked, plan, variables, policy)
        except Stale:
            await ready.reload(policy)
            if attempt == ATTEMPTS - 1:
                raise Unavailable from None
        except ForeignCursor:
            raise RequestRefused.of(
                ErrorCode.CURSOR_INVALID, "the cursor belongs to another record"
            ) from None
    raise Unavailable


async def _with_policy(
    ready: Prepared,
    seal: sealer,
    request: Request,
    asked: Asked,
    plan: Plan,
    variables: Mapping[str, object],
    policy: Policy,
) -> bytes:
    caller, purpose = request.caller, request.purpose or ""
    statement = ready.statement(plan, caller, purpose, policy)
    narrowed = statement.narrowed
    bulk = check_pages(plan, variables, narrowed.bulk)
    limit = ready.settings.bulk_cost_limit if bulk else ready.settings.cost_limit
    cost = {"requested": cost_of(plan, variables, limit), "limit": limit}
    pairs = {
        (str(f.extensions["field"]), str(f.extensions["reason"]))
        for f in (*narrowed.faults, *narrowed.whole)
    }
    header = header_values(
        caller,
        purpose,
        plan.operation_name,
        plan.document_hash,
        request.trace_id,
        sorted({*narrowed.searched, *searched_by(asked)}),
        [{"field": name, "reason": reason} for name, reason in sorted(pairs)],
    )
    profile = ready.profile(policy, caller, purpose)
    whole = list(narrowed.whole)
    if not naming(profile, asked.act):
        whole = [not_named(policy, request, asked)]
    if whole:
        await append(ready.pool, REFUSAL_SQL, bind_all(REFUSAL_BINDS, {}, header), caller)
        return refused_answer(whole, str(header["record_id"]), cost)
    going = Going(request, asked, plan, policy, profile, statement, variables, header, cost)
    try:
        return await _go(ready, seal, going)
    except (TimedOut, ForeignCursor, RequestRefused, WireError):
        failure = bind_all(ERROR_BINDS, {}, header)
        await append_failure(ready.pool, ERROR_SQL, failure, caller)
        raise


async def _go(ready: Prepared, seal: sealer, going: Going) -> bytes:
    asked, act = going.asked, going.asked.act
    key = keys.key_of(going.request)
    troubles = first(act.check(asked.given))
    if troubles:
        return await not_done(ready, seal, going, troubles)
    async with lent(ready.pool) as wire:
        context = context_of(going.request.caller)
        try:
            if key is not None:
                before = await _take(wire, key, going, context)
                if before is not None:
                    await wire.rollback()
                    return await answer_alone(ready, seal, going, before, repeated=True)
            outcome = await decide(wire, ready, going, None if key else context)
            if isinstance(outcome, Decided):
                return await _write(wire, seal, going, outcome, key)
            await wire.rollback()
            troubles = outcome
        except WireError as error:
            trouble = _refused_by_the_registry(error)
            if trouble is None:
                raise
            troubles = (trouble,)
    return await not_done(ready, seal, going, troubles)


async def _take(
    wire: Wire, key: keys.Key, going: Going, context: tuple[bytes, ...]
) -> Mapping[str, str] | None:
    """Take the key; what was made before under it, None where it is new."""
    who = (key.caller.encode(), key.key.encode())
    agency = going.request.caller.agency.encode()
    taken, known = await wire.fly(
        [
            (keys.TAKE, [*who, key.body.encode(), going.asked.act.name.encode(), agency]),
            (keys.READ, list(who)),
        ],
        context,
    )
    if taken.ntuples:
        return None
    row = tuple(as_text(known.get_value(0, i)) for i in range(2)) if known.ntuples else None
    return keys.made_before(key, row)


async def _write(
    wire: Wire, seal: sealer, going: Going, decided: Decided, key: keys.Key | None
) -> bytes:
    """Write, read the payload with its record, seal, commit."""
    work, written = decided.work, decided.written
    who, asked = going.request.caller, going.asked
    made = made_of(asked, work, written)
    form = asked.given.get("formId")
    deed: Writing = (
        _DEED,
        (
            asked.act.name,
            who.agency,
            who.subject,
            who.issuer,
            going.request.purpose,
            work.stand.clause,
            written.reason,
            str(form).strip() if form else None,
            work.record,
        ),
    )
    writings: list[Writing] = [*written.statements, deed]
    if key is not None:
        writings.append((keys.KEEP, (key.caller, key.key, orjson.dumps(made).decode())))
    bound = bound_of(seal, going)
    context, nonce = context_for(seal, going, bound, made, line_of(work, written))
    flight = [(sql, as_parameters(params)) for sql, params in writings]
    statement = going.statement
    flight.append(
        (statement.sql, bind_all(statement.binds, going.variables, context, statement.constants))
    )
    result = (await wire.fly(flight))[-1]
    try:
        fetched = fetched_of(statement, result)
        sealed = seal.of(statement, bound, nonce)(fetched)
    except (Stale, ForeignCursor):
        await wire.rollback()
        raise
    await wire.commit()
    return body_of(going, sealed, (), repeated=False, told=written.told)


def _refused_by_the_registry(error: WireError) -> Trouble | None:
    """What the database itself has refused: a race that was lost, or a rule of a table."""
    if error.sqlstate == _ILLEGAL:
        return conflict(None, "the case has moved on meanwhile")
    if error.sqlstate in ("23505", "23P01"):
        return conflict(None, "there is such a record already")
    if error.sqlstate[:2] in ("22", "23"):
        return invalid("", "the registry does not take one of the values")
    return None
