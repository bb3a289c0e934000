"""`saphan pull`: keeps a copy of what may be seen, and erases what may be seen no longer.

Takes the registry's address, a folder and a token, gives NDJSON files and a
report. Exit codes for cron: 0 fine, 1 refused or failed, 2 usage, 3 another
pull into the folder is running. Nothing is printed to anything but a terminal,
but the last line.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
import orjson

from service.options import format_option, token_option
from service.pulling.asking import PullRefused, Registry, address_of, is_one_word
from service.pulling.copying import AnotherPull
from service.pulling.pulling import Pulled, pull


class AnotherRuns(click.ClickException):
    """The folder is being pulled into: nothing is wrong, and nothing was done."""

    exit_code = 3


@click.command("pull")
@click.option("--url", envvar="SAPHAN_URL", help="The registry's address; or SAPHAN_URL.")
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    required=True,
    help="The folder of the copy.",
)
@click.option("--since", help="Begin after this cursor; left out: the one in the folder.")
@click.option("--start-over", is_flag=True, help="Pull everything anew.")
@click.option("--purpose", help="The purpose; may be left out where the token has one.")
@token_option
@format_option
def pull_command(
    url: str | None,
    out: str,
    since: str | None,
    start_over: bool,
    purpose: str | None,
    token: str | None,
    form: str,
) -> None:
    """Pull what may be seen into a folder and keep it up to date.

    One purpose to a folder. A run goes on where the last one stopped.
    """
    if not url:
        raise click.UsageError("an address is needed: --url or SAPHAN_URL")
    if not token:
        raise click.UsageError("a token is needed: --token or SAPHAN_TOKEN")
    if not out:
        raise click.UsageError("the folder of the copy is needed: --out is empty")
    if since is not None and start_over:
        raise click.UsageError("--since and --start-over exclude each other")
    for name, given in (("token", token), ("purpose", purpose), ("cursor of --since", since)):
        if given is not None and not is_one_word(given):
            raise click.UsageError(f"the {name} is no single word: is there a line break in it?")
    try:
        address_of(url)
    except PullRefused as error:
        raise click.UsageError(str(error)) from None
    registry = Registry(url, token, purpose)
    try:
        done = pull(registry, Path(out), since, over=start_over, said=_said)
    except AnotherPull as error:
        raise AnotherRuns(str(error)) from None
    except PullRefused as error:
        raise click.ClickException(str(error)) from None
    finally:
        registry.close()
    _print(done, form)


def _said(changes: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{changes:,} changes", err=True, nl=False)


def _print(done: Pulled, form: str) -> None:
    if sys.stderr.isatty():
        click.echo(err=True)
    if form == "json":
        found = {
            "changes": done.changes,
            "withdrawals": done.erased,
            "records": done.records,
            "remaining": done.remaining,
        }
        click.echo(orjson.dumps(found).decode())
        return
    click.echo(
        f"{done.changes} changes, {done.erased} of them withdrawals;"
        f" {done.remaining} withdrawals not acknowledged"
    )
