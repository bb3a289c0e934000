"""Law, consent, assignment and clock while two processes serve: each bites at the next request.

Two processes of `saphan serve` over one database, warm before every change.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from service.devissuer import DevelopmentIssuer, open_development_issuer
from tests.compiler.registry import Made, Registry, add_case, state_consent
from tests.door.test_serving import NO_TLS, url_of
from tests.durability.nursery import Nursery, Served
from tests.law.test_lawmaking import PROPOSE, RATIFY, _digest
from tests.law.texts import enact, next_version, text_of

AGREED = "TH-KH-2014"
NUMBER = next_version(AGREED)
NAMES = "{ victims(first: 50) { edges { node { familyName withheld { reason } } } } }"
SHELTERED = "{ returnCases { totalCount } }"
PEOPLE = 5
ROUNDS = 6


@dataclass
class Pair:
    """Two processes over one registry."""

    servers: tuple[Served, Served]
    registry: Registry
    issuer: DevelopmentIssuer
    cases: list[Made]
    bearers: dict[tuple[str, str, str, str], str] = field(default_factory=dict)

    def bearer(self, agency: str, role: str, purpose: str, subject: str) -> str:
        key = (agency, role, purpose, subject)
        if key not in self.bearers:
            self.bearers[key] = self.issuer.mint(agency, [role], [purpose], subject=subject)
        return self.bearers[key]

    def ask(self, server: int, query: str, who: tuple[str, str, str, str], **given: Any) -> Any:
        sent = httpx2.post(
            f"{self.servers[server].url}/graphql",
            json={"query": query, "variables": given},
            headers={"authorization": f"Bearer {self.bearer(*who)}"},
            timeout=60,
            verify=NO_TLS,
        )
        return sent.json()

    def names(self, server: int) -> list[str | None]:
        answer = self.ask(server, NAMES, DESK)
        return sorted(e["node"]["familyName"] or "" for e in answer["data"]["victims"]["edges"])

    def both(self) -> list[list[str | None]]:
        return [self.names(0), self.names(1)]

    def owned(self, work: Callable[[psycopg.Connection[Any]], object]) -> None:
        with psycopg.connect(self.registry.owner) as connection:
            work(connection)
            connection.commit()


DESK = ("KH-MOSVY", "FOCAL_POINT", "TRACING", "desk")
SHELTER = ("TH-SHELTER", "CASE_WORKER", "TRACING", "worker")
BANGKOK = ("TH-MFA", "AGREEMENT_STEWARD", "COORDINATION", "khun a")
PHNOM_PENH = ("KH-MFAIC", "AGREEMENT_STEWARD", "COORDINATION", "lok c")
ALL = [f"K{n}" for n in range(PEOPLE)]
NONE = [""] * PEOPLE


@pytest.fixture
def pair(registry: Registry, nursery: Nursery, tmp_path: Path) -> Iterator[Pair]:
    with psycopg.connect(registry.owner) as connection:
        cases = [add_case(connection, "KH", "TRACING", name) for name in ALL]
        connection.commit()
    folder = tmp_path / "state"
    with ExitStack() as stack:
        settings = {
            "SAPHAN_DATABASE_URL": url_of(registry.service),
            "SAPHAN_FOLDER": str(folder),
            # a busy machine may need longer for the proofs than a registry would wait
            "SAPHAN_REQUEST_TIMEOUT": "60",
        }
        servers = [stack.enter_context(nursery.serving(**settings)) for _ in range(2)]
        issuer = open_development_issuer(folder / "issuer")
        made = Pair((servers[0], servers[1]), registry, issuer, cases)
        assert made.both() == [ALL, ALL]
        yield made


def _poorer(version: int) -> str:
    """The same agreement, which names nobody while the family is being traced."""
    whole = '"SHELL", "PERSON", "IDENTITY", "FAMILY"]'
    return text_of(AGREED, version).replace(whole, whole.replace('"IDENTITY", ', ""))


def _enact(text: str, connection: psycopg.Connection[Any]) -> None:
    enact(connection, text, "TH")


def test_T01_a_withdrawal_bites_at_the_next_request_of_each(pair: Pair) -> None:
    def withdraw(connection: psycopg.Connection[Any], case: str) -> None:
        at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        state_consent(connection, case, "TRACING", "WITHDRAWN", ["KH"], at)

    for number, made in enumerate(pair.cases):
        pair.owned(partial(withdraw, case=made.case))
        expected = sorted([""] * (number + 1) + ALL[number + 1 :])
        assert pair.both() == [expected, expected]


def test_the_end_of_an_assignment_bites_at_the_next_request_of_each(pair: Pair) -> None:
    def assign(connection: psycopg.Connection[Any]) -> None:
        connection.execute(
            "insert into registry.assignment (id, case_id, agency_code, from_at)"
            " select gen_random_uuid(), id, 'TH-SHELTER', clock_timestamp()"
            " from registry.return_case"
        )

    def count(server: int) -> int:
        answer = pair.ask(server, SHELTERED, SHELTER)
        return int(answer["data"]["returnCases"]["totalCount"])

    assert [count(0), count(1)] == [0, 0]
    pair.owned(assign)
    assert [count(0), count(1)] == [PEOPLE, PEOPLE]
    pair.owned(lambda c: c.execute("update registry.assignment set until_at = clock_timestamp()"))
    assert [count(0), count(1)] == [0, 0]


def test_K01_a_ratification_bites_at_the_next_request_of_each(pair: Pair) -> None:
    """Proposed at one process, ratified at the other; proofs run in the service itself."""
    text = _poorer(NUMBER)
    proposed = pair.ask(0, PROPOSE, BANGKOK, content=text)["data"]["proposeProtocol"]
    assert proposed["problems"] == []
    assert pair.both() == [ALL, ALL]
    given = {"agreement": AGREED, "version": NUMBER, "hash": _digest(text)}
    ratified = pair.ask(1, RATIFY, PHNOM_PENH, **given)["data"]["ratifyProtocol"]
    assert (ratified["problems"], ratified["version"]["state"]) == ([], "IN_FORCE")
    assert pair.both() == [NONE, NONE]
    for server in (0, 1):
        me = pair.ask(server, "{ me { grants { clause } } }", DESK)["data"]["me"]["grants"]
        clauses = {g["clause"].split("#")[0] for g in me if g["clause"].startswith(AGREED)}
        assert clauses == {f"{AGREED}@{NUMBER}"}


def test_T03_a_version_ends_by_the_databases_clock(pair: Pair) -> None:
    def end(connection: psycopg.Connection[Any]) -> None:
        connection.execute(
            "insert into policy.ending (version_id, party, agency, subject, until_at)"
            " select id, 'KH', 'KH-MFAIC', 'x', clock_timestamp() + interval '2 s'"
            " from policy.protocol_version where agreement_code = %s",
            (AGREED,),
        )

    def over() -> bool:
        with psycopg.connect(pair.registry.owner) as connection:
            row = connection.execute(
                "select min(until_at) <= clock_timestamp() from policy.ending"
            ).fetchone()
        return bool(row and row[0])

    pair.owned(end)
    seen_before = 0
    while not over():
        before = pair.both()
        if not over():
            assert before == [ALL, ALL]
            seen_before += 1
    assert seen_before > 3
    assert pair.both() == [[], []]


def test_T02_no_answer_is_made_of_two_versions(pair: Pair) -> None:
    """Readers on both processes while the law changes under them, again and again."""
    stop, faults, answers = threading.Event(), [], [0]
    lock = threading.Lock()

    def read_on(server: int) -> None:
        while not stop.is_set():
            answer = pair.ask(server, NAMES, DESK)
            nodes = [e["node"] for e in answer["data"]["victims"]["edges"]]
            names = {node["familyName"] is None for node in nodes}
            leaves = pair.registry.leaves(answer["extensions"]["accessRecord"])
            laws = {p for leaf in leaves for p in leaf["protocols"] if p.startswith(AGREED)}
            shown = {
                name for leaf in leaves for entry in leaf["disclosures"] for name in entry["fields"]
            }
            with lock:
                answers[0] += 1
                if len(names) != 1 or len(laws) > 1 or len(nodes) != PEOPLE:
                    faults.append((nodes, laws))
                if ("Victim.familyName" in shown) is not (names == {False}):
                    faults.append((nodes, shown))

    threads = [threading.Thread(target=read_on, args=(n % 2,)) for n in range(6)]
    for thread in threads:
        thread.start()
    try:
        for number in range(NUMBER, NUMBER + ROUNDS):
            text = text_of(AGREED, number) if number % 2 else _poorer(number)
            pair.owned(partial(_enact, text))
            expected = ALL if number % 2 else NONE
            assert pair.both() == [expected, expected]
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert faults == []
    assert answers[0] > ROUNDS * 4
