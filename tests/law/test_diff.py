"""What another version would change: in words, in counts, and over what was shown."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from authz.documents import read
from resolvers.comparing import Comparison, hash_of, text_of
from resolvers.engine import Engine, EngineSettings
from resolvers.errors import RequestRefused
from schema.catalog import catalog
from schema.sdl import graphql_schema
from tests.compiler.registry import Made, Registry, add_case, state_consent
from tests.law.asking import asked, person
from tests.law.texts import next_version
from tests.law.texts import text_of as shipped

AGREED = "TH-KH-2014"
STEWARD = person("TH-MFA", "AGREEMENT_STEWARD", "khun a")
DESK = person("KH-MOSVY", "FOCAL_POINT", "desk", "TRACING")
NAMES = "{ victims { edges { node { familyName gender } } } }"
NOW = read(shipped(AGREED), "now")
POORER = read(
    shipped(AGREED, next_version(AGREED)).replace('"IDENTITY", ', "").replace(', "IDENTITY"', ""),
    "poorer",
)


async def _compare(registry: Registry, asked: Comparison, who: Any) -> dict[str, Any]:
    settings = EngineSettings(lambda: registry.service, b"k" * 32)
    engine = Engine(graphql_schema(), catalog(), settings)
    await engine.start()
    try:
        return await engine.compare(who, "COORDINATION", asked)
    finally:
        await engine.stop()


def compare(registry: Registry, asked: Comparison, who: Any = STEWARD) -> dict[str, Any]:
    return asyncio.run(_compare(registry, asked, who))


def _cases(registry: Registry) -> list[Made]:
    with psycopg.connect(registry.owner) as connection:
        made = [add_case(connection, "KH", "TRACING", f"K{n}") for n in range(3)]
        add_case(connection, "KH", "NOTIFIED", "not yet")
        add_case(connection, "KH", "TRACING", "refused", consent="REFUSED")
        add_case(connection, "LA", "TRACING", "Lao")
        connection.commit()
    return made


@pytest.fixture
def cases(registry: Registry) -> list[Made]:
    return _cases(registry)


@pytest.fixture(scope="module")
def shared_cases(shared_registry: Registry) -> list[Made]:
    return _cases(shared_registry)


def _of_desk(report: dict[str, Any]) -> list[dict[str, Any]]:
    key = {"agency": "KH-MOSVY", "role": "FOCAL_POINT", "purpose": "TRACING"}
    return [c for c in report["changes"] if {k: c[k] for k in key} == key]


def test_it_counts_who_loses_what_on_how_many_records(
    shared_registry: Registry, shared_cases: list[Made]
) -> None:
    (change,) = _of_desk(compare(shared_registry, Comparison(NOW, POORER, None)))
    assert (change["entity"], change["classes"]) == ("Victim", ["IDENTITY"])
    assert (change["gained"], change["lost"]) == (0, len(shared_cases))
    (back,) = _of_desk(compare(shared_registry, Comparison(POORER, NOW, None)))
    assert (back["gained"], back["lost"]) == (len(shared_cases), 0)


def test_the_same_law_changes_nothing(shared_registry: Registry, shared_cases: list[Made]) -> None:
    same = read(shipped(AGREED, next_version(AGREED)), "same")
    report = compare(shared_registry, Comparison(NOW, same, None))
    assert (report["changes"], report["added"], report["removed"]) == ([], [], [])


def test_it_says_in_words_what_is_gone(shared_registry: Registry, shared_cases: list[Made]) -> None:
    report = compare(shared_registry, Comparison(NOW, POORER, None))
    assert all("IDENTITY" in line for line in report["removed"])
    assert report["removed"]
    assert not any("IDENTITY" in line for line in report["added"])


def test_nothing_before_opens_everything(
    shared_registry: Registry, shared_cases: list[Made]
) -> None:
    gained = _of_desk(compare(shared_registry, Comparison(None, NOW, None)))
    assert {c["entity"]: c["gained"] for c in gained if "SHELL" in c["classes"]}["ReturnCase"] == 5


def test_the_replay_names_what_it_would_have_refused(registry: Registry, cases: list[Made]) -> None:
    since = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    for _ in range(2):
        asked(registry, DESK, NAMES)
    with psycopg.connect(registry.owner) as connection:
        # what is closed since stays judged as it stood when it was shown
        at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        for made in cases:
            state_consent(connection, made.case, "TRACING", "WITHDRAWN", ["KH"], at)
        connection.commit()
    found = compare(registry, Comparison(NOW, POORER, since))["replay"]
    assert found["operations"] == 2
    assert found["cells"] == 2 * (5 + len(cases))
    (refused,) = found["refused"]
    assert (refused["field"], refused["count"]) == ("Victim.familyName", 2 * len(cases))
    assert (refused["agency"], refused["roles"]) == ("KH-MOSVY", "FOCAL_POINT")
    same = compare(registry, Comparison(NOW, replace(NOW, version=9), since))["replay"]
    assert (same["refusedCells"], same["cells"]) == (0, found["cells"])


def test_the_replay_names_what_nobody_used(registry: Registry, cases: list[Made]) -> None:
    since = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    asked(registry, DESK, NAMES)
    found = compare(registry, Comparison(NOW, NOW, since))["replay"]
    rows = {(row["clause"].split("#")[1], row["entity"], row["class"]) for row in found["unused"]}
    assert ("art. 9(2)", "Victim", "FAMILY") in rows
    assert ("art. 9(2)", "Victim", "IDENTITY") not in rows


def test_the_hash_is_that_of_the_file(shared_registry: Registry, shared_cases: list[Made]) -> None:
    report = compare(shared_registry, Comparison(NOW, POORER, None))
    assert hash_of(report) == hashlib.sha256(text_of(report).encode()).hexdigest()
    assert compare(shared_registry, Comparison(NOW, POORER, None)) == report


def test_only_a_steward_of_a_party_compares(
    shared_registry: Registry, shared_cases: list[Made]
) -> None:
    for who in (person("LA-MOFA", "AGREEMENT_STEWARD", "x"), DESK):
        with pytest.raises(RequestRefused):
            compare(shared_registry, Comparison(NOW, POORER, None), who)


def test_to_count_is_on_record(registry: Registry, cases: list[Made]) -> None:
    compare(registry, Comparison(NOW, POORER, None))
    with psycopg.connect(registry.owner) as connection:
        rows = connection.execute(
            "select agency, subject, outcome from ledger.access_record"
            " where operation_name = 'ProtocolDiff'"
        ).fetchall()
    assert rows == [("TH-MFA", "khun a", "DISCLOSED")]
