"""Databases to copy: brought up once for each server of a run, whichever folder asks first.

To migrate takes three times as long as to copy, to ratify every protocol as long again. Takes the
server that `SAPHAN_TEST_DSN` names; gives names of databases that nobody is connected to, and
copies of them that end with their block. Promises that a copy is what `migrate.create_database`
makes, and that `forget` leaves none of them on a server that goes on living.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service import migrate
from service.stewards import ratify_shipped

_made: Final[dict[tuple[str, str], str]] = {}


def server() -> str:
    """The test server, as its superuser."""
    return os.environ["SAPHAN_TEST_DSN"]


def _run(text: LiteralString, *names: str) -> None:
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(sql.SQL(text).format(*map(sql.Identifier, names)))


def migrated() -> str:
    """The name of a database that was brought up and holds nothing else."""
    key = (server(), "migrated")
    if key not in _made:
        name = f"migrated_{uuid.uuid4().hex[:12]}"
        migrate.create_database(server(), name)
        _made[key] = name
    return _made[key]


def ratified() -> str:
    """The same with the shipped protocols in force."""
    return filled("ratified", migrated(), ratify_shipped)


def filled(what: str, template: str, fill: Callable[[psycopg.Connection[Any]], object]) -> str:
    """A copy of `template` that `fill` was called on, as superuser; made once for each `what`."""
    key = (server(), what)
    if key not in _made:
        name = _copy(what, template)
        with psycopg.connect(make_conninfo(server(), dbname=name)) as connection:
            fill(connection)
        _made[key] = name
    return _made[key]


@contextmanager
def copied(template: str, prefix: str = "copy") -> Iterator[str]:
    """The connection string, as superuser, of a copy that is dropped at the end of the block."""
    name = _copy(prefix, template)
    try:
        yield make_conninfo(server(), dbname=name)
    finally:
        drop(name)


def drop(name: str) -> None:
    """End a database and who is connected to it."""
    _run("drop database {} with (force)", name)


def forget() -> None:
    """Drop what was made on this server."""
    for key in [key for key in _made if key[0] == server()]:
        drop(_made.pop(key))


def _copy(prefix: str, template: str) -> str:
    name = f"{prefix}_{uuid.uuid4().hex[:12]}"
    _run("create database {} template {}", name, template)
    return name
