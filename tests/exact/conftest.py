"""One registry for the whole folder, with the shipped protocols in force and people in it."""

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
from tests.exact.ground import Ground, furnish


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    server = os.environ["SAPHAN_TEST_DSN"]
    name = f"exact_{uuid.uuid4().hex[:12]}"
    owner = migrate.create_database(server, name)
    with psycopg.connect(owner) as connection:
        ratify_shipped(connection)
    made = furnish(Registry(owner, make_conninfo(owner, user="saphan_service")))
    try:
        yield made
    finally:
        made.close()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )
