"""The database cluster: made once, configured at each start, given its database and roles.

UTF-8, PostgreSQL's built-in C.UTF-8 collation (text compares by code point,
on every machine alike), data checksums. Reached by unix socket alone, by who
can enter the server's home: no TCP, no passwords.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import quote

import psycopg
from psycopg import sql

from service.embedded.account import Account
from service.embedded.binaries import MAJOR, Binaries
from service.embedded.errors import EmbeddedError
from service.embedded.places import Home

SUPERUSER = "postgres"
DATABASE = "saphan"
OWNER = "saphan_owner"
ROLES = (OWNER, "saphan_service", "saphan_integrator", "saphan_auditor")

# What a server of saphan must and must not do. The log holds no value: no statement, no parameter,
# no DETAIL (terse), and no message of an ERROR at all, because those repeat what a client sent.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] ",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


def dsn(home: Home, role: str, database: str) -> str:
    """A libpq URI over the socket; SQLAlchemy takes it with `postgresql+psycopg` for its scheme."""
    host = quote(str(home.socket_folder), safe="")
    return f"postgresql://{quote(role)}@/{quote(database)}?host={host}"


def make(home: Home, account: Account, binaries: Binaries) -> None:
    """initdb, unless done before. What a killed initdb left is never taken for a cluster."""
    version = account.run("/bin/cat", home.data / "PG_VERSION")
    if version.returncode == 0:
        if version.stdout.strip() != MAJOR:
            raise EmbeddedError(
                f"`{home.data}` was made by PostgreSQL {version.stdout.strip()}, "
                f"the programs here are {MAJOR}: dump it there and load it here"
            )
        return
    if account.run("/bin/sh", "-c", 'test -e "$1"', "sh", home.data).returncode == 0:
        raise EmbeddedError(
            f"`{home.data}` is no PostgreSQL cluster, its `PG_VERSION` cannot be read: "
            "restore it, or move it away to begin with an empty database"
        )
    account.run("/bin/sh", "-c", 'rm -rf -- "$1"/data.*', "sh", home.folder)
    fresh = home.folder / f"data.{secrets.token_hex(4)}"
    done = account.run(
        binaries.initdb,
        "--pgdata",
        fresh,
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        "--auth-local=trust",
        "--auth-host=reject",
        "--no-instructions",
    )
    moved = done.returncode == 0 and not account.run("/bin/mv", fresh, home.data).returncode
    if not moved:
        account.run("/bin/rm", "-rf", fresh)
        said = " ".join(done.stderr.split())[-400:]
        raise EmbeddedError(f"initdb could not make a cluster in `{home.folder}`: {said}")


def configure(home: Home, account: Account, overrides: Mapping[str, str]) -> None:
    """Write the settings for the next start. `overrides` are for tests and benches."""
    settings = {
        **SETTINGS,
        **overrides,
        "unix_socket_directories": str(home.socket_folder),
        "log_directory": str(home.log_folder),
    }
    lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
    account.write(home.settings, "".join(lines))
    # ALTER SYSTEM would write postgresql.auto.conf; this file is ours alone and read before it.
    account.write(home.data / "postgresql.conf", f"include {_quoted(str(home.settings))}\n")


def furnish(home: Home) -> None:
    """The roles and the database `saphan`, where absent. The migration step does the rest."""
    with psycopg.connect(
        dsn(home, SUPERUSER, "postgres"), autocommit=True, connect_timeout=60
    ) as connection:
        found = connection.execute("select rolname from pg_roles").fetchall()
        for role in sorted({*ROLES} - {name for (name,) in found}):
            connection.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        if not connection.execute(
            "select 1 from pg_database where datname = %s", [DATABASE]
        ).fetchone():
            connection.execute(
                sql.SQL("create database {} owner {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER)
                )
            )


def _quoted(value: str) -> str:
    """A value of a configuration file: quotes and backslashes doubled."""
    if "\n" in value:
        raise EmbeddedError("a setting of the embedded server cannot hold a line break")
    doubled = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
