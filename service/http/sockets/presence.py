"""Who is here: sockets and streams of one process, how many may be, and whose token has ended.

Takes guests as they come and go, looks at each of their tokens every `LOOK`
seconds, as if it were shown anew: at its `exp`, when its key is taken out and
when the deny list names it, its guest is told to leave. Everything that a guest
may have of this process is counted here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from authz.caller import Caller
from service.http.admission import Admission, Standing
from service.http.meters import Meters

LOOK: Final = 0.4
"""With the quarter of a second after which an entry of the deny list is known: within a second."""


_Who = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much there may be: sockets and streams, subscriptions of all, of one socket and of one
    caller, seconds until a socket says who it is.
    """

    sockets: int = 2_000
    subscriptions: int = 4_000
    of_socket: int = 100
    of_caller: int = 100
    init_seconds: float = 10.0


class Place(Enum):
    """Whether there is a place for one more subscription; if not, whose places are taken."""

    GIVEN = auto()
    CALLER_FULL = auto()
    ALL_FULL = auto()


class Guest(Protocol):
    """A socket or a stream whose token was good."""

    @property
    def token(self) -> str: ...
    @property
    def caller(self) -> Caller: ...

    def expel(self) -> None:
        """Its token is good no more: nothing is sent any more."""


class Stranger(Protocol):
    """A socket that has not said who it is."""

    def crowded_out(self) -> None:
        """Others wait for its place."""


class Presence:
    """One per process. The event loop's thread alone uses it."""

    def __init__(self, admission: Admission, bounds: Bounds, meters: Meters) -> None:
        self.admission, self.bounds, self.meters = admission, bounds, meters
        self._guests: set[Guest] = set()
        self._strangers: dict[Stranger, None] = {}
        self._subscribed = 0
        self._of_caller: Counter[_Who] = Counter()

    def enter(self) -> bool:
        """One more socket or stream, or False where there are as many as may be."""
        if self.meters.sockets >= self.bounds.sockets:
            return False
        self.meters.sockets += 1
        return True

    def leave(self) -> None:
        """One less."""
        self.meters.sockets -= 1

    def subscribe(self, caller: Caller) -> Place:
        """A place for one more subscription of this caller, if there is one. It is the caller's by
        whatever socket, stream or token it is asked: nobody takes the places of all others.
        """
        who = _who(caller)
        if self._of_caller[who] >= self.bounds.of_caller:
            return Place.CALLER_FULL
        if self._subscribed >= self.bounds.subscriptions:
            return Place.ALL_FULL
        self._of_caller[who] += 1
        self._subscribed += 1
        return Place.GIVEN

    def begun(self) -> None:
        """A subscription that had its place is told of changes from now on."""
        self.meters.subscriptions += 1

    def unsubscribe(self, caller: Caller, *, begun: bool) -> None:
        """One less of this caller."""
        who = _who(caller)
        self._subscribed -= 1
        self._of_caller[who] -= 1
        if not self._of_caller[who]:
            # who has gone is not kept
            del self._of_caller[who]
        self.meters.subscriptions -= begun

    def met(self, stranger: Stranger) -> None:
        """It has come, and has not said who it is. A quarter of all may be so: beyond that whoever
        has taken longest leaves, so that strangers keep nobody out who says it at once.
        """
        self._strangers[stranger] = None
        if len(self._strangers) > max(1, self.bounds.sockets // 4):
            longest = next(iter(self._strangers))
            del self._strangers[longest]
            longest.crowded_out()

    def parted(self, stranger: Stranger) -> None:
        """It has said who it is, or has gone. May be repeated."""
        self._strangers.pop(stranger, None)

    def known(self, guest: Guest) -> None:
        """From now on this guest's token is looked at."""
        self._guests.add(guest)

    def gone(self, guest: Guest) -> None:
        """It is not here any more. May be repeated."""
        self._guests.discard(guest)

    def stands(self, guest: Guest) -> bool:
        """Whether it may be sent anything at this moment."""
        return self.admission.standing(guest.token, guest.caller) is Standing.GOOD

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Looks while the block runs."""
        looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            found: dict[str, Standing] = {}
            for guest in tuple(self._guests):
                standing = found.get(guest.token)
                if standing is None:
                    standing = self.admission.standing(guest.token, guest.caller)
                    found[guest.token] = standing
                if standing is Standing.OVER:
                    guest.expel()


def _who(caller: Caller) -> _Who:
    """Whose an `Idempotency-Key` would be: a new token of the same person is the same caller."""
    return caller.issuer, caller.agency, caller.subject, caller.client
