"""One registry with the golden people for all cases."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service import migrate
from service.stewards import ratify_shipped
from tests.compiler.registry import Registry
from tests.golden.people import settle


@pytest.fixture(scope="session")
def golden_registry() -> Iterator[Registry]:
    server, name = os.environ["SAPHAN_TEST_DSN"], f"golden_{uuid.uuid4().hex[:12]}"
    owner = migrate.create_database(server, name)
    with psycopg.connect(owner) as connection:
        ratify_shipped(connection)
        settle(connection)
    try:
        yield Registry(owner, make_conninfo(owner, user="saphan_service"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )
