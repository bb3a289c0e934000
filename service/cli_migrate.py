"""`saphan migrate`: the database brought up to date, reference data and proposals included."""

from __future__ import annotations

import json

import click
from sqlalchemy.exc import DBAPIError

from service import migrate as migrations
from service import surroundings
from service.options import format_option
from service.surroundings import Role


@click.command("migrate")
@format_option
def migrate(form: str) -> None:
    """Bring the database of SAPHAN_OWNER_DATABASE_URL, or the embedded one, up to date.

    Loads the reference data and proposes the protocols that come with saphan;
    none of them takes effect before people of each party have ratified it.
    """
    settings = surroundings.settings()
    with surroundings.told(), surroundings.databases(settings) as databases:
        url = databases.dsn(Role.OWNER)
        try:
            proposed = migrations.prepare(url)
            revision = migrations.current(url)
        except DBAPIError as error:
            # `told` knows the driver's errors; SQLAlchemy hides them in its own.
            raise (error.orig or error) from None
    if form == "json":
        click.echo(json.dumps({"revision": revision, "protocolsProposed": proposed}))
        return
    click.echo(f"the database is at revision {revision}; protocol versions proposed: {proposed}")
