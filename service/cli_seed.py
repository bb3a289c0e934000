"""`saphan seed`: a registry full of invented people, the same for the same numbers."""

from __future__ import annotations

import datetime as dt
import json

import click
import psycopg
from rich.console import Console
from rich.progress import Progress
from sqlalchemy.exc import DBAPIError

from service import migrate, seeding, surroundings
from service.options import format_option
from service.seeding.loading import MOST
from service.seeding.report import Answer, report
from service.stewards import ratify_shipped
from service.surroundings import Role


@click.command("seed")
@click.option(
    "--victims", type=click.IntRange(1, MOST), required=True, help="How many people to invent."
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, others."
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day at whose start the cases stand; today where it is left out.",
)
@click.option(
    "--report", "reported", is_flag=True, help="Tell what it came to, each number with its query."
)
@format_option
def seed(victims: int, seed: int, until: dt.datetime | None, form: str, *, reported: bool) -> None:
    """Fill an empty registry with synthetic people, cases, consents and contacts.

    For development and benchmarks: a simulation of agencies that work cases
    along every edge of the machine, up to the given day. The shipped protocols
    are ratified by fictitious stewards, and the ledger says so. The same people,
    seed and day give the same rows everywhere.
    """
    settings = surroundings.settings()
    today = dt.datetime.now(dt.UTC).date()
    day = until.date() if until else today
    if day > today:
        raise click.BadParameter("the day has not begun yet", param_hint="--until")
    with surroundings.told(), surroundings.databases(settings) as databases:
        url = databases.dsn(Role.OWNER)
        try:
            migrate.upgrade(url)
        except DBAPIError as error:
            raise (error.orig or error) from None
        made = _fill(url, victims, seed, day)
        answers = _asked(url) if reported else ()
    if form == "json":
        told = {"seed": seed, "until": day.isoformat(), "rows": made.counts}
        if reported:
            told["report"] = [
                {"name": a.name, "query": a.query, "found": dict(a.found)} for a in answers
            ]
        click.echo(json.dumps(told))
        return
    parts = ", ".join(f"{count} {table}" for table, count in made.counts.items())
    click.echo(f"seed {seed} as of {day}: {parts}")
    for answer in answers:
        click.echo(f"\n{answer.name}\n  {answer.query};")
        for label, number in answer.found:
            click.echo(f"  {number:>9}  {label}")


def _asked(url: str) -> tuple[Answer, ...]:
    with psycopg.connect(url) as connection:
        return report(connection)


def _fill(url: str, victims: int, seed: int, day: dt.date) -> seeding.Seeded:
    console = Console(stderr=True)
    bar = Progress(console=console, transient=True, disable=not console.is_terminal)
    with psycopg.connect(url) as connection, bar:
        task = bar.add_task("people", total=victims)
        try:
            with connection.transaction():
                ratify_shipped(connection)
                made = seeding.fill(
                    connection, victims, seed, day, lambda count: bar.advance(task, count)
                )
        except seeding.AlreadyPeopled:
            raise click.ClickException(
                "the registry already holds people: seed fills an empty one"
            ) from None
        connection.commit()
        connection.autocommit = True
        connection.execute("analyze")
        return made
