"""The Go programs, built once for a whole run, and a ledger of its own for who needs one."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from tests.integrating.conftest import template, tree
from tests.interop import building
from tests.interop.building import Programs

__all__ = ["go", "room", "template", "tree"]


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "go"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def go(room: Path) -> Programs:
    """The programs; skipped where they cannot be built."""
    with (room / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return building.build(room)
