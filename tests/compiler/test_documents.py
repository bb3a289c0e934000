"""All of the query language, one statement: aliases, fragments, directives, cursors, bounds."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from tests.compiler.registry import Made, Registry, add_case, caller

CANARY = "a canary no answer may hold"


@pytest.fixture(scope="module")
def made(registry: Registry) -> list[Made]:
    with psycopg.connect(registry.owner) as connection:
        return [add_case(connection, "KH", "TRACING", f"Name{i}") for i in range(5)]


def ask(registry: Registry, query: str, **variables: object) -> dict[str, Any]:
    return asyncio.run(registry.ask(query, caller("KH-MOSVY"), "TRACING", None, **variables))


def code(answer: dict[str, Any]) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


def test_an_alias_named_like_the_row_is_only_a_key(registry: Registry, made: list[Made]) -> None:
    query = "query($i: ID!) { x: victim(id: $i) { x: id id: familyName u: gender p: __typename } }"
    answer = ask(registry, query, i=made[0].victim)
    assert answer["data"]["x"] == {
        "x": made[0].victim,
        "id": "Name0",
        "u": "Feminine",
        "p": "Victim",
    }
    assert registry.disclosed(answer["extensions"]["accessRecord"]) == {
        (made[0].victim, "Victim.familyName"),
        (made[0].victim, "Victim.gender"),
    }


def test_keys_longer_than_a_column_name_stay_apart(registry: Registry, made: list[Made]) -> None:
    long = "k" * 70
    query = f"query($i: ID!) {{ victim(id: $i) {{ {long}1: gender {long}2: familyName }} }}"
    answer = ask(registry, query, i=made[0].victim)
    assert answer["data"]["victim"] == {f"{long}1": "Feminine", f"{long}2": "Name0"}


def test_a_skipped_field_is_neither_shown_nor_recorded(
    registry: Registry, made: list[Made]
) -> None:
    query = """query($i: ID!, $show: Boolean!) { victim(id: $i) {
        gender familyName @include(if: $show) narrative @skip(if: true) } }"""
    without = ask(registry, query, i=made[0].victim, show=False)
    assert without["data"]["victim"] == {"gender": "Feminine"}
    assert "errors" not in without
    assert registry.disclosed(without["extensions"]["accessRecord"]) == {
        (made[0].victim, "Victim.gender")
    }
    given = ask(registry, query, i=made[0].victim, show=True)
    assert given["data"]["victim"] == {"gender": "Feminine", "familyName": "Name0"}


def test_fragments_and_interfaces_show_the_same_cells(registry: Registry, made: list[Made]) -> None:
    query = """query($i: ID!) { node(id: $i) { ...A } a: victim(id: $i) { familyName narrative } }
        fragment A on Record { id ... on Victim { ...B } ... on ReturnCase { state } }
        fragment B on Victim { familyName narrative }"""
    answer = ask(registry, query, i=made[0].victim)
    assert answer["data"]["node"] == {"id": made[0].victim, **answer["data"]["a"]}
    assert answer["data"]["a"] == {"familyName": "Name0", "narrative": None}
    assert CANARY not in str(answer)


def test_entities_keep_the_order_of_the_question(registry: Registry, made: list[Made]) -> None:
    query = """query($r: [_Any!]!) { _entities(representations: $r) {
        __typename ... on Victim { id } ... on ReturnCase { state } } }"""
    representations = [
        {"__typename": "ReturnCase", "id": made[1].case, "state": "a lie"},
        {"__typename": "Victim", "id": "no id"},
        {"__typename": "Victim", "id": made[0].case},
        {"__typename": "Victim", "id": made[0].victim},
    ]
    answer = ask(registry, query, r=representations)
    assert answer["data"]["_entities"] == [
        {"__typename": "ReturnCase", "state": "TRACING"},
        None,
        None,
        {"__typename": "Victim", "id": made[0].victim},
    ]


def test_a_page_goes_on_where_its_cursor_says(registry: Registry, made: list[Made]) -> None:
    query = """query($after: String) { victims(first: 2, after: $after) {
        totalCount edges { node { id } } pageInfo { hasNextPage endCursor } } }"""
    seen: list[str] = []
    after = None
    for _ in range(10):
        page = ask(registry, query, after=after)["data"]["victims"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == page["totalCount"] >= 5
    other = asyncio.run(registry.ask(query, caller("LA-MLSW"), after=after))
    assert code(other) == "CURSOR_INVALID"


@pytest.mark.parametrize("op", ["eq", "in", "isNull"])
def test_an_operator_given_null_matches_nothing(
    registry: Registry, made: list[Made], op: str
) -> None:
    query = f"{{ victims(filter: {{gender: {{{op}: null}}}}) {{ totalCount }} }}"
    assert ask(registry, query)["data"]["victims"]["totalCount"] == 0


def test_the_row_fetched_to_learn_of_a_next_page_is_not_recorded(
    registry: Registry, made: list[Made]
) -> None:
    answer = ask(registry, "{ victims(first: 1) { edges { node { gender } } } }")
    assert len(registry.disclosed(answer["extensions"]["accessRecord"])) == 1


@pytest.mark.parametrize(
    "query",
    [
        '{ victims(filter: {narrative: {eq: "x"}}) { totalCount } }',
        "{ victims(filter: {not: {narrative: {isNull: true}}}) { edges { node { id } } } }",
        "{ returnCases(filter: {victim: {narrative: {isNull: true}}}) { totalCount } }",
    ],
)
def test_a_filter_on_a_refused_field_refuses_the_request(registry: Registry, query: str) -> None:
    answer = ask(registry, query)
    assert answer["data"] is None
    assert code(answer) == "FIELD_NOT_PERMITTED"
    (leaf,) = registry.leaves(answer["extensions"]["accessRecord"])
    assert (leaf["outcome"], leaf["disclosures"]) == ("REFUSED", [])
    assert leaf["searched"] == ["Victim.narrative"]


def test_a_refused_and_an_allowed_record_have_one_shape(
    registry: Registry, made: list[Made]
) -> None:
    refused = ask(registry, "{ victims(filter: {narrative: {isNull: true}}) { totalCount } }")
    allowed = ask(registry, "{ victims(first: 1) { edges { node { gender } } } }")
    (one,), (other,) = (
        registry.leaves(answer["extensions"]["accessRecord"]) for answer in (refused, allowed)
    )
    assert one.keys() == other.keys()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('{ victim(id: "\' or 1=1") { id } }', "BAD_USER_INPUT"),
        ("{ victims(first: 1001) { totalCount } }", "BAD_USER_INPUT"),
        ("{ victims(first: -1) { totalCount } }", "BAD_USER_INPUT"),
        ('{ victims(after: "nonsense") { totalCount } }', "CURSOR_INVALID"),
        ("{ victims", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { me { agency } } query B { me { agency } }", "BAD_USER_INPUT"),
        (
            "{victims(first: 100) {edges {node {returnCases(first: 100) {edges {node {id}}}}}}}",
            "COST_LIMIT",
        ),
    ],
)
def test_a_bad_request_has_a_code_and_no_data(
    registry: Registry, query: str, expected: str
) -> None:
    answer = ask(registry, query)
    assert code(answer) == expected
    assert "data" not in answer


def test_protected_data_needs_a_purpose_and_public_data_does_not(registry: Registry) -> None:
    who = caller("KH-MOSVY", purposes=("TRACING", "RETURN"))
    refused = asyncio.run(registry.ask("{ victims { totalCount } }", who, None))
    assert code(refused) == "PURPOSE_REQUIRED"
    public = asyncio.run(registry.ask("{ agreements { totalCount } me { agency } }", who, None))
    assert public["data"]["agreements"]["totalCount"] > 5
    assert public["data"]["me"] == {"agency": "KH-MOSVY"}
    assert "accessRecord" not in public["extensions"]


def test_one_document_has_one_text_whatever_its_values(registry: Registry) -> None:
    from resolvers.documents import Documents
    from resolvers.planning import plan_operation
    from schema.catalog import catalog
    from schema.sdl import graphql_schema

    document = Documents(graphql_schema()).get(
        "query($s: String) { a: returnCases(filter: {state: {eq: $s}}) { totalCount }"
        ' b: returnCases(filter: {state: {eq: "LITERAL"}}) { totalCount } }'
    )
    (operation,) = document.operations.values()
    plans = [
        plan_operation(graphql_schema(), catalog(), document, operation, {"s": value})
        for value in ("x", "'; drop table registry.victim; --")
    ]
    assert plans[0] == plans[1]
