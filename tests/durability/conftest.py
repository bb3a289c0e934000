"""A registry of marked people, a nursery of servers, and a token that opens every value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service import surroundings
from service.settings import Settings
from tests import templates
from tests.door.test_serving import url_of
from tests.durability import ground as grounds
from tests.durability import nursery as nurseries
from tests.durability.ground import Ground
from tests.durability.nursery import Nursery
from tests.durability.people import AGENCY, PURPOSE, ROLE


@dataclass(frozen=True, slots=True)
class House:
    """The folder of a registry's keys, and a token that its issuer signed."""

    folder: Path
    token: str

    def settings(self, dsn: str, **more: str) -> dict[str, str]:
        """The environment of a server over this database."""
        return {"SAPHAN_FOLDER": str(self.folder), "SAPHAN_DATABASE_URL": url_of(dsn)} | more


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("house") / "saphan"
    issuer = surroundings.development_issuer(Settings(folder=folder))
    return House(folder, issuer.mint(AGENCY, (ROLE,), (PURPOSE,)))


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    with templates.copied(templates.ratified(), "durability") as owner:
        yield grounds.peopled(owner)


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    errors = tmp_path_factory.mktemp("nursery") / "errors"
    with nurseries.nursery(errors) as opened:
        yield opened
    # a value that did not leave as an answer must not leave as a log line either
    said = errors.read_text()
    assert "~" not in said
    assert "Traceback" not in said
