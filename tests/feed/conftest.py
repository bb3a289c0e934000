"""A registry with the shipped protocols in force and people in it; one for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from tests import templates
from tests.compiler.registry import Registry
from tests.tracing.house import House, furnish


@pytest.fixture(scope="session")
def _ratified() -> str:
    return templates.ratified()


@pytest.fixture
def house(_ratified: str) -> Iterator[House]:
    with templates.copied(_ratified, "feed") as owner:
        made = furnish(Registry(owner, make_conninfo(owner, user="saphan_service")))
        try:
            yield made
        finally:
            made.close()
