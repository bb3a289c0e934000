"""A registry in which laws are made, the shipped protocols in force; one copy for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from tests import templates
from tests.compiler.registry import Registry


@pytest.fixture(scope="session")
def _template() -> str:
    """Made once and copied for each test."""
    return templates.ratified()


@pytest.fixture
def registry(_template: str) -> Iterator[Registry]:
    with templates.copied(_template, "law") as owner:
        yield Registry(owner, make_conninfo(owner, user="saphan_service"))
