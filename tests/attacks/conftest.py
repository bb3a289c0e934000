"""The world as a template, a nursery of servers, one house for each module, and the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest

from service import surroundings
from service.devissuer import DevelopmentIssuer
from service.settings import Settings
from tests import templates
from tests.attacks import world
from tests.attacks.houses import House, copied, house_of
from tests.attacks.table import Table
from tests.durability import nursery as nurseries
from tests.durability.nursery import Nursery

Opened = Callable[..., AbstractContextManager[House]]


def pytest_configure(config: pytest.Config) -> None:
    """The table is for who asks for this folder by name, not for a run of everything."""
    if any(str(word).rstrip("/") == "tests/attacks" for word in config.invocation_params.args):
        config.pluginmanager.register(Table(), "attacks")


@pytest.fixture(scope="session")
def world_template() -> str:
    """Made once and copied for each module."""
    return templates.filled("world", templates.ratified(), world.settle)


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentIssuer:
    folder = tmp_path_factory.mktemp("attacks") / "saphan"
    return surroundings.development_issuer(Settings(folder=folder))


@pytest.fixture(scope="session")
def brood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Servers that are quick to start, because they are forked."""
    with nurseries.nursery(tmp_path_factory.mktemp("brood") / "errors") as opened:
        yield opened


@pytest.fixture(scope="session")
def opened(world_template: str, brood: Nursery, issuer: DevelopmentIssuer) -> Opened:
    """Opens one more house over a copy of the world: `with opened(prepare) as house`."""

    @contextmanager
    def one_more(
        prepare: Callable[[psycopg.Connection], object] | None = None, **settings: str
    ) -> Iterator[House]:
        with copied(world_template) as owner:
            if prepare is not None:
                with psycopg.connect(owner) as connection:
                    prepare(connection)
            with house_of(owner, brood, issuer, **settings) as house:
                yield house

    return one_more


@pytest.fixture(scope="module")
def house(opened: Opened) -> Iterator[House]:
    with opened() as made:
        yield made
