"""How the tour ends: what is traced, exported and checked is what was shown; a change is found."""

from __future__ import annotations

import asyncio
import io
import shutil
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from rich.console import Console

from resolvers.engine import Engine, EngineSettings
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service import surroundings
from service.cli_demo import CHECKS, WIDTH
from service.settings import Settings, load
from service.surroundings import Databases, Role
from service.tour import Tour, TourFailed
from service.tour_ledger import export_and_check, print_trace, trace_one
from tests.demo.showing import TOUR_AUDITORS, TOUR_DESKS, Shown


class End:
    """What `saphan demo` does after the desks have asked."""

    def __init__(self, shown: Shown, folder: Path) -> None:
        self.settings: Settings = load(folder=folder)
        self.databases = Databases(lambda role: make_conninfo(shown.owner, user=role.value))
        self.out = io.StringIO()
        self.console = Console(file=self.out, width=WIDTH)

    def walk(self) -> str:
        """What the console showed."""
        asyncio.run(self._trace())
        issuer = surroundings.development_issuer(self.settings)
        token = issuer.mint(CHECKS, ["AUDITOR"], ["AUDIT"], subject="auditor")
        export_and_check(self.settings, self.databases, token, CHECKS, self.console)
        return self.out.getvalue()

    async def _trace(self) -> None:
        engine = Engine(
            graphql_schema(),
            catalog(),
            EngineSettings(lambda: self.databases.dsn(Role.SERVICE), b"k" * 32),
        )
        await engine.start()
        try:
            victim = await Tour(engine, self.console).walk(TOUR_DESKS, TOUR_AUDITORS)
            auditor = TOUR_AUDITORS[CHECKS[:2]]
            found, page = await trace_one(engine, self.databases, auditor, victim, self.settings)
        finally:
            await engine.stop()
        print_trace(self.console, CHECKS, found, page)
        assert "<svg" in page.read_text(encoding="utf-8")


def test_the_tour_ends_with_a_clean_check_of_its_own_export(shown: Shown, tmp_path: Path) -> None:
    end = End(shown, tmp_path)
    text = end.walk()
    assert "TH-KH-2014@3#art. 9(2)" in text.partition("traces that record")[2]
    assert "is what was signed" in text
    assert f"saphan ledger fsck {tmp_path / 'demo' / ('export-' + CHECKS)} --key" in text
    again = End(shown, tmp_path).walk()
    assert "is what was signed" in again


def test_the_tour_fails_where_a_leaf_was_changed(shown: Shown, tmp_path: Path) -> None:
    """The check at its end can fail: a record is changed where it lies."""
    End(shown, tmp_path).walk()
    with psycopg.connect(make_conninfo(shown.owner, user="postgres")) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(
            "update ledger.access_leaf set body = replace(body, 'TRACING', 'RETURN')"
            " where body like '%\"TRACING\"%'"
        )
    shutil.rmtree(tmp_path / "demo")
    with pytest.raises(TourFailed, match="fsck of"):
        End(shown, tmp_path).walk()
