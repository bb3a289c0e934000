"""A migrated registry with the shipped protocols in force, without a case; engines that answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from authz.caller import Caller
from resolvers.engine import Engine, EngineSettings, Request
from schema.catalog import catalog
from schema.sdl import graphql_schema
from tests import templates
from tests.compiler.registry import Registry
from tests.tracing.house import person

COMMITTEES = tuple(
    person(agency, "COORDINATOR", "STATISTICS") for agency in ("KH-NCCT", "LA-NCAHT", "TH-ATC")
)
CELLS = """query Cells($table: StatisticsTable!, $corridor: String, $from: Date, $to: Date) {
  statistics(table: $table, corridor: $corridor, from: $from, to: $to) {
    table corridor period through key count total weeks suppressed } }"""


_EMPTIED: LiteralString = (
    "truncate registry.statistics_edition, registry.statistics_case, registry.statistics_step,"
    " registry.statistics_tally, registry.statistics_release, registry.statistics_median,"
    " registry.victim, registry.return_case, registry.transition, registry.consent,"
    " registry.restriction, history.victim, history.return_case cascade"
)


@dataclass(slots=True)
class Office:
    """One registry, its owner and an engine."""

    registry: Registry
    owner: psycopg.Connection[Any]
    loop: asyncio.Runner
    engine: Engine

    def ask(self, who: Caller, query: str = CELLS, **variables: object) -> dict[str, Any]:
        """One answer, parsed."""
        request = Request(query, None, variables, who, who.purposes[0], "trace")
        body = self.loop.run(self.engine.answer(request)).body
        parsed: dict[str, Any] = json.loads(body)
        return parsed

    def cells(self, who: Caller, table: str, **variables: object) -> list[dict[str, Any]]:
        """The cells of a table; the answer has no error."""
        answer = self.ask(who, CELLS, table=table, **variables)
        assert "errors" not in answer
        return list(answer["data"]["statistics"])


def _opened(owner: str) -> Office:
    registry = Registry(owner, make_conninfo(owner, user="saphan_service"))
    loop = asyncio.Runner()
    settings = EngineSettings(lambda: registry.service, b"k" * 32)
    engine = Engine(graphql_schema(), catalog(), settings)
    loop.run(engine.start())
    return Office(registry, psycopg.connect(owner, autocommit=True), loop, engine)


def _closed(office: Office) -> None:
    office.loop.run(office.engine.stop())
    office.loop.close()
    office.owner.close()


@pytest.fixture(scope="session")
def _ratified() -> Iterator[str]:
    with templates.copied(templates.ratified(), "statistics") as owner:
        yield owner


@pytest.fixture
def office(_ratified: str) -> Iterator[Office]:
    """Emptied for each test: to copy takes longer than most of them."""
    made = _opened(_ratified)
    made.owner.execute("set session_replication_role = replica")
    made.owner.execute(_EMPTIED)
    made.owner.execute("set session_replication_role = origin")
    yield made
    _closed(made)


@pytest.fixture(scope="session")
def owner() -> Iterator[psycopg.Connection[Any]]:
    """Past every right, for worlds that are taken back."""
    with (
        templates.copied(templates.migrated(), "statistics") as dsn,
        psycopg.connect(dsn, autocommit=True) as connection,
    ):
        yield connection
