"""A migrated registry with the shipped protocols ratified, one for the module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from tests import templates
from tests.casework.desks import House, opened
from tests.compiler.registry import Registry


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with templates.copied(templates.ratified(), "casework") as owner:
        yield Registry(owner, make_conninfo(owner, user="saphan_service"))


@pytest.fixture(scope="module")
def house(registry: Registry) -> Iterator[House]:
    with opened(registry) as made:
        yield made
