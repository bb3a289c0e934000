"""Meetings, trainings, campaigns: who records them, who was there, minutes, decisions, areas."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest

from schema.codes import CooperationArea
from tests.casework.desks import House
from tests.casework.instruments import (
    COMMITTEE,
    IOM_COORDINATOR,
    KHMER,
    KHMER_DESK,
    LAO_DESK,
    PROVINCE,
    THAI,
    THAI_DESK,
    THAI_PROVINCE,
    TODAY,
    WORKER,
    act,
    document,
    done,
    draft,
    refused,
    trouble,
)
from tests.casework.test_deeds import read
from tests.exact.ground import AUDITORS

DAY = (TODAY - dt.timedelta(days=2)).isoformat()
_READ = "query ($id: ID!) { bilateralContact(id: $id) { title minutes } }"


def agreement(house: House, code: str) -> str:
    """Id of an agreement of the reference data."""
    row = house.owner.execute(
        "select id::text from registry.agreement where code = %s", (code,)
    ).fetchone()
    assert row is not None
    return str(row[0])


def meeting(house: House, **more: Any) -> dict[str, Any]:
    """A case management meeting of the Thai and the Cambodian desk."""
    given: dict[str, Any] = {
        "kind": "CASE_MANAGEMENT",
        "title": "Sixth case management meeting",
        "startsOn": DAY,
        "participants": ["KH-MOSVY", "TH-SHELTER"],
        "area": "RETURN",
        "agreementId": agreement(house, "TH-KH-2014"),
        "place": "Poipet",
    }
    return done(house, THAI_DESK, "recordMeeting", **(given | more))


def test_who_takes_part_is_told_and_nobody_is_added(house: House) -> None:
    made = meeting(house)
    assert (made["kind"], made["area"], made["hosts"]) == (
        "CASE_MANAGEMENT",
        "RETURN",
        ["TH-DATIP"],
    )
    assert made["countries"] == ["KH", "TH"]
    assert (made["startsOn"], made["endsOn"]) == (DAY, DAY)
    there = [edge["node"]["code"] for edge in made["participants"]["edges"]]
    assert sorted(there) == ["KH-MOSVY", "TH-DATIP", "TH-SHELTER"]
    assert made["agreement"] == {"code": "TH-KH-2014"}


def test_minutes_are_written_and_read_by_participants_only(house: House) -> None:
    made = meeting(house)
    given = {"contactId": made["id"], "minutes": "Both sides spoke of the forms.\nNo more."}
    kept = done(house, KHMER_DESK, "recordMinutes", **given)
    assert kept["minutes"].startswith("Both sides")
    shown = house.ask(WORKER, _READ, id=made["id"])
    assert shown["data"]["bilateralContact"]["minutes"] == given["minutes"]
    absent = house.ask(KHMER, _READ, id=made["id"])  # of the country, not of the meeting
    assert absent["data"]["bilateralContact"] == {"title": made["title"], "minutes": None}
    stranger = house.ask(LAO_DESK, _READ, id=made["id"])
    assert stranger["data"]["bilateralContact"] is None
    problem = trouble(house, LAO_DESK, "recordMinutes", **given)
    assert problem["__typename"] == "UnknownRecord"
    assert refused(house, WORKER, "recordMinutes", **given)["reason"] == "CLASS"
    again = given | {"expect": [{"dataClass": "MINUTES", "version": 1}]}
    assert trouble(house, THAI_DESK, "recordMinutes", **again)["dataClass"] == "MINUTES"
    history = house.owner.execute(
        "select count(*) from history.bilateral_contact where id = %s", (made["id"],)
    ).fetchone()
    assert history == (1,)


@pytest.mark.parametrize("dashes", [True, False])
def test_a_list_of_cases_is_no_part_of_the_minutes(house: House, *, dashes: bool) -> None:
    made = meeting(house)
    case = uuid.uuid4()
    named = str(case) if dashes else case.hex.upper()
    given = {"contactId": made["id"], "minutes": f"1. {named} goes home"}
    problem = trouble(house, THAI_DESK, "recordMinutes", **given)
    assert problem["field"] == "minutes"
    assert named not in str(problem)
    decision = {"decision": f"return {named}", "responsible": "KH-MOSVY"}
    problem = trouble(house, THAI_DESK, "recordDecision", contactId=made["id"], **decision)
    assert problem["field"] == "decision"


def test_decisions_are_followed_up_by_who_carries_them_out(house: House) -> None:
    made = meeting(house)
    here = {"contactId": made["id"]}
    due = (TODAY + dt.timedelta(days=20)).isoformat()
    later = (TODAY + dt.timedelta(days=40)).isoformat()
    form = {"decision": "one form for both sides", "responsible": "KH-MOSVY", "dueOn": due}
    done(house, THAI_DESK, "recordDecision", **here, **form)
    visit = {"decision": "a visit in spring", "responsible": "TH-DATIP", "dueOn": later}
    after = done(house, KHMER_DESK, "recordDecision", **here, **visit)
    assert [d["number"] for d in after["decisionsTaken"]] == [1, 2]
    assert after["nextDueOn"] == due
    absent = form | {"responsible": "LA-MLSW"}
    assert trouble(house, THAI_DESK, "recordDecision", **here, **absent)["field"] == "responsible"
    problem = trouble(house, KHMER_DESK, "followUpDecision", **here, number=2, note="booked")
    assert (problem["__typename"], problem["reason"]) == ("NotPermitted", "NOT_ASSIGNED")
    started = done(house, KHMER_DESK, "followUpDecision", **here, number=1, note="drafted")
    assert started["decisionsTaken"][0]["note"] == "drafted"
    ended = done(house, THAI_DESK, "followUpDecision", **here, number=1, doneOn=TODAY.isoformat())
    assert ended["decisionsTaken"][0]["doneOn"] == TODAY.isoformat()
    assert ended["nextDueOn"] == later
    given = here | {"number": 1, "doneOn": TODAY.isoformat()}
    assert trouble(house, KHMER_DESK, "followUpDecision", **given)["code"] == "DONE_BEFORE"
    assert trouble(house, KHMER_DESK, "followUpDecision", **here, number=9, note="x")["field"] == (
        "number"
    )
    assert trouble(house, KHMER_DESK, "followUpDecision", **here, number=1)["field"] == "note"
    due_ones = house.ask(
        KHMER_DESK,
        "query ($day: Date!) { bilateralContacts(first: 100, filter: { nextDueOn: { lte: $day } })"
        " { edges { node { id } } } }",
        day=later,
    )
    found = [e["node"]["id"] for e in due_ones["data"]["bilateralContacts"]["edges"]]
    assert made["id"] in found


def test_attendance_is_numbers_and_roles_of_who_took_part(house: House) -> None:
    made = meeting(house)
    here = {"contactId": made["id"]}
    own = {"people": 4, "roles": ["FOCAL_POINT", "CASE_WORKER"]}
    done(house, KHMER_DESK, "recordAttendance", **here, **own)
    after = done(house, THAI_DESK, "recordAttendance", **here, agency="TH-SHELTER", people=2)
    assert [(a["agency"], a["people"]) for a in after["attendance"]] == [
        ("KH-MOSVY", 4),
        ("TH-SHELTER", 2),
    ]
    corrected = done(house, KHMER_DESK, "recordAttendance", **here, people=5)
    assert corrected["attendance"][0]["people"] == 5
    assert corrected["attendance"][0]["roles"] == ["FOCAL_POINT", "CASE_WORKER"]
    not_host = trouble(house, KHMER_DESK, "recordAttendance", **here, agency="TH-SHELTER", people=1)
    assert not_host["reason"] == "NOT_ASSIGNED"
    absent = trouble(house, THAI_DESK, "recordAttendance", **here, agency="LA-MLSW", people=1)
    assert absent["field"] == "agency"
    assert trouble(house, THAI_DESK, "recordAttendance", **here, reach=10)["field"] == "reach"
    assert trouble(house, THAI_DESK, "recordAttendance", **here, people=-1)["field"] == "people"
    assert trouble(house, KHMER_DESK, "recordAttendance", **here, unit="Atlantis")["field"] == (
        "unit"
    )
    ahead = meeting(house, startsOn=(TODAY + dt.timedelta(days=9)).isoformat())
    problem = trouble(house, THAI_DESK, "recordAttendance", contactId=ahead["id"], people=3)
    assert problem["code"] == "INVALID_INPUT"


def test_a_campaign_is_carried_out_by_provincial_offices_and_its_reach_is_a_number(
    house: House,
) -> None:
    made = done(
        house,
        PROVINCE,
        "recordCampaign",
        title="Radio days in the border districts",
        startsOn=DAY,
        partners=["NGO-CWCC"],
        people=6,
        reach=1_200,
    )
    assert (made["kind"], made["area"], made["reach"]) == ("CAMPAIGN", "PREVENTION", 1_200)
    assert [(a["agency"], a["unit"]) for a in made["attendance"]] == [("KH-POSVY", "Battambang")]
    other = replace(PROVINCE, unit="Kampot")
    given = {"contactId": made["id"], "unit": "Kampot", "people": 2, "reach": 300}
    after = done(house, other, "recordAttendance", **given)
    assert after["reach"] == 1_500
    assert [a["unit"] for a in after["attendance"]] == ["Battambang", "Kampot"]
    again = trouble(house, PROVINCE, "recordAttendance", **(given | {"reach": 9_000}))
    assert again["field"] == "unit"  # another office's number is not for this one to correct
    own = done(house, PROVINCE, "recordAttendance", contactId=made["id"], people=7)
    assert [(a["unit"], a["people"]) for a in own["attendance"]] == [
        ("Battambang", 7),
        ("Kampot", 2),
    ]
    given = {"title": "Elsewhere", "startsOn": DAY, "unit": "Kampot"}
    assert trouble(house, PROVINCE, "recordCampaign", **given)["field"] == "unit"
    assert trouble(house, THAI_PROVINCE, "recordCampaign", **given)["field"] == "unit"
    assert refused(house, PROVINCE, "recordTraining", **_training())["reason"] == "CLASS"


def test_each_area_has_its_records_by_acts_and_is_listed_by_it(house: House) -> None:
    """The five areas of the agreement of 2007: what was done for each, by who does it."""
    made: dict[CooperationArea, str] = {}
    visit = meeting(
        house, kind="STUDY_VISIT", area="CARE", title="Visit to shelters", place="Nonthaburi"
    )
    made[CooperationArea.CARE] = visit["id"]
    under = agreement(house, "IOM-MSDHS-2007")
    training = done(house, IOM_COORDINATOR, "recordTraining", agreementId=under, **_training())
    made[CooperationArea.TRAINING] = training["id"]
    assert (training["kind"], training["area"]) == ("TRAINING", "TRAINING")
    assert training["agreement"] == {"code": "IOM-MSDHS-2007"}
    made[CooperationArea.RETURN] = meeting(house)["id"]
    talks = done(
        house,
        COMMITTEE,
        "recordMeeting",
        kind="TECHNICAL",
        title="Talks on a procedure for returns",
        startsOn=DAY,
        participants=["KH-NCCT", "TH-MFA", "VN-MPS"],
        area="AGREEMENTS",
    )
    made[CooperationArea.AGREEMENTS] = talks["id"]
    assert talks["countries"] == ["KH", "TH", "VN"]
    campaign = done(
        house, THAI_PROVINCE, "recordCampaign", title="Posters", startsOn=DAY, partners=["TH-ATC"]
    )
    made[CooperationArea.PREVENTION] = campaign["id"]
    sop = draft(house, "TH-KH-CARE-2026", kind="SOP", areas=["CARE"], title="Standards")
    assert sop["areas"] == ["CARE"]
    seen = {
        CooperationArea.CARE: THAI_DESK,
        CooperationArea.TRAINING: IOM_COORDINATOR,
        CooperationArea.RETURN: KHMER_DESK,
        CooperationArea.AGREEMENTS: COMMITTEE,
        CooperationArea.PREVENTION: COMMITTEE,
    }
    for area, who in seen.items():
        listed = house.ask(
            who,
            "query ($area: String!) { bilateralContacts(first: 100,"
            " filter: { area: { eq: $area } }) { edges { node { id area } } } }",
            area=area.value,
        )
        edges = [edge["node"] for edge in listed["data"]["bilateralContacts"]["edges"]]
        assert made[area] in {node["id"] for node in edges}
        assert {node["area"] for node in edges} == {area.value}


def test_a_meeting_without_an_agreement_opens_no_case(house: House) -> None:
    """Study visits with countries that have no seat: a record of its own, and nothing beside it."""
    visit = done(
        house,
        THAI_DESK,
        "recordMeeting",
        kind="STUDY_VISIT",
        title="Study visit from Viet Nam",
        startsOn=DAY,
        participants=["VN-MPS"],
        countries=["MM"],
    )
    assert visit["countries"] == ["MM", "TH", "VN"]
    assert visit["agreement"] is None
    body = house.ask(
        THAI_DESK,
        "query ($id: ID!) { bilateralContact(id: $id) { cases { totalCount } } }",
        id=visit["id"],
    )
    assert body["data"]["bilateralContact"]["cases"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("kind", {"kind": "TRAINING"}),
        ("kind", {"kind": "CAMPAIGN"}),
        ("participants", {"participants": ["KH-NOBODY"]}),
        ("participants", {"participants": [f"KH-{n}" for n in range(61)]}),
        ("participants", {"hosts": ["KH-NOBODY"]}),
        ("countries", {"countries": ["Laos"]}),
        ("startsOn", {"startsOn": "2569-01-01"}),
        ("endsOn", {"endsOn": "2001-01-01"}),
        ("title", {"title": "x" * 201}),
        ("agenda", {"agenda": "x" * 2001}),
        ("agreementId", {"agreementId": "0195f2a0-0000-7000-8000-000000000000"}),
    ],
)
def test_what_a_meeting_may_not_say(house: House, field: str, change: dict[str, Any]) -> None:
    given = {
        "kind": "TECHNICAL",
        "title": "Technical meeting",
        "startsOn": DAY,
        "participants": ["KH-MOSVY"],
    } | change
    assert trouble(house, THAI_DESK, "recordMeeting", **given)["field"] == field


def test_a_meeting_is_held_under_an_agreement_of_ones_own(house: House) -> None:
    given = {
        "kind": "TECHNICAL",
        "title": "Technical meeting",
        "startsOn": DAY,
        "participants": ["KH-MOSVY"],
        "agreementId": agreement(house, "KH-VN-2005"),
    }
    assert trouble(house, THAI_DESK, "recordMeeting", **given)["field"] == "agreementId"


def test_stewards_and_workers_record_no_meeting(house: House) -> None:
    given = {"kind": "TECHNICAL", "title": "Meeting", "startsOn": DAY, "participants": []}
    for who in (THAI, WORKER, PROVINCE):
        assert refused(house, who, "recordMeeting", **given)["reason"] == "CLASS"


def test_the_same_request_twice_makes_one_meeting(house: House) -> None:
    given = {
        "kind": "WORKSHOP",
        "title": "Regional workshop",
        "startsOn": DAY,
        "participants": ["KH-MOSVY", "LA-MLSW"],
    }
    asked = document("recordMeeting", given)
    first, second = (house.ask(LAO_DESK, asked, "one-key", **given) for _ in range(2))
    assert first["data"]["recordMeeting"]["repeated"] is False
    assert second["data"]["recordMeeting"]["repeated"] is True
    ids = {b["data"]["recordMeeting"]["bilateralContact"]["id"] for b in (first, second)}
    assert len(ids) == 1


def test_what_a_payload_shows_is_on_record(house: House) -> None:
    given = {
        "kind": "TECHNICAL",
        "title": "On record",
        "startsOn": DAY,
        "participants": ["KH-MOSVY"],
    }
    payload = act(house, THAI_DESK, "recordMeeting", **given)
    shown = house.registry.disclosed(payload["accessRecord"])
    made = payload["bilateralContact"]["id"]
    assert (made, "BilateralContact.title") in shown
    assert (made, "BilateralContact.minutes") in shown


def _training() -> dict[str, Any]:
    return {
        "title": "Training on interviews with children",
        "startsOn": DAY,
        "participants": ["TH-DATIP", "TH-MDT"],
        "funder": "INT-JICA",
    }


def test_a_campaign_to_come_had_reached_people(house: House) -> None:
    later = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)).isoformat()
    given = {"title": "Posters", "startsOn": later, "reach": 100}
    assert trouble(house, THAI_PROVINCE, "recordCampaign", **given)["field"] == "reach"
    strange = {"title": "Posters", "startsOn": later, "partners": ["XX"]}
    assert trouble(house, THAI_PROVINCE, "recordCampaign", **strange)["field"] == "partners"


def test_the_deed_of_a_contact_named_an_empty_field(house: House) -> None:
    done(house, THAI_PROVINCE, "recordCampaign", title="Leaflets", startsOn=DAY)
    row = house.owner.execute(
        "select access_record::text from registry.deed order by at desc limit 1"
    ).fetchone()
    assert row is not None
    found = read(house, AUDITORS["TH"], row[0])
    assert found is not None
    assert found["deed"]["act"] == "recordCampaign"
    assert all("" not in each["fields"] for each in found["deed"]["changed"])
