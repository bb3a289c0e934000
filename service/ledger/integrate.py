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
from service.ledger.cosigning import Cosigning, ask_each_once
from service.ledger.running import Integrating
from service.ledger.witnesses import load_witnesses
from service.surroundings import Role


@click.command("integrate")
@click.option("--once", is_flag=True, help="Place what is there and end.")
def integrate(once: bool) -> None:
    """Put new leaves into the tree and sign checkpoints over it."""
    settings = surroundings.settings()
    logs.configure(settings.log_level)
    with surroundings.told():
        witnesses = load_witnesses(settings.witnesses)
    with surroundings.told(), surroundings.databases(settings) as databases:
        signer = surroundings.ledger_key(settings)
        if once:
            dsn = databases.dsn(Role.INTEGRATOR)
            said = f"{place_all(dsn, signer)} leaves in the tree"
            if witnesses:
                said += f", cosigned by {ask_each_once(dsn, witnesses)} of {len(witnesses)}"
            click.echo(said)
            return
        cosigning = Cosigning(lambda: databases.dsn(Role.INTEGRATOR), witnesses)
        running = Integrating(lambda: databases.dsn(Role.INTEGRATOR), signer, cosigning)
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        cosigning.start()
        running.start()
        click.echo(f"integrating as {signer.vkey}")
        over.wait()
        running.stop()
        cosigning.stop()


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
