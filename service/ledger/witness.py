"""`saphan ledger witness`: a process that a country runs beside no registry, with a key of its own.

`key` makes a key, `serve` cosigns with it until SIGTERM or SIGINT. Neither reads
a `SAPHAN_` setting or a database: all that a witness knows is its key, the
logs' public keys and one state file. Exit codes: 0 ended as asked, 1 key, state
or address cannot be used, 2 usage.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from ledger.notes import NoteRefused, Verifier
from ledger.witnessing import Rules
from service import logs
from service.http.listening import CannotListen, DoorServer, bind
from service.ledger.keyfile import KeyUnusable, make_key, read_key
from service.ledger.witness_http import WitnessDoor
from service.ledger.witness_memory import Memory, MemoryUnusable


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits of one connection, as those of the registry; seconds and bytes."""

    header_timeout: float = 10.0
    header_limit: int = 16_384
    idle_timeout: float = 60.0
    stop_timeout: float = 10.0
    message_limit: int = 0
    """None: a witness has no sockets."""


@click.group("witness")
def witness() -> None:
    """Cosign checkpoints for a country: what grows without a break, and nothing else."""


@witness.command("key")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def key(name: str, file: Path) -> None:
    """Make a key called NAME (witness.example/kh) in FILE, and print its public half."""
    try:
        made = make_key(name, file)
    except KeyUnusable as error:
        raise click.ClickException(str(error)) from None
    click.echo(made.vkey)


@witness.command("serve")
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path), required=True, help="Private key."
)
@click.option("--log", "vkeys", multiple=True, required=True, help="Public key of a log.")
@click.option("--state", type=click.Path(path_type=Path), required=True, help="What it remembers.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8010,
    show_default=True,
    help="0 takes a free one.",
)
def serve(key_file: Path, vkeys: tuple[str, ...], state: Path, host: str, port: int) -> None:
    """Cosign the checkpoints of the given logs, until SIGTERM or SIGINT."""
    try:
        known = [Verifier.parse(vkey) for vkey in vkeys]
    except NoteRefused as error:
        raise click.BadParameter(str(error), param_hint="--log") from None
    try:
        rules = Rules(read_key(key_file), known)
        door = WitnessDoor(rules, Memory.create(state))
        listener = bind(host, port)
    except NoteRefused as error:
        raise click.BadParameter(str(error), param_hint="--log") from None
    except (KeyUnusable, MemoryUnusable, CannotListen) as error:
        raise click.ClickException(str(error)) from None
    logs.configure("info")

    def announce(address: str) -> None:
        click.echo(f"listening on {address}")
        click.echo(f"cosigning as {rules.key.vkey}")

    server = DoorServer(door, Patience(), announce)
    with listener:
        server.run([listener])
