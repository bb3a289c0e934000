"""What `tests.durability` and `tests.tracing` have: keys, a nursery, a registry to copy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.durability.conftest import ground, house, nursery
from tests.exporting.exports import Ground, founded
from tests.tracing.conftest import _template

__all__ = ["_template", "ground", "house", "nursery"]


@pytest.fixture
def registry(_template: str) -> Iterator[Ground]:
    """With people in it, for one test alone."""
    with founded(_template) as made:
        yield made
