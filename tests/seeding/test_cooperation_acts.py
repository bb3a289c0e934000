"""What the simulator tells of cooperation is what the acts would have written, step by step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from schema.codes import MeetingKind
from service.seeding.cooperation import cooperation
from service.seeding.keeping import Row
from service.seeding.loading import versions
from service.seeding.offices import EMPTY, SOON
from service.seeding.rows import Told
from tests import templates
from tests.casework.desks import House, opened
from tests.casework.instruments import TODAY
from tests.compiler.registry import Registry
from tests.seeding import replayed

TOLD = cooperation(3, 4 * len(MeetingKind), TODAY, {})
ROWS = TOLD.rows
_SEATED = ("TH", "KH", "LA", "INT-IOM")


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with templates.copied(templates.ratified(), "seeding") as owner:
        registry = Registry(owner, make_conninfo(owner, user="saphan_service"))
        with opened(registry) as made:
            yield made


def counted(told: Told, record: object) -> dict[str, int]:
    """Version of each class of a record, of those that were changed."""
    found = versions(told.edits)
    return {row["data_class"]: row["version"] for row in found if row["record_id"] == record}


def edited(made: dict[str, Any]) -> dict[str, int]:
    """The same of a payload."""
    versions_of = {each["dataClass"]: each["version"] for each in made["classVersions"]}
    return {name: number for name, number in versions_of.items() if number > 1}


def day(value: dt.date | None) -> str | None:
    return value.isoformat() if value else None


@pytest.mark.parametrize("kind", MeetingKind)
def test_a_contact_and_what_came_of_it_are_as_the_acts_would_have_them(
    house: House, kind: MeetingKind
) -> None:
    for row in (r for r in ROWS["bilateral_contact"] if r["kind"] == kind):
        made = replayed.contact(house, ROWS, row)
        same = ("title", "area", "place", "hosts", "countries", "funder", "agenda")
        assert {name: made[name] for name in same} == {name: row[name] for name in same}
        assert (made["startsOn"], made["endsOn"]) == (day(row["starts_on"]), day(row["ends_on"]))
        assert (made["agreement"] or {}).get("code") == row["agreement_code"]
        there = [edge["node"]["code"] for edge in made["participants"]["edges"]]
        assert sorted(there) == sorted(_of("contact_participant", row, "agency_code"))
        assert sorted(
            (a["agency"], a["unit"] or "", a["people"], a["reach"], tuple(a["roles"]))
            for a in made["attendance"]
        ) == sorted(
            (a["agency_code"], a["unit"], a["people"], a["reach"], tuple(a["roles"]))
            for a in _rows("contact_attendance", row)
        )
        assert made["decisionsTaken"] == [
            {
                "number": d["number"],
                "decision": d["decision"],
                "responsible": d["responsible"],
                "dueOn": day(d["due_on"]),
                "doneOn": day(d["done_on"]),
                "note": d["note"],
            }
            for d in _rows("contact_decision", row)
        ]
        assert edited(made) == counted(TOLD, row["id"])


def _rows(table: str, contact: Row) -> list[Row]:
    return [row for row in ROWS[table] if row["contact_id"] == contact["id"]]


def _of(table: str, contact: Row, column: str) -> list[str]:
    return [row[column] for row in _rows(table, contact)]


_PARTS = {
    "agreement_version": "version, summary, content, content_hash, proposed_by, agency_code,"
    " subject, signed_on, in_force_from",
    "negotiation_round": "number, held_on, place, outcome, remarks, version, agency_code",
    "agreement_signature": "number, version, step, party, content_hash, on_day, on_paper,"
    " agency_code, subject, clause",
}
_ENDED = ("on_day", "content_hash")


@pytest.mark.parametrize("row", ROWS["agreement"], ids=lambda row: row["code"])
def test_an_instrument_and_its_parts_are_as_the_acts_would_have_them(
    house: House, row: Row
) -> None:
    made = replayed.agreement(house, ROWS, row)
    assert (made["state"], made["version"]) == (row["state"], row["version"])
    same = house.owner.execute(
        "select title, kind, signed_on, in_force_from, published, supersedes_code, parent_code,"
        " areas from registry.agreement where code = %s",
        (row["code"],),
    ).fetchone()
    assert same == (
        row["title"],
        row["kind"],
        row["signed_on"],
        row["in_force_from"],
        row["published"],
        row["supersedes_code"],
        row["parent_code"],
        row["areas"],
    )
    for table, columns in _PARTS.items():
        held = house.owner.execute(
            f"select {columns} from registry.{table} where agreement_code = %s order by at",
            (row["code"],),
        ).fetchall()
        names = columns.split(", ")
        told = [r for r in ROWS[table] if r["agreement_code"] == row["code"]]
        assert len(held) == len(told)
        for was, tells in zip(held, told, strict=True):
            skipped = _ENDED if tells.get("step") == "END" else ()  # the day of the test
            found = dict(zip(names, was, strict=True))
            assert {n: v for n, v in found.items() if n not in skipped} == {
                n: tells[n] for n in names if n not in skipped
            }
    assert edited(made) == counted(TOLD, row["id"])


def _office(row: Row) -> tuple[str, str]:
    return row["agency_code"], row["agreement_code"] or ""


OFFICES = [
    pytest.param(list(terms), id=" ".join(office).strip())
    for office, terms in groupby(ROWS["focal_point"], _office)
    if office[0].startswith(_SEATED)
]


@pytest.mark.parametrize("office", OFFICES)
def test_an_office_goes_from_term_to_term_as_the_acts_would_hand_it_over(
    house: House, office: list[Row]
) -> None:
    held = replayed.terms(house, office)
    told = sorted(office, key=lambda row: row["since_on"])
    assert len(held) == len(told)
    for was, tells in zip(held, told, strict=True):
        assert was == {
            name: day(value) if isinstance(value, dt.date) else value
            for name, value in tells.items()
            if name != "id"
        }


def test_most_offices_were_handed_over() -> None:
    assert len(OFFICES) > 15
    assert len(ROWS["focal_point"]) > 2 * len(OFFICES)


def test_one_office_stands_empty_and_one_is_handed_over_soon() -> None:
    general = [row for row in ROWS["focal_point"] if row["agreement_code"] is None]
    empty = [row["until_on"] for row in general if row["agency_code"] == EMPTY]
    assert all(until is not None and until < TODAY for until in empty)
    soon = [row for row in general if row["agency_code"] == SOON]
    assert [row["since_on"] > TODAY for row in soon] == [True] + [False] * (len(soon) - 1)
    assert soon[1]["until_on"] == soon[0]["since_on"]
