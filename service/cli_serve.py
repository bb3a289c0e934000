"""`saphan serve`: puts the parts together and runs them until it is told to stop.

Refused with exit 1 and one line: an unusable setting, the development issuer
on a host that others can reach, an address in use, a database in which the
service has too many rights or a record could be lost. A database that is away
is no reason: the service starts, says UNAVAILABLE, and comes up when it does.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import click

from authz.issuers import IssuerSet
from authz.tokens import TokenVerifier
from ledger.notes import Signer
from resolvers.engine import Engine, EngineSettings
from resolvers.execution import Hop, no_hop
from schema.catalog import catalog
from schema.sdl import SDL_FILE, graphql_schema
from service import logs, proofs, surroundings
from service.app import Life, Watched, bounds_of, create_app, limits_of
from service.denialwatch import DenialWatch
from service.directory import RegistryAgencies
from service.feeding.running import Following
from service.http.listening import CannotListen, DoorServer, allow_connections, bind
from service.http.origins import Origins
from service.keysets.fetching import KeySetFetcher
from service.keysets.keeping import KeySets, Pace
from service.ledger.cosigning import Cosigning
from service.ledger.running import Beside, Integrating
from service.ledger.serving import TreeReader
from service.ledger.standing import LedgerStanding
from service.ledger.witnesses import load_witnesses
from service.settings import Settings
from service.surroundings import Databases, Role
from service.telemetry import Tracing
from service.upkeep import Sources, Upkeep

SUBGRAPH = "registry"
"""The name under which a router knows this service. Partners' subgraphs have their own programs."""


@click.command("serve")
@click.option("--host", help="Address to listen on; or SAPHAN_HOST.")
@click.option("--port", type=click.IntRange(0, 65_535), help="0 takes a free one; or SAPHAN_PORT.")
@click.option(
    "--subgraph",
    type=click.Choice([SUBGRAPH]),
    default=SUBGRAPH,
    show_default=True,
    help="Which subgraph to serve.",
)
def serve(host: str | None, port: int | None, subgraph: str) -> None:  # noqa: ARG001  # one choice
    """Serve the registry over HTTP until SIGTERM or SIGINT."""
    run(surroundings.settings(host=host, port=port))


def run(settings: Settings) -> None:
    """Serves with these settings. Raises ClickException where it must not."""
    logs.configure(settings.log_level)
    allow_connections()
    with surroundings.told():
        # Before anything is started: what would be refused is refused at once.
        surroundings.issuers(settings)
        load_witnesses(settings.witnesses)
        with surroundings.databases(settings) as databases:
            if settings.embedded:
                # 26 MB that no process of a configured database needs
                from service import migrate  # noqa: PLC0415

                migrate.prepare(databases.dsn(Role.OWNER))
            _listen(settings, databases)


def _listen(settings: Settings, databases: Databases) -> None:
    refused: list[str] = []

    def refuse(reasons: Sequence[str]) -> None:
        refused.extend(reasons)
        server.stop(1)

    tracing = Tracing.of(settings.traces)
    engine = engine_of(settings, databases, tracing.hop)
    agencies = RegistryAgencies()
    denials = DenialWatch(lambda: databases.dsn(Role.SERVICE))
    verifier = TokenVerifier(IssuerSet({}), agencies, denials=denials)
    key_sets = KeySets(verifier, KeySetFetcher(), Pace(refresh=settings.key_refresh))
    key_sets.replace_issuers(surroundings.issuers(settings))
    sources = Sources(
        database_url=databases.dsn(Role.SERVICE),
        issuers=lambda known: surroundings.issuers(settings, known),
        revive=databases.revive,
    )
    upkeep = Upkeep(engine, key_sets, agencies, sources, refuse)

    key = surroundings.ledger_key(settings)
    tree = TreeReader(lambda: databases.dsn(Role.SERVICE))
    cosigning = Cosigning(
        lambda: databases.dsn(Role.INTEGRATOR), load_witnesses(settings.witnesses)
    )
    integrating = _integrating(settings, databases, key, cosigning)
    following = Following(engine, lambda: databases.dsn(Role.SERVICE))
    standing = LedgerStanding(lambda: databases.dsn(Role.SERVICE), integrating)

    async def ready() -> bool:
        late = integrating is not None and integrating.late
        return denials.fresh and not late and await upkeep.ready()

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with key_sets.running(), upkeep.running(), denials.running(), following.running():
            if integrating is not None:
                cosigning.start()
                integrating.start()
            try:
                yield
            finally:
                if integrating is not None:
                    await asyncio.to_thread(integrating.stop)
                    await asyncio.to_thread(cosigning.stop)
                await tree.close()
                await standing.close()

    app = create_app(
        engine,
        verifier,
        limits=limits_of(settings),
        sdl=SDL_FILE.read_text(encoding="utf-8"),
        life=Life(upkeep.serving, ready, running, key_sets.learn, denials.caught_up),
        tracing=tracing,
        watched=Watched(engine.events, bounds_of(settings), Origins(settings.origins)),
        ledger=tree.reader(key.vkey, standing.now),
    )
    server = DoorServer(app, settings, lambda address: click.echo(f"listening on {address}"))
    try:
        listener = bind(settings.host, settings.port)
    except CannotListen as error:
        raise click.ClickException(str(error)) from None
    # Schema, types and code live as long as the process: a collector that walks them all at
    # every full collection would make requests wait for nothing.
    gc.collect()
    gc.freeze()
    with listener:
        server.run([listener])
    tracing.stop()
    if refused:
        raise click.ClickException("; ".join(refused))


def _integrating(
    settings: Settings, databases: Databases, key: Signer, beside: Beside
) -> Integrating | None:
    """The integrator of this process, where it is to have one."""
    if not settings.integrate or not (settings.embedded or settings.integrator_database_url):
        return None
    return Integrating(lambda: databases.dsn(Role.INTEGRATOR), key, beside)


def engine_of(settings: Settings, databases: Databases, hop: Hop = no_hop) -> Engine:
    """The engine of these settings, not started."""
    return Engine(
        graphql_schema(),
        catalog(),
        EngineSettings(
            dsn=lambda: databases.dsn(Role.SERVICE),
            cursor_key=surroundings.cursor_key(settings),
            connections=settings.connections,
            statement_timeout_ms=round(settings.statement_timeout * 1000),
            cost_limit=settings.cost_limit,
            hop=hop,
            prove=proofs.stories,
        ),
    )
