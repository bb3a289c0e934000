"""The demonstration's people in a database of their own, and the tour walked on them."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass

import psycopg
from rich.console import Console

from resolvers.engine import Engine, EngineSettings
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service.cli_demo import AUDITORS, DESKS, WIDTH
from service.demo_cases import load_cases
from service.stewards import ratify_shipped
from service.tour import Tour
from tests.compiler.registry import caller

TOUR_DESKS = {agency: caller(agency) for agency in DESKS}
TOUR_AUDITORS = {agency[:2]: caller(agency, "AUDITOR", purposes=("AUDIT",)) for agency in AUDITORS}


@dataclass(frozen=True, slots=True)
class Shown:
    """A registry with the demonstration in it."""

    owner: str
    service: str
    counted: tuple[int, int]

    def walk(self, times: int = 1) -> str:
        """What the console showed."""
        out = io.StringIO()
        asyncio.run(self._walk(Console(file=out, width=WIDTH), times))
        return out.getvalue()

    async def _walk(self, console: Console, times: int) -> None:
        settings = EngineSettings(lambda: self.service, b"k" * 32)
        engine = Engine(graphql_schema(), catalog(), settings)
        await engine.start()
        try:
            for _ in range(times):
                await Tour(engine, console).walk(TOUR_DESKS, TOUR_AUDITORS)
        finally:
            await engine.stop()


def load(owner: str, service: str) -> Shown:
    """Fill it."""
    with psycopg.connect(owner) as connection:
        ratify_shipped(connection)
        connection.commit()
        with psycopg.connect(service, autocommit=True) as door:
            counted = load_cases(connection, door, TOUR_DESKS)
    return Shown(owner, service, counted)
