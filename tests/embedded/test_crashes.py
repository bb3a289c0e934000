"""kill -9 in every place, and what the next to come in finds: all data, one server, no orphan."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from service import embedded
from service.embedded import EmbeddedError
from service.embedded.account import server_account
from service.embedded.locks import Lock, free
from service.embedded.places import State, place_in
from tests.embedded.conftest import Visit
from tests.embedded.visitors import (
    arrived,
    begun,
    bystander,
    comes_true,
    home_of,
    kill,
    needs_proc,
    postmaster_of,
    processes,
    watchers,
)

pytestmark = needs_proc
KEEP = "create table if not exists public.kept (word text)"
WORDS = "select word from public.kept order by word"


def words(folder: Path) -> list[str]:
    """What is kept, as the next to come in reads it."""
    with embedded.server(folder) as server, psycopg.connect(server.dsn()) as connection:
        return [str(word) for (word,) in connection.execute(WORDS).fetchall()]


def made(folder: Path) -> Path:
    """The home of a server that was used and left, in which one word is kept."""
    with embedded.server(folder) as server, psycopg.connect(server.dsn()) as connection:
        connection.execute(KEEP)
        connection.execute("truncate public.kept")
        connection.execute("insert into public.kept values ('there')")
    return server.home.folder


def test_kill_of_the_only_user(shared_folder: Path, visit: Visit) -> None:
    made(shared_folder)
    visitor = visit(shared_folder)
    visitor.sql("insert into public.kept values ('too')")
    visitor.kill()
    assert comes_true(lambda: not processes(visitor.home), within=10)
    assert comes_true(lambda: not watchers(shared_folder))
    assert words(shared_folder) == ["there", "too"]

    visitor = visit(shared_folder)
    visitor.kill()
    assert words(shared_folder) == ["there", "too"], "coming in while the watcher stops the server"
    assert not processes(visitor.home)


def test_kill_of_postmaster_its_user_and_the_watcher(shared_folder: Path, visit: Visit) -> None:
    home = made(shared_folder)
    visitor = visit(shared_folder)
    kill(postmaster_of(home))
    visitor.leave()
    assert comes_true(lambda: not processes(home))
    assert words(shared_folder) == ["there"]

    visitor = visit(shared_folder)
    (watcher,) = watchers(shared_folder)
    kill(watcher)
    successor = visit(shared_folder)
    assert watchers(shared_folder) - {watcher}, "who comes in brings a new watcher"
    visitor.kill()
    successor.kill()
    assert comes_true(lambda: not processes(home), within=10)

    visitor = visit(shared_folder)
    for pid in (*watchers(shared_folder), visitor.process.pid, postmaster_of(home)):
        kill(pid)
    assert words(shared_folder) == ["there"]
    assert not processes(home)


def test_a_server_that_died_under_its_user_is_brought_back(
    shared_folder: Path, visit: Visit
) -> None:
    made(shared_folder)
    with embedded.server(shared_folder) as server:
        server.ensure()
        first = postmaster_of(server.home.folder)
        kill(first)
        assert comes_true(lambda: not processes(server.home.folder))
        server.ensure()
        assert postmaster_of(server.home.folder) != first
        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute(WORDS).fetchall()
    assert not processes(server.home.folder)
    assert comes_true(lambda: not watchers(shared_folder))


def title(pid: int) -> bytes:
    """What a process calls itself; nothing where it has ended since it was listed."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_no_server_runs_beside_a_backend_of_a_killed_one(shared_folder: Path, visit: Visit) -> None:
    """A busy backend does not notice that its postmaster is gone: it goes on writing its pages."""
    home = made(shared_folder)
    visitor = visit(shared_folder)
    assert visitor.process.stdin is not None
    visitor.process.stdin.write('"select count(*) from generate_series(1, 100000000000)"\n')
    visitor.process.stdin.flush()

    def called(word: bytes) -> set[int]:
        return {pid for pid in processes(home) if word in title(pid)}

    assert comes_true(lambda: called(b"SELECT"))
    (backend,) = called(b"SELECT")
    left = {backend} | called(b"logger")
    kill(postmaster_of(home))
    assert comes_true(lambda: processes(home) == left)
    log = home / "start.log"
    before = len(log.read_bytes())
    coming = begun(shared_folder)
    assert comes_true(lambda: b"shared memory block" in log.read_bytes()[before:])
    assert backend in processes(home)
    kill(backend)
    successor = arrived(coming)
    assert successor.sql(WORDS) == [["there"]]
    visitor.kill()
    successor.leave()
    assert not processes(home)


def test_a_stale_pid_file_named_another_process_which_was_then_signalled(
    shared_folder: Path, visit: Visit
) -> None:
    """After a crash of the machine the number belongs to anything: pg_ctl took it for the server,
    waited for it and, on the way out, ended it.
    """
    home = made(shared_folder)
    account = server_account()
    with bystander(account) as pid:
        line = f"{pid}\n{home}/data\n1700000000\n5432\n{home}\n\n 1 1\nready   \n"
        account.write(home / "data" / "postmaster.pid", line)
        account.write(home / ".s.PGSQL.5432.lock", line)
        assert words(shared_folder) == ["there"]
        account.write(home / "data" / "postmaster.pid", line)
        visitor = visit(shared_folder)
        visitor.kill()
        assert comes_true(lambda: not processes(home), within=10)


@pytest.mark.parametrize(
    "content", ["", "\n", "-17\n", "0\n", "1\n", "99999999999999999999\n", "x\n"]
)
def test_a_damaged_pid_file(shared_folder: Path, visit: Visit, content: str) -> None:
    home = made(shared_folder)
    server_account().write(home / "data" / "postmaster.pid", content)
    with embedded.server(shared_folder) as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert not processes(home)


def test_kill_in_the_midst_of_initdb(folder: Path, visit: Visit) -> None:
    """What it had made stayed for ever, forty megabytes each time."""
    starting = begun(folder)

    def halves() -> list[Path]:
        home = home_of(folder)
        return [] if home is None else list(home.glob("data.*/base"))

    assert comes_true(halves)
    starting.kill()
    starting.communicate(timeout=60)
    visitor = visit(folder)
    assert visitor.sql("select 1") == [[1]]
    assert comes_true(lambda: not list(visitor.home.glob("data.*")))
    visitor.leave()


def test_data_without_its_version_is_not_buried_under_a_new_cluster(
    shared_folder: Path, visit: Visit
) -> None:
    home = made(shared_folder)
    version = home / "data" / "PG_VERSION"
    kept = version.read_text(encoding="utf-8")
    try:
        version.unlink()
        with pytest.raises(EmbeddedError, match="is no PostgreSQL cluster"):
            words(shared_folder)
        server_account().write(version, "17\n")
        with pytest.raises(EmbeddedError, match="was made by PostgreSQL 17"):
            words(shared_folder)
    finally:
        server_account().write(version, kept)
    with embedded.server(shared_folder):
        assert not list((home / "data").glob("data.*"))


def test_one_look_at_the_wrong_instant_left_a_server_without_a_watcher(
    shared_folder: Path, visit: Visit
) -> None:
    """Looking whether somebody watches holds the lock for an instant, in which a watcher began."""
    home = made(shared_folder)
    watch = State(place_in(shared_folder)).watch
    looking = Lock(watch)
    assert looking.claim(5)
    visitor = visit(shared_folder)
    looking.close()
    assert comes_true(lambda: not free(watch))
    visitor.kill()
    assert comes_true(lambda: not processes(home), within=10)


def test_a_page_that_was_damaged_is_an_error_and_no_answer(
    shared_folder: Path, visit: Visit
) -> None:
    made(shared_folder)
    with embedded.server(shared_folder) as server, psycopg.connect(server.dsn()) as connection:
        connection.execute("drop table if exists public.paged")
        connection.execute("create table public.paged as select generate_series(1, 500) as n")
        row = connection.execute("select pg_relation_filepath('public.paged')").fetchone()
    assert row is not None
    page = server.home.data / str(row[0])
    content = bytearray(page.read_bytes())
    content[4000] ^= 0xFF
    with page.open("r+b") as file:
        file.write(content)
    damaged = pytest.raises(psycopg.errors.DataCorrupted, match="invalid page")
    with (
        embedded.server(shared_folder) as server,
        psycopg.connect(server.dsn()) as connection,
        damaged,
    ):
        connection.execute("select count(*) from public.paged")


def test_a_start_that_fails_says_why_in_one_line(shared_folder: Path, visit: Visit) -> None:
    home = made(shared_folder)
    with (
        pytest.raises(EmbeddedError) as refused,
        embedded.server(shared_folder, {"max_connections": "nonsense"}),
    ):
        pass
    assert "\n" not in str(refused.value)
    assert str(home / "start.log") in str(refused.value)
    assert not processes(home)
    assert comes_true(lambda: not watchers(shared_folder))
