"""A registry with real disclosures and an integrator, as `tests.tracing` has it; one for each test."""

from __future__ import annotations

import pytest

from tests.exporting.exports import Ground
from tests.tracing.conftest import _template, house
from tests.tracing.house import House

__all__ = ["_template", "house"]


@pytest.fixture
def ground(house: House) -> Ground:
    return Ground(house)
