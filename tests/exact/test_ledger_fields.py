"""The ledger's own fields: a record's leaves with their proofs, acts, and the checkpoint."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ledger.checkpoints import Checkpoint
from ledger.cosignatures import CosignatureKey
from ledger.hashing import ProofRefused, leaf_hash
from ledger.integrating import Integrator
from ledger.notes import Signer, open_note
from ledger.proofs import Proof
from tests.exact.ground import AUDITORS, HOST, PHNOM_PENH, STEWARD, Ground
from tests.law.texts import next_version, text_of
from tests.tracing.house import person

SIGNER = Signer.of_seed("log.test.example/exact", bytes(range(32)))
LEAVES = """query($i: ID!) { accessRecords(filter: {id: $i}) { edges { node {
  kind act { subject from to contentHash } leaves { index inclusionProof } } } } }"""
CHECKPOINT = """{ c: accessCheckpoint { origin size root note at
  witnesses { name signed size at __typename } witnessesSigned witnessesConfigured } }"""
PROPOSE = """mutation($t: String!) { proposeProtocol(content: $t) {
  accessRecord problems { code } } }"""
DESK = person("TH-SHELTER", "CASE_WORKER", "TRACING")


@pytest.fixture(scope="module")
def placing(ground: Ground) -> Iterator[Integrator]:
    dsn = make_conninfo(ground.registry.owner, user="saphan_integrator")
    with psycopg.connect(dsn, autocommit=True) as connection:
        made = Integrator(connection, SIGNER)
        assert made.lead()
        yield made


def _place(placing: Integrator) -> int:
    step = placing.step()
    while step.more:
        step = placing.step()
    return step.size


def _record(ground: Ground, who: Any, record: str | None) -> dict[str, Any] | None:
    body = ground.body(who, LEAVES, i=record)
    assert "errors" not in body
    edges = body["data"]["accessRecords"]["edges"]
    return dict(edges[0]["node"]) if edges else None


def _both(ground: Ground) -> str:
    """One access that touched both corridors: two leaves."""
    asked = ground.ask(HOST, f'{{ victim(id: "{ground.targets[0].victim}") {{ gender }} }}')
    assert [leaf["pair"] for leaf in asked.leaves] == ["KH-TH", "LA-TH"]
    return str(asked.record)


def test_a_leaf_has_no_place_before_it_is_placed(ground: Ground) -> None:
    found = _record(ground, AUDITORS["TH"], _both(ground))
    assert found is not None
    assert found["leaves"] == [{"index": None, "inclusionProof": None}] * 2
    assert (found["kind"], found["act"]) == ("ACCESS", None)


def test_a_proof_says_that_the_leaf_is_in_the_tree(ground: Ground, placing: Integrator) -> None:
    record = _both(ground)
    size = _place(placing)
    found = _record(ground, AUDITORS["TH"], record)
    assert found is not None
    lines = ground.lines(record)
    assert len(found["leaves"]) == len(lines) == 2
    for leaf, line in zip(found["leaves"], lines, strict=True):
        proof = Proof.parse(leaf["inclusionProof"])
        assert proof.index == leaf["index"]
        assert proof.verify(leaf_hash(line.encode()), SIGNER.verifier).size == size
        with pytest.raises(ProofRefused):
            proof.verify(leaf_hash(line.encode() + b" "), SIGNER.verifier)


def test_only_leaves_in_scope_are_told(ground: Ground, placing: Integrator) -> None:
    record = _both(ground)
    _place(placing)
    every = _record(ground, AUDITORS["TH"], record)
    assert every is not None
    for country, place in (("KH", 0), ("LA", 1)):
        found = _record(ground, AUDITORS[country], record)
        assert found is not None
        assert found["leaves"] == [every["leaves"][place]]
    desk = _record(ground, HOST, record)
    assert desk is not None
    assert desk["leaves"] == every["leaves"]
    assert _record(ground, PHNOM_PENH, record) is None


def test_no_proof_is_made_that_is_not_asked_for(ground: Ground) -> None:
    query = LEAVES.replace("index inclusionProof", "n: index __typename")
    body = ground.body(AUDITORS["TH"], query, i=_both(ground))
    (edge,) = body["data"]["accessRecords"]["edges"]
    assert edge["node"]["leaves"] == [{"n": None, "__typename": "AccessLeaf"}] * 2
    statement, _ = ground.engine.newest()
    assert "proof_text" not in statement.sql


def test_the_auditors_of_all_parties_read_an_act(ground: Ground) -> None:
    text = text_of("TH-KH-SOP-2022", next_version("TH-KH-SOP-2022"))
    payload = ground.body(STEWARD, PROPOSE, t=text)["data"]["proposeProtocol"]
    assert payload["problems"] == []
    (line,) = map(json.loads, ground.lines(payload["accessRecord"]))
    assert line["pair"] == "KH-TH"
    for country in ("TH", "KH"):
        found = _record(ground, AUDITORS[country], payload["accessRecord"])
        assert found is not None
        assert (found["kind"], found["act"]) == ("POLICY", line["act"])
        assert len(found["leaves"]) == 1
    assert _record(ground, AUDITORS["LA"], payload["accessRecord"]) is None
    for other in (HOST, PHNOM_PENH):
        assert _record(ground, other, payload["accessRecord"]) is None


def test_acts_are_found_by_their_kind(ground: Ground) -> None:
    query = """query($k: String!) { accessRecords(first: 50, filter: {kind: $k}) {
      edges { node { kind act { subject } } } } }"""
    for kind, is_act in (("ACCESS", False), ("POLICY", True)):
        body = ground.body(AUDITORS["TH"], query, k=kind)
        nodes = [edge["node"] for edge in body["data"]["accessRecords"]["edges"]]
        assert {node["kind"] for node in nodes} == {kind}
        assert {node["act"] is not None for node in nodes} == {is_act}


def test_the_checkpoint_is_for_anybody(ground: Ground, placing: Integrator) -> None:
    """Without a purpose, without a record, and only of witnesses that are configured now."""
    _both(ground)
    size = _place(placing)
    near, far, gone, idle = (
        CosignatureKey.of_seed(f"{name}.witness.example", bytes([n]) * 32)
        for n, name in enumerate(("near", "far", "gone", "idle"), 1)
    )
    with psycopg.connect(ground.registry.owner, autocommit=True) as owner:
        older = owner.execute("select min(size) from ledger.checkpoint").fetchone()
        assert older is not None
        for each, active in ((near, True), (far, True), (gone, True), (idle, True), (gone, False)):
            owner.execute(
                "insert into ledger.witness (name, vkey, active) values (%s, %s, %s)",
                (each.name, each.vkey, active),
            )
        for each, of in ((near, size), (gone, size), (far, older[0]), (near, older[0])):
            row = owner.execute("select note from ledger.checkpoint where size = %s", (of,))
            (text,) = row.fetchone() or ("",)
            line = each.cosign(open_note(text, [SIGNER.verifier])[0].text, 1_800_000_000)
            owner.execute(
                "insert into ledger.cosignature (size, witness, line) values (%s, %s, %s)"
                " on conflict do nothing",
                (of, each.name, line),
            )
    before = ground.written()
    body = ground.body(DESK, CHECKPOINT)
    told = body["data"]["c"]
    assert ground.written() == before
    assert "accessRecord" not in body["extensions"]
    note, signed = open_note(told["note"], [SIGNER.verifier])
    assert signed == (SIGNER.verifier,)
    checkpoint = Checkpoint.parse(note.text)
    assert (told["origin"], told["size"]) == (SIGNER.name, size)
    assert (checkpoint.origin, checkpoint.size) == (SIGNER.name, size)
    assert base64.b64decode(told["root"]) == checkpoint.root
    assert told["note"].count("— ") == 3
    states = {w["name"].split(".")[0]: (w["signed"], w["size"]) for w in told["witnesses"]}
    assert states == {"near": (True, size), "far": (False, older[0]), "idle": (False, None)}
    assert [w["name"] for w in told["witnesses"]] == sorted(w["name"] for w in told["witnesses"])
    assert (told["witnessesSigned"], told["witnessesConfigured"]) == (1, 3)


def test_the_checkpoint_stands_beside_anything(ground: Ground, placing: Integrator) -> None:
    """In one statement with a page of persons: their record is theirs alone."""
    _place(placing)
    text = """{ a: accessCheckpoint { size } b: accessCheckpoint { witnesses { name } }
      victims { totalCount } }"""
    asked = ground.ask(HOST, text)
    assert asked.body["data"]["a"]["size"] > 0
    assert asked.disclosed == set()
    assert len(asked.leaves) == 1
