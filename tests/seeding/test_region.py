"""The demonstration's region: made once, beside the workbooks and without touching their cases."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import pq, sql
from psycopg.conninfo import make_conninfo

from service import migrate
from service.demo_cases import REGION, SEED, load_region
from service.seeding.report import report
from service.seeding.rows import id_of
from tests.demo.showing import Shown, load

TODAY = dt.date(2026, 11, 1)


@pytest.fixture(scope="module")
def shown() -> Iterator[Shown]:
    """A registry with the region in it, then the workbooks."""
    server, name = os.environ["SAPHAN_TEST_DSN"], f"region_{uuid.uuid4().hex[:12]}"
    owner = migrate.create_database(server, name)
    try:
        with psycopg.connect(owner) as connection:
            connection.execute("select 1")  # as in the command: the caller has read something
            assert load_region(connection, TODAY) == REGION
            # else the wall's tables stay locked, and the import waits for ever
            assert connection.info.transaction_status is pq.TransactionStatus.IDLE
        yield load(owner, make_conninfo(owner, user="saphan_service"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


def _states(shown: Shown, *, region: bool) -> list[tuple[str, int]]:
    ids = [id_of(SEED, number) for number in range(REGION)]
    with psycopg.connect(shown.owner) as connection:
        return connection.execute(
            "select state, count(*) from registry.return_case"
            " where (victim_id = any(%s)) = %s group by 1 order by 1",
            (ids, region),
        ).fetchall()


def test_the_workbooks_cases_move_beside_the_region(shown: Shown) -> None:
    assert shown.counted[0] == 60
    moved = dict(_states(shown, region=False))
    assert sum(moved.values()) == 60
    assert shown.counted[1] > 30
    assert moved["RETURN_PLANNED"] > 3


def test_the_region_is_made_once_and_its_cases_stay_where_they_are(shown: Shown) -> None:
    before = _states(shown, region=True)
    assert len(before) > 12
    with psycopg.connect(shown.owner) as connection:
        assert load_region(connection, TODAY) == 0
    again = load(shown.owner, shown.service)
    assert again.counted == (60, 0)
    assert _states(shown, region=True) == before


def test_the_tour_is_about_the_workbooks_and_still_ends_well(shown: Shown) -> None:
    text = shown.walk()
    assert "Each answer equals the disclosures of its access record" in text
    assert {"CONSENT", "STAGE"} <= set(text.replace(":", " ").split())


def test_every_line_of_the_report_has_something_to_tell(shown: Shown) -> None:
    """Twins, people trafficked again, withdrawals: a newcomer finds them in the demonstration."""
    with psycopg.connect(shown.owner) as connection:
        answers = {answer.name: sum(n for _, n in answer.found) for answer in report(connection)}
    assert all(answers.values()), answers
