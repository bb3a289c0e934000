"""The messages of graphql-transport-ws, read and written (PROTOCOL.md of npm `graphql-ws`).

Takes the text of one message, gives its type, its id and its payload, or raises
`Malformed`. No text here repeats anything that was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import orjson

SUBPROTOCOL: Final = "graphql-transport-ws"
_LONGEST_ID: Final = 256
_HEARD: Final = frozenset({"connection_init", "ping", "pong", "subscribe", "complete"})
_OF_OPERATION: Final = frozenset({"subscribe", "complete"})

ACK: Final = '{"type":"connection_ack"}'
PONG: Final = '{"type":"pong"}'


class Close(IntEnum):
    """Why a socket is closed. Those from 4400 on are the protocol's, the others RFC 6455's."""

    TRY_AGAIN = 1013
    BAD_MESSAGE = 4400
    NOT_READY = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL = 4406
    INIT_TIMEOUT = 4408
    ID_TAKEN = 4409
    INIT_TWICE = 4429


REASONS: Final[dict[Close, str]] = {
    Close.TRY_AGAIN: "Try again later",
    Close.BAD_MESSAGE: "Invalid message",
    Close.NOT_READY: "Unauthorized",
    Close.FORBIDDEN: "Forbidden",
    Close.SUBPROTOCOL: "Subprotocol not acceptable",
    Close.INIT_TIMEOUT: "Connection initialisation timeout",
    Close.ID_TAKEN: "Subscriber already exists",
    Close.INIT_TWICE: "Too many initialisation requests",
}


class Malformed(Exception):
    """Not a message of the protocol."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of a client. `id` is "" where its type has none."""

    kind: str
    id: str
    payload: dict[str, object] | None
    may_hold_nul: bool


def read(text: str | None) -> Heard:
    """The message in a text frame; None is a frame of bytes. Raises Malformed."""
    if text is None:
        raise Malformed
    try:
        parsed: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Malformed from None
    if not isinstance(parsed, dict):
        raise Malformed
    kind, payload, given = parsed.get("type"), parsed.get("payload"), parsed.get("id")
    if kind not in _HEARD or not (payload is None or isinstance(payload, dict)):
        raise Malformed
    if kind not in _OF_OPERATION:
        return Heard(str(kind), "", payload, may_hold_nul=False)
    if not isinstance(given, str) or not 0 < len(given) <= _LONGEST_ID:
        raise Malformed
    if kind == "subscribe" and (payload is None or not isinstance(payload.get("query"), str)):
        raise Malformed
    return Heard(str(kind), given, payload, may_hold_nul="\\u0000" in text)


def next_of(operation: str, body: bytes) -> str:
    """An answer of an operation: `body` is the whole response."""
    return _of("next", operation, body)


def error_of(operation: str, errors: bytes) -> str:
    """The end of an operation that has no answer: `errors` is the body that HTTP would have."""
    return _of("error", operation, orjson.dumps(orjson.loads(errors)["errors"]))


def complete_of(operation: str) -> str:
    """The end of an operation."""
    return _of("complete", operation, None)


def _of(kind: str, operation: str, payload: bytes | None) -> str:
    told = f',"payload":{payload.decode()}' if payload is not None else ""
    return f'{{"id":{orjson.dumps(operation).decode()},"type":"{kind}"{told}}}'
