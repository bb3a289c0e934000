"""A year of cooperation in the simulated region: every area, who came, what is due, whose draft."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from authz.caller import Caller
from schema import reference
from schema.codes import CooperationArea, MeetingKind
from service.seeding.agreements import STORIES, agreements
from service.seeding.cooperation import cooperation
from service.seeding.keeping import Row, Rows
from service.seeding.loading import CONTACTS
from tests.casework.desks import House, opened
from tests.compiler.registry import Registry
from tests.seeding.region import UNTIL
from tests.tracing.house import person

PAGE = (Path(__file__).parents[2] / "docs" / "cooperation.md").read_text("utf-8")
THAI_DESK = person("TH-DATIP", "FOCAL_POINT", "COORDINATION")
COMMITTEE = person("TH-ATC", "COORDINATOR", "COORDINATION")
_UNITS = {(unit.agency_code, unit.code) for unit in reference.units() if unit.kind == "PROVINCE"}
SEEDS = range(6)


@pytest.fixture(scope="module")
def house(region: Connection[Any]) -> Iterator[House]:
    """The region's registry, to be asked."""
    owner = make_conninfo(os.environ["SAPHAN_TEST_DSN"], dbname=region.info.dbname)
    registry = Registry(owner, make_conninfo(owner, user="saphan_service"))
    with opened(registry) as made:
        yield made


def told(seed: int, until: dt.date = UNTIL) -> Rows:
    return cooperation(seed, CONTACTS, until, {}).rows


def by_contact(rows: Rows, table: str) -> list[tuple[Row, Row]]:
    """Each row with its contact."""
    contacts = {contact["id"]: contact for contact in rows["bilateral_contact"]}
    return [(contacts[row["contact_id"]], row) for row in rows[table]]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_area_has_contacts_with_who_came_and_what_was_decided(seed: int) -> None:
    rows = told(seed)
    areas = set(CooperationArea)
    assert {contact["area"] for contact in rows["bilateral_contact"]} == areas
    assert {contact["area"] for contact, _ in by_contact(rows, "contact_attendance")} == areas
    assert {contact["area"] for contact, _ in by_contact(rows, "contact_decision")} == areas
    drafted = {area for row in rows["agreement"] for area in row["areas"]}
    assert drafted == areas


@pytest.mark.parametrize("seed", SEEDS)
def test_who_came_took_part_and_is_a_number_in_roles(seed: int) -> None:
    rows = told(seed)
    there = {(row["contact_id"], row["agency_code"]) for row in rows["contact_participant"]}
    for contact, row in by_contact(rows, "contact_attendance"):
        assert (contact["id"], row["agency_code"]) in there
        assert row["people"] > 0
        campaign = contact["kind"] is MeetingKind.CAMPAIGN
        assert (row["reach"] is not None) == (campaign and row["unit"] != "")
        assert row["recorded_at"].date() < UNTIL
    hosts = {(c["id"], host) for c in rows["bilateral_contact"] for host in c["hosts"]}
    assert hosts <= there
    assert hosts <= {(r["contact_id"], r["agency_code"]) for r in rows["contact_attendance"]}


@pytest.mark.parametrize("seed", SEEDS)
def test_campaigns_are_carried_out_by_provincial_offices(seed: int) -> None:
    rows = told(seed)
    offices = [
        (row["agency_code"], row["unit"])
        for contact, row in by_contact(rows, "contact_attendance")
        if contact["kind"] is MeetingKind.CAMPAIGN and row["agency_code"] in contact["hosts"]
    ]
    assert offices
    assert set(offices) <= _UNITS


@pytest.mark.parametrize("seed", SEEDS)
def test_decisions_are_done_or_due_or_overdue_by_those_who_took_part(seed: int) -> None:
    rows = told(seed)
    there = {(row["contact_id"], row["agency_code"]) for row in rows["contact_participant"]}
    stand: Counter[str] = Counter()
    for contact, row in by_contact(rows, "contact_decision"):
        due, done = row["due_on"], row["done_on"]
        assert (contact["id"], row["responsible"]) in there
        assert due is None or due >= contact["ends_on"]
        assert done is None or contact["ends_on"] <= done < UNTIL
        stand["done" if done else "overdue" if due and due < UNTIL else "to do"] += 1
    assert min(stand[name] for name in ("done", "overdue", "to do")) > 1


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_decision_was_is_kept_until_it_was_followed_up(seed: int) -> None:
    rows = told(seed)
    ends = {(r["contact_id"], r["number"]): r["recorded_at"] for r in rows["contact_decision"]}
    spans: dict[tuple[Any, int], list[tuple[dt.datetime, dt.datetime]]] = {}
    for row in rows["history.contact_decision"]:
        assert row["recorded_from"] == row["recorded_at"] < row["recorded_to"]
        assert row["done_on"] is None
        key = row["contact_id"], row["number"]
        spans.setdefault(key, []).append((row["recorded_from"], row["recorded_to"]))
    assert spans
    for key, kept in spans.items():
        begins = [first for first, _ in kept] + [ends[key]]
        assert begins[1:] == [until for _, until in kept]


@pytest.mark.parametrize("year", [1995, 2004, 2008, 2012, 2017, 2020])
def test_an_earlier_last_day_tells_what_there_was_by_then(year: int) -> None:
    """No contact and no office under an instrument to come, no word that no clause permitted."""
    until = dt.date(year, 6, 1)
    rows = told(1, until)
    known = {a.code: a.in_force_from for a in reference.agreements()}
    for table, first in (("bilateral_contact", "starts_on"), ("focal_point", "since_on")):
        for row in rows[table]:
            since = known.get(row["agreement_code"])
            assert since is None or since <= row[first]
    words = {row["code"].split("-")[-2] for row in rows["agreement"]}
    assert words <= set(STORIES)
    assert (words == set(STORIES)) == (year >= 2020)
    assert not words or year >= 2008


def test_invented_instruments_say_so_and_are_none_of_the_reference_data() -> None:
    rows = agreements(1, UNTIL).rows["agreement"]
    assert len(rows) == len(STORIES)
    assert all(row["title"].endswith("(invented)") for row in rows)
    assert not {row["code"] for row in rows} & {a.code for a in reference.agreements()}


def test_no_office_is_held_by_two(region: Connection[Any]) -> None:
    doubled = region.execute(
        "select count(*) from registry.focal_point a join registry.focal_point b on a.id < b.id"
        " and a.agency_code = b.agency_code and (a.agreement_code = b.agreement_code"
        " or (coalesce(a.agreement_code, b.agreement_code) is null and a.corridors && b.corridors))"
        " and daterange(a.since_on, a.until_on) && daterange(b.since_on, b.until_on)"
    ).fetchone()
    assert doubled == (0,)


def documented(word: str) -> str:
    """The first document of the page in which a word stands."""
    found: list[str] = re.findall(r"^```graphql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return next(text for text in found if word in text)


def test_what_is_overdue_is_found_by_the_query_of_the_page(
    house: House, region: Connection[Any]
) -> None:
    query = documented("nextDueOn: { lt:")
    asked = re.sub(r'lt: "[0-9-]+"', f'lt: "{UNTIL}"', query)
    assert asked != query
    answer = house.ask(THAI_DESK, asked)
    nodes = [edge["node"] for edge in answer["data"]["bilateralContacts"]["edges"]]
    expected = region.execute(
        "select b.title, min(d.due_on)::text from registry.bilateral_contact b"
        " join registry.contact_decision d on d.contact_id = b.id and d.done_on is null"
        " where 'TH' = any(b.countries) group by b.id having min(d.due_on) < %s order by 2, b.id",
        (UNTIL,),
    ).fetchall()
    assert len(expected) > 2
    assert [node["nextDueOn"] for node in nodes] == [due for _, due in expected[:20]]
    assert {node["title"] for node in nodes} <= {title for title, _ in expected}
    for node in nodes:
        late = [d for d in node["decisionsTaken"] if not d["doneOn"] and d["dueOn"]]
        assert min(d["dueOn"] for d in late) == node["nextDueOn"] < UNTIL.isoformat()


def test_a_campaign_is_shown_with_the_sum_of_its_offices(house: House) -> None:
    answer = house.ask(COMMITTEE, documented('"PREVENTION" }, reach'))
    found = answer["data"]["bilateralContacts"]
    assert found["totalCount"] > 0
    for edge in found["edges"]:
        node = edge["node"]
        assert node["reach"] == sum(a["reach"] or 0 for a in node["attendance"])
        assert {a["agency"] for a in node["attendance"] if a["unit"]} == {"TH-PSDHS"}


def steward(agency: str) -> Caller:
    return person(agency, "AGREEMENT_STEWARD", "COORDINATION")


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        (steward("TH-MFA"), {"TRANSIT", "RENEWAL", "INTERPRETERS", "SCHOOLS", "TRAINERS"}),
        (steward("KH-MFAIC"), {"TRANSIT", "INTERPRETERS"}),
        (steward("LA-MOFA"), {"RENEWAL", "INTERPRETERS"}),
        (steward("INT-IOM"), {"SCHOOLS", "INTERPRETERS"}),
        (person("KH-MOSVY", "FOCAL_POINT", "COORDINATION"), {"TRANSIT", "INTERPRETERS"}),
        (person("VN-MPS", "FOCAL_POINT", "COORDINATION"), {"TRAINERS", "INTERPRETERS"}),
        (person("CN-MPS", "FOCAL_POINT", "COORDINATION"), {"INTERPRETERS"}),
    ],
    ids=lambda each: each.agency if isinstance(each, Caller) else None,
)
def test_a_draft_is_seen_by_its_parties_alone(house: House, who: Caller, seen: set[str]) -> None:
    answer = house.ask(
        who,
        "query { agreements(first: 100) { edges { node { code state versions { version }"
        " rounds { number } signatures { party } } } } }",
    )
    nodes = [edge["node"] for edge in answer["data"]["agreements"]["edges"]]
    found = {word: n for n in nodes for word in STORIES if f"-{word}-" in n["code"]}
    assert set(found) == seen
    country = who.country or who.agency
    for node in found.values():
        parts = node["versions"], node["rounds"], node["signatures"]
        if country in node["code"] and country != "VN":
            assert all(part is not None for part in parts)
            assert node["versions"]
        else:  # what is published is not its texts; no law opens them to who has no seat
            assert node["state"] == ("SIGNED" if country in node["code"] else "IN_FORCE")
            assert not any(parts)


def test_the_drafts_of_the_page_are_those_that_it_tells_of(house: House) -> None:
    answer = house.ask(steward("KH-MFAIC"), documented('eq: "DRAFT"'))
    (edge,) = answer["data"]["agreements"]["edges"]
    node = edge["node"]
    assert re.fullmatch("KH-TH-TRANSIT-[0-9]{4}", node["code"])
    assert node["under"] == {"code": "TH-KH-2014"}
    assert [r["outcome"] for r in node["rounds"]] == ["CONTINUED", "AGREED"]
    assert [v["version"] for v in node["versions"]] == [1, 2, 3]
    assert [(s["party"], s["step"]) for s in node["signatures"]] == [("TH", "SIGNATURE")]


def test_an_amendment_is_signed_while_the_text_before_is_in_force(house: House) -> None:
    answer = house.ask(
        steward("LA-MOFA"),
        'query { agreements(filter: { state: { eq: "IN_FORCE" }, areas: { has: "CARE" } },'
        " first: 50) { edges { node { code version versions { version signedOn inForceFrom }"
        " signatures { party step version onDay } } } } }",
    )
    nodes = [edge["node"] for edge in answer["data"]["agreements"]["edges"]]
    (node,) = (n for n in nodes if "INTERPRETERS" in n["code"])
    assert node["version"] == 2
    assert [bool(v["signedOn"]) for v in node["versions"]] == [False, True, True]
    assert [bool(v["inForceFrom"]) for v in node["versions"]] == [False, True, False]
    last = node["signatures"][-1]
    assert (last["step"], last["party"], last["version"]) == ("ENTRY_INTO_FORCE", "LA", 3)
    assert last["onDay"] > UNTIL.isoformat()


def test_a_past_day_sees_what_was_not_yet_done(region: Connection[Any]) -> None:
    rows = region.execute(
        "select contact_id, number, recorded_to from history.contact_decision limit 5"
    ).fetchall()
    assert len(rows) == 5
    for contact, number, until in rows:
        before = (until - dt.timedelta(microseconds=1)).isoformat()
        region.execute("select set_config('saphan.as_of', %s, false)", (before,))
        found = region.execute(
            "select done_on from past.contact_decision where (contact_id, number) = (%s, %s)",
            (contact, number),
        ).fetchall()
        assert found == [(None,)]
