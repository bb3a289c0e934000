"""Who runs the server, and that it changes nothing of the folders it lies in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from service import embedded
from service.embedded import EmbeddedError, Server
from service.embedded.account import server_account
from service.embedded.locks import Lock
from service.embedded.places import state_in
from tests.embedded.visitors import (
    as_account,
    facts_of,
    forked,
    modes,
    needs_proc,
    needs_root,
    processes,
)

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


def uids(home: Path) -> set[int]:
    """Real, effective, saved and file system uids of all processes of a server."""
    found = (facts_of(pid).get("Uid", "") for pid in processes(home))
    return {int(word) for line in found for word in line.split()}


def test_a_closed_parent_stays_closed(open_folder: Path) -> None:
    """The wheel's own code opens every parent of its folder where it is started by root."""
    inner = open_folder / "closed"
    inner.mkdir(mode=0o700)
    before = modes(inner)
    with embedded.server(inner / "state") as server:
        assert modes(inner) == before
        assert uids(server.home.folder) == {server.account.uid}
        assert server.home.folder.is_relative_to(inner) is (os.geteuid() != 0)
    embedded.remove(inner / "state")
    assert modes(inner) == before
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
    rows = [facts for pid in processes(running.home.folder) if (facts := facts_of(pid))]
    assert len(rows) > 3
    assert all(set(row["Groups"].split()) <= {own} for row in rows)
    assert all(set(row["Gid"].split()) == {own} for row in rows)


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
