"""Houses to watch: one without a door for what an event is, real servers for how it travels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attacks.conftest import brood, issuer, opened, world_template
from tests.subscriptions.watching import Watchers
from tests.tracing.conftest import _copied, _template

__all__ = ["_template", "brood", "issuer", "opened", "watchers", "world_template"]


@pytest.fixture
def watchers(_template: str) -> Iterator[Watchers]:
    with _copied(_template) as house:
        yield Watchers(house)
