"""`saphan schema print`: the SDL, as a router or as a client needs it."""

from __future__ import annotations

import click

SUBGRAPH = "registry"


@click.group("schema", help="The GraphQL schema.")
def schema() -> None:
    """Only holds its subcommands."""


@schema.command("print")
@click.option("--api", is_flag=True, help="Without federation machinery, as clients see it.")
@click.option(
    "--subgraph",
    type=click.Choice([SUBGRAPH]),
    default=SUBGRAPH,
    show_default=True,
    help="Which subgraph to print.",
)
def print_command(api: bool, subgraph: str) -> None:  # noqa: ARG001  # click passes flags so
    """Print the schema on standard output."""
    from schema.sdl import print_api_sdl, print_sdl  # noqa: PLC0415  # seconds that --help can save

    click.echo((print_api_sdl() if api else print_sdl()).rstrip("\n"))
