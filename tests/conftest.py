"""One embedded PostgreSQL for the whole run, unless `SAPHAN_TEST_DSN` names a server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from service import embedded
from tests import templates

# Nothing here is about time: a busy machine draws slowly and is no failure.
settings.register_profile("saphan", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("saphan")


@pytest.fixture(scope="session", autouse=True)
def _test_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    if "SAPHAN_TEST_DSN" in os.environ:
        yield
        templates.forget()
        return
    folder: Path = tmp_path_factory.mktemp("postgres")
    with embedded.server(folder) as server:
        os.environ["SAPHAN_TEST_DSN"] = server.dsn(embedded.SUPERUSER, "postgres")
        try:
            yield
        finally:
            templates.forget()
            del os.environ["SAPHAN_TEST_DSN"]
    embedded.remove(folder)
