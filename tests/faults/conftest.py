"""What `tests.durability` and `tests.tracing` have: keys, a nursery, a registry to copy."""

from __future__ import annotations

from tests.durability.conftest import ground, house, nursery
from tests.tracing.conftest import _template

__all__ = ["_template", "ground", "house", "nursery"]
