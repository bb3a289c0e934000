"""`history` of a record: what was done, as far as its reader may know."""

from __future__ import annotations

from typing import Any

from authz.caller import Caller
from tests.casework.desks import HOST, HOST_RETURN, ORIGIN, STRANGER, House, desk
from tests.casework.test_life import walked

ASK = """{{ {root}(id: "{id}") {{ {kind} withheld {{ field }} }} }}"""
HISTORY = "history { at isNew fields act agency clause reason accessRecord }"
SHELTER = desk("TH-SHELTER", "CASE_WORKER", "shelter-9", "TRACING")


def history(house: House, who: Caller, root: str, identifier: str) -> list[dict[str, Any]]:
    body = house.ask(who, ASK.format(root=root, id=identifier, kind=HISTORY))
    assert "errors" not in body, body
    found: list[dict[str, Any]] = body["data"][root]["history"]
    return found


def edit(house: House, victim: str, **columns: str) -> None:
    sets = ", ".join(f"{name} = %s" for name in columns)
    house.owner.execute(
        f"update registry.victim set {sets} where id = %s",  # names of this file
        (*columns.values(), victim),
    )


def amended(house: House, who: Caller, victim: str, person: str, reason: str) -> dict[str, Any]:
    body = house.ask(
        who,
        f'mutation {{ amendVictim(victimId: "{victim}", person: {person}, reason: "{reason}")'
        " { problems { ... on Mendable { message } } accessRecord } }",
    )
    assert "errors" not in body, body
    payload: dict[str, Any] = body["data"]["amendVictim"]
    assert payload["problems"] == []
    return payload


def test_a_correction_says_who_when_under_which_clause_and_why(house: House) -> None:
    made = house.case("TRACING")
    done = amended(house, HOST, made.victim, '{ familyName: "Sokha" }', "as she spells it")
    last = history(house, HOST, "victim", made.victim)[-1]
    assert last["at"].endswith("Z")
    assert {**last, "at": ""} == {
        "at": "",
        "isNew": False,
        "fields": ["familyName"],
        "act": "amendVictim",
        "agency": "TH-DATIP",
        "clause": last["clause"],
        "reason": "as she spells it",
        "accessRecord": done["accessRecord"],
    }
    assert last["clause"].startswith("TH-LAW@1#rule ")


def test_the_other_country_learns_what_was_changed_and_not_by_whom(house: House) -> None:
    made = house.case("TRACING")
    amended(house, HOST, made.victim, '{ familyName: "Sokha" }', "as she spells it")
    last = history(house, ORIGIN, "victim", made.victim)[-1]
    assert last["fields"] == ["familyName"]
    assert [last[name] for name in ("act", "agency", "clause", "reason", "accessRecord")] == (
        [None] * 5
    )


def test_what_is_not_open_leaves_no_line(house: House) -> None:
    made = house.case("TRACING")
    before = history(house, ORIGIN, "victim", made.victim)
    edit(house, made.victim, diagnosis="a cough", narrative="x")
    assert history(house, ORIGIN, "victim", made.victim) == before
    edit(house, made.victim, diagnosis="a cold", family_name="Sokha")
    assert history(house, ORIGIN, "victim", made.victim)[-1]["fields"] == ["familyName"]


def test_before_the_notification_nothing_of_the_host_stands_in_it(house: House) -> None:
    made = house.case("TRACING")
    house.owner.execute(
        "update registry.return_case set notified_at = clock_timestamp() where id = %s",
        (made.case,),
    )
    assert [e for e in history(house, ORIGIN, "victim", made.victim) if e["isNew"]] == []
    edit(house, made.victim, family_name="Sokha")
    assert [e["fields"] for e in history(house, ORIGIN, "victim", made.victim)] == [["familyName"]]


def test_the_host_does_not_learn_what_is_done_after_the_handover(house: House) -> None:
    case = walked(house)
    before = history(house, HOST_RETURN, "returnCase", case)
    house.owner.execute(
        "update registry.return_case set shelter_name = 'another', holder = 'KH-PTC' where id = %s",
        (case,),
    )
    assert history(house, HOST_RETURN, "returnCase", case) == before
    for entry in before:
        assert "plan" not in entry["fields"]


def test_a_stranger_gets_no_record_and_no_history(house: House) -> None:
    made = house.case("TRACING")
    body = house.ask(STRANGER, ASK.format(root="victim", id=made.victim, kind=HISTORY))
    assert body["data"]["victim"] is None


def test_the_access_record_names_the_history_that_was_shown(house: House) -> None:
    made = house.case("TRACING")
    history(house, HOST, "victim", made.victim)
    row = house.owner.execute(
        "select l.body from ledger.access_leaf l join ledger.access_record r on r.id = l.record_id"
        " order by r.at desc limit 1"
    ).fetchone()
    assert row is not None
    assert '"Victim.history"' in row[0]
