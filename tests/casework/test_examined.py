"""What an examiner found by using it: consents, plans, children, drafts. Each test is one bug."""

from __future__ import annotations

import datetime as dt

from tests.casework.care import WORKER, payload
from tests.casework.desks import (
    BORDER,
    CONSUL,
    HOST,
    HOST_RETURN,
    ORIGIN,
    ORIGIN_RETURN,
    RECEPTION,
    TRACER,
    House,
    desk,
)
from tests.casework.test_consents import NAME, said, traced, withdrawn

DAY = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).date().isoformat()
LATER = (dt.datetime.now(dt.UTC) + dt.timedelta(days=20)).date().isoformat()
HOUR = dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
PLAN = {"plannedHandoverOn": f'"{DAY}"', "handoverPlace": "ARANYAPRATHET_POIPET"}
OTHER = {"plannedHandoverOn": f'"{LATER}"', "handoverPlace": "AIRPORT"}
HANDOVER = {
    "handoverAt": f'"{HOUR}"',
    "handoverPlace": "ARANYAPRATHET_POIPET",
    "personConfirms": "true",
}


def planned(house: House) -> str:
    """A case whose papers are ready, planned and signed by acts."""
    made = house.case("ASSESSED")
    suitable(house, made.case)
    house.done(HOST_RETURN, "planReturn", made.case, **PLAN)
    house.done(ORIGIN_RETURN, "signReturnPlan", made.case, **PLAN)
    return made.case


def suitable(house: House, case: str) -> None:
    """The assessment and the consents that a plan needs."""
    for purpose in ("TRACING", "RETURN"):
        house.consent(case, purpose)
    house.owner.execute(
        "insert into registry.assessment (id, case_id, outcome) values (gen_random_uuid(), %s,"
        " 'SUITABLE')",
        (case,),
    )


def ready(house: House) -> str:
    """The same with its papers."""
    case = planned(house)
    house.done(
        CONSUL, "recordTravelDocument", case, travelDocument='"N 4711"', identityVerified="true"
    )
    house.assign(case, "TH-IMM")
    house.done(BORDER, "recordExitPermit", case, exitPermit='"E 4711"')
    assert house.state(case) == "DOCUMENTS_READY"
    return case


def test_what_one_recipient_lost_could_not_be_taken_from_the_other(house: House) -> None:
    """The newest statement of all decided, whomever it named: the withdrawal was DoneBefore."""
    case, victim = traced(house)
    said(house, case, to=["KH", "INT-IOM"])
    assert withdrawn(house, case, to=["INT-IOM"])["problems"] == []
    assert house.state(case) == "TRACING_REQUESTED"
    assert payload(house.ask(ORIGIN, NAME, id=victim))["familyName"] is not None
    assert withdrawn(house, case, to=["KH"])["problems"] == []
    assert house.state(case) == "ON_HOLD"
    assert payload(house.ask(ORIGIN, NAME, id=victim))["familyName"] is None
    assert [p["__typename"] for p in withdrawn(house, case)["problems"]] == ["DoneBefore"]


def test_a_consent_not_asked_for_again_could_not_be_taken_back(house: House) -> None:
    case, victim = traced(house)
    said(house, case, state="NOT_ASKED", to=[])
    assert withdrawn(house, case)["problems"] == []
    assert payload(house.ask(ORIGIN, NAME, id=victim))["familyName"] is None


def test_a_withdrawal_stated_before_its_consent_looked_done_and_closed_nothing(
    house: House,
) -> None:
    case, victim = traced(house)
    early = (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).isoformat()
    problem = house.refused(
        WORKER, "withdrawConsent", case, purpose="TRACING", statedAt=f'"{early}"'
    )
    assert (problem["__typename"], problem["field"]) == ("InvalidInput", "statedAt")
    refused = house.refused(
        WORKER,
        "recordConsent",
        case,
        purpose="TRACING",
        state="REFUSED",
        recipients='["KH"]',
        givenBy="SELF",
        statedAt=f'"{early}"',
    )
    assert refused["field"] == "statedAt"
    assert payload(house.ask(ORIGIN, NAME, id=victim))["familyName"] is not None
    # whom it does not reach it may concern
    house.done(
        WORKER,
        "recordConsent",
        case,
        purpose="TRACING",
        state="REFUSED",
        recipients='["LA"]',
        givenBy="SELF",
        statedAt=f'"{early}"',
    )


def test_a_restriction_of_a_class_that_the_record_has_not_protected_nothing(house: House) -> None:
    case, victim = traced(house)
    given = {"dataClass": "IDENTITY", "recipient": '"KH"', "reason": '"danger"'}
    problem = house.refused(HOST, "restrictRecord", case, **given)
    assert (problem["__typename"], problem["field"]) == ("InvalidInput", "dataClass")
    assert "recordId" in problem["rule"]
    house.done(HOST, "restrictRecord", case, recordId=f'"{victim}"', **given)
    assert payload(house.ask(ORIGIN, NAME, id=victim))["familyName"] is None


def test_a_plan_was_entered_that_one_side_had_never_signed(house: House) -> None:
    """The other side had planned anew in between: its older word was taken for the newer plan."""
    made = house.case("ASSESSED")
    suitable(house, made.case)
    house.done(ORIGIN_RETURN, "planReturn", made.case, **PLAN)
    house.done(HOST_RETURN, "planReturn", made.case, **OTHER)
    problem = house.refused(HOST_RETURN, "signReturnPlan", made.case, **PLAN)
    assert problem["__typename"] == "Conflict"
    house.done(ORIGIN_RETURN, "signReturnPlan", made.case, **OTHER)
    assert house.state(made.case) == "RETURN_PLANNED"


def test_a_signed_plan_could_never_be_changed(house: House) -> None:
    case = ready(house)
    house.done(HOST_RETURN, "planReturn", case, **OTHER)
    problem = house.refused(HOST_RETURN, "signHandover", case, **HANDOVER)
    assert problem["__typename"] == "Conflict"
    house.done(ORIGIN_RETURN, "signReturnPlan", case, **OTHER)
    assert house.state(case) == "DOCUMENTS_READY"
    house.done(HOST_RETURN, "signHandover", case, **HANDOVER)
    house.done(ORIGIN_RETURN, "signHandover", case, **HANDOVER)
    # it was weeks before the day of the plan: whoever receives sees her all the same
    house.done(RECEPTION, "recordArrival", case)
    assert house.state(case) == "IN_RECEPTION"


def test_a_plan_for_yesterday_and_a_handover_to_come_were_signed(house: House) -> None:
    made = house.case("ASSESSED")
    suitable(house, made.case)
    past = {**PLAN, "plannedHandoverOn": '"2001-01-01"'}
    assert house.refused(HOST_RETURN, "planReturn", made.case, **past)["field"] == (
        "plannedHandoverOn"
    )
    ahead = (dt.datetime.now(dt.UTC) + dt.timedelta(days=5)).isoformat()
    problem = house.refused(
        HOST_RETURN, "signHandover", ready(house), **{**HANDOVER, "handoverAt": f'"{ahead}"'}
    )
    assert problem["field"] == "handoverAt"


def test_a_child_returned_without_guardian_or_decision(house: House) -> None:
    """Whoever turned out to be a child after the plan was handed over as an adult."""
    case = planned(house)
    house.owner.execute(
        "update registry.victim v set birth_date = current_date - 4000, birth_precision = 'DAY'"
        " from registry.return_case c where c.id = %s and v.id = c.victim_id",
        (case,),
    )
    house.assign(case, "TH-IMM")
    for who, act, given in (
        (
            CONSUL,
            "recordTravelDocument",
            {"travelDocument": '"N 4711"', "identityVerified": "true"},
        ),
        (BORDER, "recordExitPermit", {"exitPermit": '"E 4711"'}),
    ):
        problem = house.act(who, act, case, **given)["problems"]
        # a desk that reads children only with a guardian is told that
        assert [p.get("guard") or p.get("reason") for p in problem] in (
            ["MINOR_NEEDS_GUARDIAN"],
            ["MINOR"],
        )
    assert house.state(case) == "RETURN_PLANNED"


def test_a_child_was_handed_over_without_guardian_or_decision(house: House) -> None:
    case = ready(house)
    house.owner.execute(
        "update registry.victim v set birth_date = current_date - 4000, birth_precision = 'DAY'"
        " from registry.return_case c where c.id = %s and v.id = c.victim_id",
        (case,),
    )
    problem = house.refused(HOST_RETURN, "signHandover", case, **HANDOVER)
    assert problem["guard"] == "MINOR_NEEDS_GUARDIAN"


def test_the_host_read_an_assessment_before_it_was_sent(house: House) -> None:
    made = house.case("TRACING")
    house.assign(made.case, "TH-DATIP")
    house.done(TRACER, "reportAssessment", made.case, outcome="SUITABLE", report='"she waits"')
    asked = (
        "query($id: ID!) { returnCase(id: $id) { state assessments { edges { node"
        " { outcome report } } } } }"
    )

    def read() -> list[object]:
        found = payload(house.ask(HOST, asked, id=made.case))["assessments"]
        return [edge["node"] for edge in found["edges"]]

    assert read() == []
    house.done(ORIGIN, "confirmAssessment", made.case)
    assert read() == [{"outcome": "SUITABLE", "report": "she waits"}]


def test_a_withdrawal_of_tracing_after_the_plan_did_not_stop_the_flow(house: House) -> None:
    case = ready(house)
    house.assign(case, "TH-SHELTER")
    assert withdrawn(house, case)["problems"] == []
    assert house.state(case) == "ON_HOLD"
    problem = house.refused(HOST, "resumeCase", case)
    assert problem["guard"] == "CONSENT_TRACING"


def test_a_handover_signed_before_a_hold_counted_after_it(house: House) -> None:
    case = ready(house)
    house.done(HOST_RETURN, "signHandover", case, **HANDOVER)
    house.done(HOST_RETURN, "holdCase", case, holdReason="HEALTH")
    house.done(HOST_RETURN, "resumeCase", case)
    house.done(ORIGIN_RETURN, "signHandover", case, **HANDOVER)
    assert house.state(case) == "DOCUMENTS_READY"
    house.done(HOST_RETURN, "signHandover", case, **HANDOVER)
    assert house.state(case) == "HANDED_OVER"


def test_a_return_from_a_state_without_a_seat_could_not_be_ended(house: House) -> None:
    thai = desk("TH-DATIP", "FOCAL_POINT", "datip-1", "TRACING")
    opened = house.ask(
        thai,
        'mutation { openReturnCase(host: "JP", person: { familyName: "Dee" }) {'
        " problems { ... on Mendable { code message } } returnCase { id } } }",
    )
    case = opened["data"]["openReturnCase"]["returnCase"]["id"]
    house.done(thai, "cancelReturn", case, decision='"she stays where she is"')
    assert house.state(case) == "CANCELLED"


def test_origin_ends_no_return_of_a_host_that_has_a_seat(house: House) -> None:
    made = house.case("ASSESSED")
    problem = house.act(ORIGIN, "cancelReturn", made.case, decision='"we do not want her"')
    assert [p["__typename"] for p in problem["problems"]] == ["NotPermitted"]
    assert house.state(made.case) == "ASSESSED"


def test_a_paper_was_replaced_without_a_reason_and_then_never_corrected(house: House) -> None:
    case = ready(house)
    other = {"travelDocument": '"N 4712"', "identityVerified": "true"}
    problem = house.refused(CONSUL, "recordTravelDocument", case, **other)
    assert (problem["__typename"], problem["field"]) == ("InvalidInput", "reason")
    house.done(CONSUL, "recordTravelDocument", case, **other, reason='"a digit was wrong"')
    assert house.state(case) == "DOCUMENTS_READY"
    again = house.refused(CONSUL, "recordTravelDocument", case, **other)
    assert again["__typename"] == "DoneBefore"
    kept = house.owner.execute(
        "select d.reason from registry.deed d where d.act = 'recordTravelDocument'"
        " order by d.at desc limit 1"
    ).fetchone()
    assert kept == ("a digit was wrong",)
    permit = house.refused(BORDER, "recordExitPermit", case, exitPermit='"E 4712"')
    assert permit["field"] == "reason"


def test_a_wrong_stamp_stayed_and_a_stamp_before_the_case_was_taken(house: House) -> None:
    case = ready(house)
    early = house.refused(BORDER, "recordBorderCrossing", case, crossedAt='"2001-01-01T00:00:00Z"')
    assert early["field"] == "crossedAt"
    house.done(BORDER, "recordBorderCrossing", case, crossedAt=f'"{HOUR}"')
    same = house.refused(BORDER, "recordBorderCrossing", case, crossedAt=f'"{HOUR}"')
    assert same["__typename"] == "DoneBefore"
    hour = (dt.datetime.fromisoformat(HOUR) - dt.timedelta(hours=2)).isoformat()
    problem = house.refused(BORDER, "recordBorderCrossing", case, crossedAt=f'"{hour}"')
    assert problem["field"] == "reason"
    house.done(BORDER, "recordBorderCrossing", case, crossedAt=f'"{hour}"', reason='"read wrongly"')
