"""Date and DateTime: strict, in UTC, and silent about what was sent."""

from __future__ import annotations

import datetime as dt

import pytest
from graphql import GraphQLError, parse, validate

from schema.sdl import graphql_schema
from schema.types.scalars import (
    MOST,
    parse_date,
    parse_date_time,
    parse_natural,
    print_date,
    print_date_time,
)

ICT = dt.timezone(dt.timedelta(hours=7))
DAY = "`Date` takes a day as a string YYYY-MM-DD of the common era, like 2026-11-23"
TIME = (
    "`DateTime` takes an RFC 3339 time of the common era with its offset as a string, "
    "like 2026-11-23T09:14:02.113407Z"
)
ERA = "2569 in Thai papers is 2026"


def test_a_date_is_read_and_printed() -> None:
    assert parse_date("2026-11-23") == dt.date(2026, 11, 23)
    assert print_date(dt.date(2026, 11, 23)) == "2026-11-23"


@pytest.mark.parametrize(
    "text",
    [
        "20261123",
        "2026-W48-1",
        "2026-02-30",
        "0000-01-01",
        "2026-11-23T00:00:00Z",
        "２０２６-11-23",
        " 2026-11-23",
        "2026-11-23\n",
        20261124,
        None,
        True,
    ],
)
def test_other_forms_of_a_date_are_refused_without_repeating_them(text: object) -> None:
    with pytest.raises(GraphQLError) as caught:
        parse_date(text)
    assert caught.value.message == DAY


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T09:14:02.113407Z", (2, 113407)),
        ("2026-11-23t09:14:02z", (2, 0)),
        ("2026-11-23T16:14:02.5+07:00", (2, 500000)),
        ("2026-11-22T23:14:02-10:00", (2, 0)),
    ],
)
def test_a_time_is_read_as_utc(text: str, moment: tuple[int, int]) -> None:
    read = parse_date_time(text)
    assert read == dt.datetime(2026, 11, 23, 9, 14, *moment, tzinfo=dt.UTC)
    assert read.tzinfo is dt.UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T09:14:02",
        "2026-11-23 09:14:02Z",
        "2026-11-23",
        "2026-11-23T09:14Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T09:14:60Z",
        "2026-11-23T09:14:02.1234567Z",
        "0001-01-01T00:00:00+07:00",
        "2026-11-23T09:14:02+25:00",
        1764000000,
        None,
    ],
)
def test_other_forms_of_a_time_are_refused_without_repeating_them(text: object) -> None:
    with pytest.raises(GraphQLError) as caught:
        parse_date_time(text)
    assert caught.value.message == TIME


@pytest.mark.parametrize("text", ["2569-02-29", "12/04/2542", "๒๙/๐๒/๒๕๖๙", "2569-02-29T08:00:00Z"])
def test_a_year_of_the_buddhist_era_is_told_how_to_convert(text: str) -> None:
    for read, rule in ((parse_date, DAY), (parse_date_time, TIME)):
        with pytest.raises(GraphQLError) as caught:
            read(text)
        assert caught.value.message == f"{rule}; {ERA}"


def test_a_time_is_printed_in_utc_with_microseconds() -> None:
    assert print_date_time(dt.datetime(2026, 11, 23, 16, 14, tzinfo=ICT)) == (
        "2026-11-23T09:14:00.000000Z"
    )


@pytest.mark.parametrize("value", [dt.datetime(2026, 11, 23), "2026-11-23T09:14:02Z", 1])  # noqa: DTZ001
def test_a_time_without_zone_is_not_printed(value: object) -> None:
    with pytest.raises(GraphQLError):
        print_date_time(value)
    with pytest.raises(GraphQLError):
        print_date(value)


def test_a_wrong_literal_is_an_error_that_does_not_repeat_it() -> None:
    document = parse('{ victims(filter: { birthDate: { eq: "2501-13-77" } }) { totalCount } }')
    errors = validate(graphql_schema(), document)
    assert [error.message for error in errors] == [f"{DAY}; {ERA}"]


def test_a_natural_number_is_larger_than_an_int() -> None:
    assert [parse_natural(n) for n in (0, 1 << 31, MOST)] == [0, 1 << 31, MOST]


@pytest.mark.parametrize("value", [-1, MOST + 1, 1.0, "1", True, None])
def test_other_numbers_are_refused_without_repeating_them(value: object) -> None:
    with pytest.raises(GraphQLError) as caught:
        parse_natural(value)
    assert caught.value.message == "`Natural` takes a whole number from 0 to 2^53 - 1"
