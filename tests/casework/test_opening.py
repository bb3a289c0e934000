"""A case is opened by who may: of a new person or a known one, and taken back where no clause
lets it be.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from authz.caller import Caller
from tests.casework.care import (
    DESK,
    HELPER,
    OPEN,
    PERSON,
    POLICE,
    TEAM,
    WORKER,
    amended,
    fields,
    opened,
    payload,
    rows,
    written,
)
from tests.casework.desks import ORIGIN, STRANGER, House, desk

TOKYO: dict[str, Any] = {"person": PERSON | {"nationalities": ["TH"]}, "host": "JP"}


def test_a_case_worker_opens_the_case_of_a_new_person(house: House) -> None:
    done = payload(house.ask(WORKER, OPEN, person=PERSON, origin="KH"))
    case = done["returnCase"]
    assert (case["state"], case["host"], case["origin"]) == ("SCREENED", "TH", "KH")
    assert (case["holder"], case["agreement"]["code"]) == ("TH-SHELTER", "TH-KH-2014")
    assert case["victim"]["familyName"] == "Sok"
    (person,) = rows(
        house,
        "select entered_by, phone, nationalities from registry.victim where id = %s",
        case["victim"]["id"],
    )
    assert person == ("TH-SHELTER", "+85512345678", ["KH"])
    (step,) = rows(
        house, "select state, clause from registry.transition where case_id = %s", case["id"]
    )
    assert step == ("SCREENED", "TH-LAW@1#rule 2")
    (deed,) = rows(
        house,
        "select act, agency_code, clause, access_record::text from registry.deed order by at desc"
        " limit 1",
    )
    assert deed == ("openReturnCase", "TH-SHELTER", "TH-LAW@1#rule 2", done["accessRecord"])


@pytest.mark.parametrize("who", [DESK, POLICE], ids=lambda who: who.agency)
def test_the_desk_and_the_police_open_one_too(house: House, who: Caller) -> None:
    case, _ = opened(house, who)
    ((holder, worker),) = rows(
        house, "select holder, case_worker from registry.return_case where id = %s", case
    )
    assert (holder, worker) == (who.agency, None)


@pytest.mark.parametrize("who", [TEAM, ORIGIN, desk("TH-IMM", "BORDER_OFFICER", "b", "RETURN")])
def test_nobody_else_does(house: House, who: Caller) -> None:
    before = written(house)
    body = house.ask(who, OPEN, person=PERSON, origin="KH")
    if body["data"] is None:
        assert body["errors"][0]["extensions"]["code"] == "OPERATION_NOT_PERMITTED"
    else:
        # the origin's desk may open cases of its own people, not those of this pair
        assert fields(payload(body)) == ["origin"]
    assert written(house) == before


def test_the_country_of_origin_opens_it_where_the_host_has_no_seat(house: House) -> None:
    origin = desk("TH-DATIP", "FOCAL_POINT", "d", "TRACING")
    done = payload(house.ask(origin, OPEN, **TOKYO))
    assert done["problems"] == []
    case = done["returnCase"]
    assert (case["state"], case["host"], case["origin"]) == ("TRACING", "JP", "TH")
    assert (case["holder"], case["agreement"]) == ("TH-DATIP", None)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"person": PERSON}, "origin"),
        ({"person": PERSON, "origin": "TH"}, "origin"),
        ({"person": PERSON, "origin": "KH", "host": "LA"}, "host"),
        ({"person": PERSON, "origin": "ZZ"}, "origin"),
        ({"person": PERSON, "host": "ZZ"}, "host"),
        ({"person": PERSON, "host": "KH"}, "host"),
        ({"person": PERSON, "origin": "KH", "agreement": "TH-LA-2017"}, "agreement"),
        ({"person": PERSON, "origin": "KH", "agreement": "TH-KH-2003"}, "agreement"),
        ({"origin": "KH"}, "person"),
        ({"person": PERSON, "victimId": str(uuid.uuid4()), "origin": "KH"}, "person"),
        ({"person": {"gender": "Feminine"}, "origin": "KH"}, "person"),
        ({"person": {"familyName": " ", "alias": ""}, "origin": "KH"}, "person"),
        ({"person": PERSON | {"phone": "012"}, "origin": "KH"}, "person.phone"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_written(
    house: House, given: dict[str, Any], field: str
) -> None:
    before = written(house)
    done = payload(house.ask(WORKER, OPEN, **given))
    assert fields(done) == [field]
    assert done["returnCase"] is None
    assert written(house) == before


def test_a_person_known_is_brought_by_who_may_see_her_alone(house: House) -> None:
    _, victim = opened(house)
    again = payload(house.ask(WORKER, OPEN, victimId=victim, origin="KH"))
    assert again["problems"] == []
    assert again["returnCase"]["victim"]["id"] == victim
    before = written(house)
    hidden = payload(house.ask(HELPER, OPEN, victimId=victim, origin="KH"))
    missing = payload(house.ask(HELPER, OPEN, victimId=str(uuid.uuid4()), origin="KH"))
    assert fields(hidden) == ["victimId"]
    assert [{**each, "accessRecord": ""} for each in (hidden, missing)] == [
        {**missing, "accessRecord": ""}
    ] * 2
    assert written(house) == before


def test_a_token_for_some_cases_opens_no_other(house: House) -> None:
    before = written(house)
    narrowed = replace(WORKER, cases=(str(uuid.uuid4()),))
    done = payload(house.ask(narrowed, OPEN, person=PERSON, origin="KH"))
    assert [p["__typename"] for p in done["problems"]] == ["NotPermitted"]
    assert done["returnCase"] is None
    assert written(house) == before


def test_the_same_request_opens_one_case(house: House) -> None:
    first = payload(house.ask(WORKER, OPEN, "key-of-a-case", person=PERSON, origin="KH"))
    before = written(house)
    second = payload(house.ask(WORKER, OPEN, "key-of-a-case", person=PERSON, origin="KH"))
    assert (second["repeated"], second["returnCase"]) == (True, first["returnCase"])
    other = house.ask(WORKER, OPEN, "key-of-a-case", person=PERSON, origin="LA")
    assert other["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_REUSED"
    assert written(house) == before
    # under her own key a stranger is told nothing of it
    stranger = house.ask(STRANGER, OPEN, "key-of-a-case", person=PERSON, origin="TH", host="JP")
    assert payload(stranger)["repeated"] is False


def test_a_number_tells_nothing_of_another_agencys_people(house: House) -> None:
    """Attack O07: as for a free number, whoever else has it on file."""
    numbered = PERSON | {"identityNumber": "N 1 77"}
    _, hidden = opened(house, person=numbered)
    helped, hers = opened(house, HELPER, person=numbered)
    own = payload(house.ask(HELPER, OPEN, person=numbered, origin="KH"))
    assert [p["__typename"] for p in own["problems"]] == ["Conflict"]
    # nor is it tried out by correcting whom another agency has entered
    house.assign(helped, "TH-SHELTER")
    for number in ("N 1 77", "N 2 78"):
        tried = amended(house, WORKER, hers, {"identityNumber": number})
        assert fields(tried) == ["person.identityNumber"]
    assert amended(house, WORKER, hidden, {"identityNumber": "N 3 79"})["problems"] == []


def test_a_case_of_ones_own_opens_nothing_that_another_country_wrote(house: House) -> None:
    """Whom one knows by notice or by a frozen copy is not brought into a new case."""
    made = house.case("TRACING")
    before = written(house)
    mosvy = desk("KH-MOSVY", "FOCAL_POINT", "m", "TRACING")
    known = {"victimId": made.victim, "host": "JP", "origin": "KH"}
    assert fields(payload(house.ask(mosvy, OPEN, **known))) == ["victimId"]
    assert written(house) == before
    house.owner.execute(
        "insert into registry.transition (id, case_id, state, at, from_state, actor_agency)"
        " select gen_random_uuid(), %s, s.state, clock_timestamp() + s.n * interval '1 ms',"
        " s.before, 'TH-DATIP' from (values (1, 'ASSESSED', 'TRACING'), (2, 'RETURN_PLANNED',"
        " 'ASSESSED'), (3, 'DOCUMENTS_READY', 'RETURN_PLANNED'), (4, 'HANDED_OVER',"
        " 'DOCUMENTS_READY')) s(n, state, before) order by s.n",
        (made.case,),
    )
    again = payload(house.ask(DESK, OPEN, victimId=made.victim, origin="KH"))
    assert fields(again) == ["victimId"]
    assert again["problems"][0]["__typename"] == "InvalidInput"


def test_the_case_is_the_units_that_entered_it(house: House) -> None:
    unit = rows(
        house, "select code from registry.agency_unit where agency_code = 'TH-SHELTER' limit 1"
    )[0][0]
    case, _ = opened(house, replace(WORKER, unit=unit))
    ((found,),) = rows(house, "select unit from registry.assignment where case_id = %s", case)
    assert found == unit
