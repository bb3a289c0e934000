"""What `serve` refuses to run on, as far as the database has to be asked.

Takes an open connection of the service's own role, gives one line per danger;
each names the setting or the role to change. The registry's second wall is
row-level security, and the record's only one is that the service cannot change
what it wrote: both are void for an owner, a superuser or a member of either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, LiteralString

import psycopg

_ROLE: LiteralString = """
select r.rolname = any (array['pg_read_server_files', 'pg_write_server_files',
                              'pg_execute_server_program', 'pg_write_all_data']) as server,
       r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolreplication,
       r.rolname = current_user as self,
       exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where c.relowner = r.oid
                 and n.nspname in ('registry', 'history', 'policy', 'ledger')) as owner
from pg_roles r
where pg_has_role(current_user, r.oid, 'MEMBER')
"""
_SYNCHRONOUS: LiteralString = (
    "select name, setting from pg_settings where name in ('synchronous_commit', 'fsync')"
)

_ROLE_NAME: Final = "the role of `SAPHAN_DATABASE_URL`"

_FIXED_IN: Final[Mapping[int, int]] = {15: 19, 16: 15, 17: 11, 18: 6}
"""First minor version of each major without CVE-2026-14666 (plans outliving a role change)."""


def unsafe(connection: psycopg.Connection[Any]) -> list[str]:
    """Why the service must not serve from this database; empty when nothing is wrong."""
    reasons: list[str] = []
    superuser = False
    for server, superuser_of, bypass, makes_roles, replicates, own, owner in connection.execute(
        _ROLE
    ):
        whose = "is" if own else "is a member of"
        powers = {
            "a superuser": superuser_of,
            "a role that bypasses row-level security": bypass,
            "a role that may make roles": makes_roles,
            "a role that may replicate": replicates,
            "the owner of the registry's tables": owner,
            "a role with access to the server's files or to all data": server,
        }
        superuser = superuser or (own and superuser_of)
        reasons += [f"{_ROLE_NAME} {whose} {power}" for power, has in powers.items() if has]
    if superuser:
        # A superuser is a member of every role: one line says it all.
        reasons = [f"{_ROLE_NAME} is a superuser"]
    for name, setting in connection.execute(_SYNCHRONOUS):
        if setting == "off":
            reasons.append(f"PostgreSQL's `{name}` is off: a record could be lost after its answer")
    return list(dict.fromkeys(reasons))


def outdated(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server lacks a known fix. Worth a warning: the embedded binaries are such."""
    major, minor = divmod(connection.info.server_version, 10_000)
    return minor < _FIXED_IN.get(major, 0)
