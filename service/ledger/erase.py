"""`saphan ledger erase`: let contents go whose time is over, and keep every proof.

Takes who says so and why, erases as the owner of the database what no protocol
keeps any longer, prints the acts. Exit codes: 0 fine, also where nothing is due;
1 refused; 2 usage.
"""

from __future__ import annotations

import datetime as dt

import click
import psycopg

from service import surroundings
from service.ledger.erasing import BATCH, Erased, due, erase
from service.ledger.telling import print_json
from service.operators import Operator, OperatorRefused, country_of, operator_options
from service.options import format_option
from service.surroundings import Role


@click.command("erase")
@operator_options
@click.option("--dry-run", is_flag=True, help="Say what is due; erase nothing.")
@format_option
def erase_command(reason: str, agency: str, by: str, dry_run: bool, form: str) -> None:
    """Erase the contents of access records whose retention is over.

    Their places and hashes stay in the tree, so every proof still holds; an
    export names the act that erased each.
    """
    settings = surroundings.settings()
    operator = Operator(agency, by)
    with surroundings.told(), surroundings.databases(settings) as databases:
        try:
            with psycopg.connect(databases.dsn(Role.OWNER), autocommit=True) as connection:
                now = dt.datetime.now(dt.UTC)
                if dry_run:
                    country_of(connection, operator, reason)
                    done = _due(connection, now)
                else:
                    done = list(erase(connection, operator, reason, now))
        except OperatorRefused as refused:
            raise click.ClickException(str(refused)) from None
    _print(done, dry_run=dry_run, form=form)


def _due(connection: psycopg.Connection[tuple[object, ...]], now: dt.datetime) -> list[Erased]:
    leaves = due(connection, now, BATCH)
    return [Erased(len(leaves), leaves[0][2], leaves[-1][2], "")] if leaves else []


def _print(done: list[Erased], *, dry_run: bool, form: str) -> None:
    if form == "json":
        print_json(
            [
                {"leaves": e.leaves, "first": e.first, "last": e.last, "act": e.act or None}
                for e in done
            ]
        )
        return
    if not done:
        click.echo("nothing is due: every content is within its retention")
    for e in done:
        more = " or more" if dry_run and e.leaves == BATCH else ""
        said = "are due" if dry_run else f"erased by act {e.act}"
        click.echo(f"{e.leaves}{more} leaves from {e.first} to {e.last} {said}")
