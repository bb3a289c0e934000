"""After the handover: the host's desk sees what it wrote, as it stood then, through every door."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.refusals import doors as d
from tests.refusals.asking import Ask, Desk
from tests.refusals.facts import BEGAN, Facts, settle
from tests.refusals.handed import (
    HOST,
    INSPECTOR,
    NEVER,
    NEW,
    OLD,
    ORIGIN,
    POLICE,
    READY,
    SHELTER,
    Scene,
    correct,
    hand_over,
    load_closed,
    refer,
    step,
)


@pytest.fixture(scope="module")
def owner(ask: Ask) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(ask.registry.owner, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def scene(ask: Ask, owner: psycopg.Connection[Any]) -> Scene:
    target = settle(owner, READY)
    earlier = refer(owner, target.case, "TH-DATIP", "TH-SHELTER", "as the host wrote it")
    before = str(owner.execute("select clock_timestamp()").fetchall()[0][0].isoformat())
    hand_over(owner, target.case)
    later = refer(owner, target.case, "KH-MOSVY", "NGO-CWCC", "a new report")
    correct(owner, target)
    owner.execute("update registry.referral set details = 'a new report' where id = %s", (earlier,))
    visit = str(uuid.uuid4())
    owner.execute(
        "insert into registry.follow_up (id, case_id, visited_on, month, notes, feedback_code,"
        " feedback_on) values (%s, %s, current_date, 1, 'a new report', 'WELL', current_date)",
        (visit, target.case),
    )
    return Scene(ask, owner, target, before, earlier, later, visit)


@pytest.mark.parametrize("desk", [HOST, SHELTER], ids=lambda desk: str(desk.agency))
def test_the_host_sees_the_person_as_she_was(scene: Scene, desk: Desk) -> None:
    fields = ("familyName", "gender", "homeProvince", "childrenCount", "careNeeds", "isMinor")
    found = scene.records(desk, "Victim", *fields)
    assert {name for name, _ in found} >= {"singular", "listing", "node", "entities", "round about"}
    for name, record in found:
        shown = [record[field] for field in fields]
        assert shown == [OLD, "Feminine", "Siem Reap", 2, ["MEDICINE"], False], name
        assert record["withheld"] == [], name


def test_the_origin_sees_her_as_she_is(scene: Scene) -> None:
    found = scene.records(ORIGIN, "Victim", "familyName", "gender")
    assert found
    assert {(r["familyName"], r["gender"]) for _, r in found} == {(NEW, "NonConforming")}


def test_the_host_finds_her_by_the_old_name_alone(scene: Scene) -> None:
    for entity, through in (("Victim", "familyName"), ("ReturnCase", "state")):
        old, new = (OLD, NEW) if entity == "Victim" else ("HANDED_OVER", "REINTEGRATING")
        assert scene.count(HOST, entity, f"{through}: {{eq: {json.dumps(old)}}}") == {1}
        assert scene.count(HOST, entity, f"{through}: {{eq: {json.dumps(new)}}}") == {0}
        assert scene.count(ORIGIN, entity, f"{through}: {{eq: {json.dumps(old)}}}") == {0}
        assert scene.count(ORIGIN, entity, f"{through}: {{eq: {json.dumps(new)}}}") == {1}
    assert scene.count(HOST, "Victim", 'gender: {in: ["Feminine"]}') == {1}
    assert scene.count(HOST, "Victim", 'gender: {ne: "Feminine"}') == {0}
    assert scene.count(HOST, "Victim", "not: {childrenCount: {eq: 2}}") == {0}


def test_who_did_not_hold_the_case_searches_in_vain(
    ask: Ask, owner: psycopg.Connection[Any]
) -> None:
    """The shelter held it until the handover: the desk reads the name, and guesses none."""
    target = settle(owner, Facts(state="DOCUMENTS_READY", assigned=("TH-DATIP", None)))
    owner.execute(
        "update registry.return_case set holder = 'TH-SHELTER' where id = %s", (target.case,)
    )
    hand_over(owner, target.case)
    correct(owner, target)
    scene = Scene(ask, owner, target)
    assert {r["familyName"] for _, r in scene.records(HOST, "Victim", "familyName")} == {OLD}
    for name in (OLD, NEW):
        assert scene.count(HOST, "Victim", f"familyName: {{eq: {json.dumps(name)}}}") == {0}
    assert scene.count(HOST, "Victim", "familyName: {isNull: false}") == {1}


@pytest.mark.parametrize("way", ["ASC", "DESC"])
@pytest.mark.parametrize(
    ("entity", "field", "value"),
    [
        ("Victim", "childrenCount", 2),
        ("Victim", "gender", "Feminine"),
        ("ReturnCase", "state", "HANDED_OVER"),
        ("ReturnCase", "stateSince", (BEGAN + dt.timedelta(days=20)).strftime("%Y-%m-%dT%H")),
    ],
)
def test_the_listing_follows_what_it_shows(
    scene: Scene, entity: str, field: str, value: object, way: str
) -> None:
    (answer,) = scene.ask.through(HOST, [d.ordering(entity, field, way, scene.target)])
    records = list(answer.door.records(answer.data))
    values = [r[field] for r in records if r[field] is not None]
    assert values == sorted(values, reverse=way == "DESC")
    (mine,) = [r[field] for r in records if r["id"] == scene.target.id_of(entity)]
    assert mine == value or str(mine).startswith(str(value))


def test_pages_go_on_where_they_ended(scene: Scene) -> None:
    """A keyset over shown values: every record once, none twice."""
    for field in ("STATE_SINCE", "STATE"):
        seen: list[str] = []
        after = "null"
        while after:
            asked = (
                f"returnCases(first: 2, after: {after}, orderBy: [{{field: {field}}}])"
                " { edges { node { id } } pageInfo { hasNextPage endCursor } }"
            )
            page = scene.listed(HOST, asked)["data"]["returnCases"]
            seen += [edge["node"]["id"] for edge in page["edges"]]
            more = page["pageInfo"]
            after = json.dumps(more["endCursor"]) if more["hasNextPage"] else ""
        total = scene.listed(HOST, "returnCases { totalCount }")["data"]["returnCases"]
        assert len(seen) == len(set(seen)) == total["totalCount"]
        assert scene.target.case in seen


def test_the_case_as_it_was_and_feedback_as_it_is(scene: Scene) -> None:
    fields = ("state", "holder", "outcome", "feedbackCode", "handoverPlace")
    for name, record in scene.records(HOST, "ReturnCase", *fields):
        shown = [record[field] for field in fields]
        expected = ["HANDED_OVER", "TH-DATIP", None, "WELL", "ARANYAPRATHET_POIPET"]
        assert shown == expected, name
    now = {r["state"] for _, r in scene.records(ORIGIN, "ReturnCase", "state", "feedbackCode")}
    assert now == {"REINTEGRATING"}
    assert scene.count(HOST, "ReturnCase", 'feedbackCode: {eq: "WELL"}') == {1}


def test_no_limit_of_the_origin_is_the_hosts_to_watch(scene: Scene) -> None:
    """A month after it: the host's copy is of the hour in which the state was entered."""
    for name, record in scene.records(HOST, "ReturnCase", "overdue", "dueAt"):
        assert record["overdue"] is False, name
    assert scene.count(HOST, "ReturnCase", "overdue: {eq: true}") == {0}
    assert scene.count(HOST, "ReturnCase", "overdue: {eq: false}") == {1}
    ids = "first: 100) { edges { node { id } } }"
    mine = scene.listed(HOST, f"worklist({ids}")["data"]["worklist"]["edges"]
    assert scene.target.case not in {edge["node"]["id"] for edge in mine}


def test_how_often_the_origin_edited_is_not_told(scene: Scene) -> None:
    asked = "{ classVersions { dataClass version } }"
    old = scene.listed(HOST, f'node(id: "{scene.target.victim}") {{ ... on Victim {asked} }}')
    assert "IDENTITY" not in json.dumps(old)
    new = scene.listed(ORIGIN, f'node(id: "{scene.target.victim}") {{ ... on Victim {asked} }}')
    assert {"dataClass": "IDENTITY", "version": 2} in new["data"]["node"]["classVersions"]


def test_parts_of_the_host_and_none_of_the_origin(scene: Scene) -> None:
    asked = (
        "returnCase(id: $case) { transitions { totalCount edges { node { state } } }"
        " referrals { totalCount edges { node { id from details } } }"
        " assessments { edges { node { outcome report } } }"
        " followUps { totalCount edges { node { id feedbackCode } } } }"
    )
    case = scene.listed(SHELTER, asked)["data"]["returnCase"]
    states = [edge["node"]["state"] for edge in case["transitions"]["edges"]]
    assert "HANDED_OVER" in states
    assert not set(states) & {"IN_RECEPTION", "REINTEGRATING"}
    assert case["transitions"]["totalCount"] == len(states) == 9
    (referral,) = (edge["node"] for edge in case["referrals"]["edges"])
    assert (referral["id"], referral["details"]) == (scene.earlier, "as the host wrote it")
    (assessment,) = (edge["node"] for edge in case["assessments"]["edges"])
    assert assessment == {"outcome": "SUITABLE", "report": "a canary's report"}
    (visit,) = (edge["node"] for edge in case["followUps"]["edges"])
    assert visit == {"id": scene.visit, "feedbackCode": "WELL"}
    # by id too: what the origin wrote is not there
    for desk in (HOST, SHELTER):
        assert scene.listed(desk, f'node(id: "{scene.later}") {{ id }}')["data"] == {"node": None}


def test_nothing_that_the_origin_wrote_reaches_the_host(scene: Scene) -> None:
    asked = (
        "victims(first: 50) { edges { node { familyName gender homeProvince returnCases(first: 3)"
        " { edges { node { state referrals(first: 3) { edges { node { reason } } }"
        " assessments(first: 3) { edges { node { outcome } } } } } } } } }"
    )
    for desk in (HOST, SHELTER):
        said = json.dumps(scene.listed(desk, asked))
        assert OLD in said
        assert not [word for word in NEVER if word in said]


def test_police_and_inspectorate_read_the_frozen_part(scene: Scene) -> None:
    shells = scene.records(INSPECTOR, "ReturnCase", "state")
    assert shells
    assert {r["state"] for _, r in shells} == {"HANDED_OVER"}
    assert scene.records(POLICE, "Victim", "gender") == []  # never assigned to the police


def test_a_request_of_the_police_ends_with_the_handover(ask: Ask, owner: Any) -> None:
    """What rests on a consent or a formal request is no part of the host's own."""
    target = settle(owner, Facts(state="DOCUMENTS_READY", requested_by="TH-ATPD"))
    owner.execute(
        "insert into registry.assignment (id, case_id, agency_code, from_at)"
        " values (%s, %s, 'TH-ATPD', %s)",
        (str(uuid.uuid4()), target.case, BEGAN),
    )
    scene = Scene(ask, owner, target)
    assert {r["narrative"] for _, r in scene.records(POLICE, "Victim", "narrative")} != {None}
    hand_over(owner, target.case)
    correct(owner, target)
    for name, record in scene.records(POLICE, "Victim", "narrative", "gender"):
        assert (record["narrative"], record["gender"]) == (None, "Feminine"), name
        assert [w["reason"] for w in record["withheld"]] == ["STAGE"], name


def test_a_person_who_was_trafficked_again_is_shown_as_she_is(
    ask: Ask, owner: psycopg.Connection[Any]
) -> None:
    target = settle(owner, READY)
    hand_over(owner, target.case)
    correct(owner, target)
    scene = Scene(ask, owner, target)
    assert {r["familyName"] for _, r in scene.records(HOST, "Victim", "familyName")} == {OLD}
    again = str(uuid.uuid4())
    owner.execute(
        "insert into registry.return_case (id, victim_id, agreement_code, host, origin, state,"
        " main_rank, state_since, holder) values (%s, %s, 'TH-KH-2014', 'TH', 'KH', 'SCREENED', 1,"
        " %s, 'TH-DATIP')",
        (again, target.victim, BEGAN),
    )
    found = scene.records(HOST, "Victim", "familyName")
    assert {r["familyName"] for _, r in found} == {NEW}
    assert scene.count(HOST, "Victim", f"familyName: {{eq: {json.dumps(NEW)}}}") == {1}
    assert scene.count(HOST, "Victim", f"familyName: {{eq: {json.dumps(OLD)}}}") == {0}
    # the old case stays as it was, and whom the new one is not given to sees nothing of it
    assert {r["state"] for _, r in scene.records(HOST, "ReturnCase", "state")} == {"HANDED_OVER"}
    assert {r["familyName"] for _, r in scene.records(SHELTER, "Victim", "familyName")} == {OLD}


def test_of_two_handovers_the_newer_copy_is_shown(ask: Ask, owner: psycopg.Connection[Any]) -> None:
    target = settle(owner, READY)
    hand_over(owner, target.case)
    correct(owner, target)
    second = settle(owner, READY)
    owner.execute(
        "update registry.return_case set victim_id = %s where id = %s",
        (target.victim, second.case),
    )
    with owner.transaction():
        step(owner, second.case, "HANDED_OVER", "DOCUMENTS_READY", 40)
        owner.execute(
            "update registry.return_case set holder = 'KH-MOSVY' where id = %s", (second.case,)
        )
    owner.execute(
        "update registry.victim set family_name = 'Corrected again' where id = %s",
        (target.victim,),
    )
    scene = Scene(ask, owner, target)
    assert {r["familyName"] for _, r in scene.records(HOST, "Victim", "familyName")} == {NEW}
    assert scene.count(HOST, "Victim", f"familyName: {{eq: {json.dumps(NEW)}}}") == {1}


def test_a_case_without_copies_is_not_seen(ask: Ask, owner: psycopg.Connection[Any]) -> None:
    """Loaded as handed over, and nobody froze it: the host sees nothing, until the owner does."""
    target = load_closed(owner)
    scene = Scene(ask, owner, target)
    assert scene.records(HOST, "Victim", "familyName") == []
    assert scene.count(HOST, "Victim", "") == {0}
    owner.execute("select registry.freeze(%s)", (target.case,))
    assert {r["familyName"] for _, r in scene.records(HOST, "Victim", "familyName")} == {OLD}
    fields = ("state", "closingReason", "holder", "feedbackCode")
    shown = {tuple(r[f] for f in fields) for _, r in scene.records(HOST, "ReturnCase", *fields)}
    assert shown == {("HANDED_OVER", None, "TH-DATIP", "WELL")}


def test_the_decision_says_so_now_and_as_of_before(scene: Scene) -> None:
    for at in ("", f', asOf: "{scene.before}"'):
        for entity, record, field in (
            ("Victim", scene.target.victim, "familyName"),
            ("ReturnCase", scene.target.case, "state"),
            ("Referral", scene.earlier, "reason"),
        ):
            asked = f'explainAccess(id: "{record}", field: "{field}"{at})'
            said = scene.listed(HOST, f"{asked} {{ permitted sentence clause }}")
            (verdict,) = said["data"]["explainAccess"]
            assert verdict["permitted"], (entity, at)
            if not at:  # before the handover other clauses open it as well
                assert verdict["clause"] == "TH-LAW@1#rule 3"
                assert "as it stood in that hour" in verdict["sentence"]
    hidden = scene.listed(HOST, f'explainAccess(id: "{scene.later}") {{ permitted }}')
    assert hidden["data"] == {"explainAccess": []}
