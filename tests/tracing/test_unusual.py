"""The rule of what departs from a caller's past, by figures that one can check by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from service.ledger.accesses import Access
from service.ledger.unusual import Caller, Departure, Judged, judge, usual_of
from tests.tracing.house import AUDITORS, HOLDER, House
from tests.tracing.typing_at import Prompt

HERE = dt.timezone(dt.timedelta(hours=7))
TODAY = dt.date(2026, 11, 20)
PAST = dt.timedelta(days=60)


def at(days_ago: int, hour: int = 10, minute: int = 0) -> dt.datetime:
    day = TODAY - dt.timedelta(days=days_ago)
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=HERE)


def access(when: dt.datetime, records: int = 0, subject: str = "desk") -> Access:
    return Access(
        id=f"{subject} {when.isoformat()}",
        at=when.astimezone(dt.UTC),
        agency="KH-MOSVY",
        country="KH",
        unit="",
        roles=("FOCAL_POINT",),
        subject=subject,
        purpose="TRACING",
        operation="Desk",
        outcome="DISCLOSED",
        searched=(),
        records=records,
    )


def day(days_ago: int, count: int, records: int = 0, hour: int = 10) -> list[Access]:
    return [access(at(days_ago, hour, minute % 60), records) for minute in range(count)]


def found(accesses: Iterable[Access], begin: dt.datetime | None = None) -> Judged:
    return judge(accesses, begin or at(0, 0), PAST)


def usual_days(counts: Iterable[int]) -> list[Access]:
    return [a for ago, count in enumerate(counts, start=1) for a in day(ago, count)]


def test_a_day_like_the_others_is_not_listed() -> None:
    assert found(usual_days([8, 9, 7, 8, 10]) + day(0, 9)) == Judged((), ())


def test_the_limit_is_the_largest_of_three_margins() -> None:
    assert usual_of([2, 2, 2, 2, 2]).most == 12, "ten more"
    assert usual_of([30, 31, 29, 30, 30]).most == 60, "twice as many"
    assert usual_of([10, 20, 30, 40, 50]).most == 80, "five deviations"


def test_one_more_than_usual_is_listed_with_its_figures() -> None:
    past = usual_days([2, 2, 2, 2, 2])
    assert found(past + day(0, 12)).departures == ()
    (one,) = found(past + day(0, 13)).departures
    assert (one.measure, one.figure, one.day, one.caller.subject) == (
        "accesses",
        13,
        TODAY,
        "desk",
    )
    assert one.why == (
        "13 accesses; on 5 earlier days the median was 2 (median deviation 0): up to 12 is usual"
    )


def test_few_accesses_that_show_many_records_are_listed() -> None:
    past = usual_days([3, 3, 3, 3, 3])
    (one,) = found(past + day(0, 2, records=100)).departures
    assert (one.measure, one.figure) == ("records", 200)
    assert "200 records shown" in one.why


def test_an_hour_never_used_before_is_listed() -> None:
    past = usual_days([3, 3, 3, 3, 3])
    (one,) = found([*past, access(at(0, 2)), *day(0, 1)]).departures
    assert (one.measure, one.hour, one.figure) == ("hour", 2, 1)
    assert one.why == (
        "asked once between 02:00 and 02:59, which it had not on any of 5 earlier days"
    )
    night = access(at(4, 2))
    assert found([*past, night, access(at(0, 2)), *day(0, 1)]).departures == ()


def test_hours_and_days_are_those_of_the_region() -> None:
    """23:30 UTC is half past six of the next day."""
    past = usual_days([3, 3, 3, 3, 3])
    late = access(dt.datetime(2026, 11, 19, 23, 30, tzinfo=dt.UTC))
    (one,) = found([*past, late]).departures
    assert (one.day, one.hour) == (TODAY, 6)


def test_with_too_few_days_nobody_is_judged() -> None:
    past = usual_days([2, 2, 2, 2])
    assert found(past + day(0, 500)) == Judged((), (Caller("KH-MOSVY", "desk"),))


def test_days_without_a_question_do_not_count() -> None:
    weekly = [a for ago in (7, 14, 21, 28, 35) for a in day(ago, 20)]
    assert found(weekly + day(0, 22)) == Judged((), ())


def test_what_is_older_than_the_past_does_not_count() -> None:
    old = [a for ago in range(61, 80) for a in day(ago, 500)]
    assert found(old + day(0, 500)).departures == ()
    assert found(old + day(0, 500)).too_new
    (one,) = found(old + usual_days([2, 2, 2, 2, 2]) + day(0, 500)).departures
    assert one.usual.days == 5


def test_each_is_compared_with_herself_alone() -> None:
    busy = [access(at(ago, 10, m), subject="busy") for ago in range(6) for m in range(50)]
    assert found(usual_days([2, 2, 2, 2, 2]) + day(0, 2) + busy) == Judged((), ())


def test_each_day_from_the_first_is_judged_by_those_before_it() -> None:
    past = usual_days([50, 2, 2, 2, 2, 2])
    (one,) = found(past + day(0, 2), begin=at(1, 0)).departures
    assert (one.day, one.figure) == (TODAY - dt.timedelta(days=1), 50)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=30))
def test_usual_is_never_exceeded_by_a_day_that_was_the_median(counts: list[int]) -> None:
    usual = usual_of(counts)
    assert usual.most >= usual.median + 10
    assert usual.median <= max(counts)
    below = [count for count in counts if count <= usual.most]
    assert len(below) * 2 >= len(counts)


def test_for_machines_it_says_the_same() -> None:
    (one,) = found(usual_days([2, 2, 2, 2, 2]) + day(0, 13)).departures
    assert isinstance(one, Departure)
    told = one.as_json()
    assert told["figure"] == 13
    assert told["usual"] == {"days": 5, "median": 2, "deviation": 0, "most": 12}
    assert told["why"] == one.why


def test_a_week_in_the_ledger(house: House, prompt: Prompt) -> None:
    """Real accesses, of which some are moved into the past."""
    now = dt.datetime.now(HERE).replace(hour=10, minute=0, second=0, microsecond=0)
    for ago in range(1, 7):
        _ask(house, now - dt.timedelta(days=ago))
    for minute in range(14):
        _ask(house, now + dt.timedelta(minutes=minute))
    _ask(house, now.replace(hour=2))
    until = (now + dt.timedelta(days=1)).isoformat()
    words = ("ask", "unusual", "--from", now.replace(hour=0).isoformat(), "--to", until)
    auditor = AUDITORS["TH"]
    rows = prompt.ledger(house, auditor, *words, "--format", "json").json
    hers = [row for row in rows["departures"] if row["subject"] == HOLDER.subject]
    assert [(row["measure"], row["figure"], row["hour"]) for row in hers] == [
        ("accesses", 15, None),
        ("records", 30, None),
        ("hour", 1, 2),
    ]
    text = prompt.ledger(house, auditor, *words).out
    assert "15 accesses; on 6 earlier days the median was 1" in text


def _ask(house: House, when: dt.datetime) -> None:
    record = house.desk(HOLDER, house.cambodian.case)
    house.execute("update ledger.access_record set at = %s where id = %s", when, record)
