"""Section 4, what is asked with values: wrong ones, names, ids, and ids of what cannot be seen."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.attacks.houses import AUDITOR, KH, LAO, SHELTER, STEWARD, Desk, House
from tests.attacks.test_oracles import THAI, WAYS, everyone
from tests.attacks.words import assert_denied, assert_dry, assert_house_dry, assert_void, inert
from tests.attacks.world import CASES, FAMILY, IDENTITY, OF_DESK, PEOPLE, canary


@pytest.fixture(scope="module", autouse=True)
def _dry(house: House) -> Iterator[None]:
    yield
    assert_house_dry(house, may={KH: OF_DESK, THAI: everyone(*IDENTITY, *FAMILY)})


INT, BIG = 2**31, "x" * 300_000
WRONG: dict[str, dict[str, Any]] = {
    "integer too large": {"childrenCount": {"eq": INT}},
    "integer too small": {"childrenCount": {"gt": -INT - 1}},
    "integer as text": {"childrenCount": {"eq": "1"}},
    "text as integer": {"gender": {"eq": 1}},
    "boolean as text": {"isMinor": {"eq": "true"}},
    "object as text": {"gender": {"eq": {"a": 1}}},
    "date of no calendar": {"birthDate": {"eq": "2026-02-30"}},
    "infinite date": {"birthDate": {"eq": "infinity"}},
    "year 0": {"birthDate": {"eq": "0000-01-01"}},
    "id of no form": {"id": {"eq": "1 or 1=1"}},
    "id in braces": {"id": {"in": ["{3fd09a00-0000-4000-8000-000000000001}"]}},
    "NUL": {"gender": {"eq": "a\x00b"}},
    "mark of the registry's own": {"gender": {"eq": "\ue000"}},
    "unknown operator": {"gender": {"like": "%"}},
    "list with null": {"gender": {"in": ["x", None]}},
}
FINE: dict[str, dict[str, Any]] = {
    "largest integer": {"childrenCount": {"lte": INT - 1}},
    "least integer": {"childrenCount": {"lt": -INT}},
    "last day": {"birthDate": {"eq": "9999-12-31"}},
    "first day": {"birthDate": {"eq": "0001-01-01"}},
    "long text": {"gender": {"eq": BIG}},
    "long list": {"gender": {"in": ["x"] * 20_000}},
    "an empty list": {"gender": {"in": []}},
    "code of no list": {"gender": {"eq": "'; drop table registry.victim; --"}},
    "wildcards": {"homeProvince": {"eq": "%"}},
    "format characters": {"homeProvince": {"eq": "%s %(x)s {t} $1 \\ \" '"}},
}


@pytest.mark.parametrize("name", WRONG)
def test_O06_a_value_of_the_wrong_kind_is_bad_input_in_fixed_words(house: House, name: str) -> None:
    document = "query($f: VictimFilter) { victims(filter: $f) { totalCount } }"
    with inert(house):
        answer = house.ask(document, f=WRONG[name])
    assert (answer.status, set(answer.codes)) == (400, {"BAD_USER_INPUT"})
    ((_, given),) = WRONG[name].items()
    for value in given.values():
        if isinstance(value, str) and len(value) > 3:
            assert value not in answer.text


# an id is read where it is used, after the plan
@pytest.mark.parametrize("name", [each for each in WRONG if not each.startswith("id ")])
def test_O06_a_value_of_the_wrong_kind_is_told_by_its_place(house: House, name: str) -> None:
    document = "query($f: VictimFilter) { victims(filter: $f) { totalCount } }"
    (error,) = house.ask(document, f=WRONG[name]).errors
    ((field, _),) = WRONG[name].items()
    assert error["extensions"]["field"].startswith(f"$f.{field}.")
    assert error["message"].startswith(f"`$f.{field}.")


WORDS = "mother beats her at Phum Thmei"


def test_O06_free_words_as_keys_are_not_told(house: House) -> None:
    document = "query($f: VictimFilter) { victims(filter: $f) { totalCount } }"
    for given in ({WORDS: 1}, {"gender": {WORDS: "x"}}, {"gender": {"eq": {WORDS: 1}}}):
        answer = house.ask(document, f=given)
        assert answer.codes == ["BAD_USER_INPUT"]
        assert WORDS not in answer.text
    lone = house.ask(document, f={"gender": {"in": ["a", f"{WORDS}\ue000"]}})
    assert (lone.codes, WORDS in lone.text) == (["BAD_USER_INPUT"], False)
    assert lone.errors[0]["extensions"]["field"] == "$f.gender.in.1"


@pytest.mark.parametrize("name", FINE)
def test_O06_a_value_at_the_edge_matches_nothing_and_breaks_nothing(
    house: House, name: str
) -> None:
    document = "query($f: VictimFilter) { victims(filter: $f) { totalCount } }"
    answer = house.ask(document, f=FINE[name])
    assert (answer.status, answer.errors) == (200, [])
    assert answer.data["victims"]["totalCount"] == (6 if name == "largest integer" else 0)


@pytest.mark.parametrize(
    "when",
    [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-06-30T23:59:60Z",
        "-infinity",
        "2026-01-01",
    ],
)
def test_O06_an_instant_out_of_range_is_no_500(house: House, when: str) -> None:
    answers = [
        house.ask(
            "query($t: DateTime) { returnCases(filter: {stateSince: {lt: $t}}) { totalCount } }",
            t=when,
        ),
        house.ask(
            "query($t: DateTime, $i: ID!) { explainAccess(id: $i, asOf: $t) { permitted } }",
            t=when,
            i=PEOPLE["shown"].victim,
        ),
        house.ask(
            "query($t: DateTime) { accessRecords(filter: {from: $t}) { totalCount } }",
            AUDITOR,
            t=when,
        ),
    ]
    for answer in answers:
        assert answer.status in {200, 400}
        assert_dry([answer.text])


def test_O07_an_opening_for_a_hidden_case_says_what_one_for_a_missing_case_does(
    house: House,
) -> None:
    """The only way yet to write a row that links to a record: a constraint must not answer."""
    document = WAYS["an opening"]
    for desk in (Desk("KH-MOSVY", ("FOCAL_POINT", "CASE_WORKER"), "RETURN"), LAO):
        missing = house.ask(document, desk, i=str(uuid.uuid4()))
        assert missing.data["openEmergency"]["problems"] == [{"code": "NOT_POSSIBLE"}]
        for name in ("hidden", "objected", "lao" if desk is not LAO else "shown"):
            for record in (CASES[name], PEOPLE[name].victim):
                with inert(house):
                    assert_void(house.ask(document, desk, i=record), missing)


SEARCH = "query($v: String!) { victims(filter: {familyName: {eq: $v}}) { totalCount } }"


def test_O09_a_name_is_found_by_the_holders_focal_point_alone_and_that_is_logged(
    house: House,
) -> None:
    name = canary("victim", "family_name", "shown")
    at_home = house.ask(SEARCH, THAI, v=name)
    assert at_home.data["victims"]["totalCount"] == 1
    assert house.leaves(at_home.record)[0]["searched"] == ["Victim.familyName"]
    # the Cambodian desk may see this very name, and cannot look it up on a case held elsewhere
    abroad = house.ask(SEARCH, KH, v=name)
    assert abroad.data["victims"]["totalCount"] == 0
    assert house.leaves(abroad.record)[0]["searched"] == ["Victim.familyName"]
    assert_void(abroad, house.ask(SEARCH, KH, v=canary("victim", "family_name", "nobody")))
    province = Desk("KH-POSVY", ("TRACING_OFFICER",), unit="Siem Reap")
    assert_denied(house.ask(SEARCH, province, v=name), "Victim.familyName", reason="CLASS")
    for desk in (SHELTER, AUDITOR, STEWARD, Desk("TH-DATIP", ("COORDINATOR",), "COORDINATION")):
        assert_denied(house.ask(SEARCH, desk, v=name), "Victim.familyName")


@pytest.mark.parametrize("operator", ["like", "contains", "startsWith", "in", "ne", "lt", "gt"])
def test_O09_there_is_no_pattern_and_no_order_of_names(house: House, operator: str) -> None:
    document = "query($f: VictimFilter) { victims(filter: $f) { totalCount } }"
    value: Any = ["a"] if operator == "in" else "a"
    answer = house.ask(document, THAI, f={"familyName": {operator: value}})
    assert answer.codes == ["BAD_USER_INPUT"]
    ordered = house.ask("{ victims(orderBy: [{field: FAMILY_NAME}]) { totalCount } }", THAI)
    assert set(ordered.codes) == {"GRAPHQL_VALIDATION_FAILED"}


def test_O10_the_neighbours_of_an_id_are_as_any_other(house: House) -> None:
    missing = house.ask(WAYS["node"], i=str(uuid.uuid4()))
    answer = house.ask("{ victims(first: 1) { edges { node { id } } } }")
    settled = {made.victim for made in PEOPLE.values()} | set(CASES.values())
    for record in (PEOPLE["shown"].victim, CASES["shown"], answer.record):
        near = {str(uuid.UUID(int=uuid.UUID(record).int + step)) for step in (-2, -1, 1, 2)}
        for neighbour in near - settled:
            assert_void(house.ask(WAYS["node"], i=neighbour), missing)


def test_O10_an_id_of_a_person_or_case_tells_no_time(house: House) -> None:
    with house.connect() as connection:
        for table in ("victim", "return_case", "transition", "consent", "referral", "assessment"):
            versions = connection.execute(
                f"select distinct get_byte(uuid_send(id), 6) >> 4 from registry.{table}".encode()
            ).fetchall()
            assert versions == [(4,)], table
