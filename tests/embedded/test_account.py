"""Who runs the server, and that it changes nothing of the folders it lies in."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from service import embedded
from service.embedded import EmbeddedError, Server
from service.embedded.account import server_account
from service.embedded.locks import Lock
from service.embedded.places import state_in
from tests.embedded.visitors import as_account, forked, needs_proc, needs_root, processes

pytestmark = needs_proc

LIFE = """
import sys
from pathlib import Path
from service import embedded
with embedded.server(Path(sys.argv[1])) as server:
    print(server.home.folder)
embedded.remove(Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def running(shared_folder: Path) -> Iterator[Server]:
    with embedded.server(shared_folder) as server:
        yield server


def facts(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Mode and owner of a folder and of each above it."""
    places = (folder, *folder.parents)
    found = {str(place): place.stat() for place in places}
    return {name: (stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid) for name, s in found.items()}


def uids(home: Path) -> set[int]:
    return {Path(f"/proc/{pid}").stat().st_uid for pid in processes(home)}


@pytest.mark.parametrize("mode", [0o700, 0o711])
def test_modes_and_owners_of_all_parents_stay(open_folder: Path, mode: int) -> None:
    """The wheel's own code opens every parent of its folder where it is started by root."""
    inner = open_folder / "closed"
    inner.mkdir()
    inner.chmod(mode)
    before = facts(inner)
    with embedded.server(inner / "state") as server:
        assert facts(inner) == before
        assert uids(server.home.folder) == {server.account.uid}
        inside = server.home.folder.is_relative_to(inner)
        assert inside is (mode != 0o700 or os.geteuid() != 0)
    embedded.remove(inner / "state")
    assert facts(inner) == before
    assert not server.home.folder.exists()
    assert not server.home.socket_folder.exists()


@needs_root
def test_root_never_runs_postgresql(running: Server) -> None:
    assert running.account.switch
    assert running.account.name in {"postgres", "nobody"}
    assert uids(running.home.folder) == {server_account().uid}
    assert server_account().uid != 0
    assert running.home.data.stat().st_uid == running.account.uid


@needs_root
def test_groups_of_root_are_given_up(running: Server) -> None:
    own = str(running.account.gid)
    assert processes(running.home.folder)
    for pid in processes(running.home.folder):
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        rows = dict(line.split(":", 1) for line in status.splitlines())
        assert set(rows["Groups"].split()) <= {own}
        assert set(rows["Gid"].split()) == {own}


@needs_root
def test_another_account_cannot_come_in_by_the_socket(running: Server) -> None:
    def knock() -> str:
        try:
            psycopg.connect(running.dsn())
        except psycopg.OperationalError as error:
            return str(error)
        return "came in"

    assert "Permission denied" in forked(knock)


def test_an_ordinary_account_runs_it_itself(open_folder: Path) -> None:
    account = server_account()
    theirs = open_folder / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, account.uid, account.gid)
    ran = as_account(LIFE, str(theirs / "state"))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"{theirs}/state/postgres/server\n"


@needs_root
def test_a_folder_that_may_not_be_written_is_named(open_folder: Path) -> None:
    def come_in() -> str:
        with pytest.raises(EmbeddedError) as refused, embedded.server(open_folder / "state"):
            pass
        return str(refused.value)

    place = open_folder / "state" / "postgres"
    assert forked(come_in) == f"cannot make `{place}`: Permission denied"


@needs_root
def test_a_folder_that_root_made_is_refused_to_others(open_folder: Path) -> None:
    state = state_in(open_folder / "state")
    Lock(state.door).close()

    def come_in() -> str:
        with pytest.raises(EmbeddedError) as refused, embedded.server(open_folder / "state"):
            pass
        return str(refused.value)

    assert forked(come_in) == f"cannot open `{state.door}`: Permission denied"
