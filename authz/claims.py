"""Claims of a verified token, checked one by one.

Takes the payload that `authz.strictjwt` read, gives values of known form and
bounded size, or raises `TokenRefused`. Says nothing about agencies, units or
time: `authz.tokens` compares those with the registry and the clock.
Names and meaning: design.md section 7, RFC 9068 section 2.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from authz.strictjwt import Cause, TokenRefused
from authz.wording import is_plain

MAX_TEXT = 256
MAX_ENTRIES = 64
MAX_ENTRY = 128
MAX_CASES = 128

REQUIRED = (
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "jti",
    "client_id",
    "agency",
    "roles",
    "purposes",
)

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def require_all(claims: Mapping[str, object]) -> None:
    """The ten claims are there. Raises TokenRefused."""
    if any(name not in claims for name in REQUIRED):
        raise TokenRefused(Cause.CLAIM_MISSING)


def text(claims: Mapping[str, object], name: str) -> str:
    """A text of 1 to `MAX_TEXT` printable characters."""
    found = claims[name]
    if not isinstance(found, str) or not 0 < len(found) <= MAX_TEXT or not is_plain(found):
        raise TokenRefused(Cause.CLAIM_FORM)
    return found


def seconds(claims: Mapping[str, object], name: str) -> int:
    """A NumericDate that is a whole number. Python counts True as one, PyJWT the text `"1"`."""
    found = claims[name]
    if type(found) is not int:
        raise TokenRefused(Cause.CLAIM_FORM)
    return found


def names(claims: Mapping[str, object], name: str) -> tuple[str, ...]:
    """A list of texts, sorted and each once: the order in a token means nothing. May be empty."""
    found = claims[name]
    if not isinstance(found, list) or len(found) > MAX_ENTRIES:
        raise TokenRefused(Cause.CLAIM_FORM)
    entries: set[str] = set()
    for entry in found:
        if not isinstance(entry, str) or not 0 < len(entry) <= MAX_ENTRY or not is_plain(entry):
            raise TokenRefused(Cause.CLAIM_FORM)
        entries.add(entry)
    return tuple(sorted(entries))


def cases(claims: Mapping[str, object]) -> tuple[str, ...] | None:
    """Lower-case UUIDs that narrow the token; None where the claim is absent, () leaves nothing."""
    if "cases" not in claims:
        return None
    found = claims["cases"]
    if not isinstance(found, list) or len(found) > MAX_CASES:
        raise TokenRefused(Cause.CLAIM_FORM)
    entries: set[str] = set()
    for entry in found:
        if not isinstance(entry, str) or _UUID.fullmatch(entry.lower()) is None:
            raise TokenRefused(Cause.CLAIM_FORM)
        entries.add(entry.lower())
    return tuple(sorted(entries))


def require_audience(claims: Mapping[str, object], audience: str) -> None:
    """`aud` is our name or a list of texts with it, compared code point by code point."""
    found = claims["aud"]
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list) or len(listed) > MAX_ENTRIES:
        raise TokenRefused(Cause.CLAIM_FORM)
    if not all(isinstance(entry, str) for entry in listed):
        raise TokenRefused(Cause.CLAIM_FORM)
    if audience not in listed:
        raise TokenRefused(Cause.AUDIENCE)
