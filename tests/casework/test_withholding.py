"""What the sender withholds, formal requests, corrections of a case; none of it is a stranger's."""

from __future__ import annotations

import uuid

import pytest

from tests.casework.care import HELPER, POLICE, WORKER, fields, opened, payload, rows, written
from tests.casework.desks import HOST, MDT, ORIGIN, PROBLEMS, STRANGER, House, desk


def noticed(house: House) -> tuple[str, str]:
    """A case that the country of origin was told of."""
    case, victim = opened(house)
    for agency in ("TH-MDT", "TH-DATIP"):
        house.assign(case, agency)
    house.done(MDT, "recordIdentification", case, isVictim="true", rightsExplained="true")
    house.done(HOST, "notifyOrigin", case)
    return case, victim


GENDER = "query($id: ID!) { victim(id: $id) { gender withheld { field reason } } }"


def test_the_sender_withholds_and_lifts(house: House) -> None:
    case, victim = noticed(house)
    assert payload(house.ask(ORIGIN, GENDER, id=victim))["gender"] == "Feminine"
    covered = {"recordId": f'"{victim}"', "dataClass": "PERSON", "recipient": '"KH"'}
    house.done(HOST, "restrictRecord", case, **covered, reason='"her uncle works there"')
    shown = payload(house.ask(ORIGIN, GENDER, id=victim))
    assert shown == {
        "gender": None,
        "withheld": [{"field": "gender", "reason": "RESTRICTED_BY_SENDER"}],
    }
    assert payload(house.ask(WORKER, GENDER, id=victim))["gender"] == "Feminine"
    twice = house.refused(WORKER, "restrictRecord", case, **covered, reason='"once more"')
    assert twice["__typename"] == "DoneBefore"
    # the other side neither lifts it nor sets one of its own
    body = house.ask(
        ORIGIN,
        f'mutation {{ liftRestriction(caseId: "{case}", reason: "we ask") {{ {PROBLEMS} }} }}',
    )
    assert [p["__typename"] for p in payload(body)["problems"]] == ["NotPermitted"]
    house.done(WORKER, "liftRestriction", case, **covered, reason='"he has left"')
    assert payload(house.ask(ORIGIN, GENDER, id=victim))["gender"] == "Feminine"
    gone = house.refused(WORKER, "liftRestriction", case, **covered, reason='"again"')
    assert gone["__typename"] == "DoneBefore"
    kept = rows(
        house,
        "select data_class, recipient, set_by, until_at is not null from registry.restriction"
        " where record_id = %s",
        victim,
    )
    assert kept == [("PERSON", "KH", "TH-DATIP", True)]


def test_a_restriction_lies_on_the_case_on_its_person_or_on_a_part(house: House) -> None:
    case, _ = noticed(house)
    other, stranger = opened(house)
    step = str(
        rows(house, "select id::text from registry.transition where case_id = %s limit 1", case)[0][
            0
        ]
    )
    house.done(WORKER, "restrictRecord", case, recordId=f'"{step}"', reason='"for her safety"')
    for record in (other, stranger):
        problem = house.refused(
            WORKER, "restrictRecord", case, recordId=f'"{record}"', reason='"for her safety"'
        )
        assert (problem["__typename"], problem["field"]) == ("InvalidInput", "recordId")
    # what the desk may not see is as what is not there
    hidden = house.refused(
        HOST, "restrictRecord", case, recordId=f'"{stranger}"', reason='"for her safety"'
    )
    missing = house.refused(
        HOST, "restrictRecord", case, recordId=f'"{uuid.uuid4()}"', reason='"for her safety"'
    )
    assert hidden == missing
    assert hidden["__typename"] == "UnknownRecord"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"recipient": '"TH"'}, "recipient"),
        ({"recipient": '"TH-ATPD"'}, "recipient"),
        ({"recipient": '"TH-SHELTER"'}, "recipient"),
        ({"recipient": '"nobody"'}, "recipient"),
        ({"until": '"2020-01-01T00:00:00Z"'}, "until"),
    ],
)
def test_a_restriction_that_does_not_fit_is_named(
    house: House, given: dict[str, str], field: str
) -> None:
    case, _ = opened(house)
    problem = house.refused(WORKER, "restrictRecord", case, reason='"for her safety"', **given)
    assert problem["field"] == field


def test_a_formal_request_is_put_on_file_by_another_than_who_makes_it(house: House) -> None:
    case, victim = noticed(house)
    house.done(HOST, "assignCase", case, agency='"TH-ATPD"')
    asker = desk("KH-DAHTJP", "INVESTIGATOR", "k", "PROSECUTION")
    request = {"number": '"7/2569"', "receivedOn": '"2026-01-05"', "subject": '"a trial"'}
    own = house.refused(POLICE, "recordLegalRequest", case, agency='"TH-ATPD"', **request)
    assert (own["__typename"], own["field"]) == ("InvalidInput", "agency")
    third = house.refused(POLICE, "recordLegalRequest", case, agency='"LA-ATD"', **request)
    assert third["field"] == "agency"
    assert house.ask(asker, GENDER, id=victim)["data"]["victim"] is None
    house.done(POLICE, "recordLegalRequest", case, agency='"KH-DAHTJP"', **request)
    assert payload(house.ask(asker, GENDER, id=victim))["gender"] == "Feminine"
    twice = house.refused(HOST, "recordLegalRequest", case, agency='"KH-DAHTJP"', **request)
    assert twice["__typename"] == "DoneBefore"
    house.done(HOST, "recordLegalRequest", case, agency='"TH-ATPD"', **request)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"number": '""'}, "number"),
        ({"receivedOn": '"2569-01-05"'}, "receivedOn"),
        ({"receivedOn": '"2099-01-05"'}, "receivedOn"),
        ({"expiresOn": '"2026-01-04"'}, "expiresOn"),
        ({"agency": '"NGO-LPN"'}, None),
    ],
)
def test_a_request_that_does_not_fit_is_named(
    house: House, given: dict[str, str], field: str | None
) -> None:
    case, _ = opened(house)
    request = {"agency": '"TH-ATPD"', "number": '"7"', "receivedOn": '"2026-01-05"'} | given
    payload_ = house.act(WORKER, "recordLegalRequest", case, **request)
    assert fields(payload_) == ([field] if field else [])


def test_a_case_is_corrected_by_class(house: House) -> None:
    case, _ = opened(house)
    given = {"shelterName": '"a house"', "bestInterestsDecision": '"with her aunt"'}
    house.done(WORKER, "amendReturnCase", case, **given, caseWorker='"w-1"', reason='"first entry"')
    house.assign(case, "TH-ATPD")
    house.done(POLICE, "amendReturnCase", case, legalHold="true", reason='"a trial"')
    refused = house.refused(POLICE, "amendReturnCase", case, shelterName='"x"', reason='"why not"')
    assert (refused["__typename"], refused["dataClass"]) == ("NotPermitted", "SHELTER")
    none = house.refused(WORKER, "amendReturnCase", case, legalHold="null", reason='"why not"')
    assert none["field"] == "legalHold"
    nothing = house.refused(WORKER, "amendReturnCase", case, reason='"why not"')
    assert nothing["__typename"] == "InvalidInput"
    late = house.refused(
        WORKER,
        "amendReturnCase",
        case,
        shelterName='"another"',
        reason='"moved"',
        expect="[{dataClass: SHELTER, version: 9}]",
    )
    assert (late["__typename"], late["dataClass"]) == ("Conflict", "SHELTER")
    house.done(WORKER, "amendReturnCase", case, shelterName="null", reason='"she moved"')
    kept = rows(
        house,
        "select shelter_name, legal_hold from history.return_case where id = %s"
        " order by recorded_from",
        case,
    )
    assert kept[-2:] == [("a house", False), ("a house", True)]
    (now,) = rows(
        house,
        "select shelter_name, case_worker, best_interests_decision, legal_hold"
        " from registry.return_case where id = %s",
        case,
    )
    assert now == (None, "w-1", "with her aunt", True)


def test_no_act_is_a_strangers(house: House) -> None:
    case, _ = opened(house)
    before = written(house)
    for name, given in (
        ("referCase", 'toAgency: "NGO-LPN", reason: Other'),
        ("assignCase", 'agency: "TH-MDT"'),
        ("endAssignment", 'agency: "TH-SHELTER", reason: "why not"'),
        ("restrictRecord", 'reason: "why not"'),
        ("liftRestriction", 'reason: "why not"'),
        ("recordLegalRequest", 'agency: "TH-ATPD", number: "7", receivedOn: "2026-01-05"'),
        ("amendReturnCase", 'shelterName: "x", reason: "why not"'),
    ):
        for who in (HELPER, STRANGER, desk("TH-AUDIT", "AUDITOR", "a", "AUDIT")):
            body = house.ask(
                who, f'mutation {{ {name}(caseId: "{case}", {given}) {{ {PROBLEMS} }} }}'
            )
            if body["data"] is None:
                code = body["errors"][0]["extensions"]["code"]
                assert code == "OPERATION_NOT_PERMITTED"
            else:
                assert fields(payload(body)) == ["caseId"]
    assert written(house) == before
