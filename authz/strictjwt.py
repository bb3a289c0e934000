"""Compact JWS texts read strictly, before any library that verifies sees them.

Takes the text of a token, gives its header and claims as `ReadToken`, or
raises `TokenRefused`. Nothing here is verified: `authz.tokens` does that with
the key pinned for (iss, kid).

PyJWT 2.15.1 takes the last of two equal members, `==` padding and any `typ`,
and reads an `exp` given as text. Two readers that understand one token
differently are a way in, so only texts with a single possible reading pass:
three segments of canonical base64url (RFC 7515 section 2, no padding, unused
bits zero), UTF-8, no member named twice at any level, bounded size and depth.

One freedom stays, and it is not ours to take away: for ECDSA (r, n - s)
verifies wherever (r, s) does, so anybody who holds a token can write a second
text of it with the same claims. RFC 7518 does not ask issuers for the lower s
and half of all honest signatures have the higher one. Hence a token is known
by its issuer and `jti`, never by its bytes: the bytes key only a cache, where
a second text costs a second verification and gains nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from authz.strictjson import DuplicateMember, unique_members

MAX_TOKEN_LENGTH = 16_384
"""Characters. 64 roles, 64 purposes and 128 cases of usual length fit several times over."""

MAX_DEPTH = 8
"""Levels of objects and arrays; the claims of design.md section 7 need two."""

_MAX_DIGITS = 20
_SEGMENTS = 3

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACKET = re.compile(r"[\[\]{}]")

_TYPES = frozenset({"at+jwt", "application/at+jwt"})
"""RFC 9068 section 4. Media types are compared without regard to case."""

_REFUSED_HEADERS = frozenset(
    {
        # a key chosen by the sender
        *("jku", "jwk", "x5u", "x5c"),
        # another reading of the rest
        *("crit", "b64", "zip", "cty"),
        # encryption
        *("enc", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c"),
    }
)


class Cause(StrEnum):
    """Why a token was refused: for counters and tests. The client learns 401 and no more."""

    SIZE = "size"
    SEGMENTS = "segments"
    BASE64 = "base64"
    JSON = "json"
    DUPLICATE = "duplicate"
    DEPTH = "depth"
    HEADER = "header"
    TYPE = "type"
    ALGORITHM = "algorithm"
    ISSUER = "issuer"
    KEY = "key"
    SIGNATURE = "signature"
    CLAIM_MISSING = "claim_missing"
    CLAIM_FORM = "claim_form"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    LIFETIME = "lifetime"
    AGENCY = "agency"
    UNIT = "unit"
    DENIED = "denied"


class TokenRefused(Exception):
    """The token proves nothing. Carries `cause` and no part of the token."""

    def __init__(self, cause: Cause) -> None:
        super().__init__("token refused")
        self.cause = cause


@dataclass(frozen=True, slots=True)
class ReadToken:
    """An unverified token with one reading: `alg` and `kid` of its header, its whole payload."""

    alg: str
    kid: str
    claims: Mapping[str, object]


def read(token: str) -> ReadToken:
    """The one reading of a compact JWS that calls itself an RFC 9068 access token.

    Raises TokenRefused. Work and memory are linear in at most
    `MAX_TOKEN_LENGTH` characters; no decryption, inflation or network call.
    """
    if not 0 < len(token) <= MAX_TOKEN_LENGTH:
        raise TokenRefused(Cause.SIZE)
    segments = token.split(".")
    if len(segments) != _SEGMENTS:
        raise TokenRefused(Cause.SEGMENTS)
    header_bytes, payload_bytes, _signature = [decode_segment(s) for s in segments]
    header = _object(header_bytes)
    if not _REFUSED_HEADERS.isdisjoint(header):
        raise TokenRefused(Cause.HEADER)
    typ, alg, kid = header.get("typ"), header.get("alg"), header.get("kid")
    if not isinstance(typ, str) or typ.lower() not in _TYPES:
        raise TokenRefused(Cause.TYPE)
    if not isinstance(alg, str):
        raise TokenRefused(Cause.ALGORITHM)
    if not isinstance(kid, str):
        raise TokenRefused(Cause.KEY)
    return ReadToken(alg=alg, kid=kid, claims=_object(payload_bytes))


def decode_segment(segment: str) -> bytes:
    """Bytes of canonical unpadded base64url. Raises TokenRefused on every other spelling."""
    if _BASE64URL.fullmatch(segment) is None:
        raise TokenRefused(Cause.BASE64)
    try:
        decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error:
        raise TokenRefused(Cause.BASE64) from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != segment.encode():
        raise TokenRefused(Cause.BASE64)
    return decoded


def _object(encoded: bytes) -> dict[str, object]:
    """A JSON object in UTF-8, decoded first: json.loads would guess UTF-16 from bytes."""
    try:
        text = encoded.decode("utf-8")
    except UnicodeDecodeError:
        raise TokenRefused(Cause.JSON) from None
    _bound_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=unique_members,
            parse_int=_bounded_integer,
            parse_constant=_no_constant,
        )
    except DuplicateMember:
        raise TokenRefused(Cause.DUPLICATE) from None
    except (ValueError, RecursionError):
        raise TokenRefused(Cause.JSON) from None
    if not isinstance(value, dict):
        raise TokenRefused(Cause.JSON)
    return value


def _bound_depth(text: str) -> None:
    """Refuse deep nesting before the parser recurses. Brackets inside strings do not count."""
    depth = 0
    for bracket in _BRACKET.findall(_JSON_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise TokenRefused(Cause.DEPTH)


def _bounded_integer(digits: str) -> int:
    """Integers of any use fit in 64 bits; longer ones cost quadratic time to read."""
    if len(digits) > _MAX_DIGITS:
        raise ValueError
    return int(digits)


def _no_constant(_name: str) -> object:
    """NaN and the infinities are no JSON."""
    raise ValueError
