"""Visits after the return: what crosses of them is a word of a list, a day that can be, once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from schema.codes import FeedbackCode
from tests.casework.desks import HELPER, HOST_RETURN, ORIGIN, RECEPTION_AFTER, House

TODAY = dt.datetime.now(dt.UTC).date().isoformat()


def at_home(house: House) -> str:
    """A case whose reintegration has begun, with the helper who visits."""
    made = house.at_home()
    house.consent(made.case, "SERVICES")
    house.assign(made.case, "KH-PTC")
    house.done(RECEPTION_AFTER, "startReintegration", made.case, plan='"school, and a room"')
    house.assign(made.case, "NGO-CWCC")
    return made.case


def visit(house: House, case: str, month: int, **given: Any) -> dict[str, Any]:
    """The payload of a visit today, or as it is given."""
    asked = {"visitedOn": f'"{TODAY}"', **given}
    return house.act(HELPER, "recordFollowUp", case, month=str(month), **asked)


def test_words_in_the_form_of_a_code_do_not_cross_the_border(house: House) -> None:
    """FEEDBACK was refused, and `mother_beats_her_at_Phum_Thmei` was taken as a code."""
    case = at_home(house)
    house.consent(case, "FEEDBACK", "REFUSED")
    words = '"mother_beats_her_at_Phum_Thmei"'
    problem = house.refused(
        HELPER,
        "recordFollowUp",
        case,
        month="1",
        visitedOn=f'"{TODAY}"',
        feedbackCode=words,
    )
    assert (problem["__typename"], problem["field"]) == ("InvalidInput", "feedbackCode")
    assert problem["rule"] == f"it is one of {' '.join(FeedbackCode)}"
    assert "Phum" not in str(problem)
    asked = house.ask(HOST_RETURN, f'{{ returnCase(id: "{case}") {{ feedbackCode }} }}')
    assert asked["data"]["returnCase"] == {"feedbackCode": None}


def test_each_word_of_the_list_is_taken_and_told_to_the_host(house: House) -> None:
    for each in FeedbackCode:
        case = at_home(house)
        assert visit(house, case, 1, feedbackCode=f'"{each}"')["problems"] == []
        asked = house.ask(HOST_RETURN, f'{{ returnCase(id: "{case}") {{ feedbackCode }} }}')
        assert asked["data"]["returnCase"] == {"feedbackCode": each.value}


def test_a_visit_in_a_month_that_has_none_was_taken(house: House) -> None:
    case = at_home(house)
    for month in (0, 2, 13):
        (problem,) = visit(house, case, month)["problems"]
        assert problem["field"] == "month"


def test_what_was_found_stays_at_home_whatever_the_person_allows(house: House) -> None:
    """Notes share their class with the support given, which is the country of origin's own."""
    case = at_home(house)
    state_to_host(house, case)
    assert visit(house, case, 1, notes='"she sings"', feedbackCode='"AtRisk"')["problems"] == []
    query = (
        f'{{ returnCase(id: "{case}") {{ followUps {{ edges {{ node {{ notes feedbackCode }} }} }}'
        " } }"
    )
    asked = house.ask(HOST_RETURN, query)
    (edge,) = asked["data"]["returnCase"]["followUps"]["edges"]
    assert edge["node"] == {"notes": None, "feedbackCode": "AtRisk"}


def state_to_host(house: House, case: str) -> None:
    """The person agrees that the host country learns how she fares."""
    house.owner.execute(
        "insert into registry.consent (id, case_id, purpose, state, given_by, recipients,"
        " stated_at) values (gen_random_uuid(), %s, 'FEEDBACK', 'GIVEN', 'SELF', '{TH}',"
        " clock_timestamp())",
        (case,),
    )


def test_a_visit_is_not_before_the_handover(house: House) -> None:
    case = at_home(house)
    early = (dt.datetime.now(dt.UTC) - dt.timedelta(days=2)).date()
    for day in (early, dt.date(2001, 1, 1)):
        problem = house.refused(
            HELPER, "recordFollowUp", case, month="1", visitedOn=f'"{day.isoformat()}"'
        )
        assert (problem["__typename"], problem["field"]) == ("InvalidInput", "visitedOn")
        assert problem["rule"] == "it is not before the day of the handover"


def test_the_handover_is_that_which_was_signed_where_it_was_seen_later(house: House) -> None:
    case = at_home(house)
    house.owner.execute(
        "update registry.return_case set handover_at = now() - interval '40 days' where id = %s",
        (case,),
    )
    day = (dt.datetime.now(dt.UTC) - dt.timedelta(days=10)).date().isoformat()
    assert visit(house, case, 1, visitedOn=f'"{day}"')["problems"] == []


def test_the_visit_of_a_month_is_recorded_once(house: House) -> None:
    case = at_home(house)
    assert visit(house, case, 1, notes='"she sings"')["problems"] == []
    problem = house.refused(
        HELPER, "recordFollowUp", case, month="1", visitedOn=f'"{TODAY}"', notes='"again"'
    )
    assert problem["__typename"] == "DoneBefore"
    assert visit(house, case, 3)["problems"] == []


def test_tracing_is_not_passed_to_a_province_that_is_none(house: House) -> None:
    """`unit: "Atlantis"` was taken, and the request was in nobody's hands."""
    case = house.case("TRACING_REQUESTED").case
    house.consent(case, "TRACING")
    for agency, unit in (
        ("KH-POSVY", "Atlantis"),
        ("KH-MOSVY", "Banteay Meanchey"),
        ("KH-POSVY", "banteay meanchey"),
    ):
        problem = house.refused(
            ORIGIN,
            "acknowledgeTracing",
            case,
            provincialAgency=f'"{agency}"',
            unit=f'"{unit}"',
        )
        assert (problem["__typename"], problem["field"]) == ("InvalidInput", "unit")
        assert "Atlantis" not in str(problem)
    house.done(
        ORIGIN, "acknowledgeTracing", case, provincialAgency='"KH-POSVY"', unit='"Banteay Meanchey"'
    )
