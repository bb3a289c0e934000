"""Section 2: documents that are large, deep, ambiguous or say one thing under the name of another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx2
import pytest
from graphql import get_introspection_query

from tests.attacks.houses import AUDITOR, KH, LAO, SHELTER, House
from tests.attacks.words import (
    assert_denied,
    assert_dry,
    assert_house_dry,
    inert,
    written_down,
)
from tests.attacks.world import CASES, MEETING, OF_DESK, PEOPLE, canary

ID = PEOPLE["shown"].victim


@pytest.fixture(scope="module", autouse=True)
def _dry(house: House) -> Iterator[None]:
    yield
    assert_house_dry(house, may={KH: OF_DESK})


def test_G04_introspection_shows_what_the_schema_file_shows_to_everybody(house: House) -> None:
    sdl = httpx2.get(f"{house.served.url}/schema.graphql", timeout=20).text
    hidden = (
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ... on Query { __schema {"
        " types { name kind fields(includeDeprecated: true) { name } enumValues { name }"
        " inputFields { name } } } } }"
    )
    answers = [house.ask(hidden, desk).data for desk in (KH, LAO, SHELTER, AUDITOR)]
    assert all(answer == answers[0] for answer in answers)
    names = set(re.findall(r"\w+", sdl))
    builtin = {"Boolean", "Int", "String", "ID", "Float"}
    for each in answers[0]["__schema"]["types"]:
        if each["name"].startswith("__") or each["name"] in builtin:
            continue
        assert each["name"] in names
        for part in ("fields", "enumValues", "inputFields"):
            assert {found["name"] for found in each[part] or ()} <= names
    whole = [house.ask(get_introspection_query(), desk) for desk in (KH, AUDITOR)]
    assert whole[0].text == whole[1].text


def test_G04_a_misspelt_name_brings_no_suggestion(house: House) -> None:
    answers = [
        house.ask("{ victim(id: 1) { famlyName narative } }"),
        house.ask("{ victimz { totalCount } }"),
        house.ask("query($f: VictimFilterr) { victims(filter: $f) { totalCount } }"),
        house.ask("{ victims(filter: {famlyName: {eq: 1}}) { totalCount } }"),
        house.ask("query($f: VictimFilter) { victims(filter: $f) { totalCount } }", f={"famly": 1}),
    ]
    for answer in answers:
        assert answer.status == 400
        for told in ("Did you mean", "familyName", "narrative", "victims"):
            assert told not in answer.text.replace("victimz", "").replace("VictimFilterr", "")


def test_G05_no_operation_runs_but_by_a_post_of_json(house: House) -> None:
    query = "{ victims { totalCount } }"
    mutation = 'mutation { openEmergency(caseId: "x", reason: "x") { problems { code } } }'
    bearer = {"authorization": f"Bearer {house.token(KH)}", "saphan-purpose": "TRACING"}
    before = house.records()
    with inert(house), httpx2.Client(timeout=20, headers=bearer) as client:
        for text in (query, mutation):
            assert client.get(house.url, params={"query": text}).status_code == 405
            form = client.post(house.url, data={"query": text})
            assert form.status_code == 415
        parts = {"operations": (None, json.dumps({"query": mutation})), "map": (None, "{}")}
        assert client.post(house.url, files=parts).status_code == 415
        for kind in ("text/plain", "application/graphql", "text/plain; application/json"):
            sent = client.post(
                house.url,
                content=json.dumps({"query": query}).encode(),
                headers={"content-type": kind},
            )
            assert sent.status_code == 415
        for accept in ("multipart/mixed", "text/event-stream", "application/x-ndjson"):
            assert house.post(json.dumps({"query": query}).encode(), accept=accept).status == 406
    assert house.records() == before


@pytest.mark.parametrize(
    "document",
    [
        "{ victims { totalCount } ... @defer { me { agency } } }",
        "{ victims { edges @stream(initialCount: 0) { node { id } } } }",
        "subscription { victims { totalCount } }",
    ],
)
def test_G05_nothing_is_deferred_or_subscribed(house: House, document: str) -> None:
    answer = house.ask(document)
    assert (answer.status, set(answer.codes)) == (400, {"GRAPHQL_VALIDATION_FAILED"})


TWO = (
    "query Harmless { victims(first: 1) { edges { node { id } } } }"
    " query Other { victims(first: 1) { edges { node { ...D } } } }"
    " fragment D on Victim { diagnosis gender }"
)


def test_G06_only_the_named_operation_is_planned_judged_and_recorded(house: House) -> None:
    harmless = house.ask(TWO, operation="Harmless")
    assert harmless.errors == []
    assert {name for _, name in house.disclosed(harmless.record)} == {"Victim.id"}
    other = house.ask(TWO, operation="Other")
    assert_denied(other, "Victim.diagnosis", whole=False)
    assert {name for _, name in house.disclosed(other.record)} == {"Victim.gender"}
    assert {leaf["operation"]["name"] for leaf in house.leaves(other.record)} == {"Other"}
    before = house.records()
    for name in (None, "", "harmless", "Nobody", "D", "Harmless "):
        refused = house.ask(TWO, operation=name)
        assert (refused.status, refused.codes) == (400, ["BAD_USER_INPUT"])
    assert house.records() == before


FIELDS = "familyName homeVillage gender photo narrative withheld { field reason clause }"


@pytest.mark.parametrize("name", PEOPLE)
def test_G07_every_way_to_a_record_shows_the_same_cells(house: House, name: str) -> None:
    document = f"""query($i: ID!, $r: [_Any!]!) {{
      direct: victim(id: $i) {{ {FIELDS} }}
      node: node(id: $i) {{ ... on Node {{ ... on Victim {{ ...A }} }} }}
      record: node(id: $i) {{ ... on Record {{ ... on Victim {{ {FIELDS} }} }} }}
      union: _entities(representations: $r) {{ ... on Victim {{ {FIELDS} }} }} }}
      fragment A on Victim {{ ...B }} fragment B on Record {{ ...C }}
      fragment C on Victim {{ {FIELDS} }}"""
    victim = PEOPLE[name].victim
    asked = [{"__typename": "Victim", "id": victim}]
    data = house.ask(document, i=victim, r=asked).data
    # what is hidden is null on every way; a type that does not match is an object without fields
    assert data["node"] == data["record"] == data["union"][0] == data["direct"]


def test_G08_one_key_on_two_types_has_two_verdicts(house: House) -> None:
    document = """query($r: [_Any!]!) { _entities(representations: $r) {
      ... on Victim { key: familyName withheld { field } }
      ... on ReturnCase { key: plan withheld { field } }
      ... on Agreement { key: title withheld { field } } } }"""
    made = PEOPLE["shown"]
    asked = [{"__typename": "ReturnCase", "id": made.case}, {"__typename": "Victim", "id": ID}]
    for representations in (asked, asked[::-1]):
        answer = house.ask(document, r=representations)
        assert_denied(answer, "ReturnCase.plan", whole=False)
        assert len(answer.errors) == 1
        found = dict(
            zip(
                (each["__typename"] for each in representations),
                answer.data["_entities"],
                strict=True,
            )
        )
        assert found["ReturnCase"]["key"] is None
        assert found["Victim"]["key"] == canary("victim", "family_name", "shown")
        assert (ID, "Victim.familyName") in house.disclosed(answer.record)
        assert not {n for _, n in house.disclosed(answer.record) if n == "ReturnCase.plan"}


def test_G09_a_skipped_field_has_one_verdict_and_no_place_in_the_record(house: House) -> None:
    literal = "query($i: ID!) { victim(id: $i) { gender diagnosis @include(if: false) } }"
    variable = (
        "query($i: ID!, $s: Boolean!) { victim(id: $i) { gender diagnosis @include(if: $s) } }"
    )
    skipped = [house.ask(literal, i=ID), house.ask(variable, i=ID, s=False)]
    assert skipped[0].data == skipped[1].data
    assert skipped[0].errors == skipped[1].errors == []
    warm = house.ask(variable, i=ID, s=True)
    cold = house.ask(variable.replace("query(", "query Cold("), i=ID, s=True)
    assert (warm.data, warm.errors) == (cold.data, cold.errors)
    assert_denied(warm, "Victim.diagnosis", whole=False)
    again = house.ask(variable, i=ID, s=False)
    assert again.data == skipped[1].data
    for answer in (*skipped, again):
        assert house.disclosed(answer.record) == {(ID, "Victim.gender")}
        assert all(leaf["refusals"] == [] for leaf in house.leaves(answer.record))


def test_G11_aliases_are_judged_and_recorded_by_their_field(house: House) -> None:
    document = """query($i: ID!) { victim(id: $i) {
      id: familyName __typename: alias withheld: id select: gender ctid: id xmin: narrative
      row: identityNumber data: homeVillage errors: photo } }"""
    withdrawn, shown = PEOPLE["withdrawn"].victim, ID
    hidden = house.ask(document.replace("__typename: alias", "t: alias"), i=withdrawn)
    assert hidden.data["victim"]["id"] is None
    assert hidden.data["victim"]["withheld"] == withdrawn
    assert_denied(hidden, "Victim.narrative", whole=False)
    assert house.disclosed(hidden.record) == {(withdrawn, "Victim.gender")}
    seen = house.ask(document.replace("__typename: alias", "t: alias"), i=shown)
    assert seen.data["victim"]["id"] == canary("victim", "family_name", "shown")
    assert seen.data["victim"]["ctid"] == shown
    assert seen.data["victim"]["errors"] is None
    fields = ("familyName", "alias", "gender", "identityNumber", "homeVillage")
    assert house.disclosed(seen.record) == {(shown, f"Victim.{name}") for name in fields}
    # two underscores are the language's own: taken or refused, never the wrong value
    odd = house.ask(document, i=withdrawn)
    assert odd.status in {200, 400}
    assert_dry([odd.text])


def test_G12_each_alias_of_one_field_is_limited_judged_and_recorded_by_itself(
    house: House,
) -> None:
    document = """query($i: ID!) { victim(id: $i) {
      one: returnCases(first: 1) { totalCount edges { node { id state } } }
      none: returnCases(first: 0) { totalCount edges { node { id state } } }
      second: returnCases(filter: {state: {eq: "NOTIFIED"}}) { edges { node { holder } } }
      refused: returnCases(filter: {plan: {isNull: true}}) { totalCount } } }"""
    twice = PEOPLE["twice"].victim
    refused = house.ask(document, i=twice)
    assert_denied(refused, "ReturnCase.plan")
    allowed = house.ask(re.sub(r"refused: .*\} \}", "}}", document), i=twice)
    found = allowed.data["victim"]
    assert [len(found[key]["edges"]) for key in ("one", "none", "second")] == [1, 0, 1]
    assert found["one"]["totalCount"] == found["none"]["totalCount"] == 2
    first = found["one"]["edges"][0]["node"]["id"]
    shown = house.disclosed(allowed.record)
    assert (first, "ReturnCase.state") in shown
    assert (CASES["second"], "ReturnCase.holder") in shown
    assert {r for r, n in shown if n == "ReturnCase.state"} == {first}
    before = house.records()
    long = house.ask(
        "query($i: ID!) { victim(id: $i) { a: returnCases(first: 1001) { totalCount }"
        " b: returnCases(first: 1) { totalCount } } }",
        i=twice,
    )
    assert long.codes == ["BAD_USER_INPUT"]
    assert house.records() == before


def test_G07_a_meeting_leads_to_no_more_than_its_record(house: House) -> None:
    document = """query($i: ID!) { node(id: $i) { ... on BilateralContact { title minutes
      withheld { field reason } } } bilateralContact(id: $i) { title minutes
      withheld { field reason } } }"""
    answer = house.ask(document, i=MEETING)
    assert answer.data["node"] == answer.data["bilateralContact"]
    assert written_down(house)
