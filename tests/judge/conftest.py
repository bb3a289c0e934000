"""One database with one engine for the module."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service import migrate
from tests.judge.ground import Ground


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    server = os.environ["SAPHAN_TEST_DSN"]
    name = f"judge_{uuid.uuid4().hex[:12]}"
    owner = migrate.create_database(server, name)
    service = make_conninfo(owner, user="saphan_service")
    try:
        with asyncio.Runner() as runner, psycopg.connect(owner, autocommit=True) as superuser:
            made = Ground(superuser, service, runner)
            yield made
            made.close()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )
