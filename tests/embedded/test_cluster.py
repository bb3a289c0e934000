"""The cluster as the server itself describes it: checksums, encoding, order of text, silence."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from service import embedded
from service.embedded import Server
from tests.embedded.visitors import comes_true


@pytest.fixture(scope="module")
def running(shared_folder: Path) -> Iterator[Server]:
    with embedded.server(shared_folder) as server:
        yield server


def asked(server: Server, text: str, database: str = embedded.DATABASE) -> list[tuple[object, ...]]:
    with psycopg.connect(server.dsn(database=database)) as connection:
        return connection.execute(text.encode()).fetchall()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("timezone", "UTC"),
        ("log_statement", "none"),
        ("log_min_error_statement", "panic"),
        ("log_error_verbosity", "terse"),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
    ],
)
def test_the_server_says(running: Server, setting: str, value: str) -> None:
    assert asked(running, f"show {setting}") == [(value,)]


def test_it_is_version_18(running: Server) -> None:
    ((number,),) = asked(running, "show server_version_num")
    assert str(number).startswith("18")


@pytest.mark.parametrize("database", ["saphan", "postgres", "template1"])
def test_collation_is_the_built_in_one_by_code_point(running: Server, database: str) -> None:
    query = (
        "select datlocprovider, datlocale, datcollate, datctype, pg_encoding_to_char(encoding)"
        f" from pg_database where datname = '{database}'"
    )
    assert asked(running, query) == [("b", "C.UTF-8", "C", "C", "UTF8")]


def test_text_compares_by_code_point(running: Server) -> None:
    words = ["Z", "a", "z", "é", "ก", "ខ", "ກ", "𝄞"]
    rows = asked(running, "select w from unnest('{ກ,z,é,𝄞,a,Z,ខ,ก}'::text[]) w order by w")
    assert [word for (word,) in rows] == sorted(words)
    assert asked(running, "select upper('é'), 'é' ~ '^[[:alpha:]]$'") == [("É", True)]


def test_roles_and_owner(running: Server) -> None:
    rows = asked(
        running,
        "select rolname::text, rolsuper, rolbypassrls, rolcanlogin from pg_roles"
        " where rolname like 'saphan%' order by 1",
    )
    assert rows == [(role, False, False, True) for role in sorted(embedded.ROLES)]
    owner = "select pg_get_userbyid(datdba)::text from pg_database where datname = 'saphan'"
    assert asked(running, owner) == [(embedded.OWNER,)]


@pytest.mark.parametrize("role", embedded.ROLES)
def test_every_role_can_come_in(running: Server, role: str) -> None:
    with psycopg.connect(running.dsn(role)) as connection:
        assert connection.execute("select current_user::text").fetchall() == [(role,)]


def test_nothing_that_was_said_is_in_the_logs(running: Server) -> None:
    canary = "CANARY-51c3"
    with psycopg.connect(running.dsn(), autocommit=True) as connection:
        with pytest.raises(psycopg.DataError):
            connection.execute("select %s::integer", [canary])
        with pytest.raises(psycopg.ProgrammingError):
            connection.execute(f"select 1 as {canary.replace('-', '_')} from nowhere".encode())
        connection.execute("create table public.once (word text unique)")
        for word in (canary, "other"):
            connection.execute("insert into public.once values (%s)", [word])
        with pytest.raises(psycopg.IntegrityError):
            connection.execute("insert into public.once values (%s)", [canary])
        connection.execute("do $$ begin raise log 'marker of this test'; end $$")

    def written() -> str:
        return "".join(log.read_text(encoding="utf-8") for log in running.logs)

    assert comes_true(lambda: "marker of this test" in written()), "lines come by a collector"
    assert "CANARY" not in written()
    assert "Key (" not in written()


def test_home_and_socket_are_private(running: Server) -> None:
    for place in (running.home.folder, running.home.socket_folder, running.home.data):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_ISSOCK(running.home.socket.stat().st_mode)


def test_pghostaddr_led_to_another_server(
    running: Server, shared_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What libpq reads from the environment describes somebody else's server."""
    foreign = {
        "PGHOSTADDR": "127.0.0.1",
        "PGPORT": "1",
        "PGUSER": "nobody",
        "PGREQUIREAUTH": "scram-sha-256",
        "PGSERVICE": "elsewhere",
        "PGOPTIONS": "-c no.such=thing -c wrong",
        "PGTARGETSESSIONATTRS": "standby",
    }
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    with embedded.server(shared_folder) as again:
        assert again.home == running.home
        assert asked(again, "select current_user::text") == [(embedded.SUPERUSER,)]
    assert {name: os.environ.get(name) for name in foreign} == foreign
