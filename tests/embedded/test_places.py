"""Where a server lies: odd and long paths, folders that are not ours, names that were planted."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psycopg
import pytest

from service import embedded
from service.embedded import EmbeddedError
from service.embedded.account import server_account
from service.embedded.binaries import PUBLIC_FOLDERS
from service.embedded.places import POINTER, State, settle, state_in
from tests.embedded.visitors import home_of, modes, needs_root

LONG = "/".join(["a-folder-with-a-name-of-forty-five-characters"] * 7)
ODD = 'it\'s 100%41 $HOME `id` "q", ភាសា\\n'
SUN_PATH = 107


def planted(state: State, text: str) -> None:
    """A file that says where the server's home is."""
    state.pointer.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", [LONG, ODD], ids=["long", "odd"])
def test_a_server_in_any_folder(open_folder: Path, name: str) -> None:
    """pg_ctl gave the path to a shell: a folder's name was run as a command."""
    state = open_folder / name
    if name is LONG:
        assert len(str(state)) > 300
    before = modes(open_folder)
    with embedded.server(state) as server:
        assert server.home.folder.is_relative_to(open_folder)
        assert modes(open_folder) == before
        assert len(os.fsencode(server.home.socket)) < SUN_PATH
        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute("show unix_socket_directories").fetchone() == (
                str(server.home.socket_folder),
            )
    embedded.remove(state)
    assert not server.home.socket_folder.exists()
    assert not server.home.folder.exists()


def test_a_comma_split_the_socket_folder_in_two(open_folder: Path) -> None:
    home = settle(state_in(open_folder / "a,b"), server_account())
    assert home.folder.is_relative_to(open_folder / "a,b")
    assert "," not in str(home.socket)
    embedded.remove(open_folder / "a,b")
    assert not home.socket_folder.exists()


def test_a_long_folder_that_the_account_cannot_reach(folder: Path) -> None:
    home = settle(state_in(folder / LONG), server_account())
    assert len(os.fsencode(home.socket)) < SUN_PATH
    assert home.socket_folder.is_dir()
    embedded.remove(folder / LONG)
    assert not home.folder.exists()
    assert not home.socket_folder.exists()


def test_a_folder_that_cannot_be_made_is_named() -> None:
    with (
        pytest.raises(EmbeddedError, match=r"^cannot make `/proc/saphan/postgres`: "),
        embedded.server(Path("/proc/saphan")),
    ):
        pass


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "postgres").write_text("mine", encoding="utf-8")
    with pytest.raises(EmbeddedError, match="cannot make"), embedded.server(tmp_path):
        pass
    assert (tmp_path / "postgres").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("lock", ["door.lock", "users.lock"])
def test_a_link_in_the_place_of_a_lock_is_not_followed(folder: Path, lock: str) -> None:
    state = state_in(folder)
    (state.folder / lock).symlink_to(folder / "elsewhere")
    with pytest.raises(EmbeddedError, match=rf"cannot open `[^`]*{lock}`"), embedded.server(folder):
        pass
    assert not (folder / "elsewhere").exists()
    (state.folder / lock).unlink()


@pytest.mark.parametrize("planted_there", ["file", "link", "dangling"])
def test_what_is_in_the_way_of_the_home_is_named(open_folder: Path, planted_there: str) -> None:
    state = state_in(open_folder / "state")
    way = state.folder / "server"
    if planted_there == "file":
        way.touch()
    else:
        way.symlink_to(open_folder if planted_there == "link" else open_folder / "nothing")
    with (
        pytest.raises(EmbeddedError, match=r"cannot make the folder `[^`]*server`: File exists"),
        embedded.server(open_folder / "state"),
    ):
        pass
    assert not (open_folder / "data").exists()


def test_a_home_that_others_may_enter_is_refused(open_folder: Path) -> None:
    state = state_in(open_folder / "state")
    account = server_account()
    home = settle(state, account).folder
    home.chmod(0o750)
    with (
        pytest.raises(EmbeddedError, match=r"is not a folder of `[^`]*` alone \(mode 700\)"),
        embedded.server(open_folder / "state"),
    ):
        pass
    assert not list(home.iterdir())


@needs_root
def test_a_home_of_another_account_is_refused(open_folder: Path) -> None:
    state = state_in(open_folder / "state")
    home = settle(state, server_account()).folder
    os.chown(home, 65533, 65533)
    with (
        pytest.raises(EmbeddedError, match=r"is not a folder of `\w+` alone"),
        embedded.server(open_folder / "state"),
    ):
        pass
    assert home.stat().st_uid == 65533


@pytest.mark.parametrize("how", ["absolute", "by a detour", "relative"])
def test_a_planted_name_had_any_folder_deleted(tmp_path: Path, how: str) -> None:
    """An unpacked archive may hold a `.saphan`; `make forget` deleted whatever that one named.

    No folder but our own stands here: were the rule lost, the test would delete what it names.
    """
    precious = tmp_path / "precious"
    precious.mkdir(mode=0o700)
    (precious / "letter").touch()
    named = {
        "absolute": str(precious),
        "by a detour": f"{PUBLIC_FOLDERS[0]}/../..{precious}",
        "relative": "../../precious",
    }[how]
    state = state_in(tmp_path / "state")
    planted(state, named)
    for act in (embedded.remove, lambda place: embedded.server(place).__enter__()):
        with pytest.raises(EmbeddedError, match="names the server of another folder"):
            act(tmp_path / "state")
    assert (precious / "letter").exists()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"/var/tmp/\x00x"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    state = state_in(tmp_path / "state")
    state.pointer.write_bytes(content)
    with pytest.raises(EmbeddedError, match="home`"):
        embedded.remove(tmp_path / "state")


def test_an_empty_name_is_that_of_a_killed_start(folder: Path) -> None:
    planted(state_in(folder), "")
    assert home_of(folder) is None


@needs_root
def test_a_copied_folder_shared_its_server_with_the_first(folder: Path, tmp_path: Path) -> None:
    """Two folders, two sets of locks, one data folder: the first to leave stopped both."""
    home = settle(state_in(folder), server_account()).folder
    assert not home.is_relative_to(folder)
    shutil.copytree(folder, tmp_path / "copy")
    with (
        pytest.raises(EmbeddedError, match="names the server of another folder"),
        embedded.server(tmp_path / "copy"),
    ):
        pass
    (tmp_path / "copy" / "postgres" / POINTER).unlink()
    embedded.remove(tmp_path / "copy")
    assert home.exists()


def test_remove_of_nothing_makes_nothing(tmp_path: Path) -> None:
    embedded.remove(tmp_path / "state")
    assert not list(tmp_path.iterdir())
