"""Who gets a case in hand: referrals with acceptance and refusal, and assignments."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from authz.caller import Caller
from tests.casework.care import (
    DESK,
    HELPER,
    WORKER,
    fields,
    opened,
    payload,
    rows,
    thai,
    written,
)
from tests.casework.desks import MDT, PROBLEMS, House, desk
from tests.compiler.registry import state_consent

REFER = f"""mutation($case: ID!, $to: String!) {{
  referCase(caseId: $case, toAgency: $to, reason: AdditionalServicesRequired,
    details: "she needs a room") {{ {PROBLEMS} referral {{ id state from to details }}
    returnCase {{ id }} }} }}"""
ANSWER = f"""mutation($id: ID!) {{ NAME(referralId: $id GIVEN) {{ {PROBLEMS}
  referral {{ id state caseOwner details }} }} }}"""
ASKED = "{ referrals { totalCount edges { node { id from reason state returnCase { id } } } } }"
SEEN = "query($id: ID!) { returnCase(id: $id) { id victim { familyName } } }"
OTHER = thai("NGO-AAT", "CASE_WORKER")
TURNED = ', reason: "no room is free"'


def referred(house: House, case: str, to: str = "NGO-LPN", who: Caller = WORKER) -> dict[str, Any]:
    """The payload of a referral."""
    return payload(house.ask(who, REFER, case=case, to=to))


def answered(house: House, who: Caller, name: str, referral: str, given: str = "") -> Any:
    """The payload of an answer to one."""
    query = ANSWER.replace("NAME", name).replace("GIVEN", given)
    return payload(house.ask(who, query, id=referral))


def sees(house: House, who: Caller, case: str) -> bool:
    """Whether the case is hers to see."""
    return bool(house.ask(who, SEEN, id=case)["data"]["returnCase"])


def test_who_is_asked_sees_the_question_and_the_case_once_it_accepts(house: House) -> None:
    case, _ = opened(house)
    made = referred(house, case)
    assert made["problems"] == []
    referral = made["referral"]
    assert (referral["state"], referral["from"], referral["to"]) == (
        "OPEN",
        "TH-SHELTER",
        "NGO-LPN",
    )
    (edge,) = payload(house.ask(HELPER, ASKED))["edges"]
    assert edge["node"]["id"] == referral["id"]
    assert (edge["node"]["from"], edge["node"]["returnCase"]) == ("TH-SHELTER", None)
    assert payload(house.ask(OTHER, ASKED))["totalCount"] == 0
    assert not sees(house, HELPER, case)
    done = answered(house, HELPER, "acceptReferral", referral["id"], ', caseOwner: "w-3"')
    assert done["problems"] == []
    # the words of the referral are for who has the case in hand
    assert done["referral"]["details"] == "she needs a room"
    assert (done["referral"]["state"], done["referral"]["caseOwner"]) == ("ACCEPTED", "w-3")
    assert payload(house.ask(HELPER, SEEN, id=case))["victim"]["familyName"] == "Sok"
    # once is enough
    twice = answered(house, HELPER, "acceptReferral", referral["id"])
    assert [p["__typename"] for p in twice["problems"]] == ["NotPermitted"]
    ended = answered(house, HELPER, "endReferral", referral["id"], TURNED)
    assert ended["problems"] == []
    assert not sees(house, HELPER, case)
    kept = rows(
        house,
        "select state from history.referral where id = %s order by recorded_from",
        referral["id"],
    )
    assert kept == [("OPEN",), ("ACCEPTED",)]
    deeds = rows(
        house,
        "select d.act, d.agency_code, d.clause, d.reason from registry.deed d join registry.event e"
        " on e.tx = d.tx where e.record_id = %s order by e.seq",
        referral["id"],
    )
    assert deeds == [
        ("referCase", "TH-SHELTER", "TH-LAW@1#rule 2", None),
        ("acceptReferral", "NGO-LPN", "TH-LAW@1#rule 26", None),
        ("endReferral", "NGO-LPN", "TH-LAW@1#rule 2", "no room is free"),
    ]


def test_who_declines_sees_no_more_of_it(house: House) -> None:
    case, _ = opened(house)
    referral = referred(house, case)["referral"]["id"]
    assert fields(answered(house, HELPER, "declineReferral", referral, ', reason: "-"')) == [
        "reason"
    ]
    done = answered(house, HELPER, "declineReferral", referral, TURNED)
    assert (done["problems"], done["referral"]) == ([], None)
    assert not sees(house, HELPER, case)
    # and may be asked again
    assert referred(house, case)["problems"] == []


def test_the_answer_is_for_who_was_asked(house: House) -> None:
    case, _ = opened(house)
    referral = referred(house, case)["referral"]["id"]
    before = written(house)
    for who in (OTHER, thai("NGO-AAT", "PARTNER_CASEWORKER", "RETURN")):
        hidden = answered(house, who, "acceptReferral", referral)
        missing = answered(house, who, "acceptReferral", str(uuid.uuid4()))
        assert fields(hidden) == ["referralId"]
        assert hidden == missing
    # who asked cannot answer for the other, though it sees the referral
    body = house.ask(
        WORKER, ANSWER.replace("NAME", "acceptReferral").replace("GIVEN", ""), id=referral
    )
    problems = payload(body)["problems"]
    assert [p["__typename"] for p in problems] == ["NotPermitted"]
    assert written(house) == before


@pytest.mark.parametrize(
    ("to", "kind"),
    [("TH-SHELTER", "InvalidInput"), ("NGO-CWCC", "InvalidInput"), ("nobody", "InvalidInput")],
)
def test_a_case_is_referred_inside_the_country(house: House, to: str, kind: str) -> None:
    case, _ = opened(house)
    before = written(house)
    assert [p["__typename"] for p in referred(house, case, to)["problems"]] == [kind]
    assert written(house) == before


def test_it_is_not_asked_twice(house: House) -> None:
    case, _ = opened(house)
    referred(house, case)
    before = written(house)
    assert [p["__typename"] for p in referred(house, case)["problems"]] == ["DoneBefore"]
    assert written(house) == before


def test_an_assignment_opens_the_case_and_its_end_closes_it(house: House) -> None:
    case, _ = opened(house)
    assert not sees(house, DESK, case)
    house.done(WORKER, "assignCase", case, agency='"TH-DATIP"')
    assert sees(house, DESK, case)
    again = house.refused(WORKER, "assignCase", case, agency='"TH-DATIP"')
    assert again["__typename"] == "DoneBefore"
    house.done(DESK, "assignCase", case, agency='"TH-MDT"')
    house.done(MDT, "recordIdentification", case, isVictim="true", rightsExplained="true")
    house.done(WORKER, "endAssignment", case, agency='"TH-DATIP"', reason='"she moves"')
    assert not sees(house, DESK, case)
    gone = house.refused(WORKER, "endAssignment", case, agency='"TH-DATIP"', reason='"again"')
    assert gone["__typename"] == "Conflict"
    periods = rows(
        house,
        "select agency_code, until_at is null from registry.assignment where case_id = %s"
        " order by from_at",
        case,
    )
    assert periods == [("TH-SHELTER", True), ("TH-DATIP", False), ("TH-MDT", True)]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"agency": '"KH-MOSVY"'}, "agency"),
        ({"agency": '"nobody"'}, "agency"),
        ({"agency": '"TH-PSDHS"', "unit": '"Siem Reap"'}, "unit"),
        ({"agency": '"TH-DATIP"', "until": '"2020-01-01T00:00:00Z"'}, "until"),
        ({"agency": '"TH-DATIP"', "until": '"2569-01-01T00:00:00Z"'}, "until"),
    ],
)
def test_an_assignment_that_does_not_fit_is_named(
    house: House, given: dict[str, str], field: str
) -> None:
    case, _ = opened(house)
    assert house.refused(WORKER, "assignCase", case, **given)["field"] == field


def test_an_organisation_gets_a_case_for_a_time(house: House) -> None:
    case, _ = opened(house)
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(days=9)).isoformat()
    house.done(WORKER, "assignCase", case, agency='"INT-IOM"', until=f'"{until}"')
    assert rows(
        house,
        "select party from registry.case_party where case_id = %s and party like 'INT%%'",
        case,
    ) == [("INT-IOM",)]


def test_who_only_has_the_case_in_hand_hands_it_on_to_nobody(house: House) -> None:
    case, _ = opened(house)
    referral = referred(house, case)["referral"]["id"]
    assert answered(house, HELPER, "acceptReferral", referral)["problems"] == []
    onward = referred(house, case, "NGO-AAT", HELPER)
    assert [p["__typename"] for p in onward["problems"]] == ["NotPermitted"]
    for name in ("assignCase", "endAssignment"):
        given = {"reason": '"why not"'} if name == "endAssignment" else {}
        refused = house.refused(HELPER, name, case, agency='"TH-SHELTER"', **given)
        assert (refused["__typename"], refused["reason"]) == ("NotPermitted", "NOT_ASSIGNED")
    # its own assignment it gives back
    house.done(WORKER, "assignCase", case, agency='"NGO-LPN"')
    house.done(HELPER, "endAssignment", case, agency='"NGO-LPN"', reason='"she has moved"')


def test_an_organisation_is_asked_with_the_persons_consent_and_accepts(house: House) -> None:
    made = house.case("RETURN_PLANNED")
    iom = desk("INT-IOM", "PARTNER_CASEWORKER", "iom-1", "RETURN")
    referral = referred(house, made.case, "INT-IOM", DESK)["referral"]["id"]
    assert fields(answered(house, iom, "acceptReferral", referral)) == ["referralId"]
    at = dt.datetime.now(dt.UTC)
    state_consent(house.owner, made.case, "RETURN", "GIVEN", ["INT-IOM"], at)
    assert answered(house, iom, "acceptReferral", referral)["problems"] == []
    # another referral of the case is seen, and is not its to answer
    other = referred(house, made.case, "TH-SHELTER", DESK)["referral"]["id"]
    refused = answered(house, iom, "declineReferral", other, TURNED)
    assert [p["__typename"] for p in refused["problems"]] == ["NotPermitted"]
    assert answered(house, iom, "endReferral", referral, TURNED)["problems"] == []


def test_after_the_handover_the_origin_refers_to_its_own(house: House) -> None:
    made = house.at_home()
    house.consent(made.case, "SERVICES")
    mosvy = desk("KH-MOSVY", "FOCAL_POINT", "m", "REINTEGRATION")
    cwcc = desk("NGO-CWCC", "CASE_WORKER", "c", "REINTEGRATION")
    assert [p["__typename"] for p in referred(house, made.case, "NGO-LPN", mosvy)["problems"]] == [
        "InvalidInput"
    ]
    assert [p["reason"] for p in referred(house, made.case, "TH-SHELTER", DESK)["problems"]] == [
        "STAGE"
    ]
    referral = referred(house, made.case, "NGO-CWCC", mosvy)["referral"]["id"]
    assert not sees(house, cwcc, made.case)
    assert answered(house, cwcc, "acceptReferral", referral)["problems"] == []
    assert sees(house, cwcc, made.case)
