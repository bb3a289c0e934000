"""The body of a GraphQL request: received under a limit, read as JSON, checked for shape.

Takes ASGI messages, gives `Parameters` or raises `RequestRefused` with
BAD_USER_INPUT. No text here repeats anything that was sent.
GraphQL over HTTP, section "Request Parameters".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, cast

import orjson
from starlette.types import Receive

from resolvers.errors import ErrorCode, RequestRefused
from resolvers.misfits import TEXT_RULE, Misfit, place_of_text

_NUL: Final = re.compile("\x00")


class BodyTooLarge(Exception):
    """More bytes came than the limit allows. What had come is dropped."""


class ClientGone(Exception):
    """The client hung up before its body was whole."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """A well-formed request: `variables` is empty where none were sent."""

    query: str
    operation_name: str | None
    variables: dict[str, object]


async def receive_body(receive: Receive, limit: int) -> bytes:
    """The whole body, at most `limit` bytes. Raises BodyTooLarge or ClientGone."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    body: bytes = message.get("body", b"")
    if len(body) > limit:
        raise BodyTooLarge
    if not message.get("more_body", False):
        return body
    chunks, size = [body], len(body)
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def read_parameters(body: bytes) -> Parameters:
    """The parameters in `body`. Raises RequestRefused.

    orjson refuses invalid UTF-8, lone surrogates, NaN and nesting beyond its
    own limit; arrays (batches) and texts with NUL are refused here.
    """
    try:
        parsed: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _refused("the body is not valid JSON in UTF-8") from None
    if isinstance(parsed, list):
        raise _refused("batches are not supported: send one operation per request")
    # NUL can stand in JSON only as this escape, so the walk is rare.
    return parameters_of(parsed, may_hold_nul=b"\\u0000" in body)


def parameters_of(parsed: object, *, may_hold_nul: bool) -> Parameters:
    """The parameters in a JSON value. Raises RequestRefused."""
    if not isinstance(parsed, dict):
        raise _refused("the body must be a JSON object")
    query = parsed.get("query")
    if not isinstance(query, str):
        raise _refused("`query` must be a text")
    operation_name = parsed.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise _refused("`operationName` must be a text or null")
    variables = parsed.get("variables")
    if variables is not None and not isinstance(variables, dict):
        raise _refused("`variables` must be an object or null")
    extensions = parsed.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise _refused("`extensions` must be an object or null")
    if may_hold_nul:
        _refuse_nul(query, operation_name, variables)
    return Parameters(query, operation_name, cast("dict[str, object]", variables or {}))


def _refuse_nul(query: str, operation_name: str | None, variables: object) -> None:
    """Refuse a text or a key with a NUL, and say where it is."""
    for member, value in (("query", query), ("operationName", operation_name)):
        if value and _NUL.search(value):
            raise _of(Misfit((member,), TEXT_RULE))
    place = place_of_text(variables, (), _NUL)
    if place is not None:
        # a variable bears the mark that it has in the document
        path = (f"${place[0]}", *place[1:]) if place else ("variables",)
        raise _of(Misfit(path, TEXT_RULE))


def _of(misfit: Misfit) -> RequestRefused:
    return RequestRefused(misfit.fault(ErrorCode.BAD_USER_INPUT))


def _refused(message: str) -> RequestRefused:
    return RequestRefused.of(ErrorCode.BAD_USER_INPUT, message)
