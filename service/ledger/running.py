"""The integrator beside the requests: one thread that places new leaves and knows the lag.

Takes the integrator's database and the log's key, gives `Integrating`. Any number
of processes may run it: one of them works, the others look every second whether
it still does. A connection that fails is made anew; nothing here ends a process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final, LiteralString, Protocol

import psycopg

from ledger.integrating import Integrator, LedgerBroken
from ledger.notes import Signer
from service import logs

PAUSE: Final = 0.25
LOOK: Final = 1.0
LAG_LIMIT: Final = 5.0
"""Seconds; a registry that cannot prove what it showed longer than that is not ready."""

# Waiting is what has no place; looked for from the newest checkpoint's window on. What a clock that
# has stepped back since calls the future has waited no time yet.
_LAG: LiteralString = (
    "select greatest(coalesce(extract(epoch from clock_timestamp() - min(l.at)), 0), 0)::float8"
    " from ledger.access_leaf l where l.tx >= coalesce((select c.settled from ledger.checkpoint c"
    " order by c.size desc limit 1), '0') and l.body is not null"
    " and not exists (select from ledger.leaf_position p where p.record_id = l.record_id"
    " and p.pair = l.pair)"
)
# A line that died must not keep the lock from the others: the server lets go within seconds.
ALIVE: dict[str, Any] = {
    "tcp_user_timeout": 3000,
    "keepalives_idle": 1,
    "keepalives_interval": 1,
}


class Beside(Protocol):
    """What runs while this process leads; each call returns soon."""

    def leading(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """From now on; the integrator's own connection. Raises psycopg.Error."""

    def placed(self) -> None:
        """There is a new checkpoint."""

    def over(self) -> None:
        """No longer."""


class Integrating:
    """`lag` is the age in seconds of the oldest leaf without a place, None before it is known."""

    def __init__(
        self, dsn: Callable[[], str], signer: Signer, beside: Beside | None = None
    ) -> None:
        self._dsn = dsn
        self._signer = signer
        self._beside = beside
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="integrator", daemon=True)
        self._measured: tuple[float, float] | None = None
        self.leads = False

    @property
    def lag(self) -> float | None:
        """Seconds, grown by the time since it was measured where there was any."""
        if self._measured is None:
            return None
        lag, at = self._measured
        age = time.monotonic() - at
        return lag + age if lag or age > LOOK + PAUSE else 0.0

    @property
    def late(self) -> bool:
        """Whether what was shown cannot be proved within `LAG_LIMIT` seconds."""
        lag = self.lag
        return lag is not None and lag > LAG_LIMIT

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the step under way."""
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        told = ""
        while not self._stop.is_set():
            try:
                with psycopg.connect(
                    self._dsn(), autocommit=True, application_name="saphan integrator", **ALIVE
                ) as connection:
                    self._work(connection)
                told = ""
            except (psycopg.Error, LedgerBroken) as error:
                said = str(error) if isinstance(error, LedgerBroken) else type(error).__name__
                if said != told:
                    told = said
                    logs.logger().error("the ledger is not integrated", reason=said)
            finally:
                self.leads = False
                if self._beside is not None:
                    self._beside.over()
            self._stop.wait(LOOK)

    def _work(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        integrator = Integrator(connection, self._signer)
        while not self._stop.is_set():
            if self.leads or self._begins(integrator, connection):
                step = integrator.step()
                if step.placed and self._beside is not None:
                    self._beside.placed()
                if step.more:
                    continue
            row = connection.execute(_LAG).fetchone()
            self._measured = (row[0] if row else 0.0), time.monotonic()
            self._stop.wait(PAUSE if self.leads else LOOK)

    def _begins(
        self, integrator: Integrator, connection: psycopg.Connection[tuple[Any, ...]]
    ) -> bool:
        """Whether this process leads from now on, until its connection ends."""
        if not integrator.lead():
            return False
        if self._beside is not None:
            self._beside.leading(connection)
        self.leads = True
        return True
