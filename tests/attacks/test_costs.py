"""Section 2, what a document costs: many, large, deep and doubled, and what is refused before work."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.conftest import Opened
from tests.attacks.houses import KH, Answer, House
from tests.attacks.words import assert_house_dry
from tests.attacks.world import CASES, OF_DESK, PEOPLE

ID = PEOPLE["shown"].victim


@pytest.fixture(scope="module", autouse=True)
def _dry(house: House) -> Iterator[None]:
    yield
    assert_house_dry(house, may={KH: OF_DESK})


def timed(house: House, body: bytes) -> tuple[Answer, float]:
    """An answer, and the processor seconds that it cost the server: those of others do not count."""
    house.ask("{ __typename }")
    begun = processor_seconds(house)
    answer = house.post(body)
    return answer, processor_seconds(house) - begun


def processor_seconds(house: House) -> float:
    fields = Path(f"/proc/{house.served.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def as_body(query: str, **more: object) -> bytes:
    return json.dumps({"query": query} | more).encode()


def megabytes(house: House) -> float:
    """What the server's process holds of memory."""
    text = Path(f"/proc/{house.served.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    assert found
    return int(found[1]) / 1024


def test_G01_a_thousand_aliases_of_a_page_cost_too_much_before_any_statement(house: House) -> None:
    page = "victims(first: 100) { edges { node { id } } }"
    aliases = " ".join(f"a{n}: {page}" for n in range(180))
    before = house.records()
    answer = house.ask("{" + aliases + "}")
    assert (answer.status, answer.codes) == (400, ["COST_LIMIT"])
    longer = house.ask("{" + " ".join(f"a{n}: {page}" for n in range(1000)) + "}")
    assert (longer.status, longer.codes) == (400, ["COST_LIMIT"])
    assert house.records() == before


def test_G01_a_list_of_operations_is_bad_input(house: House) -> None:
    before = house.records()
    answer = house.post(json.dumps([{"query": "{ victims { totalCount } }"}] * 500).encode())
    assert (answer.status, answer.codes) == (400, ["BAD_USER_INPUT"])
    assert house.records() == before


def test_G01_a_fragment_costs_each_time_it_is_spread(house: House) -> None:
    fragment = "fragment F on Query { victims(first: 10) { edges { node { id } } } }"
    aliased = "fragment F on Victim { id gender }"

    def cost(query: str) -> int:
        return int(house.ask(query).extensions["cost"]["requested"])

    alone = cost("{ a: victims(first: 10) { edges { node { ...F } } } } " + aliased)
    twice = cost(
        "{ a: victims(first: 10) { edges { node { ...F } } }"
        "  b: victims(first: 10) { edges { node { ...F } } } } " + aliased
    )
    assert twice == 2 * alone
    assert cost("{ ...F } " + fragment) == cost("{ victims(first: 10) { edges { node { id } } } }")


def test_G01_a_page_costs_the_same_behind_node(house: House) -> None:
    pages = (
        "contacts(first: 100) { edges { node { cases(first: 100) { edges { node { id } } } } } }"
    )
    direct = house.ask("query($i: ID!) { returnCase(id: $i) { %s } }" % pages, i=CASES["shown"])  # noqa: UP031
    by_node = house.ask(
        "query($i: ID!) { node(id: $i) { ... on ReturnCase { %s } } }" % pages,  # noqa: UP031
        i=CASES["shown"],
    )
    assert direct.codes == ["COST_LIMIT"]
    assert by_node.codes == ["COST_LIMIT"]


def test_G01_many_explanations_are_bounded(opened: Opened) -> None:
    asked = " ".join(f'a{n}: explainAccess(id: "{ID}") {{ field }}' for n in range(100))
    with opened(SAPHAN_STATEMENT_TIMEOUT="1") as narrow:
        answer = narrow.ask("{" + asked + "}")
    assert (answer.status, answer.codes) == (400, ["COST_LIMIT"])


def test_G01_what_costs_too_much_is_not_planned_first(house: House) -> None:
    asked = " ".join(f'a{n}: explainAccess(id: "{ID}") {{ field }}' for n in range(170))
    answer, took = timed(house, as_body("{" + asked + "}"))
    assert answer.codes == ["COST_LIMIT"]
    assert took <= 0.3


def test_G02_fragments_that_double_are_refused_quickly_and_without_memory(house: House) -> None:
    doubled = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(25))
    document = "{ ...F0 } " + doubled + " fragment F25 on Query { me { agency } }"
    before = megabytes(house)
    answer, took = timed(house, as_body(document))
    assert answer.status == 200 or answer.codes == ["COST_LIMIT"]
    assert took <= 0.3
    assert megabytes(house) - before < 50


@pytest.mark.parametrize(
    "document",
    [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ victims { edges { node { ...A } } } }"
        " fragment A on Victim { returnCases { edges { node { victim { ...A } } } } }",
    ],
)
def test_G02_a_cycle_of_fragments_is_not_valid(house: House, document: str) -> None:
    answer, took = timed(house, as_body(document))
    assert (answer.status, set(answer.codes)) == (400, {"GRAPHQL_VALIDATION_FAILED"})
    assert took <= 0.3


FLOODS = {
    "20 000 unknown directives": as_body("{ __typename " + "@a" * 20_000 + " }"),
    "900 unknown directives": as_body("{ __typename " + "@a " * 900 + "}"),
    "values 100 000 deep": as_body(
        "{ victims(filter: {and: " + "[" * 100_000 + "]" * 100_000 + "}) { totalCount } }"
    ),
    "selections 100 000 deep": as_body("{a" * 100_000 + "}" * 100_000),
    "JSON 100 000 deep": b'{"query":"{a}","variables":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a thousand unknown fields": as_body("{" + " ".join(f"f{n}" for n in range(1000)) + "}"),
    "quotation marks": as_body('"' * 500_000),
    "brackets": as_body("{}" * 400_000),
    "filters 800 deep": (
        b'{"query":"query($f: VictimFilter) { victims(filter: $f) { totalCount } }","variables":'
        b'{"f":' + b'{"not":' * 800 + b"{}" + b"}" * 800 + b"}}"
    ),
}


@pytest.mark.parametrize("name", FLOODS)
def test_G03_a_flood_is_refused_with_few_errors_and_quickly(house: House, name: str) -> None:
    answer, took = timed(house, FLOODS[name])
    assert answer.status == 400
    assert 1 <= len(answer.errors) <= 20
    assert took <= 0.3


def test_G03_a_string_without_an_end_is_refused_quickly(house: House) -> None:
    answer, took = timed(house, as_body('"\\' * 6_000))
    assert answer.status == 400
    assert took <= 0.3


def test_G03_a_deep_representation_is_no_500(house: House) -> None:
    query = "query($r: [_Any!]!) { _entities(representations: $r) { __typename } }"
    deep = "[" * 900 + "]" * 900
    answer = house.post(
        b'{"query":' + json.dumps(query).encode() + b',"variables":{"r":[{"__typename":"Victim",'
        b'"id":"' + ID.encode() + b'","x":' + deep.encode() + b"}]}}"
    )
    assert answer.status in {200, 400}


def test_G01_a_wide_filter_is_bounded(opened: Opened) -> None:
    query = "query($f: VictimFilter) { victims(filter: $f) { totalCount } }"
    wide = {"or": [{"gender": {"eq": "x"}}] * 300}
    with opened(SAPHAN_STATEMENT_TIMEOUT="2") as narrow:
        narrow.ask(query, f={"or": [{"gender": {"eq": "x"}}]})
        answer, took = timed(narrow, as_body(query, variables={"f": wide}))
    assert answer.codes in ([], ["COST_LIMIT"])
    assert took < 1
