"""The lines themselves: one shape however it ended, canonical bytes, no salt twice, no value."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
import rfc8785

from resolvers.engine import Engine, EngineSettings, Request
from resolvers.refusing import REFUSAL_SQL
from schema.catalog import catalog
from schema.sdl import graphql_schema
from tests.exact.ground import (
    AUDITORS,
    HOST,
    PHNOM_PENH,
    RETURNING,
    STEWARD,
    TRICKY,
    WORKER,
    Asked,
    Ground,
)
from tests.refusals.facts import VALUES

ROW = (
    "select at, kind, agency, country, unit, cases, roles, subject, client, issuer, token_hash,"
    " purpose, operation_name, document_hash, trace_id, outcome, protocols, searched, refusals,"
    " withheld from ledger.access_record where id = %s"
)
ALLOWED = """query Allowed {
  victims(filter: {gender: {eq: "Feminine"}}, orderBy: [{field: AGE_BAND}]) { edges { node {
    id familyName narrative withheld { field }
    returnCases { edges { node { state victim { gender } } } } } } } }"""
WITHHELD = """query($i: ID!) { accessRecords(filter: {id: $i}) {
  edges { node { withheld { field reason count } } } } }"""
REFUSED = "query Refused { victims(filter: {narrative: {isNull: true}}) { totalCount } }"
FAILED = 'query Failed { victims(filter: {gender: {eq: "x"}}) { edges { node { narrative } } } }'
OPEN = """mutation Opens($c: ID!) { openEmergency(caseId: $c, reason: "a canary of a reason") {
  opened { id until } problems { code } } }"""


@pytest.fixture(scope="module")
def ended(ground: Ground) -> dict[str, Asked]:
    """One operation for each way to end."""
    found = {
        "DISCLOSED": ground.ask(replace(HOST, subject=TRICKY, unit="", cases=None), ALLOWED),
        "REFUSED": ground.ask(HOST, REFUSED),
    }
    before = ground.written()
    with psycopg.connect(ground.registry.owner) as blocking:
        blocking.execute("lock table registry.victim in access exclusive mode")
        body = ground.loop.run(_impatient(ground))
    assert body["errors"][0]["extensions"]["code"] == "TIMEOUT"
    (record,) = ground.written() - before
    leaves = tuple(json.loads(line) for line in ground.lines(record))
    found["ERROR"] = replace(found["REFUSED"], body=body, record=record, leaves=leaves)
    return found


async def _impatient(ground: Ground) -> dict[str, Any]:
    settings = EngineSettings(lambda: ground.registry.service, b"k" * 32, statement_timeout_ms=700)
    engine = Engine(graphql_schema(), catalog(), settings)
    await engine.start()
    try:
        answer = await engine.answer(Request(FAILED, None, {}, HOST, "TRACING", "t"))
    finally:
        await engine.stop()
    parsed: dict[str, Any] = json.loads(answer.body)
    return parsed


@pytest.fixture(scope="module")
def lines(ground: Ground, ended: dict[str, Asked]) -> list[bytes]:
    """Every line there is, after answers, refusals, failures and acts."""
    assert set(ended) == {"DISCLOSED", "REFUSED", "ERROR"}
    who = replace(WORKER, subject=f"lines {TRICKY}", cases=(ground.targets[0].case,))
    opened = ground.ask(who, OPEN, c=ground.targets[0].case)
    assert opened.leaves[0]["kind"] == "EMERGENCY"
    for reader in (*AUDITORS.values(), PHNOM_PENH, STEWARD, RETURNING):
        ground.ask(
            reader, "{ accessRecords(first: 9) { edges { node { purpose withheld { count } } } } }"
        )
        ground.ask(reader, ALLOWED)
    rows = ground.owner.execute("select body from ledger.access_leaf").fetchall()
    return [body.encode() for (body,) in rows]


def test_however_it_ends_a_record_has_one_shape(ground: Ground, ended: dict[str, Asked]) -> None:
    shapes = {}
    for outcome, asked in ended.items():
        assert {leaf["outcome"] for leaf in asked.leaves} == {outcome}
        for leaf in asked.leaves:
            shapes[outcome, leaf["pair"]] = (
                sorted(leaf),
                sorted(leaf["caller"]),
                sorted(leaf["operation"]),
                {name: type(value) for name, value in leaf.items()},
            )
        row = ground.owner.execute(ROW, (asked.record,)).fetchone()
        assert row is not None
        assert [type(value) for value in row] == [type(value) for value in _row(ground, ended)]
    assert len({str(shape) for shape in shapes.values()}) == 1


def _row(ground: Ground, ended: dict[str, Asked]) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = ground.owner.execute(ROW, (ended["DISCLOSED"].record,)).fetchone()
    assert row is not None
    return row


def test_what_failed_names_what_it_asked_and_shows_nothing(ended: dict[str, Asked]) -> None:
    (leaf,) = ended["ERROR"].leaves
    assert leaf["operation"]["name"] == "Failed"
    assert (leaf["disclosures"], leaf["withheld"]) == ([], [])
    assert leaf["searched"] == ["Victim.gender"]
    assert [entry["field"] for entry in leaf["refusals"]] == ["Victim.narrative"]


def test_the_row_says_what_its_leaves_say(ground: Ground, ended: dict[str, Asked]) -> None:
    names = ROW.removeprefix("select ").split(" from ")[0].replace("\n", "").split(", ")
    for asked in ended.values():
        values = ground.owner.execute(ROW, (asked.record,)).fetchone()
        assert values is not None
        row = dict(zip((name.strip() for name in names), values, strict=True))
        for leaf in asked.leaves:
            assert leaf["at"] == row["at"].astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            for word in ("kind", "purpose", "outcome", "searched", "refusals"):
                assert leaf[word] == row[word], word
            for word in ("agency", "country", "unit", "subject", "client", "issuer", "cases"):
                assert leaf["caller"][word] == row[word], word
            assert leaf["caller"]["token"] == row["token_hash"]
            assert leaf["operation"] == {
                "hash": row["document_hash"],
                "name": row["operation_name"],
            }
            assert leaf["trace"] == row["trace_id"]
            assert set(leaf["protocols"]) <= set(row["protocols"])
        assert row["protocols"] == sorted({p for leaf in asked.leaves for p in leaf["protocols"]})


def test_a_withheld_field_counts_once_for_each_record(ground: Ground) -> None:
    """The row named a reason once for each leaf, and counted who stands in two leaves twice."""
    asked = ground.ask(
        HOST, "{ victims(first: 50) { edges { node { familyName recruitment photo } } } }"
    )
    pairs = {leaf["pair"] for leaf in asked.leaves if leaf["withheld"]}
    assert pairs >= {"KH-TH", "LA-TH", "TH"}
    counted = Counter((name, reason) for _, name, reason in asked.seen.withheld)
    expected = [
        {"field": name, "reason": reason, "count": count}
        for (name, reason), count in sorted(counted.items())
    ]
    in_leaves = sum(entry["count"] for leaf in asked.leaves for entry in leaf["withheld"])
    assert in_leaves > sum(counted.values())
    row = ground.owner.execute(
        "select withheld from ledger.access_record where id = %s", (asked.record,)
    ).fetchone()
    assert row == (expected,)
    told = ground.body(AUDITORS["TH"], WITHHELD, i=asked.record)
    (edge,) = told["data"]["accessRecords"]["edges"]
    assert edge["node"]["withheld"] == expected
    told = ground.body(AUDITORS["LA"], WITHHELD, i=asked.record)
    (edge,) = told["data"]["accessRecords"]["edges"]
    (lao,) = (leaf for leaf in asked.leaves if leaf["pair"] == "LA-TH")
    assert edge["node"]["withheld"] == lao["withheld"]


def test_no_list_depends_on_the_collation_of_the_database(ground: Ground) -> None:
    """Lists go by code point: PostgreSQL would sort them as the database's language does."""
    ground.ask(HOST, ALLOWED)
    statement, _ = ground.engine.newest()
    for sql in (REFUSAL_SQL, statement.sql):
        lists = sql.split("array_agg(distinct ")[1:]
        texts = [each for each in lists if not each.startswith(("rid)", "i.id)"))]
        assert len(texts) >= 2
        assert all('collate "C" order by' in each[:80] for each in texts)


def test_every_line_is_canonical(lines: list[bytes]) -> None:
    for line in lines:
        assert rfc8785.dumps(json.loads(line)) == line


def test_every_array_is_in_the_order_of_code_points(lines: list[bytes]) -> None:
    for line in map(json.loads, lines):
        for words in _arrays(line):
            assert words == sorted(words), line["id"]


def _arrays(line: dict[str, Any]) -> Iterator[list[Any]]:
    yield line["protocols"]
    yield line["searched"]
    yield line["caller"]["roles"]
    yield line["caller"]["cases"] or []
    yield [(entry["clause"], entry["fields"]) for entry in line["disclosures"]]
    for entry in line["disclosures"]:
        yield entry["fields"]
        yield entry["records"]
    yield [(entry["field"], entry["reason"]) for entry in line["refusals"]]
    yield [(entry["field"], entry["reason"]) for entry in line["withheld"]]


def test_a_salt_is_sixteen_bytes_and_none_comes_twice(lines: list[bytes]) -> None:
    salts = [base64.b64decode(json.loads(line)["salt"], validate=True) for line in lines]
    assert {len(salt) for salt in salts} == {16}
    assert len(set(salts)) == len(salts)


def test_there_is_one_leaf_for_each_pair_and_it_is_that_of_its_records(ground: Ground) -> None:
    """She was found twice: two corridors, two leaves, each whole by itself."""
    victim = ground.targets[0].victim
    asked = ground.ask(HOST, f'{{ victim(id: "{victim}") {{ familyName gender }} }}')
    assert [leaf["pair"] for leaf in asked.leaves] == ["KH-TH", "LA-TH"]
    assert {leaf["id"] for leaf in asked.leaves} == {asked.record}
    shown = [
        {
            (r, f, e["clause"])
            for e in leaf["disclosures"]
            for r in e["records"]
            for f in e["fields"]
        }
        for leaf in asked.leaves
    ]
    assert shown[0] == shown[1] != set()
    everything = ground.ask(
        HOST, "{ returnCases(first: 50) { edges { node { id host origin state } } } }"
    )
    nodes = [edge["node"] for edge in everything.body["data"]["returnCases"]["edges"]]
    objected = ground.targets[3].case
    # whatever the acts have recorded on theirs
    acted = {ground.acted.case} if ground.acted else set()
    nodes = [node for node in nodes if node["id"] not in acted]
    for leaf in everything.leaves:
        told = {record for entry in leaf["disclosures"] for record in entry["records"]} - acted
        assert told == {n["id"] for n in nodes if _pair(n, objected) == leaf["pair"]}
    assert {_pair(node, objected) for node in nodes} == {"TH", "KH-TH", "LA-TH"}


def _pair(node: dict[str, Any], objected: str) -> str:
    """The host's alone until the origin may know of it, and where the person objected to that."""
    if node["state"] in ("SCREENED", "IDENTIFIED") or node["id"] == objected:
        return str(node["host"])
    return "-".join(sorted((node["host"], node["origin"])))


def test_an_index_of_ids_is_what_the_line_holds(ground: Ground, lines: list[bytes]) -> None:
    assert lines
    rows = ground.owner.execute(
        "select body, records::text[] from ledger.access_leaf where body::json->>'kind' = 'ACCESS'"
    ).fetchall()
    for body, records in rows:
        told = {r for entry in json.loads(body)["disclosures"] for r in entry["records"]}
        assert sorted(told) == sorted(records)


def test_no_value_of_a_person_is_in_any_line_or_row(ground: Ground, lines: list[bytes]) -> None:
    words = [v for v in VALUES.values() if isinstance(v, str) and v not in ("Feminine", "KHMR")]
    words += ["Canary", "canary's", "7/2569", "a canary of a reason"]
    written = b"\n".join(lines).decode()
    rows = ground.owner.execute("select r::text from ledger.access_record r").fetchall()
    written += "\n".join(row for (row,) in rows)
    assert [word for word in words if word in written] == []
