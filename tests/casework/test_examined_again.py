"""What a second pair of examiners found: each test is one bug."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from tests.casework.care import HELPER, OPEN, WORKER, fields, opened, payload
from tests.casework.desks import (
    CONSUL,
    HOST,
    HOST_RETURN,
    ORIGIN,
    ORIGIN_RETURN,
    RECEPTION,
    TRACER,
    House,
)
from tests.casework.test_consents import said, traced
from tests.casework.test_examined import HANDOVER, OTHER, PLAN, planned, ready
from tests.casework.test_hands import REFER
from tests.exact.ground import AUDITORS

ASSESSMENTS = (
    "query($id: ID!) { returnCase(id: $id) { assessments { edges { node { outcome report } } } } }"
)


def test_drafts_that_were_never_sent_were_read_with_the_one_that_was(house: House) -> None:
    made = house.case("TRACING")
    for agency in ("TH-DATIP", "KH-MOSVY"):
        house.assign(made.case, agency)
    for outcome, report in (("UNSUITABLE", "a secret draft"), ("SUITABLE", "she waits")):
        house.done(TRACER, "reportAssessment", made.case, outcome=outcome, report=f'"{report}"')
    house.done(ORIGIN, "confirmAssessment", made.case)
    found = payload(house.ask(HOST, ASSESSMENTS, id=made.case))["assessments"]["edges"]
    assert [edge["node"]["report"] for edge in found] == ["she waits"]
    own = payload(house.ask(ORIGIN, ASSESSMENTS, id=made.case))["assessments"]["edges"]
    assert len(own) == 2


def test_what_the_confirmer_had_not_read_was_sent(house: House) -> None:
    made = house.case("TRACING")
    read = house.done(TRACER, "reportAssessment", made.case, outcome="SUITABLE")
    assert read["returnCase"] is not None
    first = house.owner.execute(
        "select id::text from registry.assessment where case_id = %s", (made.case,)
    ).fetchone()
    assert first is not None
    house.done(TRACER, "reportAssessment", made.case, outcome="NOT_A_NATIONAL")
    problem = house.refused(ORIGIN, "confirmAssessment", made.case, assessmentId=f'"{first[0]}"')
    assert (problem["__typename"], problem["dataClass"]) == ("Conflict", "ASSESSMENT")


def test_a_plan_that_is_withheld_was_found_by_trying(house: House) -> None:
    case = planned(house)
    house.done(
        HOST_RETURN,
        "restrictRecord",
        case,
        dataClass="HANDOVER",
        recipient='"KH"',
        reason='"he waits there"',
    )
    house.done(HOST_RETURN, "planReturn", case, **OTHER)
    for plan in (PLAN, OTHER):
        for act in ("signReturnPlan", "planReturn"):
            problem = house.refused(ORIGIN_RETURN, act, case, **plan)
            assert (problem["__typename"], problem["reason"]) == (
                "NotPermitted",
                "RESTRICTED_BY_SENDER",
            )


def test_a_paper_that_is_withheld_was_guessed_and_written_over(house: House) -> None:
    case = ready(house)
    paper = house.owner.execute(
        "select id::text from registry.travel_paper where case_id = %s", (case,)
    ).fetchone()
    assert paper is not None
    house.done(
        HOST_RETURN,
        "restrictRecord",
        case,
        recordId=f'"{paper[0]}"',
        dataClass="TRAVEL",
        recipient='"KH-MFAIC"',
        reason='"for her safety"',
    )
    for number in ("N 4711", "N 4712"):
        problem = house.refused(
            CONSUL,
            "recordTravelDocument",
            case,
            travelDocument=f'"{number}"',
            identityVerified="true",
            reason='"a digit"',
        )
        assert problem["reason"] == "RESTRICTED_BY_SENDER"


def test_an_objection_after_the_handover_hid_the_case_from_its_own_holder(house: House) -> None:
    case = house.at_home().case
    at_home = replace(ORIGIN, purposes=("REINTEGRATION",))
    for act, given in (
        ("withdrawConsent", {}),
        ("recordConsent", {"state": "REFUSED", "givenBy": "SELF"}),
    ):
        problem = house.refused(at_home, act, case, purpose="NOTIFICATION", **given)
        assert (problem["__typename"], problem["field"]) == ("InvalidInput", "purpose")


def test_a_handover_signed_late_could_never_be_received(house: House) -> None:
    case = ready(house)
    early = {**HANDOVER, "handoverAt": '"2001-01-01T00:00:00Z"'}
    assert house.refused(HOST_RETURN, "signHandover", case, **early)["field"] == "handoverAt"
    house.owner.execute(
        "update registry.return_case set opened_on = current_date - 60 where id = %s", (case,)
    )
    hour = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(days=20)
    late = {**HANDOVER, "handoverAt": f'"{hour.isoformat()}"'}
    for who in (HOST_RETURN, ORIGIN_RETURN):
        house.done(who, "signHandover", case, **late)
    house.done(RECEPTION, "recordArrival", case)


def test_a_restriction_of_the_host_bound_the_new_holder_for_ever(house: House) -> None:
    case = ready(house)
    victim = house.owner.execute(
        "select victim_id::text from registry.return_case where id = %s", (case,)
    ).fetchone()
    assert victim is not None
    given = {
        "recordId": f'"{victim[0]}"',
        "dataClass": "IDENTITY",
        "recipient": '"KH"',
        "reason": '"danger"',
    }
    house.done(HOST_RETURN, "restrictRecord", case, **given)
    problem = house.refused(HOST_RETURN, "signHandover", case, **HANDOVER)
    assert (problem["__typename"], problem["dataClass"]) == ("Conflict", "HANDOVER")
    house.done(HOST_RETURN, "liftRestriction", case, **given)
    house.done(HOST_RETURN, "signHandover", case, **HANDOVER)


def test_an_act_without_a_selection_was_told_to_the_auditors_of_every_country(
    house: House,
) -> None:
    case, victim = opened(house)
    done = payload(
        house.ask(
            WORKER,
            f'mutation {{ amendReturnCase(caseId: "{case}", shelterName: "a1", reason: "fix it")'
            " { problems { __typename } accessRecord } }",
        )
    )
    amended = payload(
        house.ask(
            WORKER,
            f'mutation {{ amendVictim(victimId: "{victim}", person: {{ alias: "Da" }},'
            ' reason: "as she is called") { problems { __typename } accessRecord } }',
        )
    )
    asked = "query($i: ID!) { accessRecords(filter: {id: $i}) { edges { node { kind } } } }"
    for record in (done["accessRecord"], amended["accessRecord"]):
        for country, seen in (("TH", 1), ("KH", 0), ("LA", 0)):
            found = payload(house.ask(AUDITORS[country], asked, i=record))
            assert len(found["edges"]) == seen, country


def test_an_assignment_for_a_moment_became_a_case_of_ones_own(house: House) -> None:
    case, victim = opened(house)
    house.assign(case, "NGO-LPN")
    given = {"victimId": victim, "origin": "LA"}
    assert fields(payload(house.ask(HELPER, OPEN, **given))) == ["victimId"]
    # whoever entered her, or holds her case, brings her again
    assert payload(house.ask(WORKER, OPEN, **given))["problems"] == []


def test_a_unit_that_accepted_a_referral_was_shut_out(house: House) -> None:
    case, _ = opened(house)
    referral = payload(house.ask(WORKER, REFER, case=case, to="NGO-LPN"))["referral"]["id"]
    unit = replace(HELPER, unit="Ranong")
    other = replace(HELPER, unit="Songkhla")
    seen = "query($id: ID!) { returnCase(id: $id) { id } }"
    answer = (
        f'mutation {{ acceptReferral(referralId: "{referral}") {{ problems {{ __typename }} }} }}'
    )
    assert payload(house.ask(unit, answer))["problems"] == []
    assert house.ask(unit, seen, id=case)["data"]["returnCase"] == {"id": case}
    assert house.ask(other, seen, id=case)["data"]["returnCase"] is None
    end = (
        f'mutation {{ endReferral(referralId: "{referral}", reason: "no room")'
        " { problems { __typename } } }"
    )
    assert payload(house.ask(WORKER, end))["problems"] == []
    assert house.ask(unit, seen, id=case)["data"]["returnCase"] is None


def test_a_guardians_word_to_one_made_good_the_childs_own_to_another(house: House) -> None:
    case, victim = traced(house)
    house.owner.execute(
        "update registry.victim set birth_date = current_date - 4000, birth_precision = 'DAY'"
        " where id = %s",
        (victim,),
    )
    guarded: dict[str, Any] = {"by": "GUARDIAN", "guardian": "an aunt", "assent": True}
    problems = said(house, case, to=["KH-PTC"], **guarded)["problems"]
    assert [p["field"] for p in problems] == ["recipients"]
    assert said(house, case, to=["KH", "KH-PTC"], **guarded)["problems"] == []
    assert said(house, case, to=["INT-IOM"], **guarded)["problems"] == []
