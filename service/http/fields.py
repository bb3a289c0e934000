"""The header fields of one request, read in one pass.

Takes the list of an ASGI scope, gives the fields the door knows and the names
of those sent more than once. Everything else a client sends is not looked at:
`X-Agency`, cookies and trace requests of routers have no effect because
nothing reads them.
"""

from __future__ import annotations

from collections.abc import Iterable

KNOWN = frozenset(
    {
        b"accept",
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"host",
        b"idempotency-key",
        b"origin",
        b"saphan-purpose",
        b"traceparent",
    }
)

_BEARER = "bearer "


class Fields:
    """`one` by lower-case name; `doubled` the names that came twice (`accept` is joined)."""

    __slots__ = ("doubled", "one")

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        one: dict[bytes, bytes] = {}
        doubled: set[bytes] | None = None
        for name, value in headers:
            if name in KNOWN:
                if name not in one:
                    one[name] = value
                elif name == b"accept":
                    one[name] += b"," + value
                else:
                    doubled = {name} if doubled is None else doubled | {name}
        self.one = one
        self.doubled: frozenset[bytes] | set[bytes] = doubled or frozenset()

    def bearer(self) -> str | None:
        """The token of the one `Authorization` field, or None (RFC 6750, section 2.1).

        Whether the text is a token at all is for the verifier to say.
        """
        value = self.one.get(b"authorization")
        if value is None or b"authorization" in self.doubled:
            return None
        return bearer_of(value.decode("latin-1"))


def bearer_of(value: str) -> str | None:
    """The token in the value of one `Authorization`, or None."""
    if value[: len(_BEARER)].lower() != _BEARER or not value.isascii():
        return None
    return value[len(_BEARER) :].strip(" ") or None
