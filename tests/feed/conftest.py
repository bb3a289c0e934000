"""Registries with the shipped protocols in force and people in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg.conninfo import make_conninfo

from tests import templates
from tests.compiler.registry import Registry
from tests.tracing.house import House, furnish
from tests.tracing.typing_at import Prompt


@pytest.fixture(scope="session")
def _ratified() -> str:
    return templates.ratified()


@contextmanager
def _house(template: str) -> Iterator[House]:
    with templates.copied(template, "feed") as owner:
        made = furnish(Registry(owner, make_conninfo(owner, user="saphan_service")))
        try:
            yield made
        finally:
            made.close()


@pytest.fixture(scope="module")
def house(_ratified: str) -> Iterator[House]:
    """For tests that bring their own people and pull as clients of their own."""
    with _house(_ratified) as made:
        yield made


@pytest.fixture
def own_house(_ratified: str) -> Iterator[House]:
    """For a test that changes the law, or all there is."""
    with _house(_ratified) as made:
        yield made


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Prompt:
    return Prompt(monkeypatch, capsys)
