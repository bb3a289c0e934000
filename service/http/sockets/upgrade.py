"""What an upgrade must look like, before a protocol for it is made (RFC 6455, section 4.2.1).

Takes method, target and header fields as they came, gives the refusal or the
fields that are handed on: those that sockets and saphan know and no others.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Final

from service.http import answers
from service.http.answers import Refusal
from service.http.media import is_host

Header = tuple[bytes, bytes]

_ONCE: Final = frozenset({b"host", b"origin", b"sec-websocket-key", b"sec-websocket-version"})
_HANDED_ON: Final = _ONCE | {
    b"authorization",
    b"connection",
    b"saphan-purpose",
    b"sec-websocket-protocol",
    b"traceparent",
    b"upgrade",
}
_KEY_BYTES: Final = 16


def handed_on(headers: Sequence[Header]) -> list[Header]:
    """The fields that the protocol is to see. Extensions are not among them: none is offered."""
    return [(name, value) for name, value in headers if name in _HANDED_ON]


def refusal_of(method: str, target: bytes, headers: Sequence[Header]) -> Refusal | None:
    """Why this upgrade is refused, None where it may be tried."""
    seen: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _ONCE and name in seen:
            return answers.ORIGIN if name == b"origin" else answers.UPGRADE
        seen[name] = value
    host = seen.get(b"host", b"")
    if not is_host(host) or not _decodes(host):
        return answers.HOST
    whole = (
        method == "GET"
        and target.isascii()
        and all(value.isascii() for _, value in handed_on(headers))
        and seen.get(b"sec-websocket-version") == b"13"
        and _is_key(seen.get(b"sec-websocket-key", b""))
    )
    return None if whole else answers.UPGRADE


def _is_key(value: bytes) -> bool:
    try:
        return len(base64.b64decode(value.strip(), validate=True)) == _KEY_BYTES
    except binascii.Error:
        return False


def _decodes(host: bytes) -> bool:
    # wsproto reads the host as a name in the DNS, and says so by an exception of its own
    try:
        host.decode("idna")
    except UnicodeError:
        return False
    return True
