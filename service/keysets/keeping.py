"""Keeps the published keys of all issuers fresh, and the token verifier told of them.

Takes the issuers as the file names them (`replace_issuers`, from any thread),
gives the verifier the same issuers with the keys last fetched. Each issuer is
followed by a task of its own, so that one that is away delays no other, and
no fetch is ever awaited by a token whose key is known.

- A set is fetched again every `Pace.refresh` seconds: a key that is taken out
  of it is refused that much later, together with the tokens it had signed.
- A token with an unknown key may cause one fetch per issuer in `Pace.cooldown`
  seconds (`learn`), and moves the next regular one: under a flood of them an
  issuer is asked no more often than every `Pace.cooldown` seconds. Requests
  wait for a fetch that is under way, bounded in time and number.
- A fetch that fails leaves the last good set in force until it is
  `max_key_age` old. The verifier itself holds to that instant: an issuer's
  tokens are refused from then on even if nothing here runs any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final, Protocol

from authz.discovery import Discovery, KeySet
from authz.issuers import Issuer, IssuerSet
from service import logs
from service.keysets.fetching import Fetch, NotFetched

MAX_WAITING: Final = 64
"""Requests that may wait for keys at a time; the next ones are refused at once."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. `retry` is the first pause after a failure; it doubles up to `refresh`."""

    refresh: float = 40.0
    cooldown: float = 30.0
    retry: float = 2.0
    wait: float = 6.0


class Verifier(Protocol):
    """What is needed of `authz.tokens.TokenVerifier`."""

    def replace_issuers(self, issuers: IssuerSet) -> bool:
        """Go by this set from now on; True where it differs from the last."""


@dataclass(frozen=True, slots=True)
class _Fetched:
    """The last good set of an issuer, and the instant before which nobody had seen it."""

    discovery: Discovery
    keys: KeySet
    at: float


class _Follower:
    """The task that follows one issuer, and what others know of it. The loop's thread only."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.wanted = asyncio.Event()
        self.asked_at = float("-inf")
        self.fetching = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None

    def finish(self) -> None:
        """Lets everybody go on who waited for the fetch that has just ended."""
        self.fetching = False
        self.done.set_result(None)
        self.done = asyncio.get_running_loop().create_future()


class KeySets:
    """One per process. Fetches while `running`."""

    def __init__(
        self,
        verifier: Verifier,
        fetch: Fetch,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._verifier = verifier
        self._fetch = fetch
        self._pace = pace or Pace()
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._configured = IssuerSet({})
        self._fetched: dict[str, _Fetched] = {}
        self._followers: dict[str, _Follower] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting = 0

    def replace_issuers(self, issuers: IssuerSet) -> bool:
        """Take up a fresh reading of the file; True where the verifier now goes by another set."""
        with self._lock:
            self._configured = issuers
            self._fetched = {iss: held for iss, held in self._fetched.items() if issuers.get(iss)}
            changed = self._tell()
            loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(self._attend)
        return changed

    async def learn(self, iss: str) -> bool:
        """Whether a fetch of the issuer's keys has ended since the call: then a token may be
        tried once more. At once where none is under way and none may be begun.
        """
        follower = self._followers.get(iss)
        if follower is None or self._waiting >= MAX_WAITING:
            return False
        if not follower.fetching and not follower.wanted.is_set():
            now = self._monotonic()
            if now - follower.asked_at < self._pace.cooldown:
                return False
            follower.asked_at = now
            follower.wanted.set()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._pace.wait):
                await asyncio.shield(follower.done)
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follows the issuers while the block runs."""
        self._loop = asyncio.get_running_loop()
        self._attend()
        try:
            yield
        finally:
            self._loop = None
            followers, self._followers = list(self._followers.values()), {}
            await _ended(followers)

    def _attend(self) -> None:
        """One follower for each issuer that publishes keys, and none for any other."""
        if self._loop is None:
            return
        with self._lock:
            wanted = {i.iss: i for i in self._configured if i.discovery is not None}
        for iss, follower in list(self._followers.items()):
            if iss not in wanted or wanted[iss].discovery != follower.issuer.discovery:
                del self._followers[iss]
                if follower.task is not None:
                    follower.task.cancel()
        for iss, issuer in wanted.items():
            if iss not in self._followers:
                follower = self._followers[iss] = _Follower(issuer)
                follower.task = asyncio.create_task(self._follow(follower))

    async def _follow(self, follower: _Follower) -> None:
        retry, told = self._pace.retry, ""
        while True:
            follower.fetching = True
            follower.wanted.clear()
            fresh, trouble = await self._once(follower.issuer)
            follower.finish()
            if trouble != told:
                told = trouble
                _say(follower.issuer.iss, trouble)
            pause = self._pace.refresh
            if fresh:
                retry = self._pace.retry
            else:
                pause, retry = min(retry, pause), min(retry * 2, pause)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await follower.wanted.wait()

    async def _once(self, issuer: Issuer) -> tuple[bool, str]:
        """One fetch: whether it brought a set, and what there is to tell the operator, or ""."""
        begun = self._monotonic()
        try:
            keys = await self._fetch(issuer)
        except NotFetched as reason:
            return False, str(reason)
        except Exception as error:  # noqa: BLE001  # whatever it is, the issuer is away
            return False, f"unexpected {type(error).__name__} at {logs.origin(error)}"
        with self._lock:
            if issuer.discovery is not None and self._configured.get(issuer.iss):
                self._fetched[issuer.iss] = _Fetched(issuer.discovery, keys, begun)
            self._tell()
        return True, "; ".join(sorted(set(keys.refused)))

    def _tell(self) -> bool:
        """Under the lock: the verifier goes by what is configured with what is fetched."""
        issuers: Mapping[str, Issuer] = {i.iss: self._with_keys(i) for i in self._configured}
        return self._verifier.replace_issuers(IssuerSet(issuers))

    def _with_keys(self, issuer: Issuer) -> Issuer:
        if issuer.discovery is None:
            return issuer
        held = self._fetched.get(issuer.iss)
        if held is None or held.discovery != issuer.discovery:
            # Other words in the file: what was fetched by the old ones counts no more.
            return replace(issuer, keys={}, keys_until=0.0)
        left = issuer.discovery.max_key_age - (self._monotonic() - held.at)
        return replace(issuer, keys=held.keys.keys, keys_until=self._clock() + left)


def _say(iss: str, trouble: str) -> None:
    if trouble:
        logs.logger().warning(
            "an issuer publishes no keys, or some that are not believed", issuer=iss, reason=trouble
        )
    else:
        logs.logger().info("an issuer publishes keys that are believed", issuer=iss)


async def _ended(followers: list[_Follower]) -> None:
    tasks = [follower.task for follower in followers if follower.task is not None]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
