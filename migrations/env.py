"""Alembic's environment: one connection, one transaction, short waits.

Takes the connection that `service.migrate` hands over, or opens one from
`-x url=...` or `SAPHAN_OWNER_DATABASE_URL` where Alembic's own command is used.
Promises that no migration waits long for a lock that readers hold.
"""

from __future__ import annotations

import os

import psycopg
from alembic import context
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from schema.tables import metadata

LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "5min"


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, include_schemas=True)
    with context.begin_transaction():
        connection.exec_driver_sql(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
        connection.exec_driver_sql(f"set local statement_timeout = '{STATEMENT_TIMEOUT}'")
        context.run_migrations()


def _run() -> None:
    given = context.config.attributes.get("connection")
    if isinstance(given, Connection):
        _migrate(given)
        return
    url = context.get_x_argument(as_dictionary=True).get("url") or os.environ.get(
        "SAPHAN_OWNER_DATABASE_URL"
    )
    if not url:
        raise SystemExit("error: give `-x url=...` or set SAPHAN_OWNER_DATABASE_URL")
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool
    )
    with engine.begin() as connection:
        _migrate(connection)


_run()
