"""C12: one person opens one case for one hour; the holder sees it, another person reviews it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from tests.compiler.registry import Made, Registry, add_case
from tests.law.asking import asked, person

OPEN = """mutation($case: ID!, $reason: String!) { openEmergency(caseId: $case, reason: $reason) {
  opened { id caseId clause until reviewBy } problems { code } accessRecord } }"""
REVIEW = """mutation($id: ID!, $finding: ReviewFinding!) {
  reviewEmergency(id: $id, finding: $finding) { opened { id } problems { code } } }"""
NAME = "query($id: ID!) { victim(id: $id) { familyName withheld { reason } } }"
LIST = """{ emergencyOpenings(filter: {reviewedAt: {isNull: true}}) { totalCount edges { node {
  id agency openedBy reason overdue finding returnCase { id } } } } }"""
REASON = "She is in hospital and her family must be found tonight"
WORKER = person("TH-SHELTER", "CASE_WORKER", "nurse", "RETURN")
COLLEAGUE = person("TH-SHELTER", "CASE_WORKER", "another", "RETURN")
HOLDER = person("TH-DATIP", "FOCAL_POINT", "desk", "RETURN")
AUDITOR = person("TH-AUDIT", "AUDITOR", "inspector", "AUDIT")
STRANGER = person("KH-MOSVY", "FOCAL_POINT", "phnom penh", "RETURN")


@pytest.fixture
def case(registry: Registry) -> Made:
    with psycopg.connect(registry.owner) as connection:
        made = add_case(connection, "KH", "TRACING", "Canary")
        add_case(connection, "KH", "TRACING", "Other")
        connection.commit()
    return made


def _open(registry: Registry, case: str, who: Any = WORKER, reason: str = REASON) -> Any:
    answer = asked(registry, who, OPEN, case=case, reason=reason)
    return answer["data"]["openEmergency"]


def _name(registry: Registry, victim: str, who: Any) -> Any:
    found = asked(registry, who, NAME, id=victim)["data"]["victim"]
    return found and found["familyName"]


def test_it_opens_one_case_to_one_person(registry: Registry, case: Made) -> None:
    assert _name(registry, case.victim, WORKER) is None
    done = _open(registry, case.case)
    assert done["problems"] == []
    assert done["opened"]["caseId"] == case.case
    assert done["opened"]["clause"].endswith("#rule 23")
    assert _name(registry, case.victim, WORKER) == "Canary"
    for other in (COLLEAGUE, person("TH-DATIP", "CASE_WORKER", "nurse", "RETURN")):
        assert _name(registry, case.victim, other) is None
    everyone = asked(registry, WORKER, "{ victims { edges { node { familyName } } } }")
    assert [e["node"] for e in everyone["data"]["victims"]["edges"]] == [{"familyName": "Canary"}]


def test_what_it_showed_is_on_record_under_its_clause(registry: Registry, case: Made) -> None:
    _open(registry, case.case)
    answer = asked(registry, WORKER, NAME, id=case.victim)
    (leaf,) = registry.leaves(answer["extensions"]["accessRecord"])
    (shown,) = leaf["disclosures"]
    assert shown["clause"].endswith("#rule 23")
    assert shown["fields"] == ["Victim.familyName"]


def test_after_an_hour_it_is_closed(registry: Registry, case: Made) -> None:
    _open(registry, case.case)
    _age(registry, "61 minutes")
    assert _name(registry, case.victim, WORKER) is None


def test_the_opening_is_a_leaf_without_its_reason(registry: Registry, case: Made) -> None:
    done = _open(registry, case.case)
    (leaf,) = registry.leaves(done["accessRecord"])
    assert (leaf["kind"], leaf["act"]["to"], leaf["pair"]) == ("EMERGENCY", "OPENED", "KH-TH")
    assert leaf["act"]["subject"] == done["opened"]["id"]
    assert "hospital" not in str(leaf)


def test_the_holder_is_told_at_once_and_others_are_not(registry: Registry, case: Made) -> None:
    done = _open(registry, case.case)
    for who in (HOLDER, AUDITOR):
        found = asked(registry, who, LIST)["data"]["emergencyOpenings"]
        (edge,) = found["edges"]
        assert edge["node"]["id"] == done["opened"]["id"]
        assert (edge["node"]["reason"], edge["node"]["openedBy"]) == (REASON, "nurse")
        assert edge["node"]["overdue"] is False
    hidden = asked(registry, STRANGER, "{ emergencyOpenings { totalCount } }")
    assert hidden["data"]["emergencyOpenings"]["totalCount"] == 0


def test_a_second_person_reviews_it_and_overdue_ones_stand_out(
    registry: Registry, case: Made
) -> None:
    opened = _open(registry, case.case)["opened"]["id"]
    _age(registry, "73 hours")
    (edge,) = asked(registry, HOLDER, LIST)["data"]["emergencyOpenings"]["edges"]
    assert edge["node"]["overdue"] is True

    def review(who: Any) -> Any:
        answer = asked(registry, who, REVIEW, id=opened, finding="NOT_JUSTIFIED")
        return answer["data"] and [p["code"] for p in answer["data"]["reviewEmergency"]["problems"]]

    assert review(WORKER) is None  # no role of a reviewer
    assert review(person("TH-DATIP", "FOCAL_POINT", "nurse", "RETURN")) == ["SAME_PERSON"]
    assert review(STRANGER) == ["UNKNOWN_OPENING"]
    assert review(HOLDER) == []
    assert review(AUDITOR) == ["ALREADY_REVIEWED"]
    left = asked(registry, HOLDER, LIST)["data"]["emergencyOpenings"]["totalCount"]
    assert left == 0


def test_what_cannot_be_opened_looks_like_what_is_not_there(registry: Registry, case: Made) -> None:
    missing = _open(registry, str(uuid.uuid4()))
    assert missing["problems"] == [{"code": "NOT_POSSIBLE"}]
    assert _open(registry, case.case, STRANGER) == missing
    officer = person("TH-PSDHS", "TRACING_OFFICER", "officer", "RETURN")
    assert _open(registry, case.case, officer) == missing
    with psycopg.connect(registry.owner) as connection:
        handed = add_case(connection, "LA", "RETURN_PLANNED", "Handed")
        connection.execute("set session_replication_role = replica")
        connection.execute(
            "update registry.return_case set state = 'HANDED_OVER', main_rank = 9 where id = %s",
            (handed.case,),
        )
        connection.commit()
    assert _open(registry, handed.case) == missing


@pytest.mark.parametrize("reason", ["", "help", " " * 30, "x" * 2001])
def test_it_takes_a_reason(registry: Registry, case: Made, reason: str) -> None:
    done = _open(registry, case.case, reason=reason)
    assert done["problems"] == [{"code": "REASON_NEEDED"}]
    assert _name(registry, case.victim, WORKER) is None


def test_it_is_opened_once_at_a_time(registry: Registry, case: Made) -> None:
    assert _open(registry, case.case)["problems"] == []
    assert _open(registry, case.case)["problems"] == [{"code": "ALREADY_OPEN"}]


def test_a_narrowed_token_opens_none_of_the_others(registry: Registry, case: Made) -> None:
    narrowed = replace(WORKER, cases=(str(uuid.uuid4()),))
    assert _open(registry, case.case, narrowed)["problems"] == [{"code": "NOT_POSSIBLE"}]
    assert _open(registry, case.case, replace(WORKER, cases=(case.case,)))["problems"] == []


def _age(registry: Registry, by: str) -> None:
    with psycopg.connect(registry.owner) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(
            "update registry.emergency_opening set opened_at = opened_at - %s::interval,"
            " until_at = until_at - %s::interval",
            (by, by),
        )
