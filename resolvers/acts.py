"""Operations that are no plain query: mutations, and who can see a record.

Takes a request with its document read, gives the response body. Each leaves a
record of its own, also where it is refused because the role is another's.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from graphql import OperationDefinitionNode

from resolvers.answers import refused_answer
from resolvers.documents import Document, choose_operation
from resolvers.errors import ErrorCode, GraphQLFault, RequestRefused
from resolvers.execution import append, bind_all
from resolvers.header import header_values
from resolvers.inspecting import ROOT, Ground, inspect, may_inspect, question_of
from resolvers.inspecting import shape as shape_readers
from resolvers.mutating import Doing, asked_of, may_ask, perform, shape
from resolvers.prepared import Prepared
from resolvers.refusing import REFUSAL_BINDS, REFUSAL_SQL
from resolvers.requests import Request
from resolvers.whocansee import SHOWN


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
    with ready.settings.hop("execute"):
        payload = await perform(
            ready.pool,
            Doing(request.caller, purpose, (name, document.hash), request.trace_id),
            asked,
            (policy, ready.catalog, ready.settings.prove),
        )
    data = shape(document, operation, asked, payload, variables)
    return _body(data, payload.get("accessRecord"))


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
    caller = request.caller
    header = header_values(caller, request.purpose or "", name, digest, request.trace_id, (), ())
    refusal = bind_all(REFUSAL_BINDS, {}, header)
    await append(ready.pool, REFUSAL_SQL, refusal, caller, ready.settings.hop)
    fault = GraphQLFault(ErrorCode.OPERATION_NOT_PERMITTED, f"`{asked}` is not an act of this role")
    return refused_answer([fault], str(header["record_id"]), {})
