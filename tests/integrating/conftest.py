"""A migrated database for each test, copied from one."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service import migrate
from tests.integrating.trees import Ledger


def _create(name: str, template: str) -> None:
    with psycopg.connect(os.environ["SAPHAN_TEST_DSN"], autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {} encoding 'UTF8'").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def _drop(name: str) -> None:
    with psycopg.connect(os.environ["SAPHAN_TEST_DSN"], autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def template() -> Iterator[str]:
    name = f"tree_{uuid.uuid4().hex[:12]}"
    _create(name, "template0")
    migrate.upgrade(make_conninfo(os.environ["SAPHAN_TEST_DSN"], dbname=name))
    yield name
    _drop(name)


@pytest.fixture
def tree(template: str) -> Iterator[Ledger]:
    name = f"tree_{uuid.uuid4().hex[:12]}"
    _create(name, template)
    yield Ledger(make_conninfo(os.environ["SAPHAN_TEST_DSN"], dbname=name))
    _drop(name)
