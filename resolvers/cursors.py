"""Cursors: sealed by the service between fetch and commit, bound to what they were made for.

A cursor is base64url(nonce | AES-GCM ciphertext) without padding. The
plaintext holds the order keys and the id of one row; the associated data binds
connection, filter, order, agency, roles and purpose, so that another caller,
filter or order reads CURSOR_INVALID. After a policy change cursors go on: rows
are judged anew.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from authz.caller import Caller
from resolvers.errors import ErrorCode, RequestRefused

_NONCE = 12
_LONGEST = 4096


class Cursors:
    """Seals and opens cursors with one 32-byte key, shared by all processes of one registry."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(hashlib.sha256(b"saphan cursor\n" + key).digest())

    def seal(self, bound: bytes, parent: str, keys: Sequence[str | None]) -> str:
        """A cursor for the row with these order keys (text or null; the id last)."""
        nonce = os.urandom(_NONCE)
        sealed = self._cipher.encrypt(nonce, orjson.dumps([parent, *keys]), bound)
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def open(self, bound: bytes, cursor: object, count: int) -> tuple[str, list[str | None]]:
        """Parent id and `count` keys of a cursor. Raises RequestRefused (CURSOR_INVALID)."""
        try:
            text = str(cursor)
            if len(text) > _LONGEST:
                raise ValueError
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            parent, *keys = orjson.loads(self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], bound))
            if len(keys) != count:
                raise ValueError
        except (ValueError, InvalidTag, TypeError):
            raise RequestRefused.of(
                ErrorCode.CURSOR_INVALID,
                "the cursor is not one of this connection for this caller, filter and order",
            ) from None
        return str(parent), keys


def bound_to(name: str, search: object, order: object, caller: Caller, purpose: str) -> bytes:
    """What a cursor is valid for, as associated data: SHA-256 over a JSON array, so that no two
    inputs meet.
    """
    parts = [name, search, order, caller.agency, sorted(caller.roles), purpose]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS, default=str)).digest()
