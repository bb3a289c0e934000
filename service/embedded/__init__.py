"""PostgreSQL without an administrator: a server in a folder, shared by the processes using it.

    with embedded.server(Path(".saphan")) as postgres:
        psycopg.connect(postgres.dsn("saphan_service"))

In the order things happen: `account` (who runs the server), `binaries` (its
programs), `places` (its folders), `locks` (who uses it), `cluster` (made,
configured, given roles and a database), `foreign` (what the environment says
of other servers), `watcher` (starts it and, when the last user is gone, stops
it), `server` (the door to all this).

Limits, known: Linux and macOS; the locks are flock(2), so the state folder
must lie on a file system that has it. A server whose watcher *and* whose last
user were both killed with -9 runs on until somebody comes in and leaves again.
"""

from __future__ import annotations

from service.embedded.cluster import DATABASE, OWNER, ROLES, SUPERUSER
from service.embedded.errors import EmbeddedError
from service.embedded.server import Server, remove, server

__all__ = [
    "DATABASE",
    "OWNER",
    "ROLES",
    "SUPERUSER",
    "EmbeddedError",
    "Server",
    "remove",
    "server",
]
