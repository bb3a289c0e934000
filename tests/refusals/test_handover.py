"""After the handover: the host's desk sees what it wrote, as it stood then, through every door."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import pytest

from schema.codes import MAIN_STATES
from tests.refusals import doors as d
from tests.refusals.asking import Answered, Ask, Desk
from tests.refusals.facts import BEGAN, VALUES, Facts, Target, settle

HOST: Final = Desk("TH-DATIP", "FOCAL_POINT", "TRACING")
SHELTER: Final = Desk("TH-SHELTER", "CASE_WORKER", "REINTEGRATION")
POLICE: Final = Desk("TH-ATPD", "INVESTIGATOR", "PROSECUTION")
INSPECTOR: Final = Desk("TH-AUDIT", "AUDITOR", "AUDIT")
ORIGIN: Final = Desk("KH-MOSVY", "FOCAL_POINT", "REINTEGRATION")
READY: Final = Facts(state="DOCUMENTS_READY", assigned=("TH-SHELTER", None), planned_in=0)
OLD: Final = str(VALUES["family_name"])
NEW: Final = "Corrected by the origin"
NEVER: Final = {NEW, "Kampot", "a new report", "NonConforming", "REINTEGRATING"}
"""What the origin wrote and no host may read."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A case that was handed over, and what either side wrote of it."""

    ask: Ask
    owner: psycopg.Connection[Any]
    target: Target
    before: str = ""
    """An instant before the handover."""
    earlier: str = ""
    """A referral of the host."""
    later: str = ""
    """A referral of the origin."""
    visit: str = ""

    def records(self, desk: Desk, entity: str, *fields: str) -> list[tuple[str, dict[str, Any]]]:
        """The record at every door, by the door's name."""
        found = []
        one = self.target.id_of(entity)
        for answer in self.ask.through(desk, d.reading(entity, fields, self.target)):
            assert "errors" not in answer.body, answer.body
            found += [
                (answer.door.name, each)
                for each in answer.door.records(answer.data)
                if each["id"] == one
            ]
        return found

    def count(self, desk: Desk, entity: str, test: str) -> set[int]:
        """How many meet the filter, at every door that counts."""
        answers = self.ask.through(desk, d.counting(entity, self.target, test))
        return {_total(answer) for answer in answers}

    def listed(self, desk: Desk, selections: str) -> dict[str, Any]:
        """The person's case, with these selections, on a way to her."""
        door = d.Door("asked", f"{{ {selections} }}", (), self.target, "ReturnCase")
        (answer,) = self.ask.through(desk, [door])
        assert "errors" not in answer.body, answer.body
        found: dict[str, Any] = answer.body
        return found


def _total(answer: Answered) -> int:
    assert "errors" not in answer.body, answer.body
    (connection,) = list(answer.door.records(answer.data)) or [{"totalCount": 0}]
    found: int = connection["totalCount"]
    return found


@pytest.fixture(scope="module")
def owner(ask: Ask) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(ask.registry.owner, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def scene(ask: Ask, owner: psycopg.Connection[Any]) -> Scene:
    target = settle(owner, READY)
    earlier = _refer(owner, target.case, "TH-DATIP", "TH-SHELTER", "as the host wrote it")
    before = str(owner.execute("select clock_timestamp()").fetchall()[0][0].isoformat())
    hand_over(owner, target.case)
    later = _refer(owner, target.case, "KH-MOSVY", "NGO-CWCC", "a new report")
    correct(owner, target)
    owner.execute("update registry.referral set details = 'a new report' where id = %s", (earlier,))
    visit = str(uuid.uuid4())
    owner.execute(
        "insert into registry.follow_up (id, case_id, visited_on, month, notes, feedback_code,"
        " feedback_on) values (%s, %s, current_date, 1, 'a new report', 'WELL', current_date)",
        (visit, target.case),
    )
    return Scene(ask, owner, target, before, earlier, later, visit)


def step(owner: psycopg.Connection[Any], case: str, state: str, before: str, day: int) -> None:
    """One transition more, so many days after the case began."""
    owner.execute(
        "insert into registry.transition (id, case_id, state, at, from_state, actor_agency)"
        " values (%s, %s, %s, %s, %s, 'KH-MOSVY')",
        (str(uuid.uuid4()), case, state, BEGAN + dt.timedelta(days=day), before),
    )


def hand_over(owner: psycopg.Connection[Any], case: str) -> None:
    """The transition, then the custody: in one transaction."""
    with owner.transaction():
        step(owner, case, "HANDED_OVER", "DOCUMENTS_READY", 20)
        owner.execute("update registry.return_case set holder = 'KH-MOSVY' where id = %s", (case,))


def correct(owner: psycopg.Connection[Any], target: Target) -> None:
    """What the origin writes afterwards."""
    owner.execute(
        "update registry.victim set family_name = %s, home_province = 'Kampot', children_count = 3,"
        " gender = 'NonConforming', care_needs = '{WHEELCHAIR}' where id = %s",
        (NEW, target.victim),
    )
    step(owner, target.case, "IN_RECEPTION", "HANDED_OVER", 21)
    step(owner, target.case, "REINTEGRATING", "IN_RECEPTION", 22)
    owner.execute(
        "update registry.return_case set feedback_code = 'WELL', feedback_on = current_date,"
        " outcome = 'ReturnedHome', reintegration_plan = 'a new report' where id = %s",
        (target.case,),
    )
    owner.execute(
        "update registry.assessment set outcome = 'UNSUITABLE', report = 'a new report'"
        " where id = %s",
        (target.id_of("Assessment"),),
    )


def _refer(owner: psycopg.Connection[Any], case: str, sender: str, to: str, details: str) -> str:
    made = str(uuid.uuid4())
    owner.execute(
        "insert into registry.referral (id, case_id, from_agency, to_agency, state, details)"
        " values (%s, %s, %s, %s, 'OPEN', %s)",
        (made, case, sender, to, details),
    )
    return made


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


def load_closed(owner: psycopg.Connection[Any]) -> Target:
    """A case as a bulk load brings it in: in its present state, its history beside it."""
    target = settle(owner, Facts(agreement=None, state="SCREENED"))
    case = str(uuid.uuid4())
    owner.execute(
        "insert into registry.return_case (id, victim_id, host, origin, state, main_rank,"
        " state_since, handed_over_at, holder, closing_reason, feedback_code) values (%s, %s, 'TH',"
        " 'KH', 'CLOSED', 13, %s, %s, 'KH-MOSVY', 'REINTEGRATED', 'WELL')",
        (case, target.victim, BEGAN + dt.timedelta(days=12), BEGAN + dt.timedelta(days=8)),
    )
    before = None
    for day, state in enumerate(MAIN_STATES):
        owner.execute(
            "insert into registry.transition (id, case_id, state, at, from_state, actor_agency)"
            " values (%s, %s, %s, %s, %s, 'TH-DATIP')",
            (str(uuid.uuid4()), case, state, BEGAN + dt.timedelta(days=day), before),
        )
        before = state
    owner.execute(
        "update registry.return_case set holder = 'KH-MOSVY' where id = %s", (target.case,)
    )
    return Target(case, target.victim, target.meeting, target.parts)


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
