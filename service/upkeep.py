"""Brings the service up as soon as its database lets it, and keeps what it holds in memory fresh.

Takes the engine, who is told of the issuers and where to read, gives `Upkeep`, whose
`serving` the door asks before each request. A database that is away at start
is waited for; one that goes later is the engine's matter. The checks of
`service.safety` come before the engine starts, each time: a database that came
late is not trusted more than one that was there.

Every `FRESH` seconds the issuers and the agencies are read again; a reading
that fails leaves the last good one in force, and says so in the log.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, LiteralString, Protocol

import psycopg

from authz.issuers import IssuerSet
from service import logs, safety
from service.directory import RegistryAgencies

FRESH: Final = 20.0
"""Seconds between readings of issuers and agencies: a removed key must be refused within 60."""

_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 2.0
_CONNECT_SECONDS: Final = 3
_FIRST_TRY: Final = 3.0
_KNOWN: Final = 0.5
_FORGET: LiteralString = "select registry.forget_keys()"
_LOOK: Final = 2.0
"""Seconds between looks at whether an embedded server has died."""


class Engine(Protocol):
    """What is needed of `resolvers.engine.Engine` to bring it up."""

    async def start(self) -> None:
        """Opens its connections; raises Unavailable."""

    async def stop(self) -> None:
        """Closes them."""

    async def ready(self) -> bool:
        """Whether a request could be answered now."""


class Believer(Protocol):
    """Who goes by the issuers: a token verifier, or what adds their published keys for it."""

    def replace_issuers(self, issuers: IssuerSet) -> bool:
        """Go by this reading from now on; called from another thread."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where to read from: `issuers` is called with all agencies the registry knows.

    `revive` brings back a database server of our own, if there is one.
    """

    database_url: str
    issuers: Callable[[frozenset[str]], IssuerSet]
    revive: Callable[[], None] | None = None


class Unsafe(Exception):
    """The database is there and must not be used. `reasons` are lines for the operator."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(reasons[0])
        self.reasons = tuple(reasons)


class Upkeep:
    """One per process. `on_unsafe` is called when a database that came late is unsafe."""

    def __init__(
        self,
        engine: Engine,
        believer: Believer,
        agencies: RegistryAgencies,
        sources: Sources,
        on_unsafe: Callable[[Sequence[str]], None] = lambda _reasons: None,
    ) -> None:
        self._engine = engine
        self._believer = believer
        self._agencies = agencies
        self._sources = sources
        self._on_unsafe = on_unsafe
        self._first_try = asyncio.Event()
        self._up = False
        self._asking = asyncio.Lock()
        self._known, self._known_until = False, 0.0

    def serving(self) -> bool:
        """Whether verifier and engine may be used: they have been up once."""
        return self._up

    async def ready(self) -> bool:
        """Whether a request could be answered now, as of at most `_KNOWN` seconds ago.

        Anybody may ask, so the database is not asked each time.
        """
        if not self._up:
            return False
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if now >= self._known_until:
                self._known = await self._engine.ready()
                self._known_until = now + _KNOWN
            return self._known

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works while the block runs. Entered after the first try, whether it succeeded or not."""
        work = asyncio.create_task(self._work())
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FIRST_TRY):
                    await self._first_try.wait()
            yield
        finally:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
            if self._up:
                await self._engine.stop()

    async def _work(self) -> None:
        pause, told = _FIRST_PAUSE, ""
        while not self._up:
            try:
                await self._bring_up()
            except Unsafe as unsafe:
                self._on_unsafe(unsafe.reasons)
                return
            except Exception as error:  # noqa: BLE001  # whatever it is, the next try may do better
                kind = type(error).__name__
                if kind != told:
                    told = kind
                    logs.logger().warning(
                        "the registry is not available yet",
                        error=kind,
                        at=logs.origin(error),
                        reason=_remedy(error),
                    )
            finally:
                self._first_try.set()
            if not self._up:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        age = 0.0
        while True:
            await asyncio.sleep(_LOOK)
            age += _LOOK
            if self._sources.revive is not None and not await self.ready():
                await self._revive(self._sources.revive)
            if age >= FRESH:
                age = 0.0
                await self._refresh()

    async def _bring_up(self) -> None:
        await asyncio.to_thread(self._read, check=True)
        await self._engine.start()
        self._up = True
        logs.logger().info("the registry is available")

    async def _revive(self, revive: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(revive)
        except Exception as error:  # noqa: BLE001  # the next look tries again
            logs.logger().warning(
                "the embedded database did not come back", error=type(error).__name__
            )

    async def _refresh(self) -> None:
        try:
            await asyncio.to_thread(self._read, check=False)
        except Exception as error:  # noqa: BLE001  # the last good reading stays in force
            logs.logger().warning(
                "issuers or agencies could not be read again", error=type(error).__name__
            )

    def _read(self, *, check: bool) -> None:
        """In a thread: connects, checks if asked to, reads agencies and issuers."""
        try:
            with psycopg.connect(
                self._sources.database_url, autocommit=True, connect_timeout=_CONNECT_SECONDS
            ) as connection:
                if check:
                    reasons = safety.unsafe(connection)
                    if reasons:
                        raise Unsafe(reasons)
                    if safety.outdated(connection):
                        logs.logger().warning("PostgreSQL lacks a known fix: update it")
                self._agencies.read(connection)
                if not check:
                    connection.execute(_FORGET)
        finally:
            # Issuers do not wait for the database: a removed key is refused even while it is away.
            if self._agencies.codes:
                self._believer.replace_issuers(self._sources.issuers(self._agencies.codes))


def _remedy(error: Exception) -> str:
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.InsufficientPrivilege):
        return "the database is empty or older than this program: run `saphan migrate`"
    if isinstance(error, psycopg.OperationalError):
        return "the database does not answer"
    return "see the error's type"
