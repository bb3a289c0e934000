"""Section 4: what an answer could tell beside its values."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.attacks.conftest import Opened
from tests.attacks.houses import AUDITOR, KH, LAO, SHELTER, THAI_AUDITOR, Desk, House
from tests.attacks.words import (
    assert_denied,
    assert_house_dry,
    assert_refusal_recorded,
    assert_void,
)
from tests.attacks.world import CASES, FAMILY, IDENTITY, OF_DESK, PEOPLE, canary, part_id
from tests.compiler.registry import state_consent

THAI = Desk("TH-DATIP")
PAGE = """query($a: String, $n: Int!, $f: VictimFilter, $o: [VictimOrder!]) {
  victims(first: $n, after: $a, filter: $f, orderBy: $o) {
    edges { cursor node { id familyName } } pageInfo { hasNextPage endCursor } } }"""
HIDDEN = ("hidden", "objected", "lao")


def everyone(*columns: str) -> set[str]:
    return {canary("victim", column, name) for column in columns for name in PEOPLE}


@pytest.fixture(scope="module", autouse=True)
def _dry(house: House) -> Iterator[None]:
    yield
    assert_house_dry(house, may={KH: OF_DESK, THAI: everyone(*IDENTITY, *FAMILY)})


REFUSED = {
    "and": ("victims", {"and": [{"gender": {"isNull": False}}, {"narrative": {"isNull": True}}]}),
    "or": ("victims", {"or": [{"gender": {"isNull": False}}, {"narrative": {"eq": "x"}}]}),
    "not": ("victims", {"not": {"not": {"narrative": {"isNull": False}}}}),
    "beside an empty list": ("victims", {"or": [{"and": []}, {"narrative": {"eq": "x"}}]}),
    "link": ("returnCases", {"victim": {"narrative": {"isNull": True}}}),
    "link in or": ("returnCases", {"or": [{"victim": {"or": [{"narrative": {"eq": "x"}}]}}]}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_O01_a_filter_on_a_refused_field_is_denied(house: House, name: str) -> None:
    root, given = REFUSED[name]
    kind = {"victims": "VictimFilter", "returnCases": "ReturnCaseFilter"}[root]
    answer = house.ask(f"query($f: {kind}) {{ {root}(filter: $f) {{ totalCount }} }}", f=given)
    assert_denied(answer, "Victim.narrative", reason="CLASS")
    assert_refusal_recorded(house, answer, "Victim.narrative")
    assert {"Victim.narrative"} <= set(house.leaves(answer.record)[0]["searched"])


@pytest.mark.parametrize(
    "given",
    [
        {"narrative": {"eq": None}},
        {"narrative": {"isNull": None}},
        {"or": [{"gender": {"isNull": False}}, {"narrative": {"eq": None}}]},
    ],
)
def test_O01_a_refused_field_is_denied_also_where_it_is_compared_with_null(
    house: House, given: dict[str, Any]
) -> None:
    answer = house.ask("query($f: VictimFilter) { victims(filter: $f) { totalCount } }", f=given)
    assert_denied(answer, "Victim.narrative", reason="CLASS")


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ("{ victims(orderBy: [{field: GENDER}]) { edges { node { id } } } }", "Victim.gender"),
        (
            "{ victims(orderBy: [{field: ID}, {field: HOME_PROVINCE, direction: DESC}])"
            " { totalCount } }",
            "Victim.homeProvince",
        ),
        ("{ returnCases(orderBy: [{field: LEGAL_HOLD}]) { totalCount } }", "ReturnCase.legalHold"),
        (
            "{ returnCases(filter: {victim: {gender: {isNull: true}}}) { totalCount } }",
            "Victim.gender",
        ),
        (
            "{ returnCases { edges { node { id } } } hidden: victims(first: 0, filter:"
            " {isMinor: {eq: true}}) { totalCount } me { agency } }",
            "Victim.isMinor",
        ),
    ],
)
def test_O01_nothing_is_answered_beside_a_refused_filter_or_order(
    house: House, document: str, field: str
) -> None:
    answer = house.ask(document, AUDITOR)
    assert_denied(answer, field)
    assert_refusal_recorded(house, answer, field)


def test_O01_a_refused_filter_below_nobody_is_denied_too(house: House) -> None:
    """Whatever rows exist: a hidden record, a missing one and one that is shown."""
    document = """query($i: ID!) { victim(id: $i) { id
      returnCases(filter: {plan: {isNull: true}}) { totalCount } } }"""
    answers = [
        house.ask(document, i=each)
        for each in (PEOPLE["shown"].victim, PEOPLE["hidden"].victim, str(uuid.uuid4()))
    ]
    for answer in answers:
        assert_denied(answer, "ReturnCase.plan")
    assert_void(answers[0], answers[1])
    assert_void(answers[1], answers[2])


def cases_of(house: House, given: dict[str, Any] | None = None, order: str = "") -> list[str]:
    sorted_by = f", orderBy: [{order}]" if order else ""
    answer = house.ask(
        "query($f: ReturnCaseFilter) { returnCases(first: 50, filter: $f%s)"  # noqa: UP031
        " { totalCount edges { node { id legalHold } } } }" % sorted_by,
        f=given,
    )
    found = answer.data["returnCases"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"]["id"] for edge in found["edges"]]


def test_O02_a_field_withheld_on_some_rows_is_null_there_to_filter_and_order(
    house: House,
) -> None:
    """`legalHold` opens from TRACING_REQUESTED: EARLY and SECOND hold theirs back."""
    withheld = {CASES["early"], CASES["second"]}
    with house.connect() as connection:
        connection.execute(
            "update registry.return_case set legal_hold = true where id = any(%s)",
            ([*withheld, CASES["shown"]],),
        )
    whole = set(cases_of(house))
    assert withheld < whole
    hold = "legalHold"
    assert set(cases_of(house, {hold: {"isNull": True}})) == withheld
    assert set(cases_of(house, {hold: {"isNull": False}})) == whole - withheld
    assert set(cases_of(house, {hold: {"eq": True}})) == {CASES["shown"]}
    for given in (
        {hold: {"eq": False}},
        {hold: {"ne": True}},
        {"not": {hold: {"eq": True}}},
        {"not": {"or": [{hold: {"eq": True}}, {hold: {"isNull": True}}]}},
    ):
        assert set(cases_of(house, given)) == whole - withheld - {CASES["shown"]}
    for direction in ("ASC", "DESC"):
        order = f"{{field: LEGAL_HOLD, direction: {direction}}}"
        ordered = cases_of(house, order=order)
        assert set(ordered[-2:]) == withheld
        assert ordered[-2:] == sorted(ordered[-2:])


def page(house: House, desk: Desk = KH, **given: Any) -> Any:
    return house.ask(PAGE, desk, **({"n": 2} | given))


def test_O03_a_cursor_is_opaque_and_one_altered_is_invalid(house: House) -> None:
    cursor = page(house).data["victims"]["pageInfo"]["endCursor"]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for made in PEOPLE.values():
        for form in (made.victim.encode(), uuid.UUID(made.victim).bytes):
            assert form not in raw
    assert page(house, a=cursor).status == 200
    altered = [cursor[:-4], cursor + "AAAA", "", "A", cursor[::-1], cursor.upper(), "A" * 5000]
    for place in range(0, len(cursor), 7):
        other = "B" if cursor[place] == "A" else "A"
        altered.append(cursor[:place] + other + cursor[place + 1 :])
    for text in altered:
        answer = page(house, a=text)
        assert (answer.status, answer.codes) == (400, ["CURSOR_INVALID"])


def test_O03_a_cursor_is_for_one_caller_filter_order_and_connection(house: House) -> None:
    cursor = page(house).data["victims"]["pageInfo"]["endCursor"]
    both = ("FOCAL_POINT", "COORDINATOR")
    others = [
        page(house, LAO, a=cursor),
        page(house, Desk("KH-MOSVY", both), a=cursor),
        page(house, Desk("KH-MOSVY", purpose="RETURN"), a=cursor),
        page(house, a=cursor, f={"gender": {"isNull": False}}),
        page(house, a=cursor, o=[{"field": "GENDER", "direction": "ASC"}]),
        house.ask("query($a: String) { returnCases(after: $a) { totalCount } }", a=cursor),
        house.ask("query($a: String) { agreements(after: $a) { totalCount } }", a=cursor),
    ]
    for answer in others:
        assert (answer.status, answer.codes) == (400, ["CURSOR_INVALID"])


NESTED = """query($i: ID!, $a: String) { victim(id: $i) { id returnCases(first: 1, after: $a) {
  totalCount edges { node { id } } pageInfo { endCursor } } } }"""


def test_O03_a_cursor_below_another_record_is_invalid_and_tells_nothing_of_it(
    house: House,
) -> None:
    own = house.ask(NESTED, i=PEOPLE["shown"].victim)
    cursor = own.data["victim"]["returnCases"]["pageInfo"]["endCursor"]
    assert house.ask(NESTED, i=PEOPLE["shown"].victim, a=cursor).status == 200
    other = house.ask(NESTED, i=PEOPLE["twice"].victim, a=cursor)
    assert (other.status, other.codes) == (400, ["CURSOR_INVALID"])
    missing = house.ask(NESTED, i=str(uuid.uuid4()), a=cursor)
    for name in HIDDEN:
        assert_void(house.ask(NESTED, i=PEOPLE[name].victim, a=cursor), missing)


def test_O03_a_cursor_below_another_record_is_invalid_where_no_row_follows_it(
    house: House,
) -> None:
    own = house.ask(NESTED, i=PEOPLE["twice"].victim)
    cursor = own.data["victim"]["returnCases"]["pageInfo"]["endCursor"]
    other = house.ask(NESTED, i=PEOPLE["shown"].victim, a=cursor)
    assert (other.status, other.codes) == (400, ["CURSOR_INVALID"])


def test_O03_after_a_change_the_rows_behind_a_cursor_are_judged_anew(opened: Opened) -> None:
    with opened() as own:
        whole = page(own, n=50).data["victims"]["edges"]
        names = {e["node"]["id"]: e["node"]["familyName"] for e in whole}
        # one with a single case, so that one objection hides her
        last_shown = PEOPLE["shown"].victim
        before = list(names).index(last_shown)
        cursor = whole[before - 1]["cursor"] if before else None
        assert page(own, a=cursor).data["victims"]["edges"][0]["node"]["familyName"]
        case = next(made.case for made in PEOPLE.values() if made.victim == last_shown)
        now = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        with own.connect() as connection:
            state_consent(connection, case, "TRACING", "WITHDRAWN", ["KH"], now)
        after = page(own, a=cursor).data["victims"]["edges"][0]["node"]
        assert after == {"id": last_shown, "familyName": None}
        with own.connect() as connection:
            state_consent(connection, case, "NOTIFICATION", "REFUSED", ["KH"], now)
        assert last_shown not in [
            e["node"]["id"] for e in page(own, n=50, a=cursor).data["victims"]["edges"]
        ]


WAYS = {
    "root": "query($i: ID!) { victim(id: $i) { id gender familyName withheld { reason } } }",
    "root case": "query($i: ID!) { returnCase(id: $i) { id state victim { id } } }",
    "agreement": "query($i: ID!) { agreement(id: $i) { id code } }",
    "node": "query($i: ID!) { node(id: $i) { __typename id ... on Victim { gender } } }",
    "id filter": """query($i: ID!) { victims(filter: {id: {eq: $i}}) { totalCount
        pageInfo { hasNextPage } edges { node { id } } } }""",
    "id in a list": """query($i: ID!) { victims(filter: {id: {in: [$i]}}) { totalCount
        edges { node { id } } } }""",
    "all but": """query($i: ID!) { victims(first: 50, filter: {id: {ne: $i}}) { totalCount
        edges { node { gender } } } }""",
    "filter through a link": """query($i: ID!) { returnCases(filter: {victim: {id: {eq: $i}}}) {
        totalCount } }""",
    "filter below a shown record": """query($i: ID!) { returnCases(first: 3) { edges { node {
        transitions(filter: {id: {eq: $i}}) { totalCount } } } } }""",
    "explainAccess": "query($i: ID!) { explainAccess(id: $i) { field permitted reason clause } }",
    "explainAccess of a field": """query($i: ID!) {
        explainAccess(id: $i, field: "familyName") { field permitted reason } }""",
    "explainAccess of a typed field": """query($i: ID!) {
        explainAccess(id: $i, field: "Victim.familyName") { field permitted reason } }""",
    "explainAccess of another type's field": """query($i: ID!) {
        explainAccess(id: $i, field: "ReturnCase.state") { field permitted reason } }""",
    "explainAccess of no field": """query($i: ID!) {
        explainAccess(id: $i, field: "nothing") { field permitted reason } }""",
    "explainAccess then": """query($i: ID!) {
        explainAccess(id: $i, asOf: "2026-10-01T00:00:00Z") { field permitted reason } }""",
    "explainAccess before": """query($i: ID!) {
        explainAccess(id: $i, asOf: "2024-01-01T00:00:00Z") { field permitted reason } }""",
    "whoCanSee": "query($i: ID!) { whoCanSee(id: $i) { agency } }",
    "whoCanSee of a field": """query($i: ID!) {
        whoCanSee(id: $i, field: "Victim.familyName") { agency } }""",
    "access records": """query($i: ID!) { accessRecords(filter: {recordId: $i}) { totalCount
        edges { node { at } } } }""",
    "an opening": """mutation($i: ID!) { openEmergency(caseId: $i,
        reason: "she is in danger tonight") { opened { id } problems { code } } }""",
    "a review": """mutation($i: ID!) { reviewEmergency(id: $i, finding: JUSTIFIED) {
        opened { id } problems { code } } }""",
}


@pytest.fixture(scope="module")
def watched(house: House) -> House:
    """Thailand's own desk has read everybody: there is a past that others may not see."""
    house.ask("{ victims(first: 50) { edges { node { id gender familyName } } } }", THAI)
    return house


@pytest.mark.parametrize("desk", [KH, AUDITOR, SHELTER], ids=lambda desk: desk.agency)
@pytest.mark.parametrize("way", WAYS)
def test_O05_what_is_hidden_is_as_what_is_missing(watched: House, way: str, desk: Desk) -> None:
    missing = watched.ask(WAYS[way], desk, i=str(uuid.uuid4()))
    if desk is SHELTER and way == "an opening":
        return  # of its own country's cases: that is what an opening is for
    hidden = HIDDEN if desk is not SHELTER else (*HIDDEN, "shown")
    for name in ("hidden", "lao") if desk is AUDITOR else hidden:
        made = PEOPLE[name]
        for record in (made.victim, made.case, part_id("consent", name)):
            assert_void(watched.ask(WAYS[way], desk, i=record), missing)


def test_O05_a_part_that_is_hidden_on_a_case_that_is_shown_is_void(house: House) -> None:
    """An assessment is for the desk in charge of the case, and this one is not."""
    for way in ("node", "explainAccess", "whoCanSee"):
        missing = house.ask(WAYS[way], i=str(uuid.uuid4()))
        assert_void(house.ask(WAYS[way], i=part_id("assessment", "shown")), missing)


def test_O05_to_have_asked_leaves_the_same_kind_of_trace(watched: House) -> None:
    """What the Thai auditor reads of a question about a hidden case and one about none."""
    asked = [
        watched.ask(WAYS["root case"], KH, i=record)
        for record in (CASES["hidden"], str(uuid.uuid4()))
    ]
    one, other = (watched.leaves(answer.record) for answer in asked)
    assert len(one) == len(other) == 1
    differing = {key for key in one[0] if one[0][key] != other[0][key]}
    assert differing <= {"id", "at", "salt", "trace"}
    document = "query($i: ID!) { accessRecords(filter: {id: $i}) { totalCount } }"
    assert_void(*(watched.ask(document, THAI_AUDITOR, i=answer.record) for answer in asked))
