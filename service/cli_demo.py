"""`saphan demo`: loads invented people, walks the tour to its checked end, serves."""

from __future__ import annotations

import asyncio
import datetime as dt

import click
import psycopg
from rich.console import Console

from authz.caller import Caller
from authz.tokens import TokenVerifier
from service import cli_serve, migrate, surroundings, tour_pull
from service.demo_cases import SEED, load_cases, load_region
from service.devissuer import DevelopmentIssuer
from service.directory import RegistryAgencies
from service.settings import Settings
from service.stewards import ratify_shipped
from service.surroundings import Databases, Role
from service.tour import Tour, TourFailed
from service.tour_case import CallerOf, CaseTour
from service.tour_ledger import FOLDER, export_and_check, print_trace, trace_one

DESKS = ("TH-DATIP", "KH-MOSVY", "LA-MLSW")
AUDITORS = ("TH-AUDIT", "KH-AUDIT", "LA-AUDIT")
PULLS = "KH-MOSVY"
"""Whose system keeps a copy."""
CHECKS = "KH-AUDIT"
"""The auditor who traces, exports and checks at the end."""
WIDTH = 130


@click.command("demo")
@click.option("--once", is_flag=True, help="End after the tour instead of serving.")
def demo(once: bool) -> None:
    """Load invented people, ask one question as three countries, then serve."""
    settings = surroundings.settings()
    console = Console(width=WIDTH, soft_wrap=False)
    with surroundings.told(), surroundings.databases(settings) as databases:
        issuer = surroundings.development_issuer(settings)
        try:
            _tour(settings, databases, issuer, console)
        except TourFailed as failed:
            raise click.ClickException(str(failed)) from None
        if once:
            return
        for agency in DESKS:
            console.print(f"\n{agency}:", highlight=False)
            click.echo(issuer.mint(agency, ["FOCAL_POINT"], ["TRACING"], subject="you"))
        console.print(f"\nThe page to ask from: http://{settings.host}:{settings.port}/graphql\n")
        cli_serve.run(settings)


def _tour(
    settings: Settings, databases: Databases, issuer: DevelopmentIssuer, console: Console
) -> None:
    migrate.upgrade(databases.dsn(Role.OWNER))
    with psycopg.connect(databases.dsn(Role.OWNER)) as owner:
        ratify_shipped(owner)
        owner.commit()
        agencies = RegistryAgencies()
        agencies.read(owner)
        verifier = TokenVerifier(surroundings.issuers(settings, agencies.codes), agencies)

        def caller(agency: str, role: str, purpose: str) -> Caller:
            subject = f"{role.lower()} of {agency}"
            return verifier.verify(issuer.mint(agency, [role], [purpose], subject=subject))

        desks = {agency: caller(agency, "FOCAL_POINT", "TRACING") for agency in DESKS}
        auditors = {agency[:2]: caller(agency, "AUDITOR", "AUDIT") for agency in AUDITORS}
        people = load_region(owner, dt.datetime.now(dt.UTC).date())
        with psycopg.connect(databases.dsn(Role.SERVICE), autocommit=True) as service:
            rows, moved = load_cases(owner, service, desks)
    if people:
        console.print(f"A year in the region: {people} invented people, seed {SEED}.")
    console.print(f"{rows} invented people from three HTCDS workbooks; {moved} cases moved on.")
    asyncio.run(_walk(settings, databases, desks, auditors, console))

    def official(agency: str, role: str, purpose: str, unit: str) -> Caller:
        subject = f"{role.lower()} of {agency}, {purpose.lower()}"
        return verifier.verify(issuer.mint(agency, [role], [purpose], unit=unit, subject=subject))

    system = issuer.mint(PULLS, ["FOCAL_POINT"], ["TRACING"], client="desk-system", subject=PULLS)
    asyncio.run(_work(settings, databases, official, system, console))
    token = issuer.mint(CHECKS, ["AUDITOR"], ["AUDIT"], subject=auditors[CHECKS[:2]].subject)
    export_and_check(settings, databases, token, CHECKS, console)


async def _work(
    settings: Settings, databases: Databases, official: CallerOf, system: str, console: Console
) -> None:
    engine = cli_serve.engine_of(settings, databases)
    await engine.start()
    try:
        walking = CaseTour(Tour(engine, console), official, console)
        now = dt.datetime.now(dt.UTC)
        await walking.walk(now)
        console.rule(f"Two pulls of {PULLS}, with a withdrawal between them")
        with tour_pull.serving() as url:
            copy = tour_pull.Copy(url, system, settings.folder / FOLDER / f"pull-{PULLS}")
            case, victim = await walking.begin(now)
            await asyncio.to_thread(copy.pull)
            name = copy.name_of(victim)
            told = await walking.withdraw(case)
            await asyncio.to_thread(copy.pull)
        tour_pull.check(console, copy, victim, before=name)
        console.print(f"To be told to the person: {len(told)} times something had left before.")
    finally:
        await engine.stop()


async def _walk(
    settings: Settings,
    databases: Databases,
    desks: dict[str, Caller],
    auditors: dict[str, Caller],
    console: Console,
) -> None:
    engine = cli_serve.engine_of(settings, databases)
    await engine.start()
    try:
        victim = await Tour(engine, console).walk(desks, auditors)
        auditor = auditors[CHECKS[:2]]
        found, page = await trace_one(engine, databases, auditor, victim, settings)
    finally:
        await engine.stop()
    print_trace(console, CHECKS, found, page)
