"""P01: a service that could look past the wall or rewrite the record is refused, and told why."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service import safety


@contextmanager
def role(database: str, *grants: sql.Composable | str) -> Iterator[str]:
    """A role made for the test; `grants` are statements in which `{role}` stands for it."""
    name = f"door_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(sql.SQL("create role {} login").format(sql.Identifier(name)))
        try:
            for text in grants:
                statement = text.as_string(connection) if not isinstance(text, str) else text
                connection.execute(sql.SQL(statement).format(role=sql.Identifier(name)))
            yield make_conninfo(database, user=name)
        finally:
            connection.execute(sql.SQL("drop owned by {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


def reasons(dsn: str) -> list[str]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return safety.unsafe(connection)


def test_the_service_role_is_safe(service_dsn: str) -> None:
    assert reasons(service_dsn) == []


def test_a_superuser_is_one_reason(database: str) -> None:
    assert reasons(database) == ["the role of `SAPHAN_DATABASE_URL` is a superuser"]


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        ("alter role {role} bypassrls", "is a role that bypasses row-level security"),
        ("alter role {role} createrole", "is a role that may make roles"),
        ("alter role {role} replication", "is a role that may replicate"),
        ("grant saphan_owner to {role}", "is a member of the owner of the registry's tables"),
        ("grant pg_write_all_data to {role}", "is a member of a role with access to the server's"),
        ("grant pg_execute_server_program to {role}", "is a member of a role with access to the"),
    ],
)
def test_too_many_rights(database: str, grant: str, expected: str) -> None:
    with role(database, grant) as dsn:
        found = reasons(dsn)
    assert any(expected in reason for reason in found), found


def test_an_owner_of_one_table(database: str) -> None:
    with role(
        database,
        "create table ledger.owned_by_a_test (x int)",
        "alter table ledger.owned_by_a_test owner to {role}",
    ) as dsn:
        assert any("is the owner of the registry's tables" in reason for reason in reasons(dsn))


def test_a_record_that_could_be_lost(database: str) -> None:
    """A03."""
    with role(database, "alter role {role} set synchronous_commit = off") as dsn:
        assert reasons(dsn) == [
            "PostgreSQL's `synchronous_commit` is off: a record could be lost after its answer"
        ]


def test_outdated_knows_the_fixed_versions() -> None:
    assert set(safety._FIXED_IN) == {15, 16, 17, 18}
