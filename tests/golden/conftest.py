"""One registry with the golden people for all cases."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests import templates
from tests.compiler.registry import Registry
from tests.golden.people import settle


@pytest.fixture(scope="session")
def golden_registry() -> Iterator[Registry]:
    with templates.copied(templates.ratified(), "golden") as owner:
        with psycopg.connect(owner) as connection:
            settle(connection)
        yield Registry(owner, make_conninfo(owner, user="saphan_service"))
