"""The tour's own return: every step taken by its desk, and the tour fails where one is not."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from authz.caller import Caller
from resolvers.engine import Engine, EngineSettings
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service import tour_pull
from service.cli_demo import WIDTH
from service.tour import Tour, TourFailed
from service.tour_case import CaseTour
from tests.compiler.registry import caller
from tests.demo.showing import Shown

NOW = dt.datetime.now(dt.UTC)


def _official(agency: str, role: str, purpose: str, unit: str) -> Caller:
    made = caller(agency, role, purposes=(purpose,))
    country = "KH" if agency.startswith("NGO-") else made.country
    return replace(made, unit=unit, country=country, subject=f"{role} of {agency}")


def _walked(shown: Shown, walk: Callable[[CaseTour], Awaitable[object]]) -> str:
    out = io.StringIO()
    console = Console(file=out, width=WIDTH)

    async def run() -> None:
        settings = EngineSettings(lambda: shown.service, b"k" * 32)
        engine = Engine(graphql_schema(), catalog(), settings)
        await engine.start()
        try:
            await walk(CaseTour(Tour(engine, console), _official, console))
        finally:
            await engine.stop()

    asyncio.run(run())
    return out.getvalue()


def test_ten_desks_of_three_countries_bring_one_person_home(shown: Shown) -> None:
    text = _walked(shown, lambda tour: tour.walk(NOW))
    assert "25 acts by 10 desks of KH, LA, TH" in text
    assert "CLOSED" in text
    with psycopg.connect(shown.owner) as connection:
        found = connection.execute(
            "select count(distinct state) from registry.transition where case_id = (select id from"
            " registry.return_case where closing_reason = 'REINTEGRATED' order by state_since desc"
            " limit 1)"
        ).fetchone()
    assert found == (13,)


def test_a_consent_taken_back_stops_the_case_and_says_what_had_left(shown: Shown) -> None:
    told: list[object] = []

    async def walk(tour: CaseTour) -> None:
        case, victim = await tour.begin(NOW)
        assert victim
        told.extend(await tour.withdraw(case))

    _walked(shown, walk)
    with psycopg.connect(shown.owner) as connection:
        rows = connection.execute(
            "select hold_reason from registry.return_case where state = 'ON_HOLD'"
            " and hold_reason is not null"
        ).fetchall()
    assert ("CONSENT",) in rows


def test_the_tour_fails_where_a_desk_may_not_take_its_step(shown: Shown) -> None:
    with psycopg.connect(shown.owner) as connection:
        connection.execute(
            "insert into policy.ending (version_id, party, agency, subject, until_at) select id,"
            " 'TH', 'TH-MFA', 's', clock_timestamp() from policy.protocol_version"
            " where agreement_code = 'TH-KH-2014'"
        )
        connection.commit()
    with pytest.raises(TourFailed):
        _walked(shown, lambda tour: tour.walk(NOW))


def test_a_copy_that_keeps_a_name_fails_the_tour(tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.mkdir()
    copy = tour_pull.Copy("http://localhost", "", tmp_path)
    line = {"id": "a", "familyName": "Sok"}
    (records / "Victim.ndjson").write_text(json.dumps(line) + "\n")
    console = Console(file=io.StringIO())
    with pytest.raises(TourFailed):
        tour_pull.check(console, copy, "a", before="Sok")
    (records / "Victim.ndjson").write_text(json.dumps({"id": "a"}) + "\n")
    with pytest.raises(TourFailed):
        tour_pull.check(console, copy, "a", before="Sok")
    report = {"id": "a", "type": "Victim", "fields": ["familyName"], "at": ""}
    (tmp_path / "report.ndjson").write_text(json.dumps(report) + "\n")
    tour_pull.check(console, copy, "a", before="Sok")
