"""A registry with the shipped protocols in force, people in it, and who asks; one for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg.conninfo import make_conninfo

from tests import templates
from tests.compiler.registry import Registry
from tests.tracing.house import House, furnish
from tests.tracing.scene import Scene, play
from tests.tracing.typing_at import Prompt


@pytest.fixture(scope="session")
def _template() -> str:
    """Made once and copied for each test."""
    return templates.ratified()


@contextmanager
def _copied(template: str) -> Iterator[House]:
    with templates.copied(template, "tracing") as owner:
        made = furnish(Registry(owner, make_conninfo(owner, user="saphan_service")))
        try:
            yield made
        finally:
            made.close()


@pytest.fixture
def house(_template: str) -> Iterator[House]:
    with _copied(_template) as made:
        yield made


@pytest.fixture(scope="module")
def scene(_template: str) -> Iterator[Scene]:
    """One house in which everything has happened that auditors ask about; for questions alone."""
    with _copied(_template) as made:
        yield play(made)


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Prompt:
    return Prompt(monkeypatch, capsys)
