"""What a witness remembers: the latest checkpoint that it cosigned, for each log.

Takes the path of a state file, gives `Memory`. The file is a SQLite database,
whose locks hold between processes as between threads and whose commit is all or
nothing, also after kill -9 or a loss of power: a hand-made file with fsync and
rename would need a lock of its own beside it and would hold no more. With a
rollback journal only `synchronous = extra` also syncs the folder in which the
journal was deleted; with less, the last commit may be undone by a power cut, and
a witness that forgets is one that can be led back.

`create` alone makes a file: one that is taken away from under a running witness
is an error and never a fresh start, and a damaged one is refused.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from ledger.witnessing import Seen

PATIENCE: Final = 5.0
"""Seconds to wait for another process that holds the file."""

MAX_CONTRADICTIONS: Final = 100
"""Kept of one log; more would prove nothing more, and fill the disk."""

_FORMAT: Final = 1
_TABLES: Final = """
begin immediate;
create table seen (
    origin text primary key not null,
    size integer not null check (size >= 0),
    root blob not null check (length(root) = 32),
    note text not null
);
create table contradiction (
    origin text not null,
    at integer not null,
    held text not null,
    offered text not null,
    primary key (origin, held, offered)
);
create trigger forward before update on seen
    when new.origin <> old.origin or new.size < old.size
        or (new.size = old.size and new.root <> old.root)
    begin select raise(abort, 'a witness does not go back'); end;
create trigger kept before delete on seen
    begin select raise(abort, 'a witness does not forget'); end;
pragma user_version = 1;
commit;
"""


class MemoryUnusable(Exception):
    """The state file cannot be made, read or believed. One line that names the path."""


class Memory:
    """One state file, opened anew for each question: one that is taken away is missed at once."""

    def __init__(self, path: Path) -> None:
        self._uri = f"file:{quote(str(path.absolute()))}?mode=rw"

    @classmethod
    def create(cls, path: Path) -> Memory:
        """The memory in `path`, made with mode 600 where there is none. Raises MemoryUnusable."""
        try:
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise MemoryUnusable(f"{path}: cannot be made: {reason}") from None
        memory = cls(path)
        try:
            with memory._opened() as connection:
                found = _format_of(connection)
                if found == 0:
                    # another process may make them between any two of these lines
                    if not connection.execute("select 1 from sqlite_master").fetchone():
                        with suppress(sqlite3.OperationalError):
                            connection.executescript(_TABLES)
                    found = _format_of(connection)
                sound = connection.execute("pragma quick_check(1)").fetchone()[0] == "ok"
        except sqlite3.Error:
            raise MemoryUnusable(f"{path}: cannot be used as a witness's state") from None
        if found != _FORMAT or not sound:
            raise MemoryUnusable(f"{path}: is not a witness's state, or is damaged")
        return memory

    def seen(self, origin: str) -> Seen | None:
        """The latest of that log. Raises sqlite3.Error."""
        with self._opened() as connection:
            return _seen(connection, origin)

    def advance(self, origin: str, step: Callable[[Seen | None], Seen]) -> Seen:
        """Put what `step` makes of the latest in its place; durable when this returns.

        No other thread or process is between reading and writing. Where `step` raises, nothing is
        written. Raises sqlite3.Error, and then nothing may be answered.
        """
        with self._opened() as connection:
            connection.execute("begin immediate")
            try:
                held = _seen(connection, origin)
                fresh = step(held)
                if fresh != held:
                    connection.execute(
                        "insert into seen (origin, size, root, note) values (?, ?, ?, ?)"
                        " on conflict (origin) do update"
                        " set size = excluded.size, root = excluded.root, note = excluded.note",
                        (origin, fresh.size, fresh.root, fresh.note),
                    )
                connection.execute("commit")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise
            return fresh

    def keep_contradiction(self, origin: str, held: str, offered: str, at: int) -> None:
        """Two notes by which the log contradicts itself, once each. Raises sqlite3.Error."""
        with self._opened() as connection:
            connection.execute(
                "insert into contradiction (origin, at, held, offered) select ?, ?, ?, ?"
                " where (select count(*) from contradiction where origin = ?) < ?"
                " on conflict do nothing",
                (origin, at, held, offered, origin, MAX_CONTRADICTIONS),
            )

    def contradictions(self, origin: str) -> list[tuple[str, str]]:
        """Notes held and offered, oldest first. Raises sqlite3.Error."""
        with self._opened() as connection:
            found = connection.execute(
                "select held, offered from contradiction where origin = ? order by at, rowid",
                (origin,),
            )
            return [(str(held), str(offered)) for held, offered in found]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(
            sqlite3.connect(self._uri, uri=True, timeout=PATIENCE, isolation_level=None)
        ) as connection:
            connection.execute("pragma journal_mode = delete")
            connection.execute("pragma synchronous = extra")
            connection.execute("pragma fullfsync = on")  # where fsync alone is no promise: macOS
            yield connection


def _seen(connection: sqlite3.Connection, origin: str) -> Seen | None:
    row = connection.execute(
        "select size, root, note from seen where origin = ?", (origin,)
    ).fetchone()
    return None if row is None else Seen(row[0], bytes(row[1]), row[2])


def _format_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])
