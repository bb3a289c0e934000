"""`deed` of an access record: auditors see what was done, of their own country's actors."""

from __future__ import annotations

from typing import Any

from authz.caller import Caller
from tests.casework.desks import HOST, HOST_RETURN, ORIGIN, House
from tests.casework.test_history import amended
from tests.casework.test_life import walked
from tests.exact.ground import AUDITORS

ASK = """query($i: ID!) { accessRecords(filter: {id: $i}) { edges { node {
  kind caller { agency subject } deed { act clause changed { recordId recordType isNew fields } }
} } } }"""


def read(house: House, who: Caller, record: str) -> dict[str, Any] | None:
    body = house.ask(who, ASK, i=record)
    assert "errors" not in body, body
    edges = body["data"]["accessRecords"]["edges"]
    return dict(edges[0]["node"]) if edges else None


def test_an_auditor_reads_which_act_changed_which_fields(house: House) -> None:
    made = house.case("TRACING")
    done = amended(house, HOST, made.victim, '{ familyName: "Sokha" }', "as she spells it")
    found = read(house, AUDITORS["TH"], done["accessRecord"])
    assert found is not None
    assert found["kind"] == "ACCESS"
    assert found["caller"]["agency"] == "TH-DATIP"
    assert found["deed"]["act"] == "amendVictim"
    assert found["deed"]["clause"].startswith("TH-LAW@1#rule ")
    assert found["deed"]["changed"] == [
        {
            "recordId": made.victim,
            "recordType": "Victim",
            "isNew": False,
            "fields": ["familyName"],
        }
    ]


def test_every_step_of_a_return_is_told_to_its_own_auditors_alone(house: House) -> None:
    case = walked(house)
    rows = house.owner.execute(
        "select d.access_record::text, d.act, a.country from registry.deed d"
        " join registry.agency a on a.code = d.agency_code"
        " where d.tx in (select tx from registry.event where case_id = %s) order by d.at",
        (case,),
    ).fetchall()
    assert len(rows) == 17
    for record, act, country in rows:
        for auditor in ("TH", "KH", "LA"):
            found = read(house, AUDITORS[auditor], record)
            if auditor == country:
                assert found is not None
                assert found["deed"]["act"] == act
                assert found["deed"]["changed"]
            elif found is not None:
                assert found["deed"] is None


def test_a_question_has_no_deed(house: House) -> None:
    made = house.case("TRACING")
    house.ask(HOST, f'{{ victim(id: "{made.victim}") {{ familyName }} }}')
    row = house.owner.execute(
        "select id::text from ledger.access_record order by at desc limit 1"
    ).fetchone()
    assert row is not None
    found = read(house, AUDITORS["TH"], row[0])
    assert found is not None
    assert found["deed"] is None


def test_what_an_act_left_undone_has_no_deed(house: House) -> None:
    made = house.case("TRACING")
    payload = house.act(HOST_RETURN, "notifyOrigin", made.case)
    assert payload["problems"]
    found = read(house, AUDITORS["TH"], payload["accessRecord"])
    assert found is None or found["deed"] is None


def test_a_desk_reads_no_deed(house: House) -> None:
    made = house.case("TRACING")
    done = amended(house, HOST, made.victim, '{ familyName: "Sokha" }', "as she spells it")
    for who in (HOST, ORIGIN):
        body = house.ask(who, ASK, i=done["accessRecord"])
        for edge in (body["data"] or {"accessRecords": {"edges": []}})["accessRecords"]["edges"]:
            assert edge["node"]["deed"] is None
