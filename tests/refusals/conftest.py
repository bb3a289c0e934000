"""One registry for all situations, the shipped protocols in force; and the question asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg.conninfo import make_conninfo

from tests import templates
from tests.compiler.registry import Registry
from tests.refusals.asking import Ask


@contextmanager
def _fresh() -> Iterator[Ask]:
    with templates.copied(templates.ratified(), "refusals") as owner:
        asking = Ask(Registry(owner, make_conninfo(owner, user="saphan_service")))
        try:
            yield asking
        finally:
            asking.close()


@pytest.fixture(scope="session")
def ask() -> Iterator[Ask]:
    with _fresh() as made:
        yield made


@pytest.fixture
def ask_alone() -> Iterator[Ask]:
    """Over a registry of its own, for a test that changes the law."""
    with _fresh() as made:
        yield made
