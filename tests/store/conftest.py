"""A database of its own for these tests, on the server that `SAPHAN_TEST_DSN` names."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service.context import work_for
from tests import templates
from tests.store.rows import Rows


@contextmanager
def _database(server: str) -> Iterator[str]:
    name = f"store_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template template0 encoding 'UTF8'").format(
                sql.Identifier(name)
            )
        )
        try:
            yield make_conninfo(server, dbname=name)
        finally:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


@pytest.fixture(scope="session")
def server_dsn() -> str:
    return os.environ["SAPHAN_TEST_DSN"]


@pytest.fixture
def empty_dsn(server_dsn: str) -> Iterator[str]:
    with _database(server_dsn) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def owner_dsn(server_dsn: str) -> Iterator[str]:
    with templates.copied(templates.migrated(), "store") as dsn:
        yield dsn


@pytest.fixture
def rows(owner_dsn: str) -> Iterator[Rows]:
    """The registry as its owner, in a transaction that is always taken back."""
    with psycopg.connect(owner_dsn) as connection:
        yield Rows.in_transaction(connection)
        connection.rollback()


@pytest.fixture
def service(owner_dsn: str) -> Iterator[Rows]:
    """The same as the role `saphan_service`, working for TH-DATIP."""
    with psycopg.connect(make_conninfo(owner_dsn, user="saphan_service")) as connection:
        work_for(connection, "TH-DATIP", "TH")
        yield Rows.in_transaction(connection)
        connection.rollback()
