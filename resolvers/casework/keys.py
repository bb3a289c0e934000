"""`Idempotency-Key`: a request sent twice is performed once.

Takes a request, gives the statements that take its key and read what an earlier
request under it has done. Kept are hashes and ids of what was made, never an
answer: a repeated request is judged anew. Per caller; under the same key another
body is refused. Rows go after 30 days (`service.upkeep`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from authz.caller import Caller
from resolvers.errors import ErrorCode, RequestRefused
from resolvers.requests import Request

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
TAKE = (
    "insert into registry.request_key (caller, key, body, act, agency_code)"
    " values ($1, $2, $3, $4, $5) on conflict (caller, key) do nothing returning true"
)
READ = "select k.body, k.made::text from registry.request_key k where k.caller = $1 and k.key = $2"
KEEP = "update registry.request_key set made = $3::jsonb where caller = $1 and key = $2"


@dataclass(frozen=True, slots=True)
class Key:
    """Who sent which key with which body: SHA-256 of each, hex."""

    caller: str
    key: str
    body: str


def key_of(request: Request) -> Key | None:
    """The key of a request, None where it has none. Raises RequestRefused on one that is no key."""
    given = request.idempotency_key
    if given is None:
        return None
    if not _KEY.fullmatch(given):
        raise RequestRefused.of(
            ErrorCode.BAD_USER_INPUT, "an `Idempotency-Key` has 1 to 200 visible ASCII characters"
        )
    body = orjson.dumps(
        [request.query, request.operation_name, request.variables, request.purpose],
        option=orjson.OPT_SORT_KEYS,
    )
    return Key(_hash(_who(request.caller)), _hash(given.encode()), _hash(body))


def made_before(key: Key, row: tuple[str | None, ...] | None) -> Mapping[str, str]:
    """What the earlier request made. Raises RequestRefused where its body was another."""
    if row is None or row[0] != key.body:
        raise RequestRefused.of(
            ErrorCode.IDEMPOTENCY_REUSED, "this `Idempotency-Key` was used for another request"
        )
    found = orjson.loads(row[1] or "{}")
    return {str(name): str(value) for name, value in found.items()}


def _who(caller: Caller) -> bytes:
    return orjson.dumps([caller.issuer, caller.agency, caller.subject, caller.client])


def _hash(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
