"""Beside the integrator: a thread for each configured witness, which asks it to cosign.

Takes the integrator's database and the witnesses, gives `Cosigning`, which works
only while this process leads. Each witness has a thread and a connection of its
own, so that one that is slow or dead delays neither the tree nor the others. A
new checkpoint is sent at once; a witness that did not cosign is asked again
after a while that grows to `LONGEST` seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, Final

import psycopg

from service import logs
from service.ledger.asking_witness import SECONDS, Asker, NotCosigned
from service.ledger.running import ALIVE, LOOK
from service.ledger.witnesses import Witness, declare

LONGEST: Final = 15.0
"""Seconds between two questions to a witness that is away: well within the time after which it
counts as behind.
"""

_STOP: Final = 2.0


class Cosigning:
    """The integrator calls `leading`, `placed` and `over`: `service.ledger.running.Beside`."""

    def __init__(
        self, dsn: Callable[[], str], witnesses: Sequence[Witness], seconds: float = SECONDS
    ) -> None:
        self._dsn = dsn
        self._witnesses = witnesses
        self._seconds = seconds
        self._leads = threading.Event()
        self._ends = threading.Event()
        self._fresh = [threading.Event() for _ in witnesses]
        self._threads = [
            threading.Thread(target=self._run, args=(witness, fresh), name="cosigning", daemon=True)
            for witness, fresh in zip(witnesses, self._fresh, strict=True)
        ]

    def start(self) -> None:
        """Begin to wait for being asked to lead; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End within `_STOP` seconds. A thread that waits for its witness then is left behind: what
        it may still write is a cosignature.
        """
        self._ends.set()
        self.over()
        end = time.monotonic() + _STOP
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def leading(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Write down which witnesses there are, and begin to ask them. Raises psycopg.Error."""
        declare(connection, self._witnesses)
        self._leads.set()
        self.placed()

    def placed(self) -> None:
        """There is a new checkpoint."""
        for fresh in self._fresh:
            fresh.set()

    def over(self) -> None:
        """Ask no more."""
        self._leads.clear()
        self.placed()

    def _works(self) -> bool:
        return self._leads.is_set() and not self._ends.is_set()

    def _run(self, witness: Witness, fresh: threading.Event) -> None:
        told = ""
        while not self._ends.is_set():
            fresh.wait(LOOK)
            fresh.clear()
            if not self._works():
                continue
            try:
                with (
                    closing(Asker(witness, self._seconds)) as asker,
                    psycopg.connect(
                        self._dsn(), autocommit=True, application_name="saphan witness", **ALIVE
                    ) as connection,
                ):
                    told = ""
                    self._work(asker, connection, fresh)
            except Exception as error:  # noqa: BLE001  # whatever it is, the next try may do better
                if type(error).__name__ != told:
                    told = type(error).__name__
                    at = logs.origin(error)
                    logs.logger().error("witnesses are not asked", error=told, at=at)
                self._ends.wait(LOOK)

    def _work(
        self,
        asker: Asker,
        connection: psycopg.Connection[tuple[Any, ...]],
        fresh: threading.Event,
    ) -> None:
        told, pause, name = "", LOOK, asker.witness.verifier.name
        while self._works():
            fresh.clear()
            try:
                asker.ask(connection)
            except NotCosigned as reason:
                if str(reason) != told:
                    told = str(reason)
                    log = logs.logger().error if reason.alarming else logs.logger().warning
                    log("a witness does not cosign", witness=name, reason=told)
                self._ends.wait(pause)
                pause = min(2 * pause, LONGEST)
                continue
            if told:
                logs.logger().info("a witness cosigns again", witness=name)
            told, pause = "", LOOK
            fresh.wait(LOOK)


def ask_each_once(dsn: str, witnesses: Sequence[Witness]) -> int:
    """How many of them have cosigned the newest checkpoint, each asked once, one after the other.

    Raises psycopg.Error.
    """
    signed = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        declare(connection, witnesses)
        for witness in witnesses:
            with closing(Asker(witness)) as asker:
                try:
                    signed += asker.ask(connection)
                except NotCosigned as reason:
                    name, said = witness.verifier.name, str(reason)
                    logs.logger().warning("a witness does not cosign", witness=name, reason=said)
    return signed
