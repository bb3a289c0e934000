"""One registry for all situations, the shipped protocols in force; and the question asked of it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service import migrate
from service.stewards import ratify_shipped
from tests.compiler.registry import Registry
from tests.refusals.asking import Ask


@contextmanager
def _fresh() -> Iterator[Ask]:
    server, name = os.environ["SAPHAN_TEST_DSN"], f"refusals_{uuid.uuid4().hex[:12]}"
    owner = migrate.create_database(server, name)
    with psycopg.connect(owner) as connection:
        ratify_shipped(connection)
    asking = Ask(Registry(owner, make_conninfo(owner, user="saphan_service")))
    try:
        yield asking
    finally:
        asking.close()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


@pytest.fixture(scope="session")
def ask() -> Iterator[Ask]:
    with _fresh() as made:
        yield made


@pytest.fixture
def ask_alone() -> Iterator[Ask]:
    """Over a registry of its own, for a test that changes the law."""
    with _fresh() as made:
        yield made
