"""One cell at a time: dates and their eras, codes, numbers, text."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from schema.codes import ExploitationType, Industry
from service.htcds import values
from service.htcds.dates import parse_date
from service.htcds.faults import BadCell, column_letters
from service.htcds.text import clean, same_name, script_of
from tests.htcds.books import TODAY


@pytest.mark.parametrize(
    ("cell", "day", "precision"),
    [
        ("1998-05-31", "1998-05-31", "DAY"),
        (" 1998-05 ", "1998-05-01", "MONTH"),
        ("1998", "1998-01-01", "YEAR"),
        (1998, "1998-01-01", "YEAR"),
        (1998.0, "1998-01-01", "YEAR"),
        (dt.date(1998, 5, 31), "1998-05-31", "DAY"),
        (dt.datetime(1998, 5, 31), "1998-05-31", "DAY"),  # noqa: DTZ001
        ("พ.ศ. 2543", "2000-01-01", "YEAR"),
        ("พ.ศ.2543-02-29", "2000-02-29", "DAY"),
        ("พศ 2543-05", "2000-05-01", "MONTH"),
        ("พ.ศ. ๒๕๔๓", "2000-01-01", "YEAR"),
        ("ພ.ສ. 2543", "2000-01-01", "YEAR"),
        ("ພ.ສ. ໒໕໔໓-໐໕-໓໑", "2000-05-31", "DAY"),
        ("B.E. 2543", "2000-01-01", "YEAR"),
        ("BE 2543-05-31", "2000-05-31", "DAY"),
        ("2543-05-31 B.E.", "2000-05-31", "DAY"),
        ("2543 พ.ศ.", "2000-01-01", "YEAR"),
        ("ค.ศ. 2000", "2000-01-01", "YEAR"),
        ("A.D. 2000-05", "2000-05-01", "MONTH"),
        ("២០០០-០៥-៣១", "2000-05-31", "DAY"),
        ("2026-11-24", "2026-11-24", "DAY"),
    ],
    ids=repr,
)
def test_dates_that_say_what_they_are(cell: object, day: str, precision: str) -> None:
    found = parse_date(cell, TODAY, "TH")
    assert (found.day.isoformat(), found.precision) == (day, precision)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2543-05-31", "may be of the Buddhist era or not"),
        ("2543", "may be of the Buddhist era or not"),
        (2543, "may be of the Buddhist era or not"),
        (dt.date(2543, 5, 31), "may be of the Buddhist era or not"),
        (dt.datetime(2543, 5, 31), "may be of the Buddhist era or not"),  # noqa: DTZ001
        ("31/05/2543", "not a date"),
        ("31/05/1998", "not a date"),
        ("05-31-1998", "not a date"),
        ("43", "not a date"),
        ("พ.ศ. 43", "not a date"),
        ("พ.ศ.", "not a date"),
        ("พ.ศ. B.E. 2543", "not a date"),
        ("May 1998", "not a date"),
        ("C.E. 2543", "not a year of the common era"),
        ("ព.ស. 2543", "spans two common years"),
        ("B.E. 2480", "began in April"),
        ("พ.ศ. 1998", "began in April"),
        ("1998-02-30", "no such day"),
        ("1998-13", "no such day"),
        ("0000", "no such day"),
        ("พ.ศ. 2542-02-29", "no such day"),
        ("1899-12-31", "before 1900"),
        ("2026-11-25", "in the future"),
        ("พ.ศ. 2600", "in the future"),
        (dt.datetime(1998, 5, 31, 7), "with an hour"),  # noqa: DTZ001
        (35946.0, "a number, not a date"),
        (1998.5, "a number, not a date"),
        (math.inf, "a number, not a date"),
        (math.nan, "a number, not a date"),
        (True, "not a date"),
        (dt.time(7), "not a date"),
        (dt.timedelta(1), "not a date"),
    ],
    ids=repr,
)
def test_dates_that_would_be_guesses(cell: object, reason: str) -> None:
    with pytest.raises(BadCell, match=reason):
        parse_date(cell, TODAY, "TH")


@pytest.mark.parametrize("country", ["KH", "MM", "LK"])
def test_the_latin_mark_means_another_count_elsewhere(country: str) -> None:
    with pytest.raises(BadCell, match="counted differently"):
        parse_date("B.E. 2543", TODAY, country)
    assert parse_date("พ.ศ. 2543", TODAY, country).day == dt.date(2000, 1, 1)


def test_codes_are_the_system_names_letter_for_letter() -> None:
    assert values.code("ForcedLabour", ExploitationType) == "ForcedLabour"
    for label in ("Forced labour", "forcedlabour", "FORCED LABOUR"):
        with pytest.raises(BadCell, match="a label: the standard's system name is `ForcedLabour`"):
            values.code(label, ExploitationType)
    with pytest.raises(BadCell, match="`A_AgricultureForestryAndFishing`"):
        values.code("Agriculture, forestry and fishing", Industry)
    for other in ("Fishing", "A", "_", "-", 7, True):
        with pytest.raises(BadCell):
            values.code(other, Industry)


def test_lists_come_in_the_order_of_the_standard() -> None:
    assert values.code_list("Servitude; ForcedLabour;Servitude; ", ExploitationType) == (
        "ForcedLabour",
        "Servitude",
    )
    for cell in ("ForcedLabour, Servitude", "ForcedLabour;;Servitude", "; ForcedLabour"):
        with pytest.raises(BadCell):
            values.code_list(cell, ExploitationType)


def test_countries_and_tongues() -> None:
    assert values.countries("LA; KH") == ("KH", "LA")
    assert [values.tongue(code) for code in ("khm", "tha", "bur", "chi")] == [
        "khm",
        "tha",
        "mya",
        "zho",
    ]
    for cell in ("kh", "KHM", "Cambodia", "XX", "UK"):
        with pytest.raises(BadCell, match="ISO 3166"):
            values.country(cell)
    for cell in ("km", "Khmer", "KHM", "xxx", "qaa"):
        with pytest.raises(BadCell, match="ISO 639-2"):
            values.tongue(cell)


def test_telephone_numbers() -> None:
    assert values.phone("+855 12-345.678") == "+85512345678"
    assert values.phone("+855 ១២៣៤៥៦៧៨") == "+85512345678"
    for cell in (
        "012345678",
        "+0123456789",
        "+85512",
        "+8551234567890123",
        "+855 12 x",
        85512345678,
    ):
        with pytest.raises(BadCell):
            values.phone(cell)


def test_numbers_checkboxes_addresses() -> None:
    assert values.whole_number("๑๒", 30) == values.whole_number(12.0, 30) == 12
    for number in (-1, 31, 1.5, "x", True, math.nan, math.inf, "9" * 50):
        with pytest.raises(BadCell):
            values.whole_number(number, 30)
    assert [values.checkbox(cell) for cell in (True, "Yes", 0, "FALSE")] == [
        True,
        True,
        False,
        False,
    ]
    for cell in ("maybe", "", 2, dt.date(2000, 1, 1)):
        with pytest.raises(BadCell):
            values.checkbox(cell)
    assert values.number_as_text(1234567890123.0) == "1234567890123"
    for broken in (1e15, 1.5, -1, math.inf, math.nan, True):
        with pytest.raises(BadCell):
            values.number_as_text(broken)
    assert values.email("a.b+c@example.org") == "a.b+c@example.org"
    for address in ("a@b", "a b@example.org", "a@b..org", "@example.org", 5):
        with pytest.raises(BadCell):
            values.email(address)


@pytest.mark.parametrize(
    "character",
    ["\ue000", "\uf8ff", "\x00", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\u2028", "\ufffe"],
)
def test_characters_that_steer_are_refused(character: str) -> None:
    with pytest.raises(BadCell, match=r"U\+"):
        clean(f"So{character}kha", 200)


def test_text_is_normal_and_bounded() -> None:
    assert clean("  e\u0301 \u200b", 10) == "é"
    assert clean("សុ\u200bខា", 10) == "សុ\u200bខា"
    assert clean("a\r\nb\tc", 10, lines=True) == "a\nb\tc"
    assert clean("\na\n", 10) == "a"
    for cell in ("a\nb", "a\tb", "a" * 11):
        with pytest.raises(BadCell):
            clean(cell, 10)


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("Sokha", "LATN"),
        ("Nguyễn", "LATN"),
        ("สมหญิง", "THAI"),
        ("ជា សុខា", "KHMR"),
        ("ຄຳຫຼ້າ", "LAOO"),
        ("မောင်", "MYMR"),
        ("王", "HANI"),
        ("ひ王", "JPAN"),
        ("Иван", "CYRL"),
        ("12", None),
    ],
)
def test_scripts(name: str, script: str | None) -> None:
    assert script_of(name) == script


def test_two_scripts_in_one_name_are_refused() -> None:
    for name in ("Sokha (សុខា)", "Soкha", "สมย ສົມ"):
        with pytest.raises(BadCell, match="two scripts"):
            script_of(name)


def test_one_name_in_several_spellings() -> None:
    assert same_name("Sokha", None, "CHEA") == same_name(" sokha ", "Chea\u200b") == "sokha chea"
    assert same_name("O'Neill-Smith") == same_name("o’neill smith")
    assert same_name("สมหญิง") != same_name("สมชาย")
    assert same_name("ມາໄລ") != same_name("ມາໄລ້")


def test_columns_have_letters() -> None:
    assert [column_letters(index) for index in (0, 25, 26, 38, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AM",
        "ZZ",
        "AAA",
    ]
