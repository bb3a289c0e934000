"""The registry that the durability tests stand on, and what may be asked of its database directly.

Takes a server's connection string, gives `Ground`: the people in it, what its
ledger holds by operation name, and what the service's connections are doing.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service import migrate
from service.stewards import ratify_shipped
from tests.durability.people import Sight, settle

_WRITTEN: LiteralString = (
    "select r.operation_name, r.id::text, r.outcome, l.body from ledger.access_record r"
    " left join ledger.access_leaf l on l.record_id = r.id where r.operation_name = any(%s)"
)
_ACTIVITY: LiteralString = (
    "select pid, coalesce(state, ''), coalesce(wait_event_type, '') from pg_stat_activity"
    " where usename = 'saphan_service' and datname = %s and pid <> pg_backend_pid()"
)
RECORDED: LiteralString = "select from ledger.access_record where operation_name = %s"


@dataclass(frozen=True, slots=True)
class Written:
    """The committed records of one operation name."""

    ids: frozenset[str]
    outcomes: frozenset[str]
    shown: frozenset[Sight]


NOTHING = Written(frozenset(), frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Backend:
    """One connection of the service, as PostgreSQL sees it."""

    pid: int
    state: str
    waits_for: str


@dataclass(frozen=True, slots=True)
class Ground:
    """A database of people. `super` is the server's superuser in it."""

    super: str
    name: str
    people: tuple[str, ...]

    @property
    def service(self) -> str:
        """The connection string of the service's role."""
        return make_conninfo(self.super, user="saphan_service")

    def connect(self) -> psycopg.Connection[Any]:
        """As superuser, committing each statement."""
        return psycopg.connect(self.super, autocommit=True)

    def run(self, *statements: LiteralString) -> None:
        """As superuser, one after the other."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)

    def run_with(self, statement: LiteralString, value: str) -> None:
        """As superuser, with one parameter."""
        with self.connect() as connection:
            connection.execute(statement, (value,))

    def written(self, names: Iterable[str]) -> dict[str, Written]:
        """What the ledger holds of these operations; a name without a record is absent."""
        with self.connect() as connection:
            rows = connection.execute(_WRITTEN, (list(names),)).fetchall()
        found: dict[str, Written] = {}
        for name, identifier, outcome, body in rows:
            before = found.get(name, NOTHING)
            found[name] = Written(
                before.ids | {identifier}, before.outcomes | {outcome}, before.shown | _shown(body)
            )
        return found

    def backends(self, *states: str) -> list[Backend]:
        """The service's connections, those in `states` if any are named."""
        with self.connect() as connection:
            rows = connection.execute(_ACTIVITY, (self.name,)).fetchall()
        return [Backend(*row) for row in rows if not states or row[1] in states]

    def busy(self) -> list[Backend]:
        """Connections that run a statement or hold a transaction open."""
        return [each for each in self.backends() if each.state not in {"idle", ""}]

    def waiting(self) -> list[Backend]:
        """Connections whose statement waits for a lock."""
        return [each for each in self.backends("active") if each.waits_for == "Lock"]

    @contextmanager
    def locked(self, table: LiteralString = "registry.victim") -> Iterator[None]:
        """Nobody reads or writes `table` while the block runs: every statement on it waits."""
        with psycopg.connect(self.super) as connection:
            connection.execute(
                sql.SQL("lock table {} in access exclusive mode").format(sql.SQL(table))
            )
            yield
            connection.rollback()


def peopled(owner: str) -> Ground:
    """People in a database that was brought up, with the shipped protocols in force."""
    with psycopg.connect(owner) as connection:
        ratify_shipped(connection)  # nothing, where they are
        people = settle(connection)
        # for the tests alone, which look records up by the operation's name thousands of times
        connection.execute("create index on ledger.access_record (operation_name)")
        return Ground(owner, connection.info.dbname, people)


@contextmanager
def made(server: str) -> Iterator[Ground]:
    """A database of its own on `server`, dropped at the end of the block."""
    name = f"durability_{uuid.uuid4().hex[:12]}"
    owner = migrate.create_database(server, name)
    yield peopled(owner)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def becomes(true: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    """Whether `true` comes to hold in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def _shown(body: str | None) -> frozenset[Sight]:
    if body is None:
        return frozenset()
    return frozenset(
        (record, field)
        for entry in json.loads(body)["disclosures"]
        for record in entry["records"]
        for field in entry["fields"]
    )
