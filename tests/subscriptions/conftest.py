"""Houses to watch: one without a door for what an event is, real servers for how it travels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attacks.conftest import Opened, brood, issuer, opened, world_template
from tests.attacks.houses import House
from tests.subscriptions.watching import Watchers
from tests.tracing.conftest import _copied, _template

__all__ = ["_template", "brood", "issuer", "opened", "watchers", "world_template"]


@pytest.fixture
def watchers(_template: str) -> Iterator[Watchers]:
    with _copied(_template) as house:
        yield Watchers(house)


@pytest.fixture(scope="session")
def house(opened: Opened) -> Iterator[House]:
    """A server with little patience, so that a test need not have more."""
    little = {
        "SAPHAN_HEADER_TIMEOUT": "2",
        "SAPHAN_IDLE_TIMEOUT": "3",
        "SAPHAN_SOCKET_SUBSCRIPTIONS": "20",
        "SAPHAN_ORIGINS": "https://desk.example, https://other.example:8443",
    }
    with opened(**little) as made:
        yield made
