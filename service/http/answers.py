"""Answers as they leave: status, header fields, body, in two ASGI messages.

Every answer forbids storing, sniffing, framing and referring; the header
lists are built once. A GraphQL answer is labelled by the `Media` the client
takes. The body of a refusal is the same whatever the cause behind its code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.types import Message, Send

from resolvers.errors import ErrorCode, error_body
from service.http.media import Media

Header = tuple[bytes, bytes]

_API_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The policy of pages: their own files and nothing else; no inline script or style."""

SECURITY: Final[tuple[Header, ...]] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", _API_POLICY),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
"""On every answer; a page replaces the policy by `PAGE_POLICY`."""

_FIELDS: Final[dict[Media, tuple[Header, ...]]] = {
    media: ((b"content-type", media.content_type), *SECURITY) for media in Media
}
_CLOSE: Final[Header] = (b"connection", b"close")
RETRY: Final[Header] = (b"retry-after", b"2")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer made at the door. `close`: the connection is not used again."""

    status: int
    body: bytes
    fields: tuple[Header, ...] = ()
    close: bool = False

    @classmethod
    def of(
        cls,
        status: int,
        code: ErrorCode,
        message: str,
        *fields: Header,
        close: bool = False,
    ) -> Refusal:
        """A refusal with one error."""
        return cls(status, error_body(code, message), fields, close)


_BAD = ErrorCode.BAD_USER_INPUT

UNAUTHENTICATED: Final = Refusal.of(
    401,
    ErrorCode.UNAUTHENTICATED,
    "a valid access token is required",
    (b"www-authenticate", b"Bearer"),
)
METHOD: Final = Refusal.of(405, _BAD, "operations are sent by POST", (b"allow", b"GET, HEAD, POST"))
STREAM_METHOD: Final = Refusal.of(405, _BAD, "operations are sent by POST", (b"allow", b"POST"))
READ_ONLY: Final = Refusal.of(405, _BAD, "this address is only read", (b"allow", b"GET, HEAD"))
NOT_ACCEPTABLE: Final = Refusal.of(
    406, _BAD, "answers are `application/graphql-response+json` or `application/json`"
)
NOT_A_STREAM: Final = Refusal.of(406, _BAD, "answers here are `text/event-stream`")
CONTENT_TYPE: Final = Refusal.of(415, _BAD, "the body must be `application/json` in UTF-8")
CONTENT_ENCODING: Final = Refusal.of(
    415, _BAD, "the body must not be compressed", (b"accept-encoding", b"identity")
)
TOO_LARGE: Final = Refusal.of(413, _BAD, "the body is larger than this service takes", close=True)
TOO_SLOW: Final = Refusal.of(408, ErrorCode.TIMEOUT, "the body did not arrive in time", close=True)
HEADERS_TOO_LARGE: Final = Refusal.of(
    431, _BAD, "the header fields are larger than this service takes", close=True
)
HEADERS_TOO_SLOW: Final = Refusal.of(
    408, ErrorCode.TIMEOUT, "the header fields did not arrive in time", close=True
)
NOT_HTTP: Final = Refusal.of(400, _BAD, "this is not a valid HTTP request", close=True)
HOST: Final = Refusal.of(400, _BAD, "exactly one valid `Host` field is required")
ORIGIN: Final = Refusal.of(
    403, _BAD, "pages of this origin may not open a socket or a stream here", close=True
)
UPGRADE: Final = Refusal.of(
    400, _BAD, "this is not a valid upgrade to a socket (RFC 6455)", close=True
)
PURPOSE_TWICE: Final = Refusal.of(400, _BAD, "`Saphan-Purpose` must be sent once")
PURPOSE_NOT_ALLOWED: Final = Refusal.of(
    400, ErrorCode.PURPOSE_NOT_ALLOWED, "the access token does not allow this purpose"
)
NOT_FOUND: Final = Refusal.of(404, _BAD, "there is nothing at this address")
UNAVAILABLE: Final = Refusal.of(
    503, ErrorCode.UNAVAILABLE, "the registry is not available at the moment", RETRY
)
FULL: Final = Refusal.of(
    503, ErrorCode.UNAVAILABLE, "as many sockets and streams are open as may be", RETRY, close=True
)
TIMEOUT: Final = Refusal.of(503, ErrorCode.TIMEOUT, "the answer took too long", RETRY)
INTERNAL: Final = Refusal.of(500, ErrorCode.INTERNAL, "the request failed within the service")


async def send_answer(send: Send, media: Media, status: int, body: bytes) -> None:
    """Sends a whole GraphQL answer."""
    start: Message = {
        "type": "http.response.start",
        "status": status,
        "headers": [*_FIELDS[media], (b"content-length", b"%d" % len(body))],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def send_refusal(send: Send, media: Media, refusal: Refusal) -> None:
    """Sends a refusal, labelled like an answer."""
    headers = [*_FIELDS[media], *refusal.fields, (b"content-length", b"%d" % len(refusal.body))]
    if refusal.close:
        headers.append(_CLOSE)
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": refusal.body})
