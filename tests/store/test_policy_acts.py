"""Who proposed and ratified what stands in the same ledger as what was shown under it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import rfc8785

from ledger.acts import pair_of
from service.proposals import FOLDER, propose_shipped
from service.stewards import ratify_shipped
from tests import templates

_LINES = (
    "select l.body, l.pair, l.at from ledger.access_leaf l join ledger.access_record a"
    " on a.id = l.record_id where a.kind = 'POLICY' order by l.seq"
)


@pytest.fixture
def owner() -> Iterator[psycopg.Connection[Any]]:
    with templates.copied(templates.migrated(), "acts") as url, psycopg.connect(url) as connection:
        yield connection


def _lines(owner: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    return [json.loads(body) for body, _, _ in owner.execute(_LINES).fetchall()]


def test_every_proposal_and_ratification_is_one_leaf(owner: psycopg.Connection[Any]) -> None:
    ratify_shipped(owner)
    lines = _lines(owner)
    (versions,) = owner.execute("select count(*) from policy.protocol_version").fetchone() or (0,)
    (ratified,) = owner.execute("select count(*) from policy.ratification").fetchone() or (0,)
    proposed = [line for line in lines if line["act"]["to"] == "PROPOSED"]
    assert len(proposed) == versions == len(list(FOLDER.glob("*.toml")))
    assert len(lines) - len(proposed) == ratified > versions


def test_an_act_says_who_what_and_which_text(owner: psycopg.Connection[Any]) -> None:
    ratify_shipped(owner)
    acts = [line for line in _lines(owner) if line["act"]["subject"] == "TH-KH-2014@3"]
    digest = hashlib.sha256((FOLDER / "TH-KH-2014.v3.toml").read_bytes()).hexdigest()
    assert {line["act"]["contentHash"] for line in acts} == {digest}
    assert [line["act"]["to"] for line in acts] == ["PROPOSED", "RATIFIED KH", "RATIFIED TH"]
    assert {line["caller"]["subject"] for line in acts[1:]} == {
        "fictitious steward of KH",
        "fictitious steward of TH",
    }
    assert {(line["kind"], line["pair"]) for line in acts} == {("POLICY", "KH-TH")}


def test_a_second_run_puts_nothing_on_record(owner: psycopg.Connection[Any]) -> None:
    ratify_shipped(owner)
    before = _lines(owner)
    ratify_shipped(owner)
    propose_shipped(owner)
    assert _lines(owner) == before


def test_the_line_is_canonical_and_agrees_with_its_row(owner: psycopg.Connection[Any]) -> None:
    propose_shipped(owner)
    rows = owner.execute(_LINES).fetchall()
    salts = set()
    for body, pair, at in rows:
        line = json.loads(body)
        assert body.encode() == rfc8785.dumps(line)
        assert line["pair"] == pair
        assert line["at"] == at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        salts.add(line["salt"])
    assert len(salts) == len(rows) > 0


def test_an_act_has_the_members_of_an_access(owner: psycopg.Connection[Any]) -> None:
    """The shared envelope of rulings, section 3, with `act` beside it."""
    propose_shipped(owner)
    members = {"v", "kind", "id", "at", "caller", "purpose", "operation", "trace", "outcome"}
    members |= {"protocols", "disclosures", "searched", "refusals", "withheld", "pair", "salt"}
    assert {frozenset(line) for line in _lines(owner)} == {frozenset(members | {"act"})}


def test_an_act_that_cannot_be_recorded_is_not_performed(
    owner: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> str:
        raise psycopg.errors.DiskFull

    monkeypatch.setattr("service.proposals.record_policy_act", full)
    with pytest.raises(psycopg.errors.DiskFull), owner.transaction():
        propose_shipped(owner)
    assert owner.execute("select count(*) from policy.protocol_version").fetchone() == (0,)


@pytest.mark.parametrize(
    ("parties", "pair"),
    [
        (["TH", "KH"], "KH-TH"),
        (["LA"], "LA"),
        (["IOM", "TH"], "TH"),
        (["KH", "CN", "LA"], ""),
        ([], ""),
    ],
)
def test_the_pair_of_an_act_is_that_of_its_parties(parties: list[str], pair: str) -> None:
    assert pair_of(frozenset(parties)) == pair
