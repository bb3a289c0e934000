"""`saphan ledger integrate`: the integrator alone, for those who keep it apart from `serve`.

Takes settings, places leaves until SIGTERM or SIGINT, or with `--once` those that
are there now. Exit codes: 0 ended as asked, 1 the tree contradicts itself or the
database refuses, 2 usage.
"""

from __future__ import annotations

import signal
import threading

import click
import psycopg

from ledger.integrating import Integrator, LedgerBroken
from ledger.notes import Signer
from service import logs, surroundings
from service.ledger.running import Integrating
from service.surroundings import Role


@click.command("integrate")
@click.option("--once", is_flag=True, help="Place what is there and end.")
def integrate(once: bool) -> None:
    """Put new leaves into the tree and sign checkpoints over it."""
    settings = surroundings.settings()
    logs.configure(settings.log_level)
    with surroundings.told(), surroundings.databases(settings) as databases:
        signer = surroundings.ledger_key(settings)
        if once:
            click.echo(f"{place_all(databases.dsn(Role.INTEGRATOR), signer)} leaves in the tree")
            return
        running = Integrating(lambda: databases.dsn(Role.INTEGRATOR), signer)
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        running.start()
        click.echo(f"integrating as {signer.vkey}")
        over.wait()
        running.stop()


def place_all(dsn: str, signer: Signer, patience: float = 10) -> int:
    """Place every leaf that is there, waiting `patience` seconds for another integrator to end;
    gives the tree's size. Raises ClickException.
    """
    pause = threading.Event()
    with psycopg.connect(dsn, autocommit=True) as connection:
        integrator = Integrator(connection, signer)
        while not integrator.lead():
            patience -= 0.1
            if patience < 0:
                raise click.ClickException("another integrator is at work")
            pause.wait(0.1)
        try:
            step = integrator.step()
            while step.more:
                step = integrator.step()
        except LedgerBroken as error:
            raise click.ClickException(str(error)) from None
        return step.size
