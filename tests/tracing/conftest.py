"""A registry with the shipped protocols in force, people in it, and who asks; one for each test."""

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
from tests.tracing.house import House, furnish
from tests.tracing.scene import Scene, play
from tests.tracing.typing_at import Prompt


@pytest.fixture(scope="session")
def _template() -> Iterator[str]:
    """Made once and copied for each test: to migrate and to ratify takes ten times as long."""
    server = os.environ["SAPHAN_TEST_DSN"]
    name = f"tracing_{uuid.uuid4().hex[:12]}"
    owner = migrate.create_database(server, name)
    with psycopg.connect(owner) as connection:
        ratify_shipped(connection)
        connection.commit()
    yield name
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@contextmanager
def _copied(template: str) -> Iterator[House]:
    server = os.environ["SAPHAN_TEST_DSN"]
    name = f"tracing_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    owner = make_conninfo(server, dbname=name)
    made = furnish(Registry(owner, make_conninfo(owner, user="saphan_service")))
    try:
        yield made
    finally:
        made.close()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


@pytest.fixture
def house(_template: str) -> Iterator[House]:
    with _copied(_template) as made:
        yield made


@pytest.fixture(scope="module")
def scene(_template: str) -> Iterator[Scene]:
    """One house in which everything has happened that auditors ask about; for questions alone."""
    with _copied(_template) as made:
        yield play(made)


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Prompt:
    return Prompt(monkeypatch, capsys)
