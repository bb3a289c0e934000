"""Who watches what, in which order they are told, and how much may wait.

One `Events` per process. It reads the touched cases in the order of their
commits, finds who is concerned, and lets a few workers look at each case for
each of them, one subscriber after another. What waits is bounded: many touches
of a case are one look; nobody is looked for whose line takes nothing; and the
next commits are read only when the looks of the last ones are mostly done.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final, Protocol

from resolvers.binding import sealer
from resolvers.errors import ErrorCode, RequestRefused, error_body, errors_body
from resolvers.execution import Stale, TimedOut, Unavailable
from resolvers.prepared import Prepared
from resolvers.requests import Request
from resolvers.subscribing.asking import Watch, ask, subscribes
from resolvers.subscribing.sieving import concerned
from resolvers.subscribing.telling import CONNECTIONS, NOTHING, NotNow, Teller
from resolvers.subscribing.waking import Touched, Waking

SAFETY: Final = 3.0
"""Seconds after which the registry is asked even if nothing woke us."""
COMMITS: Final = 500
"""Commits read at once."""
WAITING: Final = 1_000
"""Looks that may wait before the next commits are read, and cases that may for one subscriber."""
REMEMBERED: Final = 512
"""Cases of which it is known what a subscriber to any case has; of others the past is asked."""
PORTION: Final = 2_000
"""Cases sieved by one statement."""
PAUSE: Final = 0.5


class Outlet(Protocol):
    """Where the events of one subscription leave."""

    def room(self) -> bool:
        """Whether another event may be made now; if not, `Watching.go_on` is called when it may."""

    def stands(self) -> bool:
        """Whether the caller may be sent anything at this moment."""

    def event(self, body: bytes) -> None:
        """Send an event: the body of an answer, already on record."""

    def over(self, body: bytes) -> None:
        """Send the last word: an answer, or errors alone. The subscription has ended."""

    def slow(self) -> None:
        """So much waits for this subscriber that nothing more can be kept for her."""


class Watching:
    """One subscription under way."""

    __slots__ = ("_hub", "began", "busy", "has", "left", "outlet", "pending", "queued", "watch")

    def __init__(self, hub: Events, watch: Watch, outlet: Outlet) -> None:
        self._hub, self.watch, self.outlet = hub, watch, outlet
        self.pending: dict[str, dt.datetime] = {}
        self.has: OrderedDict[str, bytes] = OrderedDict()
        self.began = self.busy = self.queued = self.left = False

    def go_on(self) -> None:
        """The outlet has room again."""
        self._hub.queue(self)

    def leave(self) -> None:
        """Nobody watches any more. May be repeated."""
        if not self.left:
            self.left = True
            self.pending.clear()
            self._hub.forget(self)

    def touch(self, case: str, began: dt.datetime) -> None:
        """A case has to be looked at; of several touches the earliest says how it stood before."""
        known = self.pending.get(case)
        self.pending[case] = began if known is None else min(known, began)

    def take(self) -> tuple[str, dt.datetime]:
        """The case that waited longest."""
        case = next(iter(self.pending))
        return case, self.pending.pop(case)

    def keep(self, case: str, has: bytes) -> None:
        """She has this of the case now."""
        self.has[case] = has
        self.has.move_to_end(case)
        if len(self.has) > REMEMBERED:
            self.has.popitem(last=False)


class Events:
    """The subscriptions of one process. Costs nothing until the first of them."""

    def __init__(self, ready: Prepared, seal: sealer) -> None:
        self._ready, self._cursors = ready, seal.cursors
        self._seal = seal
        self._teller: Teller | None = None
        self._of_case: dict[str, set[Watching]] = {}
        self._of_any: dict[tuple[object, ...], set[Watching]] = {}
        self._queue: asyncio.Queue[Watching] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._position: int | None = None
        self._known = asyncio.Event()
        self._done = asyncio.Event()

    @property
    def count(self) -> int:
        """Subscriptions under way."""
        groups = (*self._of_case.values(), *self._of_any.values())
        return sum(len(group) for group in groups)

    def asks(self, request: Request) -> bool:
        """Whether the request is a subscription. Raises RequestRefused for what is no document, and
        for a mutation.
        """
        return subscribes(self._ready, request)

    async def watch(self, request: Request, outlet: Outlet) -> Watching:
        """Begin to tell `outlet` what changes. Raises RequestRefused, Refused, Unavailable or
        TimedOut; then nothing has begun.
        """
        watch = await ask(self._ready, request, self._cursors)
        teller = await self._awake()
        watching = Watching(self, watch, outlet)
        # in the books before it is looked: what changes meanwhile is looked at once more
        self._enter(watching)
        try:
            if watch.case is not None:
                watching.has[watch.case] = await teller.baseline(watch, watch.case)
        except BaseException:
            watching.leave()
            raise
        watching.began = True
        self.queue(watching)
        return watching

    async def stop(self) -> None:
        """End what runs beside. Whoever still watches is told nothing more."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        self._tasks.clear()
        if self._teller is not None:
            await self._teller.pool.close()

    def queue(self, watching: Watching) -> None:
        """Let a worker look for her, if anything is to be looked at."""
        idle = watching.began and not (watching.queued or watching.busy or watching.left)
        if idle and watching.pending:
            watching.queued = True
            self._queue.put_nowait(watching)

    def forget(self, watching: Watching) -> None:
        """Take her out of the books."""
        watch = watching.watch
        books: dict[object, set[Watching]] = (
            self._of_any if watch.case is None else self._of_case  # type: ignore[assignment]
        )
        key: object = watch.profile if watch.case is None else watch.case
        group = books.get(key, set())
        group.discard(watching)
        if not group:
            books.pop(key, None)

    def _enter(self, watching: Watching) -> None:
        watch = watching.watch
        if watch.case is None:
            self._of_any.setdefault(watch.profile, set()).add(watching)
        else:
            self._of_case.setdefault(watch.case, set()).add(watching)

    async def _awake(self) -> Teller:
        """What is needed runs. Raises Unavailable where the database does not answer in time."""
        if self._teller is None:
            self._teller = Teller(self._ready, self._seal)
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen())]
            self._tasks += [asyncio.create_task(self._work()) for _ in range(CONNECTIONS)]
        try:
            async with asyncio.timeout(SAFETY):
                await self._known.wait()
        except TimeoutError:
            raise Unavailable from None
        return self._teller

    async def _listen(self) -> None:
        while True:
            # whatever ends it, the next try may do better, and begins where this one was
            with contextlib.suppress(Exception):
                waking = await Waking.connect(self._ready.settings.dsn())
                try:
                    await self._follow(waking)
                finally:
                    await waking.close()
            # nobody begins to watch what cannot be followed
            self._known.clear()
            await asyncio.sleep(PAUSE)

    async def _follow(self, waking: Waking) -> None:
        """Read what was committed, again and again. Raises psycopg.Error where the line is lost."""
        if self._position is None:
            self._position = await waking.newest()
        self._known.set()
        while True:
            newest = await waking.newest()
            while self._position < newest:
                await self._less_waiting()
                touched = await waking.touched(self._position, COMMITS)
                await self._concern(touched)
                last = touched[-1].place if touched else 0
                # so many commits cannot have taken more positions than there are numbers
                self._position = max(last, min(newest, self._position + COMMITS))
            await waking.woken(SAFETY)

    async def _less_waiting(self) -> None:
        """Returns when most looks of what was read are done, blocked lines left out."""
        while self._looks > WAITING:
            self._done.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await self._done.wait()

    @property
    def _looks(self) -> int:
        of_any = sum(
            len(watching.pending)
            for group in self._of_any.values()
            for watching in group
            if watching.outlet.room()
        )
        return self._queue.qsize() + of_any

    async def _concern(self, touched: list[Touched]) -> None:
        """Give each touched case to those whom it may concern."""
        cases: dict[str, dt.datetime] = {}
        for each in touched:
            began = cases.get(each.case)
            cases[each.case] = each.began if began is None else min(began, each.began)
        if not cases:
            return
        for case, began in cases.items():
            for watching in tuple(self._of_case.get(case, ())):
                self._touch(watching, case, began)
        for group in tuple(self._of_any.values()):
            found: set[str] = set()
            for some in _chunks(cases):
                found |= await self._concerned(tuple(group), some)
            for watching in tuple(group):
                for case, began in cases.items():
                    if case in found or watching.has.get(case, NOTHING) != NOTHING:
                        self._touch(watching, case, began)

    async def _concerned(
        self, group: tuple[Watching, ...], cases: Mapping[str, dt.datetime]
    ) -> frozenset[str]:
        """The cases that a group of one profile may see, or could see before they were touched."""
        if not group or self._teller is None:
            return frozenset()
        watch, pool = group[0].watch, self._teller.pool
        while True:
            try:
                now = await concerned(self._ready, pool, watch, cases)
                rest = cases.keys() - now
                if not rest:
                    return now
                first = min(cases[case] for case in rest)
                return now | await concerned(self._ready, pool, watch, rest, first)
            except Stale:
                continue
            except RequestRefused:
                # the law of today refuses what she asks: each of them is told so
                return frozenset(cases)

    def _touch(self, watching: Watching, case: str, began: dt.datetime) -> None:
        if watching.left:
            return
        watching.touch(case, began)
        if len(watching.pending) > WAITING and not watching.outlet.room():
            watching.outlet.slow()
            return
        self.queue(watching)

    async def _work(self) -> None:
        while True:
            watching = await self._queue.get()
            watching.queued = False
            if watching.left or not watching.pending or not watching.outlet.room():
                continue
            watching.busy = True
            case, began = watching.take()
            try:
                await self._look(watching, case, began)
            except (NotNow, Unavailable):
                # she is told as soon as she may be, and as soon as the database answers
                watching.touch(case, began)
                asyncio.get_running_loop().call_later(PAUSE, self._again, watching)
            else:
                self._again(watching)
            self._done.set()

    def _again(self, watching: Watching) -> None:
        watching.busy = False
        self.queue(watching)

    async def _look(self, watching: Watching, case: str, began: dt.datetime) -> None:
        outlet, watch, teller = watching.outlet, watching.watch, self._teller
        if teller is None:
            return
        if not outlet.stands():
            raise NotNow

        def may() -> bool:
            return not watching.left and outlet.stands()

        try:
            told = await teller.tell(watch, case, watching.has.get(case), began, may)
        except (NotNow, Unavailable):
            raise
        except RequestRefused as refused:
            self._end(watching, errors_body(refused.faults))
        except TimedOut:
            message = "the operation took longer than it may"
            self._end(watching, error_body(ErrorCode.TIMEOUT, message))
        except Exception:  # noqa: BLE001  # a defect ends one subscription and tells nothing
            message = "the request failed within the service"
            self._end(watching, error_body(ErrorCode.INTERNAL, message))
        else:
            watching.keep(case, told.has)
            if told.body is None or watching.left or not outlet.stands():
                return
            if told.over:
                self._end(watching, told.body)
            else:
                outlet.event(told.body)

    def _end(self, watching: Watching, body: bytes) -> None:
        if not watching.left:
            watching.leave()
            watching.outlet.over(body)


def _chunks(cases: Mapping[str, dt.datetime]) -> Iterator[dict[str, dt.datetime]]:
    """The cases in the portions in which they are sieved."""
    items = iter(cases.items())
    while some := dict(islice(items, PORTION)):
        yield some
