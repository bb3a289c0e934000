"""Section 3, as far as there are no sockets: what a router, or whoever speaks like one, can try."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.attacks.houses import AUDITOR, KH, LAO, SHELTER, Desk, House
from tests.attacks.words import assert_401, assert_denied, assert_house_dry, assert_void
from tests.attacks.world import CASES, OF_DESK, PARTS, PEOPLE, canary, found_in, part_id

ENTITIES = """query($r: [_Any!]!) { _entities(representations: $r) { __typename
  ... on Victim { id gender familyName } ... on ReturnCase { id state host }
  ... on Consent { id purpose guardian } ... on Assessment { id report } } }"""
NAMES = "{ victims(first: 50) { edges { node { id familyName } } } }"
HIDDEN = ("hidden", "objected", "lao")
COLLEAGUE = Desk("KH-MOSVY", subject="another")


@pytest.fixture(scope="module", autouse=True)
def _dry(house: House) -> Iterator[None]:
    yield
    laos = {canary("victim", column, "lao") for column in ("family_name",)}
    guardians = {canary("consent", "guardian", name) for name in ("shown", "twice")}
    assert_house_dry(house, may={KH: OF_DESK | guardians, COLLEAGUE: OF_DESK, LAO: laos})


def entity(kind: str, record: str, **more: Any) -> dict[str, object]:
    return {"__typename": kind, "id": record, **more}


def test_E01_a_lying_type_a_hidden_id_and_a_missing_one_are_null_in_their_place(
    house: House,
) -> None:
    shown = PEOPLE["shown"]
    asked = [
        entity("Victim", shown.case),
        entity("Victim", shown.victim),
        entity("ReturnCase", shown.victim),
        entity("Victim", PEOPLE["hidden"].victim),
        entity("ReturnCase", CASES["lao"]),
        entity("ReturnCase", shown.case),
        entity("Victim", str(uuid.uuid4())),
        entity("Agency", shown.victim),
    ]
    found = house.ask(ENTITIES, r=asked).data["_entities"]
    assert [each and each.get("id") for each in found] == [
        None,
        shown.victim,
        None,
        None,
        None,
        shown.case,
        None,
        None,
    ]


@pytest.mark.parametrize("kind", ["Victim", "ReturnCase"])
@pytest.mark.parametrize("name", HIDDEN)
def test_E01_a_hidden_entity_is_void(house: House, name: str, kind: str) -> None:
    made = PEOPLE[name]
    record = made.victim if kind == "Victim" else made.case
    hidden, missing = (
        house.ask(ENTITIES, r=[entity(kind, each)]) for each in (record, str(uuid.uuid4()))
    )
    assert_void(hidden, missing)


def test_E01_nothing_but_the_key_of_a_representation_is_used(house: House) -> None:
    """Fields that conditions read, given by whoever asks."""
    hidden, early = PEOPLE["hidden"], PEOPLE["early"]
    lies: dict[str, Any] = {
        "state": "TRACING",
        "host": "KH",
        "holder": "KH-MOSVY",
        "isMinor": False,
        "agency": "KH-MOSVY",
        "consents": [{"purpose": "TRACING", "state": "GIVEN", "recipients": ["KH"]}],
        "familyName": "lie",
        "victim": {"__typename": "Victim", "id": PEOPLE["shown"].victim},
    }
    asked = [("ReturnCase", hidden.case), ("Victim", early.victim), ("Victim", hidden.victim)]
    plain = house.ask(ENTITIES, r=[entity(*each) for each in asked])
    lying = house.ask(ENTITIES, r=[entity(*each, **lies) for each in asked])
    assert lying.data == plain.data
    assert house.disclosed(lying.record) == house.disclosed(plain.record)


def test_E01_ten_thousand_representations_cost_too_much(house: House) -> None:
    before = house.records()
    asked = [entity("Victim", PEOPLE["shown"].victim)] * 10_000
    answer = house.ask(ENTITIES, r=asked)
    assert (answer.status, answer.codes) == (400, ["COST_LIMIT"])
    assert house.records() == before


@pytest.mark.parametrize("table", [*PARTS, "consent"])
def test_E01_no_part_of_a_hidden_case_stands_behind_node(house: House, table: str) -> None:
    document = "query($i: ID!) { node(id: $i) { __typename id } }"
    missing = house.ask(document, i=str(uuid.uuid4()))
    for name in HIDDEN:
        assert_void(house.ask(document, i=part_id(table, name)), missing)


@pytest.mark.parametrize(
    "bad",
    [
        {"id": PEOPLE["shown"].victim},
        {"__typename": "Victim"},
        {"__typename": "Query", "id": "1"},
        {"__typename": "Nothing", "id": PEOPLE["shown"].victim},
        {"__typename": ["Victim"], "id": PEOPLE["shown"].victim},
        {"__typename": "Victim", "id": [PEOPLE["shown"].victim]},
        {"__typename": "Victim", "id": {"eq": PEOPLE["shown"].victim}},
        {"__typename": "victim", "id": PEOPLE["shown"].victim},
        "Victim",
        [],
        None,
    ],
)
def test_E01_a_representation_of_the_wrong_form_is_null_or_bad_input(
    house: House, bad: object
) -> None:
    answer = house.ask(ENTITIES, r=[bad])
    if answer.status == 200:
        assert answer.data["_entities"] == [None]
    else:
        assert (answer.status, set(answer.codes)) == (400, {"BAD_USER_INPUT"})
    assert not found_in(answer.text)


def test_E02_a_field_that_another_subgraph_requires_is_denied_as_to_anybody(house: House) -> None:
    """What a router would fetch for `@requires(fields: "diagnosis")`."""
    document = """query($r: [_Any!]!) { _entities(representations: $r) {
      ... on Victim { __typename id diagnosis gender } } }"""
    answer = house.ask(document, r=[entity("Victim", PEOPLE["shown"].victim)])
    assert_denied(answer, "Victim.diagnosis", whole=False)
    assert answer.data["_entities"][0]["diagnosis"] is None
    assert {name for _, name in house.disclosed(answer.record)} == {"Victim.gender"}


def test_E02_directives_of_another_subgraph_open_nothing(house: House) -> None:
    for directive in ("@requires(fields: id)", "@authenticated", '@policy(policies: [["x"]])'):
        answer = house.ask("query($i: ID!) { victim(id: $i) { diagnosis %s } }" % directive, i=1)  # noqa: UP031
        assert (answer.status, set(answer.codes)) == (400, {"GRAPHQL_VALIDATION_FAILED"})


def test_E03_a_subgraph_called_directly_asks_for_a_token(house: House) -> None:
    body = json.dumps({"query": "{ _service { sdl } }"}).encode()
    assert_401(house.post(body, authorization=""))
    assert_401(house.post(body, authorization="", x_agency="TH-DATIP", x_user_roles="AUDITOR"))


def test_E03_headers_name_nobody_and_bring_no_trace(house: House) -> None:
    body = json.dumps({"query": "{ me { agency country roles purposes } victims { totalCount } }"})
    plain = house.post(body.encode())
    spoken = house.post(
        body.encode(),
        x_agency="TH-DATIP",
        x_saphan_agency="TH-DATIP",
        x_roles="AUDITOR",
        x_forwarded_for="127.0.0.1",
        x_forwarded_user="TH-DATIP",
        apollo_federation_include_trace="ftv1",
        x_apollo_tracing="1",
        apollo_query_plan_experimental="1",
    )
    assert spoken.data == plain.data
    assert spoken.data["me"]["agency"] == "KH-MOSVY"
    assert set(spoken.extensions) == {"accessRecord", "withheld", "cost"}


def test_E04_callers_who_ask_the_same_at_once_get_each_their_own(house: House) -> None:
    """Byte-equal bodies from four desks on connections of their own."""
    desks = (KH, LAO, SHELTER, COLLEAGUE)
    rounds, body = 12, json.dumps({"query": NAMES}).encode()
    headers = [
        {
            "authorization": f"Bearer {house.token(desk)}",
            "content-type": "application/json",
            "saphan-purpose": "TRACING",
        }
        for desk in desks
    ]
    alone = [house.ask(NAMES, desk).data for desk in desks]
    barrier = threading.Barrier(len(desks))

    def ask(number: int) -> list[Any]:
        with httpx2.Client(timeout=60, headers=headers[number]) as client:
            found = []
            for _ in range(rounds):
                barrier.wait()
                found.append(house.send(client, body, {}).json)
            return found

    with ThreadPoolExecutor(len(desks)) as pool:
        answers = list(pool.map(ask, range(len(desks))))
    records = []
    for desk, expected, found in zip(desks, alone, answers, strict=True):
        for answer in found:
            assert answer["data"] == expected
            record = answer["extensions"]["accessRecord"]
            records.append(record)
            for leaf in house.leaves(record):
                caller = leaf["caller"]
                assert (caller["agency"], caller["subject"]) == (desk.agency, desk.subject)
    assert len(set(records)) == len(desks) * rounds
    assert house.ask(NAMES, AUDITOR).data["victims"]["edges"] == []
