"""`saphan token`: a signed access token for development, alone on standard output."""

from __future__ import annotations

import click

from service import surroundings
from service.devissuer import DEFAULT_LIFETIME, MAX_LIFETIME


@click.command("token")
@click.option("--agency", required=True, metavar="CODE", help="The agency that the token names.")
@click.option("--role", "roles", multiple=True, required=True, metavar="ROLE", help="Repeatable.")
@click.option("--purpose", "purposes", multiple=True, metavar="PURPOSE", help="Repeatable.")
@click.option("--unit", default="", metavar="CODE", help="The caller's unit of that agency.")
@click.option(
    "--case", "cases", multiple=True, metavar="ID", help="Narrows to these cases. Repeatable."
)
@click.option("--subject", default="developer", show_default=True, help="Who the caller is.")
@click.option(
    "--expires-in",
    "lifetime",
    type=click.IntRange(1, MAX_LIFETIME),
    default=DEFAULT_LIFETIME,
    show_default=True,
    metavar="SECONDS",
    help=f"How long it is good, at most {MAX_LIFETIME}.",
)
def token(
    agency: str,
    roles: tuple[str, ...],
    purposes: tuple[str, ...],
    unit: str,
    cases: tuple[str, ...],
    subject: str,
    lifetime: int,
) -> None:
    """Sign a token of the development issuer. Refused where none is configured."""
    settings = surroundings.settings()
    with surroundings.told():
        issuer = surroundings.development_issuer(settings)
        text = issuer.mint(
            agency,
            roles,
            purposes,
            unit=unit,
            cases=cases or None,
            subject=subject,
            lifetime=lifetime,
        )
    click.echo(text)
