"""A witness for a whole module, and a log of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import templates
from tests.integrating.trees import Ledger
from tests.witness.databases import made
from tests.witness.logs import Log
from tests.witness.processes import Witness, witnessing

LOGS = 60


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    folder: Path = tmp_path_factory.mktemp("witness")
    with witnessing(folder, [Log(n) for n in range(LOGS)]) as running:
        yield running


@pytest.fixture(scope="module")
def next_log() -> Callable[[], Log]:
    numbers = itertools.count()
    return lambda: Log(next(numbers))


@pytest.fixture
def log(next_log: Callable[[], Log]) -> Log:
    """A log that the witness knows and of which it has cosigned nothing."""
    found = next_log()
    assert found.number < LOGS
    return found


@pytest.fixture(scope="session")
def template() -> str:
    """A migrated database that nobody is connected to."""
    return templates.migrated()


@pytest.fixture
def tree(template: str) -> Iterator[Ledger]:
    with made(template) as ledger:
        yield ledger
