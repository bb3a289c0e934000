"""Dates of a workbook: Excel dates, ISO dates, and the Buddhist era where it is spoken out.

Takes a cell, gives a day and how precisely it is known. An era is recognised by
its mark or the date is refused: 2543 without a mark may be a Thai year, a
typing error or neither. Thai and Lao years of the Buddhist era are the common
year plus 543 (Thai Act B.E. 2483: since 1 January 2484 the year begins in
January; older ones began in April and are refused). The Khmer year changes at
Visakha Bochea, in April or May, so that a Khmer mark names no common year.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from service.htcds.faults import BadCell
from service.htcds.text import ascii_digits

EARLIEST = dt.date(1900, 1, 1)
BUDDHIST_OFFSET = 543
_FIRST_JANUARY_YEAR = 2484
# No common year of a living person or of a plan lies here; Buddhist-era ones do.
_LOOKS_BUDDHIST = 2400

_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MARKS = (
    ("BUDDHIST", re.compile(r"พ\.? ?ศ\.?|ພ\.? ?ສ\.?|B\.? ?E\.?", re.IGNORECASE)),
    (
        "COMMON",
        re.compile(r"ค\.? ?ศ\.?|ຄ\.? ?ສ\.?|A\.? ?D\.?|C\.? ?E\.?|គ\.? ?ស\.?", re.IGNORECASE),
    ),
    ("KHMER", re.compile(r"ព\.? ?ស\.?")),
)
_LATIN_MARK = re.compile(r"[A-Za-z]")
# Where the Buddhist year is the common year plus 544, or changes within the common year.
_OTHER_RECKONING = frozenset({"KH", "MM", "LK"})


@dataclass(frozen=True, slots=True)
class ImpreciseDate:
    """A day and its precision (DAY, MONTH or YEAR); the unknown parts are 1."""

    day: dt.date
    precision: str

    def __str__(self) -> str:
        text = self.day.isoformat()
        return {"YEAR": text[:4], "MONTH": text[:7]}.get(self.precision, text)


def parse_date(value: object, today: dt.date, agency_country: str = "") -> ImpreciseDate:
    """The date that a non-empty cell states; BadCell where it states none for certain.

    Text: `2000`, `2000-05` or `2000-05-31`, before or after it an era mark.
    A whole number of four digits is a year. A date cell is that day.
    `agency_country` decides what `B.E.` in Latin letters means to the writer.
    """
    if isinstance(value, dt.datetime):
        if value.time() != dt.time.min:
            raise BadCell("a date with an hour: give the day alone")
        found = _checked_day(value.date())
    elif isinstance(value, dt.date):
        found = _checked_day(value)
    elif isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise BadCell("not a date: give it as 2000-05-31, 2000-05 or 2000")
    elif isinstance(value, str):
        found = _from_text(value, agency_country)
    elif 1000 <= value <= 9999 and value == int(value):
        found = _from_text(str(int(value)), agency_country)
    else:
        raise BadCell("a number, not a date: give it as 2000-05-31, 2000-05 or 2000")
    if found.day < EARLIEST:
        raise BadCell("a date before 1900")
    if found.day > today:
        raise BadCell("a date in the future")
    return found


def _checked_day(day: dt.date) -> ImpreciseDate:
    if day.year >= _LOOKS_BUDDHIST:
        raise BadCell(_ambiguous())
    return ImpreciseDate(day, "DAY")


def _ambiguous() -> str:
    return (
        "the year may be of the Buddhist era or not: mark it, as in `พ.ศ. 2543-05-31`"
        " or `B.E. 2543`, or give the common year"
    )


def _from_text(text: str, agency_country: str) -> ImpreciseDate:
    text = ascii_digits(text).strip()
    era, mark, rest = _era(text)
    match = _ISO.fullmatch(rest)
    if match is None:
        raise BadCell("not a date: give it as 2000-05-31, 2000-05 or 2000")
    year = int(match[1])
    if era == "KHMER":
        raise BadCell(
            "a year of the Khmer Buddhist era spans two common years: give the common year"
        )
    if era == "BUDDHIST":
        if _LATIN_MARK.search(mark) and agency_country in _OTHER_RECKONING:
            raise BadCell(
                "`B.E.` is counted differently in this agency's country: give the common year"
            )
        if year < _FIRST_JANUARY_YEAR:
            raise BadCell(
                "years of the Buddhist era before 2484 began in April: give the common year"
            )
        year -= BUDDHIST_OFFSET
    elif year >= _LOOKS_BUDDHIST:
        raise BadCell(_ambiguous() if not era else "not a year of the common era")
    try:
        day = dt.date(year, int(match[2] or 1), int(match[3] or 1))
    except ValueError as fault:
        raise BadCell("no such day in the calendar") from fault
    return ImpreciseDate(day, "DAY" if match[3] else "MONTH" if match[2] else "YEAR")


def _era(text: str) -> tuple[str, str, str]:
    """(era or "", the mark as written, the rest) of a date with a mark before or after it."""
    for era, pattern in _MARKS:
        for place in (
            rf"(?P<mark>{pattern.pattern}) ?(?P<rest>.*)",
            rf"(?P<rest>.*?) ?(?P<mark>{pattern.pattern})",
        ):
            match = re.fullmatch(place, text, pattern.flags)
            if match is not None:
                return era, match["mark"], match["rest"]
    return "", "", text
