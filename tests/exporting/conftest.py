"""A registry with real disclosures and an integrator, as `tests.tracing` has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.exporting.exports import Ground, founded
from tests.tracing.conftest import _template

__all__ = ["_template"]


@pytest.fixture
def ground(_template: str) -> Iterator[Ground]:
    """For one test alone."""
    with founded(_template) as made:
        yield made


@pytest.fixture(scope="module")
def shared_ground(_template: str) -> Iterator[Ground]:
    """For tests that only look at what was exported from it."""
    with founded(_template) as made:
        made.place()
        yield made
