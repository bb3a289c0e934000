"""One registry for the whole folder, with the shipped protocols in force and no case in it."""

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
from tests.judges.trial import Court

PROTOCOLS = Path(__file__).resolve().parents[2] / "protocols"


@pytest.fixture(scope="session")
def _registry() -> Iterator[tuple[Registry, str]]:
    server = os.environ["SAPHAN_TEST_DSN"]
    name = f"judges_{uuid.uuid4().hex[:12]}"
    owner = migrate.create_database(server, name)
    with psycopg.connect(owner) as connection:
        ratify_shipped(connection, PROTOCOLS)
    registry = Registry(owner, make_conninfo(owner, user="saphan_service"))
    try:
        yield registry, make_conninfo(server, dbname=name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


@pytest.fixture
def court(_registry: tuple[Registry, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Court]:
    registry, superuser = _registry
    made = Court.open(registry, superuser, monkeypatch)
    try:
        yield made
    finally:
        made.close()
