"""Acts of law-making and emergencies as doors: each payload held against its record."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from authz.caller import Caller
from tests.exact.ground import HOST, RETURNING, STEWARD, WORKER, Asked, Ground
from tests.exact.judging import hold
from tests.law.texts import next_version, text_of
from tests.tracing.house import person

ELSE = person("TH-MFA", "AGREEMENT_STEWARD", "COORDINATION", "another")
ABROAD = person("LA-MOFA", "AGREEMENT_STEWARD", "COORDINATION", "abroad")
REASON = "She is in hospital and her family must be found tonight"
PROPOSE = """mutation($content: String!) { p: proposeProtocol(content: $content) {
  version { code: agreement content contentHash } problems { code } accessRecord } }"""
RATIFY = """mutation($a: String!, $v: Int!, $h: String!) {
  ratifyProtocol(agreement: $a, version: $v, contentHash: $h) {
    version { state } problems { code } accessRecord } }"""
OPEN = """mutation($c: ID!, $r: String!) { openEmergency(caseId: $c, reason: $r) {
  opened { CHOSEN } problems { code } } }"""
REVIEW = """mutation($i: ID!) { reviewEmergency(id: $i, finding: JUSTIFIED) {
  opened { CHOSEN } problems { code } } }"""
PAYLOADS = (
    "id caseId clause until reviewBy",
    "x: until ... on Opened { y: clause }",
    "__typename",
    "caseId until @skip(if: true)",
)


def _act(ground: Ground, who: Caller, query: str, **given: Any) -> Asked:
    done = ground.ask(who, query, **given)
    assert "errors" not in done.body
    assert len(done.leaves) == 1
    hold(done)
    return done


def _propose(ground: Ground) -> None:
    text = text_of("TH-KH-2014", next_version("TH-KH-2014"))
    proposed = _act(ground, STEWARD, PROPOSE, content=text)
    assert proposed.leaves[0]["act"]["to"] == "PROPOSED"
    again = _act(ground, STEWARD, PROPOSE, content=text)
    assert again.leaves[0]["kind"] == "ACCESS"
    assert "act" not in again.leaves[0]


def _ratify(ground: Ground) -> None:
    number = next_version("TH-LA-2005")
    text = text_of("TH-LA-2005", number)
    given = {
        "a": "TH-LA-2005",
        "v": number,
        "h": hashlib.sha256(text.encode()).hexdigest(),
    }
    assert _act(ground, ABROAD, RATIFY, **given).leaves[0]["kind"] == "ACCESS"
    _act(ground, STEWARD, PROPOSE, content=text)
    done = _act(ground, ABROAD, RATIFY, **given)
    assert done.leaves[0]["act"]["to"] == "RATIFIED LA"


def _end(ground: Ground) -> None:
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(days=300)).isoformat()
    query = """mutation($a: String!, $v: Int!, $u: DateTime!) {
      endProtocol(agreement: $a, version: $v, until: $u) {
        version { content } problems { code } } }"""
    given: dict[str, Any] = {"a": "TH-LA-2017", "v": next_version("TH-LA-2017") - 1, "u": until}
    assert _act(ground, ELSE, query, **given).leaves[0]["act"]["to"] == "ENDED TH"
    assert _act(ground, ELSE, query, **given).leaves[0]["kind"] == "ACCESS"
    refused = ground.ask(HOST, query, **given)
    assert refused.body["data"] is None
    assert refused.leaves[0]["outcome"] == "REFUSED"


def _open(ground: Ground) -> None:
    for number, chosen in enumerate(PAYLOADS):
        who = replace(WORKER, subject=f"opener {number}")
        case = ground.targets[0].case
        done = _act(ground, who, OPEN.replace("CHOSEN", chosen), c=case, r=REASON)
        assert done.leaves[0]["kind"] == "EMERGENCY"
        assert REASON not in str(done.leaves)
        again = _act(ground, who, OPEN.replace("CHOSEN", chosen), c=case, r=REASON)
        assert (again.leaves[0]["kind"], again.disclosed) == ("ACCESS", set())


def _review(ground: Ground) -> None:
    for number, chosen in enumerate(PAYLOADS):
        opener = replace(WORKER, subject=f"reviewed {number}")
        opened = ground.body(
            opener, OPEN.replace("CHOSEN", "id"), c=ground.targets[0].case, r=REASON
        )
        identifier = opened["data"]["openEmergency"]["opened"]["id"]
        done = _act(ground, RETURNING, REVIEW.replace("CHOSEN", chosen), i=identifier)
        shown = {clause for *_, clause in done.clauses}
        assert all("#rule 24" in clause for clause in shown)


LAW_DOORS: dict[str, Callable[[Ground], None]] = {
    "Mutation.proposeProtocol": _propose,
    "Mutation.ratifyProtocol": _ratify,
    "Mutation.endProtocol": _end,
    "Mutation.openEmergency": _open,
    "Mutation.reviewEmergency": _review,
}
"""The case of each of these acts."""
