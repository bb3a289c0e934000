"""A migrated registry with the shipped protocols ratified, one for the module."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service import migrate
from service.stewards import ratify_shipped
from tests.compiler.registry import Registry

PROTOCOLS = Path(__file__).resolve().parents[2] / "protocols"


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    server = os.environ["SAPHAN_TEST_DSN"]
    name = f"compiler_{uuid.uuid4().hex[:12]}"
    owner = migrate.create_database(server, name)
    with psycopg.connect(owner) as connection:
        ratify_shipped(connection, PROTOCOLS)
    try:
        yield Registry(owner, make_conninfo(owner, user="saphan_service"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )
