"""One return, through all thirteen states, by the desks of two countries."""

from __future__ import annotations

import datetime as dt

from schema.codes import MAIN_STATES
from tests.casework.desks import (
    BORDER,
    CONSUL,
    HELPER,
    HOST,
    HOST_RETURN,
    MDT,
    ORIGIN,
    ORIGIN_RETURN,
    RECEPTION,
    RECEPTION_AFTER,
    TRACER,
    House,
)

PLACE = "ARANYAPRATHET_POIPET"


def walked(house: House) -> str:
    """A case from SCREENED to CLOSED; its id."""
    case = house.case("SCREENED", start=dt.datetime.now(dt.UTC) - dt.timedelta(days=20)).case
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=3)).date().isoformat()
    hour = dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
    house.consent(case, "TRACING")
    house.consent(case, "RETURN")
    house.consent(case, "SERVICES")
    house.done(MDT, "recordIdentification", case, isVictim="true", rightsExplained="true")
    house.done(HOST, "notifyOrigin", case)
    house.done(HOST, "requestTracing", case)
    house.done(
        ORIGIN, "acknowledgeTracing", case, provincialAgency='"KH-POSVY"', unit='"Banteay Meanchey"'
    )
    house.done(TRACER, "reportAssessment", case, outcome="SUITABLE", report='"the mother waits"')
    assert house.state(case) == "TRACING"
    house.done(ORIGIN, "confirmAssessment", case)
    house.done(
        HOST_RETURN,
        "planReturn",
        case,
        plannedHandoverOn=f'"{day}"',
        handoverPlace=PLACE,
        escort='"an officer"',
    )
    assert house.state(case) == "ASSESSED"
    house.done(
        ORIGIN_RETURN,
        "signReturnPlan",
        case,
        plannedHandoverOn=f'"{day}"',
        handoverPlace=PLACE,
    )
    house.assign(case, "TH-IMM")
    house.done(
        CONSUL, "recordTravelDocument", case, travelDocument='"N 12"', identityVerified="true"
    )
    assert house.state(case) == "RETURN_PLANNED"
    house.done(BORDER, "recordExitPermit", case, exitPermit='"E 12"')
    handover = {
        "handoverAt": f'"{hour}"',
        "handoverPlace": PLACE,
        "personConfirms": "true",
    }
    house.done(BORDER, "recordBorderCrossing", case, crossedAt=f'"{hour}"')
    house.done(HOST_RETURN, "signHandover", case, **handover)
    assert house.state(case) == "DOCUMENTS_READY"
    house.done(ORIGIN_RETURN, "signHandover", case, **handover)
    house.done(RECEPTION, "recordArrival", case)
    house.done(RECEPTION_AFTER, "startReintegration", case, plan='"school, and a room"')
    house.assign(case, "NGO-CWCC")
    today = dt.datetime.now(dt.UTC).date().isoformat()
    house.done(
        HELPER,
        "recordFollowUp",
        case,
        month="1",
        visitedOn=f'"{today}"',
        supportTypes="[]",
        feedbackCode='"doing_well"',
    )
    house.done(HELPER, "closeCase", case, closingReason="REINTEGRATED")
    return case


def test_a_return_goes_through_every_state_by_the_hands_of_ten_officials(house: House) -> None:
    case = walked(house)
    rows = house.owner.execute(
        "select state, clause, actor_agency from registry.transition where case_id = %s"
        " order by at",
        (case,),
    ).fetchall()
    assert [state for state, *_ in rows] == list(MAIN_STATES)
    # every edge says under which clause, and by whom: rule (d)
    assert all(clause for _, clause, _ in rows[1:])
    deeds = house.owner.execute(
        "select d.act, d.agency_code, d.subject, d.clause, d.access_record is not null"
        " from registry.deed d where d.tx in (select tx from registry.event where case_id = %s)"
        " order by d.at",
        (case,),
    ).fetchall()
    assert len({subject for _, _, subject, *_ in deeds}) >= 8
    assert {agency[:2] for _, agency, *_ in deeds} == {"TH", "KH", "NG"}
    assert [act for act, *_ in deeds][:3] == [
        "recordIdentification",
        "notifyOrigin",
        "requestTracing",
    ]


def test_custody_moves_at_the_handover_and_the_host_keeps_its_part(house: House) -> None:
    case = walked(house)
    holder = house.owner.execute(
        "select holder from registry.return_case where id = %s", (case,)
    ).fetchone()
    assert holder == ("KH-MOSVY",)
    asked = house.ask(
        HOST_RETURN, f'{{ returnCase(id: "{case}") {{ state holder feedbackCode plan }} }}'
    )
    found = asked["data"]["returnCase"]
    assert found["state"] == "HANDED_OVER"
    assert found["holder"] == "TH-DATIP"
    assert found["feedbackCode"] == "doing_well"
    assert found["plan"] is None


def test_every_step_has_one_record_and_its_event(house: House) -> None:
    case = walked(house)
    rows = house.owner.execute(
        "select d.act, r.outcome, l.body is not null from registry.deed d"
        " left join ledger.access_record r on r.id = d.access_record"
        " left join ledger.access_leaf l on l.record_id = r.id"
        " where d.tx in (select tx from registry.event where case_id = %s)",
        (case,),
    ).fetchall()
    assert len(rows) == 17
    assert {(outcome, leaf) for _, outcome, leaf in rows} == {("DISCLOSED", True)}


def test_the_stamp_of_the_border_is_written_once_and_read_by_both_sides(house: House) -> None:
    case = walked(house)
    rows = house.owner.execute(
        "select departed_at is not null, arrived_at from registry.travel_paper where case_id = %s",
        (case,),
    ).fetchall()
    assert rows == [(True, None)]
    papers = "travelPapers(first: 5) { edges { node { departedAt arrivedAt exitPermit } } }"
    asked = house.ask(HOST_RETURN, f'{{ returnCase(id: "{case}") {{ {papers} }} }}')
    (edge,) = asked["data"]["returnCase"]["travelPapers"]["edges"]
    assert edge["node"]["departedAt"] is not None
    assert edge["node"]["arrivedAt"] is None
    ahead = (dt.datetime.now(dt.UTC) + dt.timedelta(days=3)).isoformat()
    late = house.act(BORDER, "recordBorderCrossing", case, crossedAt=f'"{ahead}"')
    assert [p["__typename"] for p in late["problems"]] == ["InvalidInput"]
