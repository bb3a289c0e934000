"""Frozen SQL of a revision, read from the package itself, so that an installed wheel works too."""

from __future__ import annotations

from importlib import resources

from sqlalchemy import Connection

DOWN = "down.sql"


def _run(connection: Connection, statements: str) -> None:
    # Several statements in one text: sent as they are, `%` and `:` included.
    connection.exec_driver_sql(statements, execution_options={"no_parameters": True})


def run_up(connection: Connection, revision: str) -> None:
    """Run every file of `sql/<revision>/` but `down.sql`, in the order of their names."""
    folder = resources.files("migrations") / "sql" / revision
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".sql") and file.name != DOWN:
            _run(connection, file.read_text(encoding="utf-8"))


def run_down(connection: Connection, revision: str) -> None:
    """Run `sql/<revision>/down.sql`."""
    folder = resources.files("migrations") / "sql" / revision
    _run(connection, (folder / DOWN).read_text(encoding="utf-8"))
