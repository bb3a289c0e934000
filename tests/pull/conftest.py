"""A served registry with people in it, and pulls from it by the command itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests import templates
from tests.door.test_serving import serving, url_of
from tests.pull.served import Served
from tests.refusals.facts import Facts, settle


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("served")
    with templates.copied(templates.ratified(), "pull") as owner:
        connection = psycopg.connect(owner, autocommit=True)
        people = [settle(connection, Facts()) for _ in range(6)]
        settle(connection, Facts(origin="LA", agreement="TH-LA-2017"))
        service = url_of(make_conninfo(owner, user="saphan_service"))
        with serving(folder, SAPHAN_DATABASE_URL=service) as server:
            yield Served(server.announced(), folder, connection, people)
        connection.close()
