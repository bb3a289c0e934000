"""The whole ledger of a database kept aside, so that what was done to it can be undone.

Takes the connection string of its superuser, who passes every trigger and wall,
gives `Keeping`. That is also how an attacker with all rights goes to work, or
somebody who starts a copy of the database of yesterday.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

TABLES = (
    "access_record",
    "access_leaf",
    "leaf_position",
    "tile_hash",
    "checkpoint",
    "cosignature",
)


@dataclass(frozen=True, slots=True)
class Keeping:
    """One database."""

    dsn: str

    @contextmanager
    def god(self) -> Iterator[psycopg.Connection[Any]]:
        """The superuser past every trigger; commits each statement."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("set session_replication_role = replica")
            yield connection

    def run(self, *statements: str, **values: object) -> None:
        """As such."""
        with self.god() as connection:
            for statement in statements:
                connection.execute(statement.encode(), values)

    def keep(self, name: str) -> None:
        """Keep the ledger as it is now under a name."""
        with self.god() as connection:
            connection.execute(sql.SQL("create schema {}").format(sql.Identifier(name)))
            for table in TABLES:
                connection.execute(
                    sql.SQL("create table {} as table {}").format(
                        sql.Identifier(name, table), sql.Identifier("ledger", table)
                    )
                )

    def restore(self, name: str) -> None:
        """Have it again as it was."""
        with self.god() as connection, connection.transaction():
            for table in TABLES:
                there, kept = sql.Identifier("ledger", table), sql.Identifier(name, table)
                connection.execute(sql.SQL("delete from {}").format(there))
                connection.execute(sql.SQL("insert into {} table {}").format(there, kept))

    def fingerprint(self, name: str = "ledger") -> dict[str, tuple[int, str]]:
        """Rows and a hash over them, for each table."""
        found = {}
        with self.god() as connection:
            for table in TABLES:
                row = connection.execute(
                    sql.SQL(
                        "select count(*), md5(coalesce(string_agg(t::text, '|' order by t::text),"
                        " '')) from {} t"
                    ).format(sql.Identifier(name, table))
                ).fetchone()
                assert row is not None
                found[table] = (int(row[0]), str(row[1]))
        return found
