"""A refused value is told by its place and its rule, and is never repeated."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from resolvers.documents import choose_operation, read_document
from resolvers.errors import RequestRefused
from resolvers.inputs import coerce_variables
from resolvers.misfits import MOST, REFUSED_TEXT, place_of_text, where_of
from schema.sdl import graphql_schema

FILTER = "query($f: VictimFilter!) { victims(filter: $f) { totalCount } }"
DAY = "`Date` takes a day as a string YYYY-MM-DD of the common era, like 2026-11-23"
THAI_DAY = f"{DAY}; 2569 in Thai papers is 2026"
TEXT = "a text holds no U+0000, no U+E000 and no half of a surrogate pair"
UNKNOWN = "`VictimFilter` has no such field"


def refusal(query: str, variables: Mapping[str, Any]) -> RequestRefused:
    """The refusal of a document or of its variables."""
    schema = graphql_schema()
    try:
        document = read_document(schema, query)
        coerce_variables(schema, choose_operation(document, None), variables)
    except RequestRefused as refused:
        return refused
    raise AssertionError("it was taken")


def told(query: str, **variables: Any) -> list[tuple[str, str, str]]:
    """Code, place and rule of each error; the message says the two."""
    found = []
    for each in (fault.as_dict() for fault in refusal(query, variables).faults):
        extensions: Any = each["extensions"]
        where, rule = extensions.get("field", ""), extensions["rule"]
        subject = f"`{where}`" if where else "a value"
        assert each["message"] == f"{subject} is not accepted: {rule}"
        found.append((extensions["code"], where, rule))
    return found


@pytest.mark.parametrize(
    ("given", "where", "rule"),
    [
        ({"birthDate": {"eq": "2569-02-29"}}, "$f.birthDate.eq", THAI_DAY),
        ({"birthDate": {"eq": "12/04/2542"}}, "$f.birthDate.eq", THAI_DAY),
        ({"birthDate": {"eq": "12/04/1999"}}, "$f.birthDate.eq", DAY),
        ({"gender": {"in": ["a", 7777777]}}, "$f.gender.in.1", "it is of type `String`"),
        ({"or": [{}, {"gender": "Srey"}]}, "$f.or.1.gender", "it is an object `TextFilter`"),
        ({"gender": {"eq": "Sr\x00ey"}}, "$f.gender.eq", TEXT),
        (
            {"and": [{"homeProvince": {"in": ["a", "Sr\ue000ey"]}}]},
            "$f.and.0.homeProvince.in.1",
            TEXT,
        ),
        ({"gendr": {"eq": "Srey"}}, "$f.gendr", UNKNOWN),
        ({"her mother beats her": 1}, "$f", UNKNOWN),
        ({"a" * 65: 1}, "$f", UNKNOWN),
        ("Srey", "$f", "it is an object `VictimFilter`"),
        (None, "$f", "a value is needed"),
    ],
)
def test_a_variable_that_does_not_fit_names_place_and_rule(
    given: Any, where: str, rule: str
) -> None:
    assert told(FILTER, f=given) == [("BAD_USER_INPUT", where, rule)]


def test_a_variable_that_is_left_out_is_named() -> None:
    assert told(FILTER) == [("BAD_USER_INPUT", "$f", "a value is needed")]


def test_a_name_of_a_variable_that_is_too_long_to_be_one_is_not_told() -> None:
    name = "she_said_" * 10
    query = FILTER.replace("$f", f"${name}")
    assert told(query, **{name: 1}) == [
        ("BAD_USER_INPUT", "", "it is an object `VictimFilter`"),
    ]


def test_every_wrong_field_of_a_form_is_told_at_once_up_to_a_bound() -> None:
    many = {"birthDate": {"eq": "x"}, "gender": {"in": list(range(100_000))}}
    assert len(told(FILTER, f=many)) == MOST


@pytest.mark.parametrize(
    ("query", "code", "where", "rule"),
    [
        (
            '{ victims(filter: {birthDate: {eq: "12/04/2542"}}) { totalCount } }',
            "GRAPHQL_VALIDATION_FAILED",
            "filter.birthDate.eq",
            THAI_DAY,
        ),
        (
            'query($d: Date = "2569-02-30") {victims(filter: {birthDate: {eq: $d}}) {totalCount}}',
            "GRAPHQL_VALIDATION_FAILED",
            "$d",
            THAI_DAY,
        ),
        (
            "{ victims(filter: {gender: {in: [1234567890123]}}) { totalCount } }",
            "GRAPHQL_VALIDATION_FAILED",
            "filter.gender.in.0",
            "it is of type `String`",
        ),
        (
            "{ victims(orderBy: {field: SREY}) { totalCount } }",
            "GRAPHQL_VALIDATION_FAILED",
            "orderBy.field",
            "it is a word of `VictimOrderField`",
        ),
        (
            "{ victims(orderBy: [{}]) { totalCount } }",
            "GRAPHQL_VALIDATION_FAILED",
            "orderBy.0.field",
            "a value is needed",
        ),
        (
            '{ victims(filter: {gendr: {eq: "Srey"}}) { totalCount } }',
            "GRAPHQL_VALIDATION_FAILED",
            "filter.gendr",
            UNKNOWN,
        ),
        (
            '{ me { agency } victims(filter: {gender: {in: ["a", "Sr\\u0000"]}}) { totalCount } }',
            "BAD_USER_INPUT",
            "filter.gender.in.1",
            TEXT,
        ),
    ],
)
def test_a_literal_that_does_not_fit_names_place_and_rule(
    query: str, code: str, where: str, rule: str
) -> None:
    assert told(query) == [(code, where, rule)]


PLACES = (
    "filter: {gender: {eq: VALUE}}",
    "filter: {birthDate: {eq: VALUE}}",
    "filter: {childrenCount: {eq: VALUE}}",
    "filter: VALUE",
    "orderBy: [{field: VALUE}]",
    "orderBy: VALUE",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("literal", "word"),
    [("[12345678901]", "12345"), ("SREY", "SREY"), ("[SREY]", "SREY"), ("{a: 4711}", "4711")],
)
def test_no_literal_is_repeated(place: str, literal: str, word: str) -> None:
    """`String cannot represent a non string value: 12345678901` was an answer."""
    query = f"{{ victims({place.replace('VALUE', literal)}) {{ totalCount }} }}"
    assert word not in json.dumps([fault.as_dict() for fault in refusal(query, {}).faults])


def test_a_place_is_told_as_far_as_its_names_may_be() -> None:
    assert where_of(("$f", "or", 0, "gender")) == "$f.or.0.gender"
    assert where_of(("$f", "she was beaten", 0, "gender")) == "$f"
    assert where_of(("สุข", "a")) == ""
    assert where_of(("a\n", "b")) == ""


def test_the_search_of_a_text_costs_no_more_than_the_value() -> None:
    deep: Any = ["x"] * 200_000 + ["\x00"]
    for _ in range(900):
        deep = [deep]
    began = time.perf_counter()
    place = place_of_text(deep, ("$x",), REFUSED_TEXT)
    assert time.perf_counter() - began < 5
    assert place == ("$x", *[0] * 900, 200_000)
