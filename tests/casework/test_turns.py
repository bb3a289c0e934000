"""Whose turn it is: a desk whose side has done its part waits for the others, and has no next step.

Each test is named for what the worklist got wrong: it went by the edges alone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from authz.caller import Caller
from tests.casework.desks import (
    BORDER,
    CONSUL,
    HELPER,
    HOST_RETURN,
    MDT,
    ORIGIN,
    ORIGIN_RETURN,
    RECEPTION_AFTER,
    TRACER,
    House,
)

PLACE = "ARANYAPRATHET_POIPET"
LIST = "{ worklist(first: 100) { edges { node { id dueAt overdue } } } }"
NOW = dt.datetime.now(dt.UTC)
PLAN = {
    "plannedHandoverOn": f'"{(NOW + dt.timedelta(days=3)).date()}"',
    "handoverPlace": PLACE,
}
OTHER_DAY = PLAN | {"plannedHandoverOn": f'"{(NOW + dt.timedelta(days=4)).date()}"'}
PAPER = {"travelDocument": '"N 12"', "identityVerified": "true"}
PERMIT = {"exitPermit": '"E 12"'}
HANDOVER = {
    "handoverAt": f'"{NOW.replace(microsecond=0).isoformat()}"',
    "handoverPlace": PLACE,
    "personConfirms": "true",
}


def turns(house: House, case: str, *desks: Caller) -> list[bool]:
    """Which of the desks have the case on their lists."""
    found = []
    for who in desks:
        body = house.ask(who, LIST)
        assert "errors" not in body, body
        found.append(case in {edge["node"]["id"] for edge in body["data"]["worklist"]["edges"]})
    return found


def _assessed(house: House) -> str:
    case = house.case("ASSESSED", start=NOW - dt.timedelta(days=9)).case
    for purpose in ("TRACING", "RETURN", "SERVICES"):
        house.consent(case, purpose)
    for agency in ("TH-IMM", "KH-PTC", "NGO-CWCC"):
        house.assign(case, agency)
    house.owner.execute(
        "insert into registry.assessment (id, case_id, outcome)"
        " values (gen_random_uuid(), %s, 'SUITABLE')",
        (case,),
    )
    return case


def _planned(house: House) -> str:
    case = _assessed(house)
    house.done(HOST_RETURN, "planReturn", case, **PLAN)
    house.done(ORIGIN_RETURN, "signReturnPlan", case, **PLAN)
    return case


def _papered(house: House) -> str:
    case = _planned(house)
    house.done(CONSUL, "recordTravelDocument", case, **PAPER)
    house.done(BORDER, "recordExitPermit", case, **PERMIT)
    assert house.state(case) == "DOCUMENTS_READY"
    return case


def test_a_case_that_was_screened_long_ago_was_never_overdue(house: House) -> None:
    late, fresh = (
        house.case("SCREENED", start=NOW - dt.timedelta(days=days)).case for days in (16, 14)
    )
    edges = house.ask(MDT, LIST)["data"]["worklist"]["edges"]
    found = {edge["node"]["id"]: edge["node"] for edge in edges}
    assert (found[late]["overdue"], found[fresh]["overdue"]) == (True, False)
    due = dt.datetime.fromisoformat(found[late]["dueAt"])
    assert abs(due - (NOW - dt.timedelta(days=1))) < dt.timedelta(minutes=1)
    assert house.ask(MDT, f'{{ returnCase(id: "{late}") {{ overdue }} }}')["data"] == {
        "returnCase": {"overdue": True}
    }


def test_who_had_signed_the_plan_kept_it_on_the_list(house: House) -> None:
    case = _assessed(house)
    both = (HOST_RETURN, ORIGIN_RETURN)
    assert turns(house, case, *both) == [True, True]
    house.done(HOST_RETURN, "planReturn", case, **PLAN)
    assert turns(house, case, *both) == [False, True]
    # the other side plans another day: the first has to look at it again
    house.done(ORIGIN_RETURN, "planReturn", case, **OTHER_DAY)
    assert turns(house, case, *both) == [True, False]
    house.done(HOST_RETURN, "signReturnPlan", case, **OTHER_DAY)
    assert turns(house, case, *both) == [False, False]


def test_a_word_given_before_a_hold_is_asked_for_again(house: House) -> None:
    case = _assessed(house)
    house.done(HOST_RETURN, "planReturn", case, **PLAN)
    for state, before in (("ON_HOLD", "ASSESSED"), ("ASSESSED", "ON_HOLD")):
        house.owner.execute(
            "insert into registry.transition (id, case_id, state, at, from_state, actor_agency)"
            " values (gen_random_uuid(), %s, %s, clock_timestamp(), %s, 'TH-DATIP')",
            (case, state, before),
        )
    assert turns(house, case, HOST_RETURN, ORIGIN_RETURN) == [True, True]


def test_who_had_signed_the_handover_kept_it_on_the_list(house: House) -> None:
    case = _papered(house)
    everybody = (HOST_RETURN, ORIGIN_RETURN, BORDER)
    assert turns(house, case, *everybody) == [True, True, True]
    house.done(HOST_RETURN, "signHandover", case, **HANDOVER)
    assert turns(house, case, *everybody) == [False, True, True]


def test_a_border_that_had_stamped_kept_the_case_on_its_list(house: House) -> None:
    case = _papered(house)
    house.done(BORDER, "recordBorderCrossing", case, crossedAt=HANDOVER["handoverAt"])
    assert turns(house, case, HOST_RETURN, ORIGIN_RETURN, BORDER) == [True, True, False]


@pytest.mark.parametrize("first", ["document", "permit"])
def test_an_office_whose_paper_was_there_kept_the_case_on_its_list(
    house: House, first: str
) -> None:
    case = _planned(house)
    assert turns(house, case, CONSUL, BORDER) == [True, True]
    if first == "document":
        house.done(CONSUL, "recordTravelDocument", case, **PAPER)
    else:
        house.done(BORDER, "recordExitPermit", case, **PERMIT)
    assert turns(house, case, CONSUL, BORDER) == [first != "document", first != "permit"]


def test_a_permit_of_the_host_is_not_told_by_the_list_of_another_border(house: House) -> None:
    """Only what her own side did takes a case off a desk's list."""
    case = _planned(house)
    abroad = replace(ORIGIN_RETURN, roles=("FOCAL_POINT", "BORDER_OFFICER"))
    before = turns(house, case, abroad)
    house.done(BORDER, "recordExitPermit", case, **PERMIT)
    assert turns(house, case, abroad) == before


def test_a_province_that_had_reported_kept_the_case_on_its_list(house: House) -> None:
    case = house.case("TRACING", start=NOW - dt.timedelta(days=9)).case
    house.consent(case, "TRACING")
    both = replace(TRACER, roles=("TRACING_OFFICER", "FOCAL_POINT"))
    house.owner.execute(
        "insert into registry.assessment (id, case_id, outcome, recorded_at)"
        " values (gen_random_uuid(), %s, 'FAMILY_NOT_FOUND', %s)",
        (case, NOW - dt.timedelta(days=8)),
    )
    assert turns(house, case, TRACER, ORIGIN, both) == [True, True, True]
    house.done(TRACER, "reportAssessment", case, outcome="SUITABLE")
    assert turns(house, case, TRACER, ORIGIN, both) == [False, True, True]


def test_who_declines_services_could_never_be_closed(house: House) -> None:
    case = house.at_home().case
    house.consent(case, "SERVICES")
    house.assign(case, "NGO-CWCC")
    for reason in ("REINTEGRATED", "STAYED_IN_HOST", "DUPLICATE"):
        problem = house.refused(HELPER, "closeCase", case, closingReason=reason)
        assert (problem["__typename"], problem["field"]) == ("InvalidInput", "closingReason")
        assert "DECLINED_SERVICES" in problem["rule"]
    house.done(HELPER, "closeCase", case, closingReason="DECLINED_SERVICES")
    assert house.state(case) == "CLOSED"


def test_reception_closes_the_case_of_a_person_who_refused_services(house: House) -> None:
    case = house.at_home().case
    house.consent(case, "SERVICES", "REFUSED")
    house.assign(case, "KH-PTC")
    told = house.refused(
        RECEPTION_AFTER,
        "closeCase",
        case,
        closingReason="DECLINED_SERVICES",
        outcome='"mother_beats_her_at_Phum_Thmei"',
    )
    assert (told["field"], "Phum" in told["rule"]) == ("outcome", False)
    house.done(
        RECEPTION_AFTER,
        "closeCase",
        case,
        closingReason="DECLINED_SERVICES",
        outcome='"ReturnedHome"',
    )
    assert house.state(case) == "CLOSED"


def test_to_close_a_case_early_is_nobodys_next_step(house: House) -> None:
    case = house.at_home().case
    house.consent(case, "SERVICES")
    for agency in ("KH-PTC", "NGO-CWCC"):
        house.assign(case, agency)
    assert turns(house, case, RECEPTION_AFTER, HELPER) == [True, False]
