"""One registry with the demonstration in it, for each test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service import migrate
from tests.demo.showing import Shown, load


@pytest.fixture
def shown() -> Iterator[Shown]:
    server, name = os.environ["SAPHAN_TEST_DSN"], f"demo_{uuid.uuid4().hex[:12]}"
    owner = migrate.create_database(server, name)
    try:
        yield load(owner, make_conninfo(owner, user="saphan_service"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )
