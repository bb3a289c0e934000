"""All parts of a registry as processes of their own, each of which may be killed and started anew.

Takes a database that may be killed, a house and a nursery, gives `Parts`: a
service that integrates, an integrator beside it, a witness, and what the
database says of who leads.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psycopg
from psycopg.conninfo import make_conninfo

from ledger.cosignatures import CosignatureKey
from ledger.integrating import LOCK
from service.ledger.keyfile import make_key
from tests.door.test_serving import url_of
from tests.durability.conftest import House
from tests.durability.database import Database
from tests.durability.ground import Ground, becomes
from tests.durability.nursery import Nursery, Served
from tests.faults.asking import Load
from tests.integrating.trees import SIGNER

INTEGRATE = ("ledger", "integrate")
STILL_LEADS = 1.0
PATIENCE = 60.0
_HOLDER = "select pid from pg_locks where locktype = 'advisory' and objid = %s and granted"
_NEWEST = "select coalesce(max(size), -1) from ledger.checkpoint"
_COSIGNED = "select coalesce(max(size), -1) from ledger.cosignature"
_LEAVES = "select count(*) from ledger.access_leaf"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the processes are started with; the same before and after a kill."""

    nursery: Nursery
    settings: dict[str, str]
    witness: tuple[str, ...]
    key: CosignatureKey

    def serve(self) -> Served:
        """Serves, and integrates unless another does."""
        return self.nursery.start(**self.settings)

    def integrate(self) -> Served:
        """`saphan ledger integrate`."""
        return self.nursery.start(words=INTEGRATE, **self.settings)

    def observe(self) -> Served:
        """`saphan ledger witness serve`, always at the same address."""
        return self.nursery.start(words=self.witness)


@dataclass(slots=True)
class Parts:
    """The processes that run now."""

    plan: Plan
    ground: Ground
    database: Database
    service: Served
    integrator: Served
    witness: Served

    def ready(self) -> bool:
        """Whether the service says so."""
        try:
            return httpx2.get(f"{self.service.url}/readyz", timeout=30).status_code == 200
        except httpx2.HTTPError:
            return False

    def number(self, query: str, *values: object) -> int | None:
        """What the database answers with one number; None while it does not answer."""
        try:
            with psycopg.connect(self.ground.super, connect_timeout=10) as connection:
                row = connection.execute(query.encode(), values).fetchone()
        except psycopg.Error:
            return None
        return None if row is None else int(row[0])

    def leader(self) -> int | None:
        """The backend of the integrator that leads."""
        return self.number(_HOLDER, LOCK)

    def newest(self) -> int:
        """The size of the newest checkpoint; -1 where the database does not say."""
        found = self.number(_NEWEST)
        return -1 if found is None else found

    def settled(self) -> bool:
        """Whether every leaf is in the tree and the witness has cosigned all of it."""
        size = self.newest()
        return size >= 0 and size == self.number(_LEAVES) == self.number(_COSIGNED)

    def remembered(self) -> int:
        """The size that the witness says to have cosigned last; -1 for none."""
        origin = hashlib.sha256(SIGNER.name.encode()).hexdigest()
        answer = httpx2.get(f"{self.witness.url}/{origin}/checkpoint", timeout=30)
        return int(answer.text.split("\n")[1]) if answer.status_code == 200 else -1

    def kill_integrating(self, victim: str) -> float | None:
        """Kill `service` or `integrator`. Where it led: the seconds until the other one did."""
        before = self.leader()
        served: Served = getattr(self, victim)
        served.end(signal.SIGKILL)
        killed = time.monotonic()
        while (now := self.leader()) in {before, None}:
            waited = time.monotonic() - killed
            if now == before and waited > STILL_LEADS:
                return None
            assert waited < PATIENCE, "nobody leads"
            time.sleep(0.02)
        return time.monotonic() - killed

    def restart(self, victim: str) -> None:
        """Have it again."""
        if victim == "service":
            self.service = self.plan.serve()
        elif victim == "integrator":
            self.integrator = self.plan.integrate()
        elif victim == "witness":
            self.witness = self.plan.observe()
        else:
            self.database.revive()

    def strike_database(self, chance: random.Random) -> str:
        """One of its processes, its postmaster, or all of it; how it was struck."""
        blow = chance.choice(("one of its processes", "the postmaster", "all of it"))
        if blow == "one of its processes":
            # a session that has gone meanwhile is as good as none
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(self.database.processes()[1:]), signal.SIGKILL)
        elif blow == "the postmaster":
            self.database.behead(chance)
        else:
            self.database.kill(chance)
        return blow


@contextmanager
def assembled(
    nursery: Nursery, house: House, ground: Ground, database: Database, folder: Path, **more: str
) -> Iterator[Parts]:
    """All parts for the time of the block."""
    plan = planned(nursery, house, ground, folder, **more)
    witness = plan.observe()
    parts = Parts(plan, ground, database, plan.serve(), plan.integrate(), witness)
    try:
        yield parts
    finally:
        for served in (parts.service, parts.integrator, parts.witness):
            served.end()


def planned(nursery: Nursery, house: House, ground: Ground, folder: Path, **more: str) -> Plan:
    """Keys, the file of witnesses and the settings, below `folder`."""
    key = make_key("witness.test.example/kh", folder / "witness.key")
    log = folder / "ledger.key"
    log.write_text(SIGNER.skey)
    port = _free_port()
    (folder / "witnesses.toml").write_text(
        f'[[witness]]\nvkey = "{key.vkey}"\nurl = "http://127.0.0.1:{port}"\ncountry = "KH"\n'
    )
    settings = house.settings(
        ground.service,
        SAPHAN_INTEGRATOR_DATABASE_URL=url_of(
            make_conninfo(ground.super, user="saphan_integrator")
        ),
        SAPHAN_AUDITOR_DATABASE_URL=url_of(make_conninfo(ground.super, user="saphan_auditor")),
        SAPHAN_LEDGER_KEY=str(log),
        SAPHAN_WITNESSES=str(folder / "witnesses.toml"),
        SAPHAN_CONNECTIONS="4",
        **more,
    )
    words: tuple[str, ...] = ("ledger", "witness", "serve", "--key", str(folder / "witness.key"))
    words += ("--log", SIGNER.vkey, "--state", str(folder / "witness.state"), "--port", str(port))
    return Plan(nursery, settings, words, key)


def goes_on(parts: Parts, load: Load) -> None:
    """Wait until the service is ready, answers, and the tree grows by what it answered."""
    assert becomes(parts.ready, PATIENCE), "the service is not ready"
    answers, size = len(load.whole), parts.newest()
    assert becomes(lambda: len(load.whole) > answers + 3, PATIENCE), "nobody is answered"
    assert becomes(lambda: parts.newest() > size, PATIENCE), "the tree does not grow"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
