"""The application as a whole: engine, verifier and pages behind one door.

Takes the parts, gives one ASGI application. Nothing is read from the
environment here: `service.cli_serve` decides what to put together, tests put
together what they need.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass

from resolvers.subscribing import Events
from service.http.admission import Admission, CaughtUp, Learn, Verifier
from service.http.door import Door
from service.http.endpoint import Engine, GraphQLEndpoint
from service.http.ledger import LedgerReader
from service.http.meters import Meters
from service.http.origins import Origins
from service.http.pages import Facts, pages
from service.http.reception import Limits, Reception
from service.http.sockets.connection import Serving
from service.http.sockets.presence import Bounds, Presence
from service.http.sockets.serving import Sockets
from service.settings import Settings
from service.telemetry import Tracing


@dataclass(frozen=True, slots=True)
class Life:
    """How the parts live: whether requests may be tried, could be answered, what runs beside, and
    how an issuer's new key is learnt and an old deny list waited for.

    The default is for parts that are up already.
    """

    serving: Callable[[], bool] = lambda: True
    ready: Callable[[], Awaitable[bool]] | None = None
    running: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    learn: Learn | None = None
    caught_up: CaughtUp | None = None


def limits_of(settings: Settings) -> Limits:
    """The limits of one request."""
    return Limits(settings.body_limit, settings.body_timeout, settings.request_timeout)


@dataclass(frozen=True, slots=True)
class Watched:
    """What sockets and streams need: the engine's events, how much there may be, who is let in."""

    events: Events
    bounds: Bounds
    origins: Origins


def bounds_of(settings: Settings) -> Bounds:
    """The limits of sockets and streams."""
    return Bounds(
        sockets=settings.sockets,
        subscriptions=settings.subscriptions,
        of_socket=settings.socket_subscriptions,
        of_caller=settings.caller_subscriptions,
        init_seconds=settings.header_timeout,
    )


def create_app(
    engine: Engine,
    verifier: Verifier,
    *,
    limits: Limits,
    sdl: str,
    life: Life | None = None,
    tracing: Tracing | None = None,
    ledger: LedgerReader | None = None,
    watched: Watched | None = None,
) -> Door:
    """The ASGI application of one process; `sdl` is what /schema.graphql shows. Without `watched`
    no socket is opened.
    """
    alive = life or Life()
    meters, traced = Meters(), tracing or Tracing()
    admission = Admission(
        verifier,
        serving=alive.serving,
        learn=alive.learn,
        caught_up=alive.caught_up,
        hop=traced.hop,
    )
    reception = Reception(admission, limits)
    endpoint = GraphQLEndpoint(engine, reception, tracing=traced, meters=meters)
    sockets = None
    if watched is not None:
        presence = Presence(admission, watched.bounds, meters)
        serving = Serving(engine, watched.events, presence, limits.answer_seconds)
        sockets = Sockets(serving, reception, watched.origins)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with alive.running(), sockets.running() if sockets else nullcontext():
            yield

    facts = Facts(sdl, alive.ready or engine.ready, meters, running, ledger)
    return Door(endpoint, pages(facts), sockets)
