"""One registry with the demonstration in it, for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests import templates
from tests.demo.showing import Shown, load

_counted: list[tuple[int, int]] = []


def _load(connection: psycopg.Connection[Any]) -> None:
    owner = make_conninfo(templates.server(), dbname=connection.info.dbname)
    _counted.append(load(owner, make_conninfo(owner, user="saphan_service")).counted)


@pytest.fixture(scope="session")
def template() -> str:
    """Loaded once and copied for each test."""
    return templates.filled("demo", templates.ratified(), _load)


@pytest.fixture
def shown(template: str) -> Iterator[Shown]:
    with templates.copied(template, "demo") as owner:
        yield Shown(owner, make_conninfo(owner, user="saphan_service"), _counted[0])
