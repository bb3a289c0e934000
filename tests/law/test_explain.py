"""Why, and who else: the compiled decision explained, now and at a past instant."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from tests.compiler.registry import Made, Registry, add_case, state_consent
from tests.law.asking import asked, person

WHY = """query($id: ID!, $field: String, $asOf: DateTime) {
  explainAccess(id: $id, field: $field, asOf: $asOf) {
    field dataClass permitted clause reason clauses sentence } }"""
WHO = """query($id: ID!, $field: String, $asOf: DateTime, $agency: String, $role: String) {
  whoCanSee(id: $id, field: $field, asOf: $asOf, agency: $agency, role: $role) {
    agency role purpose field permitted clause reason sentence seen lastSeenAt } }"""
NAME = """query($id: ID!) { victim(id: $id) { id familyName narrative gender
  withheld { field reason clause } } }"""
DESK = person("KH-MOSVY", "FOCAL_POINT", "desk", "TRACING")
HOST = person("TH-DATIP", "FOCAL_POINT", "desk", "TRACING")
LAO = person("LA-MLSW", "FOCAL_POINT", "desk", "TRACING")
AUDITOR = person("TH-AUDIT", "AUDITOR", "inspector", "AUDIT")
STEWARD = person("TH-MFA", "AGREEMENT_STEWARD", "steward", "COORDINATION")
FOREIGN_STEWARD = person("KH-MFAIC", "AGREEMENT_STEWARD", "steward", "COORDINATION")
FOREIGN_AUDITOR = person("KH-AUDIT", "AUDITOR", "inspector", "AUDIT")


def _case(registry: Registry) -> Made:
    with psycopg.connect(registry.owner) as connection:
        made = add_case(connection, "KH", "TRACING", "Canary")
        connection.commit()
    return made


@pytest.fixture
def case(shared_registry: Registry) -> Made:
    return _case(shared_registry)


def ask(registry: Registry, who: Any, query: str, **variables: Any) -> Any:
    return asked(registry, who, query, **variables)


def why(registry: Registry, who: Any, identifier: str, **more: Any) -> dict[str, Any]:
    answer = ask(registry, who, WHY, id=identifier, **more)
    return {each["field"]: each for each in answer["data"]["explainAccess"]}


def now(registry: Registry) -> str:
    with psycopg.connect(registry.owner) as connection:
        row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    return str(row[0].isoformat())


def test_it_says_what_a_query_does(shared_registry: Registry, case: Made) -> None:
    for who in (DESK, HOST, LAO, AUDITOR, replace(DESK, roles=("TRACING_OFFICER",))):
        found = why(shared_registry, who, case.victim)
        answer = ask(shared_registry, who, NAME, id=case.victim)
        if answer["data"]["victim"] is None:
            assert found == {}
            continue
        withheld = {w["field"]: w for w in answer["data"]["victim"]["withheld"]}
        refused = {e["extensions"]["field"]: e["extensions"] for e in answer.get("errors", ())}
        for name in ("familyName", "narrative", "gender"):
            told = found[f"Victim.{name}"]
            if f"Victim.{name}" in refused:
                expected = refused[f"Victim.{name}"]
                assert (told["permitted"], told["reason"]) == (False, expected["reason"])
                assert told["clauses"] == expected["clauses"]
            elif name in withheld:
                assert told["permitted"] is False
                assert told["reason"] == withheld[name]["reason"]
                assert told["clause"] == withheld[name]["clause"]
            else:
                assert told["permitted"] is True
                assert told["clause"]


def test_it_says_what_is_missing(shared_registry: Registry, case: Made) -> None:
    named = why(shared_registry, DESK, case.victim, field="familyName")["Victim.familyName"]
    assert named["permitted"] is True
    assert "the case was lodged under this agreement" in named["sentence"]
    with psycopg.connect(shared_registry.owner) as connection:
        at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        state_consent(connection, case.case, "TRACING", "WITHDRAWN", ["KH"], at)
        connection.commit()
    gone = why(shared_registry, DESK, case.victim, field="Victim.familyName")["Victim.familyName"]
    assert (gone["permitted"], gone["reason"]) == (False, "CONSENT")
    assert gone["sentence"] == (
        f"{gone['clause']} would permit it, if the person's newest statement on TRACING to this"
        " agency or its country is a consent"
    )


def test_a_hidden_record_and_none_are_explained_alike(
    shared_registry: Registry, case: Made
) -> None:
    hidden = ask(shared_registry, LAO, WHY, id=case.victim)
    missing = ask(shared_registry, LAO, WHY, id=str(uuid.uuid4()))
    for answer in (hidden, missing):
        assert answer["data"]["explainAccess"] == []
        answer["extensions"].pop("accessRecord")
    assert hidden == missing


def test_to_explain_shows_the_record_and_no_field(shared_registry: Registry, case: Made) -> None:
    answer = ask(shared_registry, DESK, WHY, id=case.victim)
    (leaf,) = shared_registry.leaves(answer["extensions"]["accessRecord"])
    assert [d["fields"] for d in leaf["disclosures"]] == [["Victim.id"]]
    assert (leaf["withheld"], leaf["refusals"], leaf["searched"]) == ([], [], [])


def test_any_type_of_record_is_explained(shared_registry: Registry, case: Made) -> None:
    assert why(shared_registry, HOST, case.case)["ReturnCase.state"]["permitted"] is True
    with psycopg.connect(shared_registry.owner) as connection:
        (consent,) = connection.execute("select id from registry.consent").fetchone() or ("",)
        (agreement,) = connection.execute(
            "select id from registry.agreement where code = 'TH-KH-2014'"
        ).fetchone() or ("",)
    assert why(shared_registry, DESK, str(consent))["Consent.state"]["dataClass"] == "CONSENT"
    public = why(shared_registry, LAO, str(agreement))["Agreement.title"]
    assert (public["permitted"], public["clause"]) == (True, None)


def test_a_field_it_has_not(shared_registry: Registry, case: Made) -> None:
    answer = ask(shared_registry, DESK, WHY, id=case.victim, field="shoeSize")
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "shoeSize" not in str(answer)


def test_a_past_decision_is_made_again(registry: Registry) -> None:
    """Consent, stage, assignment and law as they stood then."""
    case = _case(registry)
    before = now(registry)
    with psycopg.connect(registry.owner) as connection:
        at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        state_consent(connection, case.case, "TRACING", "WITHDRAWN", ["KH"], at)
        connection.commit()
    withdrawn = now(registry)
    with psycopg.connect(registry.owner) as connection:
        connection.execute(
            "update registry.victim set age_disputed = true where id = %s", (case.victim,)
        )
        connection.execute(
            "insert into policy.ending (version_id, party, agency, subject, until_at) select id,"
            " 'KH', 'KH-MFAIC', 'x', clock_timestamp() from policy.protocol_version"
            " where agreement_code = 'TH-KH-2014'"
        )
        connection.commit()
    assert why(registry, DESK, case.victim) == {}
    then = why(registry, DESK, case.victim, asOf=before)["Victim.familyName"]
    assert then["permitted"] is True
    later = why(registry, DESK, case.victim, asOf=withdrawn)["Victim.familyName"]
    assert (later["permitted"], later["reason"]) == (False, "CONSENT")
    long_ago = why(registry, DESK, case.victim, asOf="2020-01-01T00:00:00Z")
    assert long_ago == {}


def test_the_future_and_two_instants_are_refused(shared_registry: Registry, case: Made) -> None:
    future = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
    answer = ask(shared_registry, DESK, WHY, id=case.victim, asOf=future)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    two = """query($id: ID!) { a: explainAccess(id: $id, asOf: "2026-01-01T00:00:00Z") { field }
      b: explainAccess(id: $id) { field } }"""
    answer = ask(shared_registry, DESK, two, id=case.victim)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_several_questions_beside_a_query(shared_registry: Registry, case: Made) -> None:
    query = """query($id: ID!, $case: ID!) {
      me { agency } name: explainAccess(id: $id, field: "familyName") { ...F }
      state: explainAccess(id: $case, field: "state") { ...F } returnCase(id: $case) { state } }
      fragment F on Explanation { field ok: permitted __typename }"""
    answer = ask(shared_registry, DESK, query, id=case.victim, case=case.case)
    assert answer["data"] == {
        "me": {"agency": "KH-MOSVY"},
        "name": [{"field": "Victim.familyName", "ok": True, "__typename": "Explanation"}],
        "state": [{"field": "ReturnCase.state", "ok": True, "__typename": "Explanation"}],
        "returnCase": {"state": "TRACING"},
    }


def test_who_can_see_a_name_and_who_did(shared_registry: Registry, case: Made) -> None:
    for _ in range(3):
        ask(shared_registry, DESK, NAME, id=case.victim)
    answer = ask(shared_registry, AUDITOR, WHO, id=case.victim, field="familyName")
    rows = {(r["agency"], r["role"], r["purpose"]): r for r in answer["data"]["whoCanSee"]}
    seen = rows["KH-MOSVY", "FOCAL_POINT", "TRACING"]
    assert (seen["permitted"], seen["seen"]) == (True, 3)
    assert seen["lastSeenAt"]
    never = rows["TH-DATIP", "FOCAL_POINT", "TRACING"]
    assert (never["permitted"], never["seen"], never["lastSeenAt"]) == (True, 0, None)
    lao = rows["LA-MLSW", "FOCAL_POINT", "TRACING"]
    assert (lao["permitted"], lao["reason"]) == (False, "NO_PROTOCOL")
    assert {r["field"] for r in rows.values()} == {"Victim.familyName"}
    (leaf,) = shared_registry.leaves(answer["extensions"]["accessRecord"])
    assert [d["fields"] for d in leaf["disclosures"]] == [["ReturnCase.id"]]
    assert "Canary" not in str(answer)


def test_who_can_see_agrees_with_what_each_is_told(shared_registry: Registry, case: Made) -> None:
    rows = ask(shared_registry, AUDITOR, WHO, id=case.victim)["data"]["whoCanSee"]
    assert len(rows) > 100
    for agency, role, purpose in {(r["agency"], r["role"], r["purpose"]) for r in rows}:
        told = why(shared_registry, person(agency, role, "", purpose), case.victim)
        for row in rows:
            if (row["agency"], row["role"], row["purpose"]) != (agency, role, purpose):
                continue
            if told:
                assert row["permitted"] == told[row["field"]]["permitted"], row
                assert row["clause"] == told[row["field"]]["clause"], row
            else:
                assert (row["permitted"], row["reason"]) == (False, "NO_PROTOCOL"), row


def test_only_the_holders_auditor_learns_it(shared_registry: Registry, case: Made) -> None:
    refused = ask(shared_registry, DESK, WHO, id=case.victim)
    assert refused["errors"][0]["extensions"]["code"] == "OPERATION_NOT_PERMITTED"
    elsewhere = ask(shared_registry, FOREIGN_AUDITOR, WHO, id=case.victim)
    missing = ask(shared_registry, FOREIGN_AUDITOR, WHO, id=str(uuid.uuid4()))
    for answer in (elsewhere, missing):
        answer["extensions"].pop("accessRecord")
    assert elsewhere == missing == {"data": {"whoCanSee": []}, "extensions": {}}


def test_a_steward_of_the_holder_learns_how_the_law_decides_on_one_desk(
    shared_registry: Registry, case: Made
) -> None:
    ask(shared_registry, DESK, NAME, id=case.victim)
    desk = {"agency": "KH-MOSVY", "role": "FOCAL_POINT", "for": "TRACING"}
    whole = WHO.replace("$role: String)", "$role: String, $for: String)").replace(
        "role: $role)", "role: $role, purpose: $for)"
    )
    answer = ask(shared_registry, STEWARD, whole, id=case.victim, **desk)
    rows = {row["field"]: row for row in answer["data"]["whoCanSee"]}
    assert rows["Victim.familyName"]["permitted"]
    assert rows["Victim.familyName"]["sentence"]
    assert not rows["Victim.narrative"]["permitted"]
    assert {row["seen"] for row in rows.values()} == {None}
    assert "Canary" not in str(answer)
    (leaf,) = shared_registry.leaves(answer["extensions"]["accessRecord"])
    assert not leaf["disclosures"]
    several = ask(shared_registry, STEWARD, WHO, id=case.victim)
    assert several["errors"][0]["extensions"]["code"] == "OPERATION_NOT_PERMITTED"
    foreign = ask(shared_registry, FOREIGN_STEWARD, whole, id=case.victim, **desk)
    assert foreign["data"] == {"whoCanSee": []}


def test_who_could_see_then(shared_registry: Registry, case: Made) -> None:
    before = now(shared_registry)
    with psycopg.connect(shared_registry.owner) as connection:
        at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        state_consent(connection, case.case, "TRACING", "WITHDRAWN", ["KH"], at)
        connection.commit()
    given = {"id": case.victim, "field": "familyName", "agency": "KH-MOSVY", "role": "FOCAL_POINT"}
    for moment, permitted in ((before, True), (None, False)):
        rows = ask(shared_registry, AUDITOR, WHO, asOf=moment, **given)["data"]["whoCanSee"]
        (row,) = [r for r in rows if r["purpose"] == "TRACING"]
        assert row["permitted"] is permitted
