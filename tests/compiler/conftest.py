"""A migrated registry with the shipped protocols ratified, one for the module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from tests import templates
from tests.compiler.registry import Registry


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with templates.copied(templates.ratified(), "compiler") as owner:
        yield Registry(owner, make_conninfo(owner, user="saphan_service"))
