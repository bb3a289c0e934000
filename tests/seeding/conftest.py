"""One simulated region for the tests that only read it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from service import migrate
from service.seeding import fill
from service.stewards import ratify_shipped
from tests.seeding.region import PEOPLE, SEED, UNTIL, Registry


@pytest.fixture(scope="module")
def region() -> Iterator[Registry]:
    """A registry as its owner sees it, which nothing changes."""
    server, name = os.environ["SAPHAN_TEST_DSN"], f"past_{uuid.uuid4().hex[:12]}"
    owner = migrate.create_database(server, name)
    with psycopg.connect(owner) as connection:
        ratify_shipped(connection)
        fill(connection, PEOPLE, SEED, UNTIL)
    try:
        with psycopg.connect(owner) as connection:
            yield connection
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )
