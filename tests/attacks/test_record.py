"""Section 7, what is left beside the tests of durability: whose record it is and what it may hold."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import psycopg
import pytest

from service.context import work_for
from tests.attacks.houses import AUDITOR, KH, LAO, SHELTER, Desk, House
from tests.attacks.words import assert_house_dry, assert_refusal_recorded, written_down
from tests.attacks.world import OF_DESK, PEOPLE, canary

MAY = {KH: OF_DESK, LAO: {canary("victim", "family_name", "lao")}}
NOISE = "\n\r\x1b[31m\u2028\x85\x00\u202e{forged}"
CALLERS = 300


@pytest.fixture(scope="module", autouse=True)
def _dry(house: House) -> Iterator[None]:
    yield
    assert_house_dry(house, may=MAY)


def test_A01_a_refusal_is_on_record_too(house: House) -> None:
    """What hangs up, is cut or times out: tests/durability."""
    answer = house.ask("{ victims(filter: {narrative: {isNull: true}}) { totalCount } }")
    assert_refusal_recorded(house, answer, "Victim.narrative")
    missing = house.ask("query($i: ID!) { victim(id: $i) { id } }", i=PEOPLE["hidden"].victim)
    assert house.leaves(missing.record)[0]["outcome"] == "DISCLOSED"
    assert house.disclosed(missing.record) == set()


SECRET = "a-value-that-only-this-request-has"
NAMES = (
    f"x{NOISE}",
    "x" * 1_000_000,
    "x" * 65,
    "é",
    "",
    "a b",
    json.dumps({"event": "forged"}),
)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_A04_an_operation_name_out_of_form_is_kept_nowhere(house: House, name: str) -> None:
    document = "query Named { victims(first: 1) { edges { node { gender } } } }"
    body = json.dumps({"query": document, "operationName": name})
    answer = house.post(body.encode())
    assert answer.status in {400, 413}
    long = house.ask(f"query {'n' * 65} {{ victims(first: 1) {{ totalCount }} }}")
    assert {leaf["operation"]["name"] for leaf in house.leaves(long.record)} == {""}


def test_A04_trace_purpose_and_variables_leave_no_word_in_any_log(house: House) -> None:
    document = (
        "query Q($v: String) { victims(filter: {homeProvince: {eq: $v}}) { totalCount }"
        f' returnCases(filter: {{holder: {{eq: "{SECRET}"}}}}) {{ totalCount }} }}'
    )
    body = json.dumps({"query": document, "variables": {"v": SECRET}}).encode()
    for field, value in (
        ("traceparent", f"00-{SECRET}-00f067aa0ba902b7-01"),
        ("traceparent", "x" * 8_000),
        ("tracestate", SECRET),
        ("baggage", f"user={SECRET}"),
        ("x_request_id", SECRET),
        ("user_agent", f"{SECRET} {{forged}}"),
        ("referer", f"https://evil.example/{SECRET}"),
    ):
        answer = house.post(body, KH, **{field: value})
        assert answer.status == 200
        assert SECRET not in answer.text
        trace = house.leaves(answer.record)[0]["trace"]
        assert len(trace) == 32
        assert int(trace, 16)
    refused = house.post(body, saphan_purpose=SECRET)
    assert (refused.codes, SECRET in refused.text) == (["PURPOSE_NOT_ALLOWED"], False)
    broken = house.post(json.dumps({"query": f'{{ victim(id: "{SECRET}") {{ id }} }}'}).encode())
    assert (broken.codes, SECRET in broken.text) == (["BAD_USER_INPUT"], False)
    for name, text in written_down(house).items():
        assert SECRET not in text, name
        assert "homeProvince: {" not in text, name
        assert "evil.example" not in text, name


def test_A04_each_event_of_the_service_is_one_line(house: House) -> None:
    house.show("x.y.z")
    for line in house.said().splitlines():
        if line.startswith('{"event"'):
            told = json.loads(line)
            assert len(line) < 1_000
            assert set(told) <= {"event", "level", "time", "logger", "error", "trace", "at"}


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger.access_leaf set body = '{}'",
        "update ledger.access_record set outcome = 'DISCLOSED'",
        "delete from ledger.access_leaf",
        "delete from ledger.access_record",
        "truncate ledger.access_leaf",
        "truncate ledger.access_record cascade",
        "drop table ledger.access_leaf",
        "alter table ledger.access_leaf drop column body",
        "alter table ledger.access_leaf disable trigger all",
        "alter table ledger.access_leaf disable row level security",
        "create rule x as on insert to ledger.access_leaf do instead nothing",
        "drop policy added on ledger.access_leaf",
    ],
)
def test_A05_the_service_cannot_edit_what_it_wrote(house: House, statement: str) -> None:
    with psycopg.connect(house.service, autocommit=True) as connection:
        connection.execute("set saphan.party = 'KH'")
        connection.execute("set saphan.agency = 'KH-MOSVY'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_A05_the_service_cannot_choose_a_leafs_place(house: House) -> None:
    record = house.ask("{ victims { totalCount } }").record
    with psycopg.connect(house.service) as connection:
        work_for(connection, "KH-MOSVY", "KH")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "insert into ledger.access_leaf (seq, record_id, pair, actor, body) overriding"
                " system value values (1000000000, %s, 'KH-LA', 'KH', '{}')",
                (record,),
            )
        connection.rollback()


def test_A08_each_record_holds_its_own_caller_purpose_and_document(house: House) -> None:
    """Three hundred callers on sixteen connections, each with its own subject and operation."""
    chance = random.Random(8)
    purposes = ("TRACING", "RETURN", "IDENTIFICATION")
    asked = []
    for number in range(CALLERS):
        agency, roles = chance.choice([(d.agency, d.roles) for d in (KH, LAO, SHELTER, AUDITOR)])
        purpose = "AUDIT" if "AUDITOR" in roles else chance.choice(purposes)
        desk = Desk(agency, roles, purpose, subject=f"person-{number}")
        name = f"Op{number}"
        first = chance.randrange(1, 9)
        document = f"query {name} {{ returnCases(first: {first}) {{ edges {{ node {{ id }} }} }} }}"
        fields = {
            "authorization": f"Bearer {house.token(desk)}",
            "saphan-purpose": purpose,
            "content-type": "application/json",
        }
        asked.append((desk, name, {"query": document, "operationName": name}, fields))

    def ask(part: int) -> list[tuple[Desk, str, str]]:
        with httpx2.Client(timeout=60) as client:
            return [
                (desk, name, house.send(client, json.dumps(body).encode(), fields).record)
                for desk, name, body, fields in asked[part::16]
            ]

    with ThreadPoolExecutor(16) as pool:
        answers = [each for part in pool.map(ask, range(16)) for each in part]
    assert len({record for _, _, record in answers}) == CALLERS
    for desk, name, record in answers:
        for leaf in house.leaves(record):
            caller = leaf["caller"]
            assert (caller["agency"], caller["subject"]) == (desk.agency, desk.subject)
            assert tuple(caller["roles"]) == desk.roles
            assert (leaf["purpose"], leaf["operation"]["name"]) == (desk.purpose, name)
