"""Writing safely: sent twice, two at once, too early, by a stranger, under another key."""

from __future__ import annotations

import json

import pytest

from resolvers.engine import Request
from tests.casework.desks import (
    HOST,
    MDT,
    ORIGIN,
    RECEPTION,
    STRANGER,
    TRACER,
    House,
    desk,
    document,
)


def _notify(house: House) -> str:
    return house.case("IDENTIFIED").case


def test_a_repeated_request_does_nothing_and_is_judged_anew(house: House) -> None:
    case = _notify(house)
    text = document("notifyOrigin", case, "returnCase { id state victim { familyName } }")
    first = house.ask(HOST, text, key="k-1")["data"]["notifyOrigin"]
    assert (first["problems"], first["repeated"]) == ([], False)
    before = house.trace_of(case)
    again = house.ask(HOST, text, key="k-1")["data"]["notifyOrigin"]
    assert (again["problems"], again["repeated"]) == ([], True)
    assert again["returnCase"] == first["returnCase"]
    assert again["accessRecord"] != first["accessRecord"]
    assert house.trace_of(case) == before
    # what she may see now, not what she was shown then
    house.owner.execute(
        "insert into registry.restriction (id, record_id, data_class, recipient, set_by, from_at)"
        " select gen_random_uuid(), victim_id, 'IDENTITY', 'TH-DATIP', 'KH-MOSVY', now()"
        " from registry.return_case where id = %s",
        (case,),
    )
    house.owner.execute(
        "update registry.return_case set holder = 'TH-SHELTER' where id = %s", (case,)
    )
    later = house.ask(HOST, text, key="k-1")["data"]["notifyOrigin"]
    assert (later["repeated"], later["returnCase"]) == (True, None)


def test_k04_another_body_under_a_key_is_refused_and_another_caller_has_keys_of_her_own(
    house: House,
) -> None:
    case, other = _notify(house), _notify(house)
    assert house.act(HOST, "notifyOrigin", case, "k-2")["problems"] == []
    body = house.ask(HOST, document("notifyOrigin", other), key="k-2")
    assert [e["extensions"]["code"] for e in body["errors"]] == ["IDEMPOTENCY_REUSED"]
    assert "data" not in body
    assert house.state(other) == "IDENTIFIED"
    colleague = desk("TH-DATIP", "FOCAL_POINT", "datip-9", "TRACING")
    assert house.act(colleague, "notifyOrigin", other, "k-2")["problems"] == []
    kept = house.owner.execute("select to_jsonb(k)::text from registry.request_key k").fetchall()
    assert kept
    assert "Sok" not in str(kept)
    assert "notifyOrigin(" not in str(kept)


def test_a_request_that_did_nothing_keeps_no_key(house: House) -> None:
    case = house.case("SCREENED").case
    assert house.act(HOST, "notifyOrigin", case, "k-3")["problems"][0]["code"] == "STATE_CONFLICT"
    house.done(MDT, "recordIdentification", case, isVictim="true", rightsExplained="true")
    assert house.act(HOST, "notifyOrigin", case, "k-3")["problems"] == []


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "é"])
def test_what_is_no_key_is_refused_before_anything_is_done(house: House, key: str) -> None:
    case = _notify(house)
    body = house.ask(HOST, document("notifyOrigin", case), key=key)
    assert [e["extensions"]["code"] for e in body["errors"]] == ["BAD_USER_INPUT"]
    assert house.state(case) == "IDENTIFIED"


def test_two_officials_at_once_take_one_step(house: House) -> None:
    case = _notify(house)
    colleague = desk("TH-DATIP", "FOCAL_POINT", "datip-8", "TRACING")
    bodies = house.at_once(
        *(
            Request(document("notifyOrigin", case), None, {}, who, "TRACING", "t")
            for who in (HOST, colleague)
        )
    )
    found = sorted([p["code"] for p in body["data"]["notifyOrigin"]["problems"]] for body in bodies)
    assert found == [[], ["STATE_CONFLICT"]]
    rows = house.owner.execute(
        "select count(*) from registry.transition where case_id = %s and state = 'NOTIFIED'",
        (case,),
    ).fetchone()
    assert rows == (1,)


def test_the_same_request_twice_at_once_is_performed_once(house: House) -> None:
    case = _notify(house)
    text = document("notifyOrigin", case)
    bodies = house.at_once(
        *(Request(text, None, {}, HOST, "TRACING", "t", "k-4") for _ in range(3))
    )
    payloads = [body["data"]["notifyOrigin"] for body in bodies]
    assert sorted(p["repeated"] for p in payloads) == [False, True, True]
    assert all(p["problems"] == [] for p in payloads)


def test_a_case_that_may_not_be_seen_and_one_that_is_not_there_are_told_alike(
    house: House,
) -> None:
    hidden = house.case("IDENTIFIED").case
    missing = "11111111-1111-4111-8111-111111111111"
    told = []
    for who in (STRANGER, ORIGIN):
        for case in (hidden, missing):
            body = house.ask(who, document("notifyOrigin", case))
            body["extensions"].pop("accessRecord")
            body["data"]["notifyOrigin"].pop("accessRecord")
            told.append(json.dumps(body))
    assert told[0] == told[1]
    assert told[2] == told[3]


def test_an_act_that_no_clause_names_for_this_caller_is_refused_with_its_record(
    house: House,
) -> None:
    case = _notify(house)
    body = house.ask(RECEPTION, document("notifyOrigin", case))
    assert body["data"] is None
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "OPERATION_NOT_PERMITTED"
    assert error["extensions"]["reason"] == "CLASS"
    (leaf,) = house.registry.leaves(body["extensions"]["accessRecord"])
    assert (leaf["outcome"], leaf["disclosures"]) == ("REFUSED", [])
    assert house.state(case) == "IDENTIFIED"


def test_a_visible_case_upon_which_no_clause_permits_the_act_says_why(house: House) -> None:
    case = house.case("TRACING").case
    house.owner.execute(
        "insert into registry.assignment (id, case_id, agency_code, from_at) values"
        " (gen_random_uuid(), %s, 'TH-DATIP', now())",
        (case,),
    )
    house.owner.execute(
        "update registry.return_case set agreement_code = 'TH-KH-2003' where id = %s", (case,)
    )
    problem = house.refused(HOST, "requestTracing", case)
    assert (problem["code"], problem["reason"]) == ("OPERATION_NOT_PERMITTED", "NO_PROTOCOL")


def test_a_guard_that_does_not_hold_is_named(house: House) -> None:
    case = house.case("NOTIFIED", consent=None).case
    problem = house.refused(HOST, "requestTracing", case)
    assert (problem["__typename"], problem["guard"]) == ("GuardUnmet", "CONSENT_TRACING")
    minor = house.case("NOTIFIED", age=15).case
    assert house.refused(HOST, "requestTracing", minor)["guard"] == "MINOR_NEEDS_GUARDIAN"
    objected = house.case("IDENTIFIED").case
    house.consent(objected, "NOTIFICATION", "REFUSED")
    assert house.refused(HOST, "notifyOrigin", objected)["guard"] == "NO_OBJECTION"
    unexplained = house.case("SCREENED").case
    problem = house.refused(
        MDT, "recordIdentification", unexplained, isVictim="true", rightsExplained="false"
    )
    assert problem["guard"] == "RIGHTS_EXPLAINED"


def test_an_illegal_step_says_where_the_case_stands_and_what_can_follow(house: House) -> None:
    case = house.case("NOTIFIED").case
    problem = house.refused(HOST, "notifyOrigin", case)
    assert (problem["__typename"], problem["state"]) == ("IllegalStep", "NOTIFIED")
    assert "requestTracing" in problem["possible"]


@pytest.mark.parametrize(
    ("act", "who", "given", "field"),
    [
        (
            "reportAssessment",
            TRACER,
            {"outcome": "SUITABLE", "report": f'"{"x" * 20_001}"'},
            "report",
        ),
        ("reportAssessment", TRACER, {"outcome": "SUITABLE", "risk": '"a\\u0007b"'}, "risk"),
        ("acknowledgeTracing", ORIGIN, {"unit": f'"{"x" * 201}"'}, "unit"),
        ("chooseAlternative", HOST, {"decision": '" "'}, "decision"),
    ],
)
def test_bad_input_names_the_argument_and_the_rule(
    house: House, act: str, who: object, given: dict[str, str], field: str
) -> None:
    case = house.case("TRACING").case
    problem = house.refused(who, act, case, **given)  # type: ignore[arg-type]
    assert (problem["__typename"], problem["field"]) == ("InvalidInput", field)
    assert problem["rule"]
    assert "x" * 50 not in json.dumps(problem)


def test_a_day_of_the_buddhist_era_is_told_from_one_of_the_common_era(house: House) -> None:
    case = house.case("ASSESSED").case
    problem = house.refused(
        desk("TH-DATIP", "FOCAL_POINT", "d", "RETURN"),
        "planReturn",
        case,
        plannedHandoverOn='"2570-01-02"',
        handoverPlace="AIRPORT",
    )
    assert problem["field"] == "plannedHandoverOn"
    assert "common era" in problem["rule"]


def test_the_second_side_signs_what_the_first_has_said(house: House) -> None:
    case = house.case("ASSESSED").case
    house.consent(case, "RETURN")
    house.owner.execute(
        "insert into registry.assessment (id, case_id, outcome) values"
        " (gen_random_uuid(), %s, 'SUITABLE')",
        (case,),
    )
    host = desk("TH-DATIP", "FOCAL_POINT", "d", "RETURN")
    origin = desk("KH-MOSVY", "FOCAL_POINT", "m", "RETURN")
    plan = {"plannedHandoverOn": '"2027-01-02"', "handoverPlace": "AIRPORT"}
    assert house.refused(origin, "signReturnPlan", case, **plan)["code"] == "CONFLICT"
    house.done(host, "planReturn", case, **plan)
    # the first side cannot sign for the other
    assert house.refused(host, "signReturnPlan", case, **plan)["code"] == "CONFLICT"
    other = {**plan, "plannedHandoverOn": '"2027-01-03"'}
    assert house.refused(origin, "signReturnPlan", case, **other)["code"] == "CONFLICT"
    house.done(host, "planReturn", case, **other)
    assert house.refused(origin, "signReturnPlan", case, **plan)["code"] == "CONFLICT"
    house.done(origin, "signReturnPlan", case, **other)
    assert house.state(case) == "RETURN_PLANNED"


def test_a_negative_nationality_ends_the_view_of_origin_and_the_case_is_the_hosts_to_end(
    house: House,
) -> None:
    case = house.case("TRACING").case
    payload = house.done(ORIGIN, "reportAssessment", case, outcome="NOT_A_NATIONAL")
    assert payload["returnCase"] is None
    assert house.state(case) == "ASSESSED"
    assert house.refused(ORIGIN, "confirmAssessment", case)["code"] == "NOT_FOUND"
    house.done(HOST, "cancelReturn", case, decision='"she is no national"')
