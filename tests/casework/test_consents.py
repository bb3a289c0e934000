"""What the person says counts at once and everywhere: given, refused, withdrawn; children with a
guardian; a withdrawal stops the flow and tells what was handed over before.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from authz.caller import Caller
from tests.casework.care import (
    DESK,
    HELPER,
    PERSON,
    POLICE,
    WORKER,
    amended,
    fields,
    opened,
    payload,
    rows,
    written,
)
from tests.casework.desks import HOST, MDT, ORIGIN, PROBLEMS, STRANGER, House, desk

RECORD = f"""mutation($case: ID!, $purpose: ConsentPurpose!, $state: ConsentState!,
    $to: [String!], $at: DateTime, $by: ConsentGivenBy!, $guardian: String, $assent: Boolean) {{
  recordConsent(caseId: $case, purpose: $purpose, state: $state, recipients: $to, statedAt: $at,
    givenBy: $by, guardian: $guardian, assent: $assent, formId: "C-7") {{
    repeated accessRecord {PROBLEMS} consent {{ id state recipients }} alreadyDisclosed {{ agency }}
    returnCase {{ state }} }} }}"""
WITHDRAW = f"""mutation($case: ID!, $purpose: ConsentPurpose!, $to: [String!]) {{
  withdrawConsent(caseId: $case, purpose: $purpose, recipients: $to) {{
    repeated accessRecord {PROBLEMS} consent {{ id state }}
    alreadyDisclosed {{ agency country clause fields records first last }}
    returnCase {{ id state victim {{ familyName }} }} }} }}"""
NAME = "query($id: ID!) { victim(id: $id) { familyName withheld { field reason } } }"
GIVEN: dict[str, Any] = {"purpose": "TRACING", "state": "GIVEN", "to": ["KH"], "by": "SELF"}


def said(house: House, case: str, who: Caller = WORKER, **more: Any) -> dict[str, Any]:
    """The payload of a statement."""
    return payload(house.ask(who, RECORD, case=case, **(GIVEN | more)))


def withdrawn(house: House, case: str, purpose: str = "TRACING", **more: Any) -> dict[str, Any]:
    """The payload of a withdrawal by the case worker."""
    who, key = more.pop("who", WORKER), more.pop("key", None)
    return payload(house.ask(who, WITHDRAW, key, case=case, purpose=purpose, **more))


def traced(house: House) -> tuple[str, str]:
    """A case whose tracing was asked for, with the consents it takes."""
    case, victim = opened(house)
    for agency in ("TH-MDT", "TH-DATIP"):
        house.assign(case, agency)
    assert said(house, case)["problems"] == []
    house.done(MDT, "recordIdentification", case, isVictim="true", rightsExplained="true")
    house.done(HOST, "notifyOrigin", case)
    house.done(HOST, "requestTracing", case)
    return case, victim


def test_a_statement_is_added_and_stands_in_the_ledger(house: House) -> None:
    case, _ = opened(house)
    first = said(house, case)
    assert first["consent"]["state"] == "GIVEN"
    assert first["alreadyDisclosed"] is None
    second = said(house, case, state="REFUSED", to=["KH", "LA"])
    kept = rows(
        house,
        "select id::text, state, recipients, given_by, form_id from registry.consent"
        " where case_id = %s order by stated_at",
        case,
    )
    assert kept == [
        (first["consent"]["id"], "GIVEN", ["KH"], "SELF", "C-7"),
        (second["consent"]["id"], "REFUSED", ["KH", "LA"], "SELF", "C-7"),
    ]
    (leaf,) = house.registry.leaves(second["accessRecord"])
    assert leaf["kind"] == "CONSENT"
    assert leaf["protocols"] == ["TH-LAW@1"]
    assert (leaf["act"]["subject"], leaf["act"]["from"], leaf["act"]["to"]) == (
        second["consent"]["id"],
        "GIVEN",
        "REFUSED",
    )
    assert len(leaf["act"]["contentHash"]) == 64
    (deed,) = rows(
        house,
        "select act, subject, clause, form_id from registry.deed order by at desc limit 1",
    )
    assert deed == ("recordConsent", "TH-SHELTER-1", "TH-LAW@1#rule 2", "C-7")


LATER = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=3)).isoformat()
RULES: list[tuple[dict[str, Any], list[str]]] = [
    ({"to": []}, ["recipients"]),
    ({"to": None}, ["recipients"]),
    ({"to": ["KH", "KH"]}, ["recipients"]),
    ({"to": ["KH", "nobody"]}, ["recipients"]),
    ({"to": ["KH"] + [f"X-{n}" for n in range(40)]}, ["recipients"]),
    ({"state": "WITHDRAWN"}, ["state"]),
    ({"by": "GUARDIAN", "assent": True}, ["guardian"]),
    ({"by": "COURT", "guardian": "a judge\u0007"}, ["guardian"]),
    ({"at": "2569-01-01T00:00:00Z"}, ["statedAt"]),
    ({"at": LATER}, ["statedAt"]),
]


@pytest.fixture(scope="module")
def still(house: House) -> str:
    """A case of which nothing below is recorded."""
    return opened(house)[0]


@pytest.mark.parametrize(("more", "named"), RULES)
def test_what_does_not_keep_a_rule_is_named(
    house: House, still: str, more: dict[str, Any], named: list[str]
) -> None:
    before = written(house)
    done = said(house, still, **more)
    assert fields(done) == named
    assert done["consent"] is None
    assert written(house) == before


@pytest.mark.parametrize("age", ["MINOR", "DISPUTED", "UNKNOWN"])
def test_a_child_does_not_consent_alone(house: House, age: str) -> None:
    person = dict(PERSON)
    if age == "MINOR":
        born = dt.date(dt.datetime.now(dt.UTC).year - 16, 1, 1)
        person |= {"birthDate": born.isoformat(), "birthPrecision": "DAY"}
    elif age == "DISPUTED":
        person["ageDisputed"] = True
    else:
        person |= {"birthDate": None, "birthPrecision": None}
    case, _ = opened(house, person=person)
    assert fields(said(house, case)) == ["givenBy", "assent"]
    aunt: dict[str, Any] = {"by": "SELF_WITH_GUARDIAN", "guardian": "an aunt"}
    assert fields(said(house, case, **aunt)) == ["assent"]
    assert fields(said(house, case, **aunt, assent=False)) == ["assent"]
    assert said(house, case, **aunt, assent=True)["problems"] == []
    # to say no she needs nobody
    assert said(house, case, state="REFUSED")["problems"] == []


def test_a_withdrawal_bites_at_the_next_request_and_stops_the_flow(house: House) -> None:
    case, victim = traced(house)
    assert payload(house.ask(ORIGIN, NAME, id=victim))["familyName"] == "Sok"
    done = withdrawn(house, case, to=["KH"])
    assert (done["problems"], done["consent"]["state"]) == ([], "WITHDRAWN")
    assert done["returnCase"]["state"] == "ON_HOLD"
    after = payload(house.ask(ORIGIN, NAME, id=victim))
    assert after == {
        "familyName": None,
        "withheld": [{"field": "familyName", "reason": "CONSENT"}],
    }
    (step,) = rows(
        house,
        "select x.from_state, x.clause, c.hold_reason from registry.transition x"
        " join registry.return_case c on c.id = x.case_id where c.id = %s"
        " order by x.at desc limit 1",
        case,
    )
    assert step == ("TRACING_REQUESTED", "TH-LAW@1#rule 2", "CONSENT")
    # and it goes on only with a new consent
    assert house.refused(HOST, "resumeCase", case)["__typename"] == "GuardUnmet"
    assert said(house, case)["problems"] == []
    house.done(HOST, "resumeCase", case)
    assert house.state(case) == "TRACING_REQUESTED"


def test_the_person_can_be_told_what_was_handed_over(house: House) -> None:
    case, victim = traced(house)
    for _ in range(2):
        house.ask(ORIGIN, NAME, id=victim)
    house.ask(WORKER, NAME, id=victim)
    told = withdrawn(house, case)["alreadyDisclosed"]
    names = [each for each in told if "Victim.familyName" in each["fields"]]
    assert [(e["agency"], e["country"], e["clause"], e["records"]) for e in names] == [
        ("KH-MOSVY", "KH", "TH-KH-2014@3#art. 9(2)", [victim])
    ]
    assert names[0]["first"] < names[0]["last"]
    assert "TH-SHELTER" not in {each["agency"] for each in told}
    assert {case, victim} >= {record for each in told for record in each["records"]}
    searched = house.registry.leaves(house.asked[-1]["extensions"]["accessRecord"])[0]["searched"]
    assert "AccessRecord.disclosures" in searched


def test_the_payload_of_a_withdrawal_is_judged_on_the_state_after(house: House) -> None:
    """Attack T04: the name is selected in the act that closes it."""
    made = house.case("TRACING")
    house.owner.execute(
        "update registry.return_case set holder = 'KH-MOSVY' where id = %s", (made.case,)
    )
    assert payload(house.ask(ORIGIN, NAME, id=made.victim))["familyName"] == "Sok"
    done = withdrawn(house, made.case, who=ORIGIN)
    assert done["problems"] == []
    assert done["returnCase"]["victim"] == {"familyName": None}
    shown = house.registry.disclosed(done["accessRecord"])
    assert (made.victim, "Victim.familyName") not in shown
    # with the same key it is judged anew, and nothing is done again
    keyed = withdrawn(house, made.case, "RETURN", who=ORIGIN, key="twice")
    assert [p["__typename"] for p in keyed["problems"]] == ["DoneBefore"]
    house.consent(made.case, "RETURN")
    first = withdrawn(house, made.case, "RETURN", who=ORIGIN, key="twice-more")
    before = written(house)
    second = withdrawn(house, made.case, "RETURN", who=ORIGIN, key="twice-more")
    assert (first["problems"], second["problems"], second["repeated"]) == ([], [], True)
    assert second["returnCase"]["victim"] == {"familyName": None}
    assert second["alreadyDisclosed"] is None
    assert written(house) == before


def test_a_withdrawal_towards_one_agency_leaves_the_flow_where_the_country_was_told(
    house: House,
) -> None:
    case, _ = traced(house)
    done = withdrawn(house, case, to=["KH-PTC"])
    assert done["returnCase"]["state"] == "TRACING_REQUESTED"
    done = withdrawn(house, case, "NOTIFICATION")
    assert (done["problems"], done["returnCase"]["state"]) == ([], "ON_HOLD")


def test_there_has_to_be_something_to_withdraw(house: House, still: str) -> None:
    before = written(house)
    done = withdrawn(house, still, "RESEARCH")
    assert [p["__typename"] for p in done["problems"]] == ["DoneBefore"]
    assert written(house) == before


@pytest.mark.parametrize("who", [HELPER, POLICE, STRANGER, ORIGIN], ids=lambda who: who.agency)
def test_others_record_nothing(house: House, who: Caller) -> None:
    case, _ = traced(house) if who is ORIGIN else opened(house)
    before = written(house)
    body = house.ask(who, RECORD, case=case, **GIVEN)
    if body["data"] is None:
        codes = {error["extensions"]["code"] for error in body["errors"]}
        assert "OPERATION_NOT_PERMITTED" in codes
    else:
        # to the side that does not hold the case it is not its turn, to others there is none
        problems = payload(body)["problems"]
        assert [p["__typename"] for p in problems] == (
            ["NotPermitted"] if who is ORIGIN else ["UnknownRecord"]
        )
    assert written(house) == before


def test_the_desk_that_has_the_case_in_hand_records_too(house: House) -> None:
    case, _ = opened(house)
    house.assign(case, "TH-DATIP")
    assert said(house, case, DESK, purpose="RETURN")["problems"] == []


def test_after_the_handover_the_origin_records_and_the_host_does_not(house: House) -> None:
    made = house.at_home()
    mosvy = desk("KH-MOSVY", "FOCAL_POINT", "m", "REINTEGRATION")
    services: dict[str, Any] = {"purpose": "SERVICES", "to": ["KH", "NGO-CWCC"]}
    assert said(house, made.case, mosvy, **services)["problems"] == []
    late = said(house, made.case, DESK, **services)
    assert [(p["__typename"], p["reason"]) for p in late["problems"]] == [("NotPermitted", "STAGE")]
    # what the origin now holds, the origin corrects
    assert amended(house, mosvy, made.victim, {"familyName": "Sokha"})["problems"] == []
    past = amended(house, DESK, made.victim, {"familyName": "Sok"})
    assert {p["__typename"] for p in past["problems"]} == {"NotPermitted"}
