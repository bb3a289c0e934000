"""What was found by holding answers against their records, each by the name of its defect."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

import pytest

from authz.caller import Caller
from tests.exact.ground import AUDITORS, HOST, STEWARD, WORKER, Ground
from tests.exact.judging import hold
from tests.exact.walker import ACCESS_FILTER

OPEN = """mutation($c: ID!) { openEmergency(caseId: $c, reason: "she must be found tonight") {
  opened { id } problems { code } accessRecord } }"""


@pytest.mark.parametrize("name", sorted(set(ACCESS_FILTER) - {"id"}))
def test_a_search_among_access_records_was_not_searched(ground: Ground, name: str) -> None:
    """Who finds a record by its purpose has read its purpose."""
    value = {
        "recordId": ground.targets[0].case,
        "personId": ground.targets[0].victim,
        "afterWithdrawal": True,
        "afterObjection": True,
        "from": "2026-01-01T00:00:00Z",
        "to": "2126-01-01T00:00:00Z",
    }.get(name, "TRACING")
    # as a filter's literal, so that the walker reads it from the document
    text = f"{{ accessRecords(filter: {{ {name}: {json.dumps(value)} }}) {{ totalCount }} }}"
    asked = ground.ask(AUDITORS["TH"], text)
    (leaf,) = asked.leaves
    assert set(leaf["searched"]) >= {each for each in ACCESS_FILTER[name] if "Access" in each}
    assert leaf["searched"] == asked.searched != []


def test_a_search_by_who_may_read_no_access_record_was_answered(ground: Ground) -> None:
    """It is refused like any search on a field that is refused throughout."""
    asked = ground.ask(STEWARD, '{ accessRecords(filter: {agency: "TH-DATIP"}) { totalCount } }')
    (error,) = asked.body["errors"]
    assert (asked.body["data"], error["extensions"]["field"]) == (None, "AccessRecord.caller")
    assert asked.leaves[0]["outcome"] == "REFUSED"


def test_an_act_that_was_not_done_left_nothing(ground: Ground) -> None:
    """Whoever tries doors is on record, and learns no more by it: both look alike."""
    told = []
    narrowed = replace(WORKER, cases=(str(uuid.uuid4()),))
    for case in (str(uuid.uuid4()), ground.targets[6].case):
        asked = ground.ask(narrowed, OPEN, c=case)
        payload = asked.body["data"]["openEmergency"]
        assert payload["opened"] is None
        assert payload["accessRecord"] is None
        (leaf,) = asked.leaves
        assert (leaf["kind"], leaf["outcome"], leaf["pair"]) == ("ACCESS", "DISCLOSED", "")
        assert asked.disclosed == set()
        told.append((payload, {k: v for k, v in leaf.items() if k not in ("id", "at", "salt")}))
    assert told[0] == told[1]


def test_a_payload_showed_an_opening_that_no_record_had(ground: Ground) -> None:
    asked = ground.ask(replace(WORKER, subject="a payload"), OPEN, c=ground.targets[0].case)
    opened = asked.body["data"]["openEmergency"]["opened"]["id"]
    assert asked.disclosed == {(opened, "EmergencyOpening.id")}
    hold(asked)


def test_a_cursor_of_another_record_failed_without_a_trace(ground: Ground) -> None:
    """What was read for it was rolled back; that it was asked stays."""
    page = "returnCases(first: 1%s) { pageInfo { endCursor } edges { node { state } } }"
    query = "query Foreign($i: ID!) { victim(id: $i) { " + page + " } }"
    mine, other = ground.targets[0].victim, ground.targets[1].victim
    found = ground.body(HOST, query % "", i=mine)["data"]["victim"]["returnCases"]
    cursor = found["pageInfo"]["endCursor"]
    before = ground.written()
    body = ground.body(HOST, query % f', after: "{cursor}"', i=other)
    assert body["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"
    (record,) = ground.written() - before
    (leaf,) = map(json.loads, ground.lines(record))
    assert (leaf["outcome"], leaf["disclosures"], leaf["operation"]["name"]) == (
        "ERROR",
        [],
        "Foreign",
    )


def test_an_edge_without_its_node_is_a_record_shown(ground: Ground) -> None:
    """Not a defect, and easily one: the row is there, and its cursor says so."""
    whole = ground.ask(HOST, "{ returnCases(first: 3) { edges { node { id } } } }")
    edges = ground.ask(HOST, "{ returnCases(first: 3) { edges { cursor } } }")
    assert len(edges.body["data"]["returnCases"]["edges"]) == 3
    assert edges.disclosed == whole.disclosed
    assert {name for _, name in edges.disclosed} == {"ReturnCase.id"}
    counted = ground.ask(HOST, "{ returnCases(first: 3) { totalCount pageInfo { hasNextPage } } }")
    assert counted.disclosed == set()


@pytest.mark.parametrize("who", [HOST, AUDITORS["TH"]], ids=["explain", "who"])
def test_a_question_refused_after_reading_had_shown_what_it_read(
    ground: Ground, who: Caller
) -> None:
    """The type of a record, and so whether it has such a field, is known once it was read."""
    case = ground.targets[5].case
    root = f'(id: "{case}", field: "nothing") {{ permitted }}'
    query = f"{{ whoCanSee{root} }}"
    if who is HOST:
        query = f"{{ explainAccess{root} victims {{ edges {{ node {{ familyName }} }} }} }}"
    before = ground.written()
    body = ground.body(who, query)
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" not in body
    (record,) = ground.written() - before
    (leaf,) = map(json.loads, ground.lines(record))
    assert (leaf["outcome"], leaf["disclosures"]) == ("ERROR", [])
