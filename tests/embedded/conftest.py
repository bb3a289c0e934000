"""A folder for a server, reachable by its account or not, left empty of files and processes."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service import embedded
from tests.embedded.visitors import Visitor, arrived, begun, comes_true, home_of, processes

Visit = Callable[..., Visitor]


def _emptied(folder: Path) -> None:
    home = home_of(folder)
    embedded.remove(folder)
    assert home is None or not home.exists()
    assert home is None or comes_true(lambda: not processes(home))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Below pytest's own folder, which is open to one account alone."""
    place = tmp_path / "state"
    yield place
    _emptied(place)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Where every account can go, as in a clone below /srv."""
    base = Path(tempfile.mkdtemp(prefix="saphan-test-", dir="/var/tmp"))
    base.chmod(0o755)
    try:
        yield base
    finally:
        shutil.rmtree(base)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose cluster is made once for all tests that need no fresh one."""
    place = tmp_path_factory.mktemp("shared")
    yield place
    _emptied(place)


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Let another process come in; those that are still there afterwards are thrown out."""
    begun_here: list[subprocess.Popen[str]] = []

    def come(folder: Path, **options: object) -> Visitor:
        process = begun(folder, **options)
        begun_here.append(process)
        return arrived(process)

    yield come
    for process in begun_here:
        process.kill()
        process.communicate(timeout=60)
