"""Section 4, the word TWIN: two databases that differ in what a desk may not see answer it alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.attacks import world
from tests.attacks.conftest import Opened
from tests.attacks.houses import AUDITOR, KH, LAO, SHELTER, STEWARD, Answer, Desk, House
from tests.attacks.questions import Question, all_questions
from tests.attacks.words import assert_house_dry, assert_twins
from tests.attacks.world import CASES, OF_DESK, PEOPLE, found_in
from tests.compiler.registry import Made, add_case, state_consent
from tests.golden.people import OLDER
from tests.law.texts import enact, next_version, text_of

PROTOCOLS = Path(__file__).resolve().parents[2] / "protocols"
OF_PARTS = {
    world.canary(table, column, name)
    for table, column in (("referral", "case_owner"), ("consent", "guardian"))
    for name in ("shown", "minor", "withdrawn", "sealed", "twice")
}
"""What else the Cambodian desk may be told: of cases from TRACING_REQUESTED on."""
Pair = tuple[House, House]


@pytest.fixture(scope="module")
def answered(house: House) -> list[tuple[Question, Answer]]:
    """Every question, answered by the first twin to the Cambodian desk."""
    return asked(house)


def asked(house: House) -> list[tuple[Question, Answer]]:
    """Every question with its answer, several at a time."""
    house.token(KH)
    with ThreadPoolExecutor(4) as pool:
        questions = list(all_questions())
        answers = pool.map(lambda each: house.ask(each[1], **each[2]), questions)
        return list(zip(questions, answers, strict=True))


@pytest.fixture(scope="module")
def twin(house: House, opened: Opened, answered: list[object]) -> Iterator[House]:
    """The second twin: every cell that the desk was not shown is another, and more is hidden."""
    shown = house.seen(KH)
    assert shown <= OF_DESK | OF_PARTS
    assert len(shown) > 20

    def prepare(connection: psycopg.Connection) -> None:
        assert world.diverge(connection, shown) > 300
        world.more_hidden(connection)

    with opened(prepare) as made:
        yield made
        for each in (house, made):
            assert_house_dry(each, may={KH: shown})


def test_O04_twins_answer_every_question_alike(
    answered: list[tuple[Question, Answer]], twin: House
) -> None:
    """Counts, pages, orders, filters, links, reasons, explanations, with hidden rows between."""
    assert len(answered) > 150
    differing = []
    for (question, one), (_, other) in zip(answered, asked(twin), strict=True):
        try:
            assert_twins(one, other)
        except AssertionError:
            differing.append(question[0])
    assert differing == []


def test_O04_pages_join_alike_whatever_is_hidden_between(house: House, twin: House) -> None:
    document = """query($a: String, $n: Int!) { returnCases(first: $n, after: $a) { totalCount
      edges { node { id state } } pageInfo { hasNextPage endCursor } } }"""

    def walked(each: House, size: int) -> list[object]:
        seen: list[object] = []
        after = None
        while True:
            found = each.ask(document, n=size, a=after).data["returnCases"]
            info = found.pop("pageInfo")
            seen.append((found, info["hasNextPage"]))
            after = info["endCursor"]
            if not info["hasNextPage"]:
                return seen

    for size in (1, 2, 3):
        assert walked(house, size) == walked(twin, size)


def test_O02_twins_filter_and_order_a_field_withheld_on_some_rows_alike(opened: Opened) -> None:
    """The cases before TRACING_REQUESTED hold back whether proceedings hold the person."""

    def flip(connection: psycopg.Connection) -> None:
        connection.execute("set session_replication_role = replica")
        connection.execute(
            "update registry.return_case set legal_hold = not legal_hold where id = any(%s)",
            ([CASES["early"], CASES["second"], CASES["hidden"], CASES["lao"]],),
        )

    with opened(lambda _connection: None) as one, opened(flip) as other:
        for given in (
            "filter: {legalHold: {eq: true}}",
            "filter: {legalHold: {ne: true}}",
            "filter: {not: {legalHold: {eq: true}}}",
            "filter: {legalHold: {isNull: true}}",
            "filter: {or: [{legalHold: {isNull: true}}, {state: {eq: TRACING}}]}",
            "orderBy: [{field: LEGAL_HOLD}]",
            "orderBy: [{field: LEGAL_HOLD, direction: DESC}, {field: STATE}]",
        ):
            said = given.replace("eq: TRACING", 'eq: "TRACING"')
            document = (
                f"{{ returnCases(first: 3, {said}) {{ totalCount pageInfo {{ hasNextPage endCursor }}"
                " edges { cursor node { id legalHold } } } }"
            )
            assert_twins(one.ask(document), other.ask(document))


LAW = """agreement = "TH-KH-2014"
version = {version}
title = "A law that opens names and not why they are withheld"
kind = "MOU"
parties = ["TH", "KH"]
in_force = 2014-10-31
published = true

[[clause]]
article = "art. 1"
subject = "Names"
purposes = ["TRACING"]

[[grant]]
clause = "art. 1"
grantee = {{ agencies = ["KH-MOSVY"], side = "ORIGIN", roles = ["FOCAL_POINT"] }}
purposes = ["TRACING"]
entity = "Victim"
classes = ["SHELL", "IDENTITY"]
when = [
    "lodged_under", "stage_from(NOTIFIED)", "no_objection", "consent(TRACING)",
    "minor_needs_guardian",
]

[[grant]]
clause = "art. 1"
grantee = {{ agencies = ["KH-MOSVY"], side = "ORIGIN", roles = ["FOCAL_POINT"] }}
purposes = ["TRACING"]
entity = "ReturnCase"
classes = ["SHELL"]
when = ["lodged_under", "stage_from(NOTIFIED)"]
"""
NEW = Made("7c1e4b00-0000-4000-8000-0000000000a1", "3fd09a00-0000-4000-8000-0000000000a2")
REASONS = """query($i: ID!) { victim(id: $i) { familyName withheld { field reason clause } }
  explainAccess(id: $i, field: "familyName") { permitted reason clause sentence }
  victims(first: 50) { edges { node { id familyName withheld { reason } } } } }"""


def _withdrawn(connection: psycopg.Connection) -> None:
    add_case(connection, "KH", "TRACING", "Name", age=30, ids=NEW, consent="WITHDRAWN")


def _minor(connection: psycopg.Connection) -> None:
    add_case(connection, "KH", "TRACING", "Name", age=12, ids=NEW)


def _objected(connection: psycopg.Connection) -> None:
    add_case(connection, "KH", "TRACING", "Name", age=30, ids=NEW)
    state_consent(connection, NEW.case, "NOTIFICATION", "REFUSED", ["KH"], OLDER)


def _enacted(facts: Callable[[psycopg.Connection], None], connection: psycopg.Connection) -> None:
    enact(connection, LAW.format(version=next_version("TH-KH-2014")), "TH")
    facts(connection)


def test_O08_a_reason_whose_facts_may_not_be_known_is_no_reason(opened: Opened) -> None:
    """A minor, one who withdrew and one who objected to the notice, to a desk that may know
    neither age nor consent: one answer for all three.
    """
    answers = []
    for facts in (_withdrawn, _minor, _objected):
        with opened(partial(_enacted, facts)) as each:
            answers.append(each.ask(REASONS, i=NEW.victim))
    for answer in answers:
        assert answer.data["victim"] is None or [
            w["reason"] for w in answer.data["victim"]["withheld"]
        ] == ["WITHHELD"]
    assert_twins(answers[0], answers[1])
    # the shell opens on her case whether she objected or not, so that she is there
    assert_twins(answers[1], answers[2])


def test_O08_a_reason_whose_facts_may_be_known_is_named(house: House) -> None:
    """The same three under the shipped law, which lets the desk read age and consent."""
    for name, reason in (("minor", "MINOR"), ("withdrawn", "CONSENT"), ("early", "STAGE")):
        found = house.ask(REASONS, i=PEOPLE[name].victim).data["victim"]["withheld"]
        assert {each["reason"] for each in found} == {reason}
    sealed = house.ask(REASONS, i=PEOPLE["sealed"].victim).data["victim"]["withheld"]
    assert {each["reason"] for each in sealed} == {"RESTRICTED_BY_SENDER"}


@pytest.fixture(scope="module")
def unpublished(opened: Opened) -> Iterator[House]:
    """The same law, of which nobody but its parties may read."""

    def prepare(connection: psycopg.Connection) -> None:
        for file in sorted(PROTOCOLS.glob("*.toml")):
            agreement = file.name.split(".v")[0]
            text = text_of(agreement, next_version(agreement))
            assert "published = true" in text
            text = text.replace("published = true", "published = false", 1)
            enact(connection, text, "TH")
        connection.execute("update registry.agreement set published = false")

    with opened(prepare) as made:
        yield made


PARTIES = {
    "ACTIP": {"TH", "KH", "LA"},
    "COMMIT-2004": {"TH", "KH", "LA"},
    "IOM-MSDHS-2007": {"TH", "INT-IOM"},
    "KH-LAW": {"KH"},
    "LA-LAW": {"LA"},
    "TH-KH-2014": {"TH", "KH"},
    "TH-KH-SOP-2022": {"TH", "KH"},
    "TH-LA-2017": {"TH", "LA"},
    "TH-LAW": {"TH"},
}
IOM = Desk("INT-IOM", ("PARTNER_CASEWORKER",), "RETURN")


@pytest.mark.parametrize(
    "desk", [KH, LAO, SHELTER, AUDITOR, STEWARD, IOM], ids=lambda desk: desk.agency
)
def test_O12_only_clauses_that_the_caller_may_read_are_named(
    unpublished: House, desk: Desk
) -> None:
    party = {desk.agency, desk.agency[:2]}
    for name, document, variables in (
        *all_questions(),
        ("versions", "{ protocolVersions { agreement version title } }", {}),
        ("drafts", "{ agreements(first: 50) { edges { node { code } } } }", {}),
    ):
        if not name.startswith(("all", "me", "versions", "drafts")) and "explained" not in name:
            continue
        text = unpublished.ask(document, desk, **variables).text
        for agreement, parties in PARTIES.items():
            if not party & parties:
                assert agreement not in text, (name, agreement)


def test_O12_to_name_no_clause_is_not_to_hide_the_refusal(unpublished: House) -> None:
    answer = unpublished.ask("{ victims { edges { node { diagnosis } } } }", IOM)
    for error in answer.errors:
        assert error["extensions"]["field"] == "Victim.diagnosis"
        assert not [c for c in error["extensions"]["clauses"] if c.startswith(("TH-K", "KH-LAW"))]
    assert not found_in(answer.text)
