"""A registry in which laws are made, the shipped protocols in force; one copy for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg.conninfo import make_conninfo

from tests import templates
from tests.compiler.registry import Registry
from tests.durability import nursery as nurseries
from tests.durability.nursery import Nursery
from tests.law.asking import leave


@pytest.fixture(scope="session")
def _template() -> str:
    """Made once and copied for each test."""
    return templates.ratified()


@contextmanager
def _copied(template: str) -> Iterator[Registry]:
    with templates.copied(template, "law") as owner:
        made = Registry(owner, make_conninfo(owner, user="saphan_service"))
        try:
            yield made
        finally:
            leave(made)


@pytest.fixture
def registry(_template: str) -> Iterator[Registry]:
    with _copied(_template) as made:
        yield made


@pytest.fixture(scope="module")
def shared_registry(_template: str) -> Iterator[Registry]:
    """For tests that change no law and nothing of each other's cases."""
    with _copied(_template) as made:
        yield made


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Servers that are quick to start, because they are forked."""
    with nurseries.nursery(tmp_path_factory.mktemp("nursery") / "errors") as opened:
        yield opened
