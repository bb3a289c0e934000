"""Who is let in: a token becomes a caller, and goes on being held against the lists.

Takes a verifier and the ways to wait for what it may not know yet, gives the
caller of a request or of a socket, or the one refusal that is the same for
every way a token can be wrong.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from enum import Enum, auto
from typing import Protocol

from authz.caller import Caller
from authz.denials import DenialsUnknown
from authz.tokens import KeyUnknown, TokenRefused
from resolvers.execution import no_hop
from service.http import answers
from service.http.answers import Refusal


class Verifier(Protocol):
    """What the door needs of `authz.tokens.TokenVerifier`."""

    def verify(self, token: str) -> Caller:
        """The caller; raises TokenRefused, DenialsUnknown."""


Learn = Callable[[str], Awaitable[bool]]
"""Given the issuer of a KeyUnknown: whether its keys were fetched since, see service.keysets."""
CaughtUp = Callable[[], Awaitable[bool]]
"""After DenialsUnknown: whether the deny list was read since, see service.denialwatch."""


class Ended(Exception):
    """The request ends with this refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status)
        self.refusal = refusal


class Standing(Enum):
    """What a token that was good is worth now. UNKNOWN: the deny list is too old to say."""

    GOOD = auto()
    OVER = auto()
    UNKNOWN = auto()


class Admission:
    """Of one process. `serving` says whether the verifier may be used yet."""

    def __init__(
        self,
        verifier: Verifier,
        *,
        serving: Callable[[], bool] = lambda: True,
        learn: Learn | None = None,
        caught_up: CaughtUp | None = None,
        hop: Callable[[str], AbstractContextManager[None]] = no_hop,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._verifier = verifier
        self._serving = serving
        self._learn = learn
        self._caught_up = caught_up
        self._hop = hop
        self._clock = clock

    async def caller(self, token: str | None) -> Caller:
        """The caller of a bearer's token, None where there was none. Raises Ended."""
        try:
            try:
                return self._now(token)
            except KeyUnknown as unknown:
                return await self._of_new_key(token, unknown)
        except DenialsUnknown:
            if self._caught_up is None or not await self._caught_up():
                raise Ended(answers.UNAVAILABLE) from None
        try:
            return self._now(token)
        except KeyUnknown:
            raise Ended(answers.UNAUTHENTICATED) from None
        except DenialsUnknown:
            raise Ended(answers.UNAVAILABLE) from None

    def standing(self, token: str, caller: Caller) -> Standing:
        """What the token of somebody who was let in before is worth now. Without leeway: from its
        `exp` on it is over.
        """
        if self._clock() >= caller.expires_at:
            return Standing.OVER
        try:
            self._verifier.verify(token)
        except DenialsUnknown:
            return Standing.UNKNOWN
        except TokenRefused:
            return Standing.OVER
        return Standing.GOOD

    def _now(self, token: str | None) -> Caller:
        with self._hop("verify"):
            if token is None:
                raise Ended(answers.UNAUTHENTICATED)
            if not self._serving():
                raise Ended(answers.UNAVAILABLE)
            try:
                return self._verifier.verify(token)
            except (KeyUnknown, DenialsUnknown):
                raise
            except TokenRefused:
                raise Ended(answers.UNAUTHENTICATED) from None

    async def _of_new_key(self, token: str | None, unknown: KeyUnknown) -> Caller:
        """An issuer may have begun with a new key: waits for a fetch that is allowed, tries once
        more. Nobody with a known key comes here.
        """
        if self._learn is not None and await self._learn(unknown.issuer):
            with contextlib.suppress(KeyUnknown):
                return self._now(token)
        raise Ended(answers.UNAUTHENTICATED)
