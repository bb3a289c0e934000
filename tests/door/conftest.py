"""Doors: one over an engine that only remembers, one over the real engine and a database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from psycopg.conninfo import make_conninfo

from resolvers.engine import Engine, EngineSettings
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service.app import Life
from tests import templates
from tests.door.doors import OpenDoor, ScriptedEngine, open_door


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture(scope="module")
def door(engine: ScriptedEngine) -> Iterator[OpenDoor]:
    with open_door(engine, body_limit=65_536) as opened:
        yield opened


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """A migrated database; its string is the test server's superuser's."""
    with templates.copied(templates.migrated(), "door") as owner:
        yield owner


@pytest.fixture(scope="session")
def service_dsn(database: str) -> str:
    return make_conninfo(database, user="saphan_service")


@pytest.fixture(scope="session")
def real_door(service_dsn: str) -> Iterator[OpenDoor]:
    """The door over the real engine."""
    settings = EngineSettings(dsn=lambda: service_dsn, cursor_key=bytes(32), connections=2)
    engine = Engine(graphql_schema(), catalog(), settings)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        await engine.start()
        yield
        await asyncio.sleep(0)
        await engine.stop()

    with open_door(engine, life=Life(running=running)) as opened:
        yield opened
