"""A migrated database for each test, copied from one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import templates
from tests.integrating.trees import Ledger


@pytest.fixture(scope="session")
def template() -> str:
    return templates.migrated()


@pytest.fixture
def tree(template: str) -> Iterator[Ledger]:
    with templates.copied(template, "tree") as dsn:
        yield Ledger(dsn)
