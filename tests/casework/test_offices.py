"""Focal points: appointed, handed over on one day, ended; never two at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from resolvers.engine import Request
from tests.casework.desks import House
from tests.casework.instruments import (
    COMMITTEE,
    IOM_COORDINATOR,
    KHMER,
    KHMER_DESK,
    LAO_DESK,
    THAI,
    THAI_DESK,
    THAI_PROVINCE,
    TODAY,
    act,
    document,
    done,
    refused,
    trouble,
)
from tests.casework.test_contacts import agreement

FIRST = TODAY - dt.timedelta(days=100)


def appointed(house: House, agency: str = "TH-DATIP", **more: Any) -> dict[str, Any]:
    """An officer of an agency, appointed by the steward of Thailand."""
    given = office(agency) | more
    return done(house, THAI, "appointFocalPoint", **given)


def office(agency: str = "TH-DATIP") -> dict[str, Any]:
    """What an appointment says."""
    return {
        "agency": agency,
        "person": "Somchai Example",
        "title": "Director",
        "phone": "+66 2 202 9000",
        "email": "desk@datip.example",
        "since": FIRST.isoformat(),
        "corridors": ["TH-KH"],
    }


@pytest.fixture(autouse=True)
def empty(house: House) -> None:
    house.owner.execute("delete from registry.focal_point")


def test_one_officer_could_not_hold_two_desks_of_an_agency(house: House) -> None:
    appointed(house)
    second = appointed(house, corridors=["TH-LA"])
    assert second["person"] == "Somchai Example"
    given = office() | {"corridors": ["TH-LA"]}
    assert trouble(house, THAI, "appointFocalPoint", **given)["code"] == "CONFLICT"


def test_an_office_is_handed_over_without_a_gap_or_an_overlap(house: House) -> None:
    first = appointed(house)
    assert (first["corridors"], first["until"]) == (["KH-TH"], None)
    payload = act(
        house,
        THAI_DESK,
        "handOverOffice",
        focalPointId=first["id"],
        on=TODAY.isoformat(),
        person="Malee Example",
        phone="+66 2 202 9001",
    )
    assert payload["problems"] == []
    assert payload["predecessor"]["until"] == TODAY.isoformat()
    assert payload["predecessor"]["person"] == "Somchai Example"
    assert payload["focalPoint"]["since"] == TODAY.isoformat()
    assert payload["focalPoint"]["person"] == "Malee Example"
    assert payload["focalPoint"]["corridors"] == ["KH-TH"]
    days = house.owner.execute(
        "select count(*) from generate_series(%s::date, current_date, '1 day') d(day) where"
        " (select count(*) from registry.focal_point f where daterange(f.since_on, f.until_on)"
        " @> d.day::date) <> 1",
        (FIRST,),
    ).fetchone()
    assert days == (0,)
    given = {"focalPointId": first["id"], "on": TODAY.isoformat(), "person": "Another"}
    assert trouble(house, THAI_DESK, "handOverOffice", **given)["code"] == "DONE_BEFORE"


def test_an_office_that_somebody_holds_is_handed_over_not_filled(house: House) -> None:
    appointed(house)
    given = office() | {"person": "A second one", "corridors": ["KH-TH", "LA-TH"]}
    assert trouble(house, THAI, "appointFocalPoint", **given)["code"] == "CONFLICT"
    other = appointed(
        house, person="Nok Example", corridors=["LA-TH"]
    )  # another desk of the same agency
    assert other["corridors"] == ["LA-TH"]
    under = appointed(house, agreementId=agreement(house, "TH-KH-2014"))
    assert under["agreement"] == {"code": "TH-KH-2014"}


def test_an_ended_office_can_be_filled_again(house: House) -> None:
    first = appointed(house)
    ended = done(house, THAI, "endOffice", focalPointId=first["id"], until=TODAY.isoformat())
    assert ended["until"] == TODAY.isoformat()
    again = appointed(house, person="The next", since=TODAY.isoformat())
    assert again["since"] == TODAY.isoformat()
    given = {"focalPointId": first["id"], "until": FIRST.isoformat()}
    assert trouble(house, THAI, "endOffice", **given)["field"] == "until"


def test_two_who_appoint_at_once_do_not_both(house: House) -> None:
    requests = [
        Request(
            document("appointFocalPoint", given), None, given, who, "COORDINATION", "trace", None
        )
        for given, who in (
            (office() | {"person": "One"}, THAI),
            (office() | {"person": "Other"}, COMMITTEE),
        )
    ]
    bodies = house.at_once(*requests)
    problems = [body["data"]["appointFocalPoint"]["problems"] for body in bodies]
    assert sorted(len(each) for each in problems) == [0, 1]
    held = house.owner.execute("select count(*) from registry.focal_point").fetchone()
    assert held == (1,)


def test_a_country_fills_its_own_offices_and_a_desk_its_own(house: House) -> None:
    first = appointed(house)
    given = {"focalPointId": first["id"], "until": TODAY.isoformat()}
    for who in (KHMER, KHMER_DESK):  # they share the corridor, and may read who it is
        problem = trouble(house, who, "endOffice", **given)
        assert (problem["__typename"], problem["reason"]) == ("NotPermitted", "NOT_ASSIGNED")
    assert trouble(house, LAO_DESK, "endOffice", **given)["__typename"] == "UnknownRecord"
    assert trouble(house, THAI, "appointFocalPoint", **office("KH-MOSVY"))["reason"] == (
        "NOT_ASSIGNED"
    )
    shelter = office("TH-SHELTER")
    assert trouble(house, THAI_DESK, "appointFocalPoint", **shelter)["reason"] == "NOT_ASSIGNED"
    assert refused(house, THAI_PROVINCE, "endOffice", **given)["reason"] == "CLASS"
    made = done(
        house,
        IOM_COORDINATOR,
        "appointFocalPoint",
        agency="INT-IOM",
        person="Anna Example",
        since=FIRST.isoformat(),
        agreementId=agreement(house, "IOM-MSDHS-2007"),
    )
    assert made["agency"] == "INT-IOM"


def test_a_private_number_is_the_desks_to_give(house: House) -> None:
    private = office() | {"privatePhone": "+66 81 234 5678"}
    problem = trouble(house, THAI, "appointFocalPoint", **private)
    assert (problem["__typename"], problem["dataClass"]) == ("NotPermitted", "CONTACT_PRIVATE")
    made = done(house, THAI_DESK, "appointFocalPoint", **private)
    row = house.owner.execute(
        "select private_phone from registry.focal_point where id = %s", (made["id"],)
    ).fetchone()
    assert row == ("+66 81 234 5678",)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("agency", {"agency": "TH-NOBODY"}),
        ("person", {"person": " "}),
        ("phone", {"phone": "02 202 9000"}),
        ("email", {"email": "no address"}),
        ("corridors", {"corridors": ["TH"]}),
        ("corridors", {"corridors": ["TH-TH"]}),
        ("corridors", {"corridors": []}),
        ("corridors", {"corridors": ["KH-VN", "KH-TH"]}),
        ("since", {"since": "2569-10-01"}),
        ("agreementId", {"agreementId": "0195f2a0-0000-7000-8000-000000000000"}),
    ],
)
def test_what_an_appointment_may_not_say(house: House, field: str, change: dict[str, Any]) -> None:
    assert trouble(house, THAI, "appointFocalPoint", **(office() | change))["field"] == field
