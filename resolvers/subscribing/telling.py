"""One event: the touched case as this caller is shown it now, sent only where that is news.

Takes a `Watch` and a case, runs the statement of an ordinary query for it. The
answer is compared, by a keyed hash, with what this subscriber has. Where it is
the same the transaction is rolled back: nothing was shown, nothing is recorded,
nothing is sent. Else it is sealed and committed first, as every answer. A case
of which the subscriber has nothing yet is compared with what she would have
been shown before the change, under the same law, so that a change behind the
decision tells nothing by coming first.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from authz.profile import Policy
from resolvers.answers import assemble, withheld_by_path
from resolvers.binding import open_cursors, sealer
from resolvers.bounded import Bounded
from resolvers.errors import ErrorCode, RequestRefused
from resolvers.execution import (
    Fetched,
    Stale,
    TimedOut,
    Unavailable,
    append_failure,
    bind_all,
    context_of,
    lent,
    written,
)
from resolvers.prepared import Prepared
from resolvers.refusing import ERROR_BINDS, ERROR_SQL
from resolvers.rendering import COLUMNS_BEFORE_ROOTS, Statement, render
from resolvers.subscribing.asking import Watch, cost_in, header_of, refuse, statement_of
from resolvers.wire import Pool, Wire, WireError

NOTHING = b""
"""What a subscriber has of a case that may not be seen."""
ATTEMPTS = 4
CONNECTIONS = 2
"""Of events, beside those of requests: a flood of changes makes no request wait for a line."""
_THEN = 256


class NotNow(Exception):
    """Nothing may be sent to her at this moment: nothing was shown, and nothing recorded."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the subscriber has now, and what she is to be sent: None where that is no news. `over`:
    it ends the subscription.
    """

    has: bytes
    body: bytes | None = None
    over: bool = False


class Teller:
    """Looks at cases for subscribers. One per process."""

    def __init__(self, ready: Prepared, seal: sealer) -> None:
        self._ready, self.seal = ready, seal
        settings = ready.settings
        self.hop = settings.hop
        self.pool = Pool(settings.dsn, CONNECTIONS, settings.statement_timeout_ms)
        # of this process alone: what is kept can be compared with nothing elsewhere
        self._key = os.urandom(32)
        self._then: Bounded[int, tuple[Statement, Statement]] = Bounded(_THEN)

    async def baseline(self, watch: Watch, case: str) -> bytes:
        """What the subscriber has at the beginning: told to nobody, recorded nowhere. Raises
        Unavailable, TimedOut or RequestRefused.
        """
        return (await self.tell(watch, case, None, None, None)).has

    async def tell(
        self,
        watch: Watch,
        case: str,
        has: bytes | None,
        began: dt.datetime | None,
        may: Callable[[], bool] | None,
    ) -> Told:
        """One look at a touched case. `has` is what the subscriber has, None where nothing is
        known: then `began` is an instant before the change. `may` is asked last before the commit,
        whether she may still be sent anything; without it nothing is to be sent. Raises NotNow,
        Unavailable, TimedOut or RequestRefused; a look that failed is on record as that.
        """
        for _ in range(ATTEMPTS):
            policy = await self._ready.current()
            statement = statement_of(self._ready, watch, policy)
            cost = cost_in(self._ready, watch, statement)
            trace = secrets.token_hex(16)
            if statement.narrowed.whole:
                body = await refuse(self._ready, watch, statement.narrowed, trace, cost)
                return Told(NOTHING, body, over=True)
            header = header_of(watch, statement.narrowed, trace)
            look = _Look(self, watch, case, header, policy)
            try:
                if has is None and began is not None:
                    has = await look.before(self._as_it_stood(watch, statement), began)
                now, fetched = await look.now(statement, has, may)
            except Stale:
                await self._ready.reload(policy)
                continue
            except (TimedOut, RequestRefused, WireError):
                failure = bind_all(ERROR_BINDS, {}, header)
                await append_failure(self._ready.pool, ERROR_SQL, failure, watch.caller)
                raise
            if fetched is None:
                return Told(now)
            return Told(now, assemble(watch.plan, {}, statement, fetched, cost))
        raise Unavailable

    def _as_it_stood(self, watch: Watch, statement: Statement) -> Statement:
        """The same question about the past, under the law of today: time alone makes no event."""
        known = self._then.get(id(statement))
        if known is None or known[0] is not statement:
            caller = watch.caller
            then = render(
                statement.narrowed,
                has_unit=bool(caller.unit),
                has_cases=caller.cases is not None,
                past=True,
            )
            known = self._then.put(id(statement), (statement, then))
        return known[1]

    def hash_of(self, statement: Statement, fetched: Fetched, nonce: str) -> bytes:
        """What an answer is remembered by; the marks of cursors, new each time, are left out."""
        if all(root is None for root in fetched.roots):
            return NOTHING
        told = hashlib.blake2b(key=self._key, digest_size=16)
        for root in fetched.roots:
            told.update((root or b"null").replace(nonce.encode(), b""))
        told.update(orjson.dumps(withheld_by_path(statement, fetched.withheld)))
        return told.digest()


@dataclass(frozen=True, slots=True)
class _Look:
    """The values of one look, shared by its two statements."""

    teller: Teller
    watch: Watch
    case: str
    header: dict[str, object]
    policy: Policy

    async def before(self, then: Statement, began: dt.datetime) -> bytes:
        """What she would have been shown at that instant."""
        nonce = self.teller.seal.nonce()
        async with lent(self.teller.pool) as wire:
            fetched = await self._fetch(wire, then, nonce, began)
            await wire.rollback()
        if fetched is None:
            raise Stale
        return self.teller.hash_of(then, fetched, nonce)

    async def now(
        self, statement: Statement, has: bytes | None, may: Callable[[], bool] | None
    ) -> tuple[bytes, Fetched | None]:
        """What she has from now on, and what she is to be sent, committed; None where that is no
        news. Raises Stale where the law changed, NotNow where she may not be sent anything.
        """
        teller, watch = self.teller, self.watch
        nonce, now, may_not = teller.seal.nonce(), NOTHING, False
        async with lent(teller.pool) as wire:
            fetched = await self._fetch(wire, statement, nonce, None)
            if fetched is not None:
                now = teller.hash_of(statement, fetched, nonce)
                news = may is not None and now != has
                may_not = news and may is not None and not may()
                if news and not may_not:
                    sealed = teller.seal.of(statement, watch.bound(teller.seal.cursors), nonce)
                    shown = sealed(fetched)
                    with teller.hop("commit"):
                        await wire.commit()
                    return now, shown
            await wire.rollback()
        if fetched is None:
            raise Stale
        if may_not:
            raise NotNow
        return now, None

    async def _fetch(
        self, wire: Wire, statement: Statement, nonce: str, at: dt.datetime | None
    ) -> Fetched | None:
        """The row, None where the law has changed. The transaction stays open."""
        teller, watch = self.teller, self.watch
        context = {
            **self.header,
            **open_cursors(watch.bound(teller.seal.cursors)),
            "touched": self.case,
            "nonce": nonce,
            "policy_version": self.policy.version,
            "policy_horizon": self.policy.horizon,
        }
        params = bind_all(statement.binds, watch.variables, context, statement.constants)
        try:
            with teller.hop("execute"):
                result = await wire.begin(statement.sql, params, context_of(watch.caller, at))
        except asyncio.CancelledError:
            await wire.cancel()
            raise
        if result.get_value(0, 0) != b"f":
            return None
        if result.get_value(0, 3) != b"f":
            raise RequestRefused.of(
                ErrorCode.CURSOR_INVALID, "the cursor belongs to another record"
            )
        return Fetched(
            roots=tuple(
                result.get_value(0, COLUMNS_BEFORE_ROOTS + i)
                for i in range(len(statement.root_keys))
            ),
            record=written(result.get_value(0, 1)),
            withheld=result.get_value(0, 2),
            cursors=result.get_value(0, 4),
        )
