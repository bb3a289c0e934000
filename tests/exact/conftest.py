"""One registry for the whole folder, with the shipped protocols in force and people in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from tests import templates
from tests.compiler.registry import Registry
from tests.exact.ground import Ground, furnish


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    with templates.copied(templates.ratified(), "exact") as owner:
        made = furnish(Registry(owner, make_conninfo(owner, user="saphan_service")))
        try:
            yield made
        finally:
            made.close()
