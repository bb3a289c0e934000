"""`saphan ledger key`: the key by which a registry signs its ledger.

Takes the log's name and a path, makes a file with its private key and prints the
public half, which auditors and witnesses are to be given on paper. Exit codes: 0
made, 1 refused, 2 usage.
"""

from __future__ import annotations

from pathlib import Path

import click

from service.ledger.keyfile import KeyUnusable, make_log_key


@click.command("key")
@click.argument("origin")
@click.argument("file", type=click.Path(path_type=Path))
def key(origin: str, file: Path) -> None:
    """Make the key of a log called ORIGIN (registry.example/saphan) in FILE, for SAPHAN_LEDGER_KEY.

    A log keeps its key: checkpoints under one name by two keys are two logs.
    """
    try:
        made = make_log_key(origin, file)
    except KeyUnusable as error:
        raise click.ClickException(str(error)) from None
    click.echo(made.vkey)
