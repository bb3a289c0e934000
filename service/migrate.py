"""Migrations from Python: bring a database up, take it down, say where it stands.

Takes a libpq connection string (URI or `key=value`) of a role that may create
schemas, in the first run roles too. Promises that two processes migrating the
same database at once take turns, that a migration is wholly done or not at all,
and that `upgrade` leaves the reference data loaded. `prepare` is what production
runs: it also proposes the shipped protocols. Nothing is ratified here: that
takes people.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any, Final, LiteralString

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from service import proposals, reference

_LOCK: LiteralString = "select pg_advisory_xact_lock(7310891284)"
_LOCK_WAIT: LiteralString = "set local lock_timeout = '10min'"
_MONTHS: LiteralString = "select ledger.add_months(clock_timestamp(), %s)"
MONTHS_AHEAD: Final = 13
"""For which the ledger has partitions; what comes later goes into one for the rest."""


@contextmanager
def _alone(url: str) -> Iterator[Connection]:
    """A connection in one transaction that holds the migrations' lock until it ends."""
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(_LOCK_WAIT)
        connection.exec_driver_sql(_LOCK)
        yield connection


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("the migrations' connection is not one of psycopg")
    return driver


def _bring_up(connection: Connection, revision: str) -> None:
    command.upgrade(_config(connection), revision)
    reference.load(_driver(connection))


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to `revision`, then load what is missing of the reference data."""
    with _alone(url) as connection:
        _bring_up(connection, revision)


def prepare(url: str) -> int:
    """What `saphan migrate` does: bring the database up, make room for the ledger of the months to
    come, and propose the shipped protocols.

    The number of protocol versions that were new.
    """
    with _alone(url) as connection:
        _bring_up(connection, "head")
        _driver(connection).execute(_MONTHS, (MONTHS_AHEAD,))
        return proposals.propose_shipped(_driver(connection))


def downgrade(url: str, revision: str = "base") -> None:
    """Take the database back to `revision`; `base` drops everything but the roles."""
    with _alone(url) as connection:
        command.downgrade(_config(connection), revision)


def current(url: str) -> str | None:
    """The revision the database stands at; None where none was ever run."""
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool
    )
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def create_database(server: str, name: str) -> str:
    """Make the database `name` on `server` if absent, bring it up, return its connection string."""
    with psycopg.connect(server, autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", (name,))
        if known.fetchone() is None:
            connection.execute(
                sql.SQL("create database {} template template0 encoding 'UTF8'").format(
                    sql.Identifier(name)
                )
            )
    url = make_conninfo(server, dbname=name)
    upgrade(url)
    return url
