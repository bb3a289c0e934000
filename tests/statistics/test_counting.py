"""What is counted, when, and for whom: the rules before any number is made."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Final

import psycopg
import pytest

from authz.caller import Caller
from service.context import work_for
from tests.statistics.cases import Case, close, enter, tallied
from tests.statistics.conftest import COMMITTEES, Office
from tests.tracing.house import person

PHNOM_PENH, VIENTIANE, BANGKOK = COMMITTEES
JANUARY: Final = dt.date(2031, 1, 1)
FEBRUARY: Final = dt.date(2031, 2, 1)
DECEMBER: Final = dt.date(2031, 12, 1)
THEN: Final = dt.datetime(2031, 1, 15, tzinfo=dt.UTC)
LATER: Final = dt.datetime(2031, 1, 20, tzinfo=dt.UTC)
KNOWN: Final = Case(((3, THEN),))
TOGETHER: Final = """{ a: statistics(table: STAGE) { count }
  b: statistics(table: EXPLOITATION) { count } accessCheckpoint { size } }"""


def _said(
    state: str, *named: str, at: dt.datetime = THEN
) -> tuple[str, tuple[str, ...], dt.datetime]:
    return state, named, at


@pytest.mark.parametrize(
    "case",
    [
        replace(KNOWN, came=((2, THEN),)),
        replace(KNOWN, foreign=True),
        replace(KNOWN, came=((13, THEN),), closing="DUPLICATE"),
        replace(KNOWN, restricted=""),
        replace(KNOWN, restricted="EXPLOITATION"),
        replace(KNOWN, said=(_said("REFUSED"),)),
        replace(KNOWN, said=(_said("WITHDRAWN", "LA"),)),
        replace(KNOWN, said=(_said("REFUSED", "KH", "TH"), _said("GIVEN", "KH", at=LATER))),
        replace(KNOWN, said=(_said("GIVEN", "KH"), _said("REFUSED", "KH"))),
        replace(KNOWN, came=((3, dt.datetime(2031, 2, 1, tzinfo=dt.UTC)),)),
    ],
    ids=[
        "not yet notified",
        "not a national",
        "the same case twice",
        "restricted",
        "restricted in part",
        "objected to anybody",
        "objected to another country",
        "objected to one of two",
        "objected at the same instant",
        "recorded in the next month",
    ],
)
def test_what_somebody_may_not_know_of_is_counted_for_nobody(office: Office, case: Case) -> None:
    enter(office.owner, [case])
    close(office.owner, JANUARY)
    assert tallied(office.owner, JANUARY) == {}


@pytest.mark.parametrize(
    "case",
    [
        KNOWN,
        replace(KNOWN, restricted="NARRATIVE"),
        replace(KNOWN, said=(_said("REFUSED", "KH"), _said("GIVEN", "KH", at=LATER))),
        replace(KNOWN, said=(_said("NOT_ASKED", "KH"),)),
        replace(KNOWN, came=((3, dt.datetime(2031, 1, 31, 23, 59, 59, tzinfo=dt.UTC)),)),
    ],
    ids=["plain", "restricted elsewhere", "agreed after all", "not asked", "the last second"],
)
def test_what_everybody_may_know_of_is_counted(office: Office, case: Case) -> None:
    enter(office.owner, [case])
    close(office.owner, JANUARY)
    assert tallied(office.owner, JANUARY)["GENDER", "Feminine"] == 1


def test_a_case_is_counted_as_it_stood_at_the_end_of_its_month(office: Office) -> None:
    """What came later belongs to later months; what was corrected later, to none."""
    later = dt.datetime(2031, 2, 3, tzinfo=dt.UTC)
    [case] = enter(
        office.owner, [replace(KNOWN, came=((3, THEN), (6, later)), born=None, kinds=())]
    )
    close(office.owner, JANUARY)
    found = tallied(office.owner, JANUARY)
    assert found == {
        ("GENDER", "Feminine"): 1,
        ("AGE_BAND", "NOT_STATED"): 1,
        ("EXPLOITATION", "NOT_STATED"): 1,
    }
    office.owner.execute(
        "update registry.victim set gender = 'Masculine', exploitation_types = '{Servitude}'"
        " where id = (select victim_id from registry.return_case where id = %s)",
        (case,),
    )
    close(office.owner, FEBRUARY)
    stages = {("STAGE", f"{rank:02}"): 1 for rank in (4, 5, 6)}
    assert tallied(office.owner, FEBRUARY) == found | stages


def test_ages_are_those_of_the_last_day_of_the_month(office: Office) -> None:
    born = (dt.date(2013, 1, 31), dt.date(2013, 2, 1), dt.date(2022, 2, 1), dt.date(1983, 1, 31))
    enter(office.owner, [replace(KNOWN, born=day, kinds=("Servitude", "Other")) for day in born])
    close(office.owner, JANUARY)
    found = tallied(office.owner, JANUARY)
    bands = {key: n for (series, key), n in found.items() if series == "AGE_BAND"}
    assert bands == {"18-20": 1, "9-17": 1, "0-8": 1, "48+": 1}
    assert found["EXPLOITATION", "SEVERAL"] == 4


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def _months_ago(count: int) -> dt.date:
    months = _today().year * 12 + _today().month - 1 - count
    return dt.date(months // 12, months % 12 + 1, 1)


def test_months_are_closed_by_who_asks_first_and_then_never_again(office: Office) -> None:
    past, open_month = _months_ago(2), _months_ago(0)
    day = dt.datetime(past.year, past.month, 10, tzinfo=dt.UTC)
    now = dt.datetime(open_month.year, open_month.month, 1, tzinfo=dt.UTC)
    enter(office.owner, [Case(((3, day),))] * 12 + [Case(((3, now),))] * 40)
    told = office.cells(PHNOM_PENH, "NOTIFIED_BY_MONTH")
    assert [(cell["period"], cell["count"], cell["total"]) for cell in told] == [
        (f"{past:%Y-%m}", 11, 11),
        (f"{_months_ago(1):%Y-%m}", None, 11),
    ]
    months = office.owner.execute("select month from registry.statistics_edition order by 1")
    assert [month for (month,) in months] == [past, _months_ago(1)]
    # enough for the next lot, entered now under an old date
    enter(office.owner, [Case(((3, day),))] * 10)
    assert office.cells(PHNOM_PENH, "NOTIFIED_BY_MONTH") == told
    assert office.owner.execute("select registry.close_month()").fetchone() == (None,)
    assert office.cells(PHNOM_PENH, "NOTIFIED_BY_MONTH", to=str(_today())) == told


def test_two_who_ask_at_once_close_a_month_once(office: Office) -> None:
    past = _months_ago(3)
    enter(office.owner, [Case(((3, dt.datetime(past.year, past.month, 1, tzinfo=dt.UTC)),))] * 11)
    with (
        psycopg.connect(office.registry.service) as one,
        psycopg.connect(office.registry.service, autocommit=True) as two,
    ):
        assert one.execute("select registry.close_month()").fetchone() == (past,)
        two.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            two.execute("select registry.close_month()")
        one.commit()
        assert two.execute("select registry.close_month()").fetchone() == (_months_ago(2),)
    told = office.cells(PHNOM_PENH, "GENDER", corridor="TH-KH")
    assert sum(cell["count"] or 0 for cell in told) == 11


def test_the_service_reads_no_count_and_makes_no_month(office: Office) -> None:
    with psycopg.connect(office.registry.service) as service:
        work_for(service, "TH-DATIP", "TH")
        for text in (
            "select 1 from registry.statistics_case",
            "select 1 from registry.statistics_step",
            "select 1 from registry.statistics_tally",
            "select registry.count_month('2026-01-01')",
            "select registry.release_month('2026-01-01')",
            "select * from registry.statistics_countable(now())",
            "insert into registry.statistics_edition (month) values ('2099-01-01')",
            "delete from registry.statistics_release",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), service.transaction():
                service.execute(text.encode())
        service.commit()
        assert service.execute("select 1 from registry.statistics_release").fetchall() == []


def _record(office: Office, answer: dict[str, Any]) -> dict[str, Any]:
    [leaf] = office.registry.leaves(answer["extensions"]["accessRecord"])
    return leaf


def test_an_operation_like_any_other_leaves_its_record(office: Office) -> None:
    answer = office.ask(PHNOM_PENH, TOGETHER)
    assert "errors" not in answer
    leaf = _record(office, answer)
    assert (leaf["outcome"], leaf["purpose"], leaf["pair"]) == ("DISCLOSED", "STATISTICS", "")
    assert leaf["disclosures"] == leaf["refusals"] == leaf["withheld"] == []
    assert leaf["searched"] == [
        "ReturnCase.host",
        "ReturnCase.origin",
        "ReturnCase.state",
        "Victim.exploitationTypes",
    ]


REFUSED: Final = (
    (person("KH-MOSVY", "FOCAL_POINT", "STATISTICS"), "CLASS"),
    (person("KH-NCCT", "AGREEMENT_STEWARD", "STATISTICS"), "CLASS"),
    (person("TH-DATIP", "COORDINATOR", "STATISTICS"), "CLASS"),
    (person("KH-NCCT", "COORDINATOR", "COORDINATION"), "PURPOSE"),
    (person("KH-NCCT", "COORDINATOR", "TRACING"), "PURPOSE"),
)


@pytest.mark.parametrize(("who", "reason"), REFUSED)
def test_whoever_no_clause_names_is_refused_as_a_whole(
    office: Office, who: Caller, reason: str
) -> None:
    answer = office.ask(who, "{ me { agency } statistics(table: GENDER) { count } }")
    assert answer["data"] is None
    told = [error["extensions"] for error in answer["errors"]]
    assert {each["code"] for each in told} == {"FIELD_NOT_PERMITTED"}
    assert {each["reason"] for each in told} == {reason}
    assert {each["field"] for each in told} == {
        "ReturnCase.host",
        "ReturnCase.origin",
        "Victim.gender",
    }
    assert told[0]["clauses"] == ["COMMIT-2004@1#sec. V(4)"]
    leaf = _record(office, answer)
    assert (leaf["outcome"], len(leaf["refusals"])) == ("REFUSED", 3)
    # before anything is counted
    assert office.owner.execute("select 1 from registry.statistics_edition").fetchall() == []


def _filled(office: Office) -> None:
    enter(
        office.owner,
        [
            Case(((3, THEN),), host=host, origin=origin)
            for host, origin in (("TH", "KH"), ("TH", "LA"), ("VN", "KH"), ("JP", "TH"))
            for _ in range(11)
        ],
    )
    close(office.owner, JANUARY)


def test_a_clause_opens_the_corridors_of_its_anchor(office: Office) -> None:
    _filled(office)
    for who in COMMITTEES:
        told = office.cells(who, "NOTIFIED_BY_MONTH")
        assert [cell["corridor"] for cell in told] == ["TH-KH", "TH-LA", "VN-KH"]
        assert office.cells(who, "NOTIFIED_BY_MONTH", corridor="JP-TH") == []
        [cell] = office.cells(who, "NOTIFIED_BY_MONTH", corridor="VN-KH")
        assert (cell["count"], cell["suppressed"]) == (11, False)


def test_a_token_for_a_few_cases_opens_no_figures(office: Office) -> None:
    _filled(office)
    few = replace(PHNOM_PENH, cases=("3f0d1c9e-6f3c-4d53-9f0b-8f4f6a1c2d3e",))
    assert office.cells(few, "NOTIFIED_BY_MONTH") == []


def test_a_corridor_with_ten_looks_like_one_with_none(office: Office) -> None:
    enter(office.owner, [KNOWN] * 10)
    close(office.owner, JANUARY)
    for table in ("STAGE", "GENDER", "AGE_BAND", "EXPLOITATION", "REPATRIATED_BY_YEAR"):
        ten = office.cells(PHNOM_PENH, table, corridor="TH-KH")
        none = office.cells(PHNOM_PENH, table, corridor="TH-LA")
        assert [{**cell, "corridor": ""} for cell in ten] == [
            {**cell, "corridor": ""} for cell in none
        ]
        assert ten
        assert all(cell["suppressed"] and cell["count"] is None for cell in ten)
    assert office.cells(PHNOM_PENH, "STAGE") == []
    for nonsense in ("", "TH-TH", "TH-ZZ", "KH", "TH-KH-LA", "%", "' or true --"):
        assert office.cells(PHNOM_PENH, "STAGE", corridor=nonsense) == []


def test_years_are_the_sums_of_their_months_and_say_up_to_where(office: Office) -> None:
    for month, cases in ((JANUARY, 25), (FEBRUARY, 8), (dt.date(2031, 3, 1), 11)):
        at = dt.datetime(month.year, month.month, 5, tzinfo=dt.UTC)
        enter(office.owner, [Case(((9, at),))] * cases)
        close(office.owner, month)
    months = office.cells(PHNOM_PENH, "NOTIFIED_BY_MONTH")
    assert [cell["count"] for cell in months] == [22, 11, 11]
    [year] = office.cells(PHNOM_PENH, "REPATRIATED_BY_YEAR")
    assert year["period"] == "2031"
    assert (year["count"], year["total"], year["through"]) == (44, 44, "2031-03-31")
    since = office.cells(PHNOM_PENH, "NOTIFIED_BY_MONTH", **{"from": "2031-02-20"})
    assert since == months[1:]
    assert office.cells(PHNOM_PENH, "NOTIFIED_BY_MONTH", to="2031-02-01") == months[:2]
    standing = office.cells(PHNOM_PENH, "STAGE", **{"from": "2031-03-01"})
    assert {cell["key"]: cell["count"] for cell in standing if cell["count"]} == {"HANDED_OVER": 44}


def test_how_long_a_step_took_is_told_of_two_lots_after_the_year(office: Office) -> None:
    at = dt.datetime(2031, 5, 5, tzinfo=dt.UTC)
    week = dt.timedelta(weeks=1)
    quick = [Case(((5, at),), took=2 * week)] * 13
    slow = [Case(((5, at),), took=30 * week)] * 10
    enter(office.owner, [*quick, *slow, *[Case(((6, at),), origin="LA", took=week)] * 21])
    for number in range(5, 12):
        close(office.owner, dt.date(2031, number, 1))
    assert office.cells(PHNOM_PENH, "STEP_WEEKS") == []
    close(office.owner, DECEMBER)
    told = office.cells(PHNOM_PENH, "STEP_WEEKS")
    shown = {(c["corridor"], c["key"]): (c["weeks"], c["count"]) for c in told if c["weeks"]}
    assert shown == {("TH-KH", "TRACING_REQUESTED"): (2, 22), ("TH-KH", "TRACING"): (2, 22)}
    assert len(told) == 20
    assert all(cell["suppressed"] == (cell["weeks"] is None) for cell in told)


def test_ten_others_move_no_median(office: Office) -> None:
    """Whatever they took, and wherever they stand in the order of counting."""
    at = dt.datetime(2031, 12, 5, tzinfo=dt.UTC)
    week = dt.timedelta(weeks=1)
    alike = [Case(((4, at),), took=4 * week)] * 22
    close_before = dt.date(2031, 11, 1)
    for took in (dt.timedelta(days=1), 50 * week):
        with office.owner.transaction(force_rollback=True):
            enter(office.owner, [*alike, *[Case(((4, at),), took=took)] * 10])
            close(office.owner, close_before)
            close(office.owner, DECEMBER)
            medians = office.owner.execute(
                "select key, cases, weeks from registry.statistics_median"
            ).fetchall()
            assert medians == [("04", 22, 4)]
