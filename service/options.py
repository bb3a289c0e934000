"""Options that several commands have."""

from __future__ import annotations

import click

token_option = click.option("--token", envvar="SAPHAN_TOKEN", help="Access token; or SAPHAN_TOKEN.")
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="Text for people, or JSON.",
)
purpose_option = click.option("--purpose", help="The purpose; may be left out where there is one.")
