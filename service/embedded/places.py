"""Where an embedded server keeps its files: the state folder, its home and its socket.

The state folder (`.saphan/postgres`) belongs to who runs saphan and holds the
locks. The home belongs to the account that runs the server, mode 700, and
holds the data, the log and the socket. It lies in the state folder where that
account reaches it, else below /var/tmp under a name that nobody can guess, and
a file `home` in the state folder says where: a state folder that was deleted
never finds the data of an earlier one again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from service.embedded.account import Account
from service.embedded.binaries import PUBLIC_FOLDERS
from service.embedded.errors import EmbeddedError

# sun_path has 108 bytes on Linux and 104 on the BSDs and macOS, the last one is NUL.
SOCKET_LIMIT = 103
SOCKET_NAME = ".s.PGSQL.5432"
POINTER = "home"


@dataclass(frozen=True, slots=True)
class State:
    """The folder of the locks, owned by who runs saphan."""

    folder: Path

    @property
    def users(self) -> Path:
        return self.folder / "users.lock"

    @property
    def door(self) -> Path:
        return self.folder / "door.lock"

    @property
    def watch(self) -> Path:
        return self.folder / "watch.lock"

    @property
    def pointer(self) -> Path:
        return self.folder / POINTER


@dataclass(frozen=True, slots=True)
class Home:
    """The server's own folder, and that of its socket (the same one where the path is short)."""

    folder: Path
    socket_folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def socket(self) -> Path:
        return self.socket_folder / SOCKET_NAME

    @property
    def start_log(self) -> Path:
        return self.folder / "start.log"

    @property
    def log_folder(self) -> Path:
        return self.folder / "log"

    @property
    def settings(self) -> Path:
        return self.folder / "saphan.conf"


def place_in(folder: Path) -> Path:
    """Where the state folder lies below `folder` (usually `.saphan`), there or not."""
    return Path(os.path.realpath(folder)) / "postgres"


def state_in(folder: Path) -> State:
    """The state folder below `folder`, made if absent."""
    place = place_in(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"cannot make `{place}`: {error.strerror}") from error
    return State(place)


def known_home(state: State) -> Path | None:
    """The home that the state folder names, or None where there is none yet.

    A file that came with a copied or unpacked folder may name anything, and what it names is
    used and, by `discard`, deleted: only a name that `_outside` gave for this very folder counts.
    """
    inside = state.folder / "server"
    if inside.is_dir() and not inside.is_symlink():
        return inside
    try:
        text = state.pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise EmbeddedError(f"cannot read `{state.pointer}`: remove it to begin anew") from error
    if not text:  # killed while it was written
        return None
    named = Path(text)
    if named.parent not in PUBLIC_FOLDERS or not named.name.startswith(_outside_name(state)):
        raise EmbeddedError(
            f"`{state.pointer}` names the server of another folder: move this folder back to where "
            "it was, or remove that file to begin with an empty database"
        )
    return named if os.path.lexists(named) else None


def settle(state: State, account: Account) -> Home:
    """The server's home, made on first use. To be called with the door shut."""
    folder = known_home(state)
    if folder is None:
        folder = _inside(state, account) or _outside(state, account)
    if account.switch and folder.parent == state.folder and folder.lstat().st_uid == os.geteuid():
        _give(folder, account)  # new, or left by a process that was killed right here
    _insist_private(folder, account)
    if not account.reaches(folder):
        raise EmbeddedError(
            f"the account `{account.name}` no longer reaches its folder `{folder}`: "
            "a parent folder was closed to it since the server was made"
        )
    return Home(folder, _socket_folder(folder, account))


def discard(state: State) -> None:
    """Delete home, socket folder and state folder. With no user left and the door shut."""
    home = known_home(state)
    if home is not None:
        shutil.rmtree(home, ignore_errors=True)
        for base in _short_folders():
            shutil.rmtree(base / _socket_name(home), ignore_errors=True)
    shutil.rmtree(state.folder, ignore_errors=True)


def _inside(state: State, account: Account) -> Path | None:
    if not account.reaches(state.folder):
        return None
    folder = state.folder / "server"
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise EmbeddedError(f"cannot make the folder `{folder}`: {error.strerror}") from error
    return folder


def _outside(state: State, account: Account) -> Path:
    for base in PUBLIC_FOLDERS:
        if base.is_dir() and account.reaches(base):
            try:
                folder = Path(tempfile.mkdtemp(prefix=_outside_name(state), dir=base))
                _give(folder, account)
                state.pointer.write_text(f"{folder}\n", encoding="utf-8")
            except OSError as error:
                raise EmbeddedError(f"cannot make the server's folder: {error.strerror}") from error
            return folder
    raise EmbeddedError(
        f"the account `{account.name}`, which has to run PostgreSQL, reaches neither "
        f"`{state.folder}` nor {PUBLIC_FOLDERS[0]}: set SAPHAN_DATABASE_URL"
    )


def _outside_name(state: State) -> str:
    """How the names of this state folder's homes outside of it begin."""
    mark = hashlib.sha256(os.fsencode(state.folder)).hexdigest()[:12]
    return f"saphan-{os.geteuid()}-{mark}-"


def _socket_name(home: Path) -> str:
    return f"saphan-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"


def _short_folders() -> list[Path]:
    """Where sockets go whose own home has too long a path. All processes must agree on it."""
    return sorted(PUBLIC_FOLDERS)


def _socket_folder(home: Path, account: Account) -> Path:
    """The home itself where its path leaves room for the socket, else a short private folder."""
    if _fits(home):
        return home
    for base in _short_folders():
        folder = base / _socket_name(home)
        if not _fits(folder) or not base.is_dir():
            continue
        if not os.path.lexists(folder):
            account.run("/bin/mkdir", "-m", "700", folder)
        if os.path.lexists(folder):
            _insist_private(folder, account)
            return folder
    raise EmbeddedError(f"no folder with a path short enough for the socket of `{home}`")


def _fits(folder: Path) -> bool:
    """Short enough, and one path to PostgreSQL and libpq, which both split at commas."""
    return "," not in str(folder) and len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_LIMIT


def _give(folder: Path, account: Account) -> None:
    if account.switch:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def _insist_private(folder: Path, account: Account) -> None:
    """Refuse a link, another account's folder, or one that others may enter: perhaps planted."""
    found = folder.lstat()
    if (
        not stat.S_ISDIR(found.st_mode)
        or found.st_uid != account.uid
        or stat.S_IMODE(found.st_mode) & 0o077
    ):
        raise EmbeddedError(
            f"`{folder}` is not a folder of `{account.name}` alone (mode 700): "
            "remove it if it is not in use, or set SAPHAN_DATABASE_URL"
        )
