"""What three agencies see of the same cases, and what the ledger says that they saw."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from dataclasses import dataclass

import psycopg
import pytest
import rfc8785

from tests.compiler.registry import Made, Registry, add_case, caller, state_consent

DESK = """
query Desk($first: Int!) {
  returnCases(first: $first, orderBy: [{ field: STATE_SINCE, direction: DESC }]) {
    edges { node { id state agreement { code }
      victim { id ageBand name: familyName narrative withheld { field reason clause } } } } } }
"""
NINE = "TH-KH-2014@3#art. 9(2)"


@dataclass(frozen=True, slots=True)
class Cases:
    shown: Made
    minor: Made
    early: Made
    hidden: Made
    lao: Made


@pytest.fixture(scope="module")
def cases(registry: Registry) -> Cases:
    with psycopg.connect(registry.owner) as connection:
        return Cases(
            shown=add_case(connection, "KH", "TRACING", "សុខ", age=19),
            minor=add_case(connection, "KH", "TRACING_REQUESTED", "Dara", age=15),
            early=add_case(connection, "KH", "NOTIFIED", "Vanna", age=25),
            hidden=add_case(connection, "KH", "IDENTIFIED", "Sreymom"),
            lao=add_case(connection, "LA", "TRACING", "ສົມ"),
        )


def test_the_example_is_answered_as_it_is_written(registry: Registry, cases: Cases) -> None:
    answer = asyncio.run(registry.ask(DESK, caller("KH-MOSVY"), first=4))
    nodes = [edge["node"] for edge in answer["data"]["returnCases"]["edges"]]
    assert [node["id"] for node in nodes] == [
        cases.shown.case,
        cases.minor.case,
        cases.early.case,
    ]
    assert nodes[0] == {
        "id": cases.shown.case,
        "state": "TRACING",
        "agreement": {"code": "TH-KH-2014"},
        "victim": {
            "id": cases.shown.victim,
            "ageBand": "18-20",
            "name": "សុខ",
            "narrative": None,
            "withheld": [],
        },
    }
    assert [node["victim"]["withheld"] for node in nodes[1:]] == [
        [{"field": "familyName", "reason": "MINOR", "clause": NINE}],
        [{"field": "familyName", "reason": "STAGE", "clause": NINE}],
    ]
    assert answer["errors"] == [
        {
            "message": "`Victim.narrative` is not permitted to `KH-MOSVY` for TRACING",
            "path": ["returnCases", "edges", "@", "node", "victim", "narrative"],
            "extensions": {
                "code": "FIELD_NOT_PERMITTED",
                "field": "Victim.narrative",
                "reason": "CLASS",
                "clauses": ["TH-KH-SOP-2022@1#sec. 4"],
            },
        }
    ]
    assert answer["extensions"]["withheld"] == {
        "returnCases.edges.@.node.victim.name": {"MINOR": 1, "STAGE": 1}
    }
    assert answer["extensions"]["cost"] == {"requested": 61, "limit": 5000}


def test_the_record_of_the_example_is_its_line(registry: Registry, cases: Cases) -> None:
    answer = asyncio.run(registry.ask(DESK, caller("KH-MOSVY"), first=4))
    record = answer["extensions"]["accessRecord"]
    (leaf,) = registry.leaves(record)
    assert leaf["disclosures"] == [
        {
            "clause": "TH-KH-2014@3#art. 5(1)",
            "fields": ["Victim.ageBand"],
            "records": sorted([cases.shown.victim, cases.minor.victim, cases.early.victim]),
        },
        {
            "clause": "TH-KH-2014@3#art. 5(2)",
            "fields": ["ReturnCase.state"],
            "records": sorted([cases.shown.case, cases.minor.case, cases.early.case]),
        },
        {"clause": NINE, "fields": ["Victim.familyName"], "records": [cases.shown.victim]},
    ]
    assert leaf["searched"] == ["ReturnCase.stateSince"]
    assert leaf["refusals"] == [{"field": "Victim.narrative", "reason": "CLASS"}]
    assert leaf["withheld"] == [
        {"field": "Victim.familyName", "reason": "MINOR", "count": 1},
        {"field": "Victim.familyName", "reason": "STAGE", "count": 1},
    ]
    assert (leaf["pair"], leaf["protocols"], leaf["outcome"]) == (
        "KH-TH",
        ["TH-KH-2014@3"],
        "DISCLOSED",
    )


def test_a_leaf_is_canonical_json(registry: Registry, cases: Cases) -> None:
    answer = asyncio.run(registry.ask(DESK, caller("TH-DATIP"), first=9))
    record = answer["extensions"]["accessRecord"]
    with psycopg.connect(registry.owner) as connection:
        rows = connection.execute(
            "select body from ledger.access_leaf where record_id = %s", (record,)
        ).fetchall()
    leaves = registry.leaves(record)
    assert len(rows) >= 2
    for (body,), leaf in zip(rows, leaves, strict=True):
        assert body.encode() == rfc8785.dumps(leaf)


def test_each_pair_of_countries_has_its_own_leaf(registry: Registry, cases: Cases) -> None:
    answer = asyncio.run(registry.ask(DESK, caller("TH-DATIP"), first=9))
    leaves = {leaf["pair"]: leaf for leaf in registry.leaves(answer["extensions"]["accessRecord"])}
    shown = {
        pair: {r for e in leaf["disclosures"] for r in e["records"]}
        for pair, leaf in leaves.items()
    }
    assert cases.lao.case in shown["LA-TH"]
    assert cases.shown.case in shown["KH-TH"]
    # the origin may not know yet: the access is the host's own affair
    assert cases.hidden.case in shown["TH"]
    assert cases.hidden.case not in shown["KH-TH"]


@pytest.mark.parametrize("agency", ["LA-MLSW", "VN-MPS", "KH-MOSVY", "TH-DATIP"])
def test_a_hidden_record_is_like_none(registry: Registry, cases: Cases, agency: str) -> None:
    who = caller(agency)
    query = "query($id: ID!) { victim(id: $id) { id familyName } node(id: $id) { id } }"
    missing = asyncio.run(registry.ask(query, who, id=str(uuid.uuid4())))
    asked = asyncio.run(registry.ask(query, who, id=cases.hidden.victim))
    missing["extensions"]["accessRecord"] = asked["extensions"]["accessRecord"] = "masked"
    assert (asked == missing) is (agency != "TH-DATIP")


def test_what_was_shown_is_what_the_record_says(registry: Registry, cases: Cases) -> None:
    query = """{ victims(first: 9) { edges { node { id familyName gender
      returnCases(first: 3) { edges { node { id state host
        consents(first: 5) { edges { node { id purpose } } } } } }
    } } } }"""
    for agency in ("KH-MOSVY", "LA-MLSW", "TH-DATIP"):
        answer = asyncio.run(registry.ask(query, caller(agency)))
        shown: set[tuple[str, str]] = set()
        names: set[str] = set()
        for edge in answer["data"]["victims"]["edges"]:
            victim = edge["node"]
            names.add(victim["familyName"])
            shown |= {
                (victim["id"], f"Victim.{name}")
                for name in ("familyName", "gender")
                if victim[name] is not None
            }
            for inner in victim["returnCases"]["edges"]:
                case = inner["node"]
                shown |= {
                    (case["id"], f"ReturnCase.{name}")
                    for name in ("state", "host")
                    if case[name] is not None
                }
                for last in case["consents"]["edges"]:
                    shown.add((last["node"]["id"], "Consent.purpose"))
        assert names
        assert registry.disclosed(answer["extensions"]["accessRecord"]) == shown


def test_a_withdrawal_bites_at_the_next_request(registry: Registry) -> None:
    with psycopg.connect(registry.owner) as connection:
        made = add_case(connection, "KH", "TRACING", "Bopha")
    query = "query($id: ID!) { victim(id: $id) { familyName withheld { reason } } }"
    before = asyncio.run(registry.ask(query, caller("KH-MOSVY"), id=made.victim))
    assert before["data"]["victim"]["familyName"] == "Bopha"
    with psycopg.connect(registry.owner) as connection:
        now = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        state_consent(connection, made.case, "TRACING", "WITHDRAWN", [], now)
    after = asyncio.run(registry.ask(query, caller("KH-MOSVY"), id=made.victim))
    assert after["data"]["victim"]["familyName"] is None
    assert after["data"]["victim"]["withheld"][0]["reason"] in {"CONSENT", "WITHHELD"}


def test_an_objection_hides_the_person_from_origin(registry: Registry) -> None:
    with psycopg.connect(registry.owner) as connection:
        made = add_case(connection, "KH", "TRACING", "Chanthy")
        state_consent(
            connection, made.case, "NOTIFICATION", "REFUSED", ["KH"], dt.datetime.now(dt.UTC)
        )
    query = "query($id: ID!) { victim(id: $id) { id } }"
    answer = asyncio.run(registry.ask(query, caller("KH-MOSVY"), id=made.victim))
    assert answer["data"]["victim"] is None


def test_a_record_asked_on_two_paths_by_its_id_alone_was_an_internal_error(
    registry: Registry, cases: Cases
) -> None:
    """22P02: the keys of both paths were read as one number. Found by a random document."""
    query = "{ one: victims { edges { node { id } } } two: victims { edges { node { id } } } }"
    answer = asyncio.run(registry.ask(query, caller("KH-MOSVY")))
    shown = {edge["node"]["id"] for edge in answer["data"]["one"]["edges"]}
    assert cases.shown.victim in shown
    recorded = registry.disclosed(answer["extensions"]["accessRecord"])
    assert recorded == {(record, "Victim.id") for record in shown}


@pytest.mark.parametrize(
    ("agency", "first", "limit"),
    [
        pytest.param("TH-DATIP", 100, 5_000, id="an ordinary page has the ordinary limit"),
        pytest.param("TH-DATIP", 1_000, 100_000, id="a long page where a grant says bulk"),
        pytest.param("TH-DATIP", 1_001, None, id="longer than any page"),
        pytest.param("KH-POSVY", 101, None, id="a long page without such a grant"),
    ],
)
def test_long_pages_are_for_those_whose_grant_says_bulk(
    registry: Registry, agency: str, first: int, limit: int | None
) -> None:
    role = "FOCAL_POINT" if agency == "TH-DATIP" else "TRACING_OFFICER"
    query = "query($n: Int) { returnCases(first: $n) { edges { node { id state } } } }"
    answer = asyncio.run(registry.ask(query, caller(agency, role), n=first))
    if limit is None:
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert "data" not in answer
    else:
        assert answer["extensions"]["cost"]["limit"] == limit
