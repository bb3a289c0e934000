"""The past of a simulated region: views, frozen parts, versions and the registry's own guards."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from itertools import pairwise

import pytest
from psycopg import sql

from resolvers.casework.guards import GUARDS
from schema.machine import EDGES, Guard
from service.seeding.report import QUESTIONS, report
from tests.seeding.region import PEOPLE, Registry

SAMPLE = 40
_ASKED = sorted(set(GUARDS) - {Guard.PROTOCOL_IN_FORCE})  # by its own dates: tests.seeding.guards
DAYS = ("2026-03-02", "2026-06-15", "2026-10-31 18:00")


def _as_of(region: Registry, day: str) -> None:
    region.execute("select set_config('saphan.as_of', %s, false)", (day,))


@pytest.mark.parametrize("day", DAYS)
def test_a_case_stood_at_the_newest_of_its_steps_by_then(region: Registry, day: str) -> None:
    _as_of(region, day)
    rows = region.execute(
        "select c.id, c.state, t.state, c.state_since, t.at, c.main_rank from past.return_case c"
        " left join lateral (select state, at from past.transition t where t.case_id = c.id"
        " order by at desc limit 1) t on true"
    ).fetchall()
    assert len(rows) > PEOPLE / 4
    assert all(state == stepped and since == at for _, state, stepped, since, at, _ in rows)
    assert len({row[0] for row in rows}) == len(rows)
    orphans = region.execute(
        "select count(*) from past.transition t where not exists"
        " (select from past.return_case c where c.id = t.case_id)"
    ).fetchone()
    assert orphans == (0,)
    moved = region.execute(
        "select count(*) from past.return_case p join registry.return_case c using (id)"
        " where p.state <> c.state"
    ).fetchone()
    assert moved is not None
    assert day > "2026-10" or moved[0] > 50


@pytest.mark.parametrize("day", DAYS)
def test_every_row_of_a_past_day_stands_once_and_below_its_case(region: Registry, day: str) -> None:
    _as_of(region, day)
    for table in ("victim", "assignment", "consent", "referral", "assessment", "travel_paper"):
        named = sql.Identifier("past", table)
        doubled = region.execute(
            sql.SQL("select count(*) - count(distinct id) from {}").format(named)
        ).fetchone()
        assert doubled == (0,), table
        if table != "victim":
            lonely = region.execute(
                sql.SQL(
                    "select count(*) from {} p where not exists"
                    " (select from past.return_case c where c.id = p.case_id)"
                ).format(named)
            ).fetchone()
            assert lonely == (0,), table


def test_custody_moves_at_the_handover_and_the_former_holder_stays_assigned(
    region: Registry,
) -> None:
    rows = region.execute(
        "select c.host, c.origin, c.holder, z.row ->> 'holder', z.row ->> 'state',"
        " exists (select from registry.assignment a where a.case_id = c.id and a.until_at is null"
        " and a.agency_code = z.row ->> 'holder')"
        " from registry.return_case c join registry.frozen z on z.case_id = c.id"
        " and z.record_id = c.id where c.host in ('TH', 'KH', 'LA')"
    ).fetchall()
    assert len(rows) > 60
    for host, origin, holder, former, state, assigned in rows:
        assert (holder[:2], former[:2], state, assigned) == (origin, host, "HANDED_OVER", True)


def test_every_case_handed_over_has_the_copy_and_no_other(region: Registry) -> None:
    assert region.execute(
        "select count(*) from registry.return_case c where (c.main_rank >= 9) <>"
        " exists (select from registry.frozen z where z.case_id = c.id)"
    ).fetchone() == (0,)


@pytest.mark.parametrize("day", DAYS)
def test_a_past_day_sees_the_copies_of_what_was_handed_over_by_then(
    region: Registry, day: str
) -> None:
    _as_of(region, day)
    counted = region.execute(
        "select count(*) filter (where c.main_rank >= 9), count(z.case_id),"
        " count(*) filter (where (c.main_rank >= 9) <> (z.case_id is not null))"
        " from past.return_case c"
        " left join past.frozen z on (z.case_id, z.record_id) = (c.id, c.id)"
    ).fetchone()
    assert counted is not None
    assert counted[0] == counted[1] > 20
    assert counted[2] == 0


def test_the_copy_of_a_person_who_was_corrected_later_shows_what_stood_then(
    region: Registry,
) -> None:
    rows = region.execute(
        "select z.row, to_jsonb(v), v.recorded_at from registry.frozen z"
        " join registry.victim v on v.id = z.record_id"
        " join registry.return_case c on c.id = z.case_id"
        " where v.recorded_at > c.handed_over_at"
    ).fetchall()
    assert len(rows) > 3
    for was, now, since in rows:
        assert {k for k in was if was[k] != now[k]} > {"recorded_at"}
        assert dt.datetime.fromisoformat(was["recorded_at"]) < since


def test_a_version_counts_the_changes_of_its_class(region: Registry) -> None:
    """As the registry's own trigger counts them: told again by comparing column by column."""
    fields = region.execute(
        "select column_name, data_class from registry.field_column where table_name = 'victim'"
    ).fetchall()
    versions = region.execute(
        "select id, recorded_at, to_jsonb(h) from history.victim h"
        " union all select id, recorded_at, to_jsonb(v) from registry.victim v order by 1, 2"
    ).fetchall()
    counted: dict[tuple[uuid.UUID, str], int] = {}
    for (one, _, was), (other, _, now) in pairwise(versions):
        if one == other:
            for data_class in {c for column, c in fields if was[column] != now[column]}:
                counted[one, data_class] = counted.get((one, data_class), 1) + 1
    told = region.execute(
        "select r.record_id, r.data_class, r.version from registry.record_version r"
        " join registry.victim v on v.id = r.record_id"
    ).fetchall()
    assert {(record, data_class): version for record, data_class, version in told} == counted
    assert max(counted.values()) > 2


def test_an_event_stands_for_every_record_under_one_position(region: Registry) -> None:
    assert region.execute("select count(*) from registry.commit_order").fetchone() != (0,)
    missing = region.execute(
        "select count(*) from registry.return_case c where not exists (select from registry.event e"
        " join registry.commit_order o on o.tx = e.tx where e.record_id = c.id)"
    ).fetchone()
    assert missing == (0,)
    loads = region.execute(
        "select count(distinct tx) from registry.event where record_type = 'Victim'"
    ).fetchone()
    assert loads == (1,)


def test_meetings_deal_with_cases_that_were_open_on_their_day(region: Registry) -> None:
    rows = region.execute(
        "select b.starts_on, c.opened_on, c.agreement_code, b.agreement_code"
        " from registry.contact_case k join registry.bilateral_contact b on b.id = k.contact_id"
        " join registry.return_case c on c.id = k.case_id"
    ).fetchall()
    assert len(rows) > 5
    assert all(opened <= day and lodged == of for day, opened, lodged, of in rows)


def test_the_report_is_what_its_queries_find(region: Registry) -> None:
    answers = {answer.name: dict(answer.found) for answer in report(region)}
    assert len(answers) == len(QUESTIONS)
    assert sum(answers["cases by state"].values()) > PEOPLE
    assert all(sum(found.values()) > 0 for found in answers.values()), json.dumps(answers)


def _of_the_past(guard: Guard) -> sql.SQL:
    text = GUARDS[guard].replace("registry.", "past.").replace("current_date", "past.today()")
    return sql.SQL("select " + text + " from past.return_case t where t.id = %s")


@pytest.mark.parametrize("guard", _ASKED)
def test_a_step_that_was_taken_meets_the_guard_of_its_act(region: Registry, guard: Guard) -> None:
    edges = [edge for edge in EDGES if guard in edge.guards]
    assert edges
    for edge in edges:
        steps = region.execute(
            "select case_id, at from registry.transition where from_state = %s and state = %s"
            " order by at desc limit %s",
            (edge.source, edge.target, SAMPLE),
        ).fetchall()
        assert len(steps) == SAMPLE
        for case, at in steps:
            before = at - dt.timedelta(microseconds=1)
            region.execute("select set_config('saphan.as_of', %s, false)", (before.isoformat(),))
            assert region.execute(_of_the_past(guard), (case,)).fetchone() == (True,), (case, at)


def test_the_guards_can_say_no(region: Registry) -> None:
    """Of cases that have only been screened, none has an assessment, papers or consent."""
    region.execute("select set_config('saphan.as_of', '2026-10-31', false)")
    fresh = region.execute(
        "select id from past.return_case where state = 'SCREENED' limit 5"
    ).fetchall()
    assert len(fresh) == 5
    for guard in (Guard.CONSENT_TRACING, Guard.OUTCOME_CODED, Guard.IDENTITY_VERIFIED):
        for (case,) in fresh:
            assert region.execute(_of_the_past(guard), (case,)).fetchone() == (False,)
