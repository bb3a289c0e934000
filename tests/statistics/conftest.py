"""A migrated registry with the shipped protocols in force, one for all tests of statistics."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service import migrate
from service.stewards import ratify_shipped
from tests.compiler.registry import Registry


@pytest.fixture(scope="session")
def empty() -> Iterator[Registry]:
    """No case is in it."""
    server = os.environ["SAPHAN_TEST_DSN"]
    name = f"statistics_{uuid.uuid4().hex[:12]}"
    owner = migrate.create_database(server, name)
    with psycopg.connect(owner) as connection:
        ratify_shipped(connection)
    yield Registry(owner, make_conninfo(owner, user="saphan_service"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def owner(empty: Registry) -> Iterator[psycopg.Connection[Any]]:
    """Past every right, for worlds that are taken back."""
    with psycopg.connect(empty.owner, autocommit=True) as connection:
        yield connection
