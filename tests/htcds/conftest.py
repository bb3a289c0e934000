"""A migrated registry of its own for these tests, read and written as the role of the service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service.htcds.store import Connection
from tests import templates


@pytest.fixture(scope="session")
def htcds_dsn() -> Iterator[str]:
    with templates.copied(templates.migrated(), "htcds") as dsn:
        yield dsn


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
