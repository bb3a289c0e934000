"""A migrated database for those tests of tokens that need one, and a key set that can be served."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service import migrate


@pytest.fixture(scope="session")
def superuser_dsn() -> Iterator[str]:
    """As the test server's superuser."""
    server = os.environ["SAPHAN_TEST_DSN"]
    name = f"tokens_{uuid.uuid4().hex[:12]}"
    dsn = migrate.create_database(server, name)
    try:
        yield dsn
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


@pytest.fixture(scope="session")
def owner_dsn(superuser_dsn: str) -> str:
    return make_conninfo(superuser_dsn, user="saphan_owner")


@pytest.fixture(scope="session")
def service_dsn(superuser_dsn: str) -> str:
    return make_conninfo(superuser_dsn, user="saphan_service")
