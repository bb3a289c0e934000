"""A migrated registry of its own for these tests, read and written as the role of the service."""

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
from service.embedded.server import server
from service.htcds.store import Connection


@pytest.fixture(scope="session")
def htcds_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server that `SAPHAN_TEST_DSN` names, else an embedded one."""
    named = os.environ.get("SAPHAN_TEST_DSN")
    if named:
        yield named
        return
    with server(tmp_path_factory.mktemp("pg") / ".saphan") as embedded:
        yield embedded.dsn(database="postgres")


@pytest.fixture(scope="session")
def htcds_dsn(htcds_server: str) -> Iterator[str]:
    name = f"htcds_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(htcds_server, autocommit=True) as connection:
        dsn = migrate.create_database(htcds_server, name)
        try:
            yield dsn
        finally:
            drop = sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            connection.execute(drop)


@pytest.fixture
def registry(htcds_dsn: str) -> Iterator[Connection]:
    """The registry without people, as saphan_service; emptied again by its owner afterwards.

    Tests read what was stored as the country that entered it: the import says for
    whom it works in each of its transactions, and what is set here for the
    session ends there.
    """
    with psycopg.connect(make_conninfo(htcds_dsn, user="saphan_service"), autocommit=True) as conn:
        conn.execute("select set_config('saphan.party', 'TH', false)")
        yield conn
    with psycopg.connect(htcds_dsn) as owner:
        owner.execute("set session_replication_role = replica")
        for table in ("referral", "assignment", "transition", "return_case", "victim"):
            owner.execute(sql.SQL("delete from registry.{}").format(sql.Identifier(table)))


@pytest.fixture(scope="session")
def demo() -> Path:
    return Path(__file__).resolve().parents[2] / "demo"
