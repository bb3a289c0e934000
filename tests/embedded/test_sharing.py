"""One server, several processes: who comes first starts it, who leaves last stops it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from service import embedded
from service.embedded import EmbeddedError
from service.embedded.locks import Lock, held
from tests.embedded.conftest import Visit
from tests.embedded.visitors import (
    ROOT,
    arrived,
    begun,
    comes_true,
    needs_proc,
    postmaster_of,
    processes,
    watchers,
)

pytestmark = needs_proc


def test_one_server_for_all_until_the_last_has_left(folder: Path, visit: Visit) -> None:
    first = visit(folder)
    served_by = postmaster_of(first.home)
    first.sql("create table public.kept (word text)")
    second = visit(folder)
    assert second.home == first.home
    assert postmaster_of(second.home) == served_by
    second.sql("insert into public.kept values ('there')")

    first.leave()
    assert postmaster_of(second.home) == served_by
    assert second.sql("select word from public.kept") == [["there"]]
    assert len(watchers(folder)) == 1

    second.leave()
    assert not processes(second.home)
    assert not (second.home / "data" / "postmaster.pid").exists()
    assert comes_true(lambda: not watchers(folder))

    third = visit(folder)
    assert third.sql("select word from public.kept") == [["there"]]
    with pytest.raises(EmbeddedError, match="is in use"):
        embedded.remove(folder)
    assert third.sql("select word from public.kept") == [["there"]]
    third.leave()
    embedded.remove(folder)
    assert not third.home.exists()
    assert not list(folder.iterdir())


def test_two_who_start_at_the_same_instant(folder: Path, visit: Visit) -> None:
    racing = [begun(folder) for _ in range(3)]
    visitors = [arrived(process) for process in racing]
    assert len({visitor.home for visitor in visitors}) == 1
    home = visitors[0].home
    served_by = postmaster_of(home)
    assert len(watchers(folder)) == 1
    for number, visitor in enumerate(visitors):
        visitor.sql(f"create table public.of_{number} ()")
    tables = "select count(*) from pg_tables where tablename like 'of\\_%'"
    assert visitors[0].sql(tables) == [[3]]
    assert sorted(path.name for path in home.iterdir() if "data" in path.name) == ["data"]
    for visitor in visitors[:2]:
        visitor.leave()
    assert postmaster_of(home) == served_by
    visitors[2].leave()
    assert not processes(home)


def test_the_leaving_and_the_coming_do_not_meet(shared_folder: Path, visit: Visit) -> None:
    visitor = visit(shared_folder)
    for _ in range(2):
        coming = begun(shared_folder)
        visitor.leave()
        visitor = arrived(coming)
        assert visitor.sql("select 1") == [[1]]
    visitor.leave()
    assert not processes(visitor.home)
    assert comes_true(lambda: not watchers(shared_folder))


def test_roles_are_made_where_the_first_was_killed_before_it_made_them(
    shared_folder: Path, visit: Visit
) -> None:
    first = visit(shared_folder)
    first.sql("drop role saphan_auditor")
    second = visit(shared_folder)
    assert second.sql("select 1 from pg_roles where rolname = 'saphan_auditor'") == [[1]]
    first.leave()
    second.leave()


def test_the_watcher_keeps_no_secret_of_who_started_it(
    shared_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAPHAN_CURSOR_KEY", "CANARY" * 10)
    with embedded.server(shared_folder) as server:
        left_behind = {*watchers(shared_folder), postmaster_of(server.home.folder)}
        assert len(left_behind) == 2
        for pid in left_behind:
            assert b"CANARY" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_a_lock_on_a_file_that_was_removed_locks_nobody_out(tmp_path: Path) -> None:
    """Who waited at the door while the folder was removed went in beside the next."""
    path = tmp_path / "door.lock"
    old = Lock(path)
    assert old.claim()
    inodes: list[int] = []

    def come_in() -> None:
        with held(path, 10) as door:
            inodes.append(os.fstat(door.fd).st_ino)

    waiting = threading.Thread(target=come_in)
    waiting.start()
    path.rename(tmp_path / "removed")
    path.touch()
    old.close()
    waiting.join(20)
    assert inodes == [path.stat().st_ino]


def test_a_door_that_stays_shut_is_named(tmp_path: Path) -> None:
    path = tmp_path / "door.lock"
    with (
        held(path, 1),
        pytest.raises(EmbeddedError, match="another process has held"),
        held(path, 0.1),
    ):
        pass
    with held(path, 0.1):
        pass


def test_a_named_database_starts_no_embedded_server(tmp_path: Path) -> None:
    bare = {k: v for k, v in os.environ.items() if not k.startswith("SAPHAN_")}
    url = "postgresql://saphan@127.0.0.1:1/saphan"
    ran = subprocess.run(
        [sys.executable, "-c", "from service.cli import main; main()", "migrate"],
        cwd=ROOT,
        env=bare | {"SAPHAN_FOLDER": str(tmp_path / "state"), "SAPHAN_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("error: ")
    assert ran.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_server_itself_refuses_beside_a_named_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAPHAN_DATABASE_URL", "postgresql://saphan@127.0.0.1:1/saphan")
    with (
        pytest.raises(EmbeddedError, match="SAPHAN_DATABASE_URL is set"),
        embedded.server(tmp_path / "state"),
    ):
        pass
    assert not list(tmp_path.iterdir())
