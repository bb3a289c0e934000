"""Operations that are no plain query: mutations, and who can see a record.

Takes a request with its document read, gives the response body. Each leaves a
record of its own, also where it is refused because the role is another's,
fails, or is not done because of a problem.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import orjson
from graphql import OperationDefinitionNode

from resolvers.answers import refused_answer
from resolvers.documents import Document, choose_operation
from resolvers.errors import ErrorCode, GraphQLFault, RequestRefused
from resolvers.execution import TimedOut, append, append_failure, bind_all
from resolvers.header import header_values
from resolvers.inspecting import ROOT, Ground, inspect, may_inspect, question_of
from resolvers.inspecting import shape as shape_readers
from resolvers.mutating import Doing, asked_of, may_ask, perform, shape
from resolvers.plan import Bind
from resolvers.prepared import Prepared
from resolvers.refusing import (
    COUNTED_BINDS,
    COUNTED_SQL,
    ERROR_BINDS,
    ERROR_SQL,
    REFUSAL_BINDS,
    REFUSAL_SQL,
)
from resolvers.requests import Request
from resolvers.whocansee import SHOWN
from resolvers.wire import WireError


async def act(
    ready: Prepared,
    request: Request,
    document: Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
) -> bytes:
    """One mutation, recorded in its own transaction. Raises RequestRefused, Unavailable or
    TimedOut.
    """
    asked = asked_of(ready.schema, document, operation, variables)
    purpose = _purpose(request)
    name = operation.name.value if operation.name else ""
    if not may_ask(asked, request.caller):
        return await _refuse(ready, request, name, document.hash, asked.name)
    policy = await ready.newest_policy()
    doing = Doing(request.caller, purpose, (name, document.hash), request.trace_id)
    ground = (policy, ready.catalog, ready.settings.prove)
    async with _failing(ready, request, name, document.hash):
        with ready.settings.hop("execute"):
            payload = await perform(ready.pool, doing, asked, ground)
    record = payload.get("accessRecord")
    if record is None:
        # an act that was not done is an operation too: whoever tries doors is on record
        record = await _append(ready, request, name, document.hash, (COUNTED_SQL, COUNTED_BINDS))
    data = shape(document, operation, asked, payload, variables)
    return _body(data, record)


async def tell_readers(
    ready: Prepared, request: Request, document: Document, variables: Mapping[str, object]
) -> bytes:
    """Who can see a record, for the holder's auditors; for others the question is refused. Raises
    RequestRefused, Unavailable, TimedOut or Stale.
    """
    operation = choose_operation(document, request.operation_name)
    purpose, caller = _purpose(request), request.caller
    name = operation.name.value if operation.name else ""
    question = question_of(ready.schema, document, operation, variables)
    if not may_inspect(caller, question):
        return await _refuse(ready, request, name, document.hash, ROOT)
    policy = await ready.current()
    then = await ready.policy_of(question.at) if question.at else policy
    plan = ready.planned(ready.documents.get(SHOWN), None, {"id": question.record})
    context = {
        **header_values(caller, purpose, name, document.hash, request.trace_id, (), ()),
        "nonce": "",
        "policy_version": policy.version,
        "policy_horizon": policy.horizon,
    }
    ground = Ground(policy, then, ready.catalog, ready.statement(plan, caller, purpose, policy))
    async with _failing(ready, request, name, document.hash):
        rows, record = await inspect(ready.pool, caller, question, ground, context)
    local = shape_readers(document, operation, variables, rows)
    members = b",".join(orjson.dumps(key) + b":" + value for key, value in local.items())
    return _body(b"{" + members + b"}", record)


def _purpose(request: Request) -> str:
    if request.purpose is None:
        raise RequestRefused.of(
            ErrorCode.PURPOSE_REQUIRED, "state a purpose in the header `Saphan-Purpose`"
        )
    return request.purpose


def _body(data: bytes, record: object) -> bytes:
    tail = b',"extensions":' + orjson.dumps({"accessRecord": record}) if record else b""
    return b'{"data":' + data + tail + b"}"


async def _refuse(ready: Prepared, request: Request, name: str, digest: str, asked: str) -> bytes:
    """An act that is not of this role: nothing is done, and that is on record."""
    record = await _append(ready, request, name, digest, (REFUSAL_SQL, REFUSAL_BINDS))
    fault = GraphQLFault(ErrorCode.OPERATION_NOT_PERMITTED, f"`{asked}` is not an act of this role")
    return refused_answer([fault], record, {})


async def _append(
    ready: Prepared, request: Request, name: str, digest: str, empty: tuple[str, tuple[Bind, ...]]
) -> str:
    """Write a record of nothing shown; its id. Raises Unavailable or TimedOut."""
    sql, binds = empty
    header = _header(request, name, digest)
    params = bind_all(binds, {}, header)
    await append(ready.pool, sql, params, request.caller, ready.settings.hop)
    return str(header["record_id"])


def _header(request: Request, name: str, digest: str) -> dict[str, object]:
    purpose = request.purpose or ""
    return header_values(request.caller, purpose, name, digest, request.trace_id, (), ())


@asynccontextmanager
async def _failing(
    ready: Prepared, request: Request, name: str, digest: str
) -> AsyncIterator[None]:
    """What fails in the block is on record as that."""
    try:
        yield
    except (TimedOut, RequestRefused, WireError):
        params = bind_all(ERROR_BINDS, {}, _header(request, name, digest))
        await append_failure(ready.pool, ERROR_SQL, params, request.caller, ready.settings.hop)
        raise
