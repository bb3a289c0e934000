"""Contents go when no protocol keeps them any longer; every proof still holds."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
import pytest

from ledger.hashing import ProofRefused, leaf_hash
from ledger.ids import uuid7
from service import cli
from service.ledger.erasing import content_of, due, erase
from service.operators import Operator, OperatorRefused
from service.settings import names
from tests.door.test_serving import url_of
from tests.integrating.trees import SIGNER, Ledger

WHO = Operator("TH-DATIP", "Records officer")
WHY = "retention is over"
NOW = dt.datetime.now(dt.UTC)
VERSION: LiteralString = (
    "insert into policy.protocol_version (id, agreement_code, version, content, content_hash,"
    " proposed_by_agency, proposed_by_subject) values (gen_random_uuid(), %s, %s, %s, %s,"
    " 'TH-DATIP', 'a test')"
)
RECORD: LiteralString = (
    "insert into ledger.access_record (id, kind, outcome, agency, country, subject, at, protocols)"
    " values (%s, %s, 'DISCLOSED', 'TH-DATIP', 'TH', 'u-1', %s, %s)"
)
LEAF: LiteralString = (
    "insert into ledger.access_leaf (record_id, pair, actor, body, at, records)"
    " values (%s, %s, 'TH', %s, %s, array[gen_random_uuid()])"
)


class Kept:
    """A ledger in which accesses of different age rely on different protocols."""

    def __init__(self, tree: Ledger, owner: psycopg.Connection[Any]) -> None:
        self.tree, self.owner = tree, owner
        for code, version, keep in (
            ("TH-KH-2014", 3, 'retention = "P10Y"'),
            ("TH-LA-2017", 1, 'retention = "P2Y"'),
            ("ACTIP", 1, ""),
        ):
            text = f'agreement = "{code}"\n{keep}\n'
            hashed = hashlib.sha256(text.encode()).hexdigest()
            owner.execute(VERSION, (code, version, text, hashed))

    def shown(
        self,
        years: float,
        *protocols: str,
        pairs: tuple[str, ...] = ("KH-TH",),
        kind: str = "ACCESS",
    ) -> str:
        at = NOW - dt.timedelta(days=365.25 * years)
        record = _id_at(at)
        self.owner.execute(RECORD, (record, kind, at, list(protocols)))
        for pair in pairs:
            body = json.dumps({"id": record, "pair": pair, "protocols": list(protocols)})
            self.owner.execute(LEAF, (record, pair, body, at))
        return record

    def bodies(self) -> dict[tuple[str, str], str | None]:
        rows = self.owner.execute("select record_id::text, pair, body from ledger.access_leaf")
        return {(record, pair): body for record, pair, body in rows}

    def erase(self) -> int:
        return sum(done.leaves for done in erase(self.owner, WHO, WHY, NOW))


def _id_at(at: dt.datetime) -> str:
    head = f"{int(at.timestamp() * 1000):012x}"
    return f"{head[:8]}-{head[8:]}{uuid7()[13:]}"


@pytest.fixture
def kept(tree: Ledger) -> Iterator[Kept]:
    with psycopg.connect(tree.owner, autocommit=True) as owner:
        yield Kept(tree, owner)


def test_the_longest_retention_of_what_it_relies_on_keeps_a_leaf(kept: Kept) -> None:
    old = kept.shown(11, "TH-KH-2014@3")
    soon = kept.shown(3, "TH-LA-2017@1")
    gone = {(old, "KH-TH"), (soon, "KH-TH")}
    refusal = kept.shown(11)
    gone.add((refusal, "KH-TH"))
    kept.shown(9, "TH-KH-2014@3")
    kept.shown(3, "TH-KH-2014@3", "TH-LA-2017@1")
    kept.shown(1, "TH-LA-2017@1")
    kept.shown(30, "ACTIP@1")
    kept.shown(30, "ACTIP@1", "TH-LA-2017@1")
    kept.shown(30, "XX-1999@1")
    kept.shown(9)
    kept.shown(30, kind="POLICY")
    kept.shown(30, "TH-LA-2017@1", kind="EXPORT")
    kept.tree.place()
    assert kept.erase() == len(gone)
    assert {key for key, body in kept.bodies().items() if body is None} == gone
    assert kept.erase() == 0


def test_every_proof_still_holds(kept: Kept) -> None:
    kept.shown(11, "TH-KH-2014@3")
    kept.shown(1, "TH-KH-2014@3")
    kept.tree.place()
    before = kept.tree.bodies()
    kept.erase()
    size = kept.tree.place()
    assert size == 3
    for index, body in enumerate(before):
        kept.tree.proof(index).verify(leaf_hash(body.encode()), SIGNER.verifier)
        with pytest.raises(ProofRefused):
            kept.tree.proof(index).verify(leaf_hash(b"{}"), SIGNER.verifier)


def test_the_act_says_what_went_and_stands_in_the_tree(kept: Kept) -> None:
    record = kept.shown(11, "TH-KH-2014@3", pairs=("KH-TH", "LA-TH"))
    kept.tree.place()
    hashes = kept.owner.execute(
        "select leaf_index, leaf_hash from ledger.leaf_position order by leaf_index"
    ).fetchall()
    [done] = erase(kept.owner, WHO, WHY, NOW)
    assert (done.leaves, done.first, done.last) == (2, 0, 1)
    row = kept.owner.execute(
        "select body from ledger.access_leaf where record_id = %s", (done.act,)
    ).fetchone()
    assert row is not None
    line = json.loads(row[0])
    expected = content_of(WHY, [(index, bytes(hashed)) for index, hashed in hashes])
    assert line["kind"] == "POLICY"
    assert line["pair"] == ""
    assert line["act"] == {
        "contentHash": hashlib.sha256(expected).hexdigest(),
        "from": "KEPT 0-1",
        "subject": "ledger contents",
        "to": "ERASED 2",
    }
    named = kept.owner.execute(
        "select distinct erased_by::text, records from ledger.access_leaf where record_id = %s",
        (record,),
    ).fetchall()
    assert named == [(done.act, [])]


def test_a_record_goes_blank_only_with_its_last_leaf(kept: Kept) -> None:
    record = kept.shown(3, "TH-LA-2017@1", pairs=("LA-TH",))
    kept.owner.execute(
        LEAF,
        (record, "KH-TH", '{"protocols": ["TH-KH-2014@3"]}', NOW - dt.timedelta(days=3 * 366)),
    )
    kept.tree.place()
    assert kept.erase() == 1
    subject: LiteralString = "select subject from ledger.access_record where id = %s"
    assert kept.owner.execute(subject, (record,)).fetchone() == ("u-1",)
    late = NOW + dt.timedelta(days=8 * 366)
    assert sum(done.leaves for done in erase(kept.owner, WHO, WHY, late)) == 1
    assert kept.owner.execute(subject, (record,)).fetchone() == ("",)


def test_what_has_no_place_yet_is_not_due(kept: Kept) -> None:
    kept.shown(11, "TH-KH-2014@3")
    assert due(kept.owner, NOW, 10) == []
    assert kept.erase() == 0


def test_what_lies_in_no_month_is_due_too(kept: Kept) -> None:
    at = NOW - dt.timedelta(days=11 * 366)
    record = "7c1e4b00-0000-4000-8000-000000000001"
    kept.owner.execute(RECORD, (record, "ACCESS", at, ["TH-KH-2014@3"]))
    kept.owner.execute(LEAF, (record, "KH-TH", '{"protocols": ["TH-KH-2014@3"]}', at))
    kept.tree.place()
    assert kept.erase() == 1


def test_nobody_unknown_erases(kept: Kept) -> None:
    kept.shown(11, "TH-KH-2014@3")
    kept.tree.place()
    for who, why in ((Operator("XX-NONE", "A"), WHY), (WHO, "x"), (Operator("TH-DATIP", ""), WHY)):
        with pytest.raises(OperatorRefused):
            list(erase(kept.owner, who, why, NOW))
    assert None not in kept.bodies().values()


def test_the_command_says_what_it_would_do_and_then_does_it(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SAPHAN_OWNER_DATABASE_URL", url_of(kept.tree.owner))
    kept.shown(11, "TH-KH-2014@3")
    kept.tree.place()
    words = ["ledger", "erase", "--agency", "TH-DATIP", "--by", "Records officer"]
    words += ["--reason", WHY]
    assert cli.run([*words, "--dry-run"]) == 0
    assert capsys.readouterr().out == "1 leaves from 0 to 0 are due\n"
    assert None not in kept.bodies().values()
    assert cli.run([*words, "--format", "json"]) == 0
    [told] = json.loads(capsys.readouterr().out)
    assert (told["leaves"], told["first"], told["last"]) == (1, 0, 0)
    assert None in kept.bodies().values()
    assert cli.run(words) == 0
    assert capsys.readouterr().out.startswith("nothing is due")
    assert cli.run([*words[:2], "--agency", "XX", "--by", "A", "--reason", WHY]) == 1
    assert "knows no agency" in capsys.readouterr().err
    assert cli.run(words[:2]) == 2
