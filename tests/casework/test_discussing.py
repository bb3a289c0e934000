"""A case that a meeting dealt with: who may say so, and that the link shows nothing to anybody."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from tests.casework.desks import HOST, HOST_RETURN, ORIGIN, ORIGIN_RETURN, STRANGER, House, document
from tests.casework.instruments import LAO_DESK, TODAY, done
from tests.casework.test_contacts import meeting

READ = """query ($id: ID!) { bilateralContact(id: $id) { title cases { totalCount edges { node {
  id state } } } } }"""
SELECT = "returnCase { id contacts { edges { node { id title } } } }"


def cases_of(house: House, who: Any, contact: str) -> list[str]:
    found = house.ask(who, READ, id=contact)["data"]["bilateralContact"]["cases"]
    cases = [edge["node"]["id"] for edge in found["edges"]]
    assert found["totalCount"] == len(cases)
    return cases


def links(house: House, case: str) -> int:
    row = house.owner.execute(
        "select count(*) from registry.contact_case where case_id = %s", (case,)
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_desk_that_was_there_says_which_case_a_meeting_dealt_with(house: House) -> None:
    made, hidden = meeting(house)["id"], house.case("IDENTIFIED").case
    case = house.case("TRACING").case
    for each in (case, hidden):
        assert house.done(HOST, "discussCase", each, contactId=f'"{made}"')["repeated"] is False
    assert sorted(cases_of(house, HOST, made)) == sorted([case, hidden])
    # of the other desk's cases the origin sees that which was notified, and no number of others
    assert cases_of(house, ORIGIN, made) == [case]
    assert cases_of(house, HOST_RETURN, made) != []
    again = house.refused(HOST, "discussCase", case, contactId=f'"{made}"')
    assert again["__typename"] == "DoneBefore"
    assert links(house, case) == 1


def test_who_was_not_there_does_not_say_it(house: House) -> None:
    case = house.case("TRACING").case
    elsewhere = done(
        house,
        LAO_DESK,
        "recordMeeting",
        kind="CASE_MANAGEMENT",
        title="Desks of Thailand and Laos",
        startsOn=TODAY.isoformat(),
        participants=["TH-SHELTER"],
        area="RETURN",
    )["id"]
    problem = house.refused(HOST, "discussCase", case, contactId=f'"{elsewhere}"')
    assert problem["field"] == "contactId"
    assert links(house, case) == 0


def test_a_contact_that_is_none(house: House) -> None:
    case = house.case("TRACING").case
    problem = house.refused(HOST, "discussCase", case, contactId=f'"{uuid.uuid4()}"')
    assert problem["__typename"] == "UnknownRecord"
    for word in ("no id", ""):
        asked = house.ask(HOST, document("discussCase", case, contactId=f'"{word}"'))
        assert asked["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert links(house, case) == 0


def test_a_meeting_that_has_not_begun_dealt_with_nothing(house: House) -> None:
    made = meeting(house, startsOn=(TODAY + dt.timedelta(days=9)).isoformat())["id"]
    problem = house.refused(HOST, "discussCase", house.case("TRACING").case, contactId=f'"{made}"')
    assert (problem["field"], problem["__typename"]) == ("contactId", "InvalidInput")


def test_it_is_said_by_the_side_that_holds_the_case(house: House) -> None:
    made = meeting(house)["id"]
    given = {"contactId": f'"{made}"'}
    before = house.case("TRACING").case
    assert house.refused(ORIGIN, "discussCase", before, **given)["__typename"] == "NotPermitted"
    assert house.refused(STRANGER, "discussCase", before, **given)["__typename"] == "UnknownRecord"
    after = house.at_home().case
    assert house.refused(HOST, "discussCase", after, **given)["__typename"] == "NotPermitted"
    assert house.done(ORIGIN_RETURN, "discussCase", after, **given)["problems"] == []
    assert links(house, after) == 1
