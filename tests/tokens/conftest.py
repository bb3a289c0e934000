"""A migrated database for those tests of tokens that need one, and a key set that can be served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from tests import templates


@pytest.fixture(scope="session")
def superuser_dsn() -> Iterator[str]:
    """As the test server's superuser."""
    with templates.copied(templates.migrated(), "tokens") as dsn:
        yield dsn


@pytest.fixture(scope="session")
def owner_dsn(superuser_dsn: str) -> str:
    return make_conninfo(superuser_dsn, user="saphan_owner")


@pytest.fixture(scope="session")
def service_dsn(superuser_dsn: str) -> str:
    return make_conninfo(superuser_dsn, user="saphan_service")
