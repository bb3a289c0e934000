"""Migrated databases of their own, copied from one."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.integrating.trees import Ledger


@contextmanager
def made(template: str) -> Iterator[Ledger]:
    """A copy of `template`, dropped at the end."""
    name = f"witness_{uuid.uuid4().hex[:12]}"
    server = os.environ["SAPHAN_TEST_DSN"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    try:
        yield Ledger(make_conninfo(server, dbname=name))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )
