"""One answer beside its record: the same pairs, one clause for each, and nothing left over."""

from __future__ import annotations

from collections import Counter
from typing import Any

from authz.caller import Caller
from tests.exact.ground import Asked, Ground


def judge(ground: Ground, who: Caller, text: str, **variables: Any) -> Asked:
    """Ask as it is written and with marks in it, and hold the answer against the record. The
    ledger itself answers differently the second time.
    """
    asked = ground.ask(who, text, **variables)
    hold(asked)
    if "accessRecords" not in text:
        plain = ground.ask(who, text, mark=False, **variables)
        differs = sorted(plain.disclosed ^ asked.disclosed)
        assert not differs, f"the marks changed what is shown: {differs[:5]}"
        assert len(plain.leaves) == len(asked.leaves)
    return asked


def hold(asked: Asked) -> None:
    """Raise AssertionError unless the record is exactly what the answer shows."""
    body, expected = asked.body, asked.seen.disclosed()
    if "data" not in body:
        assert asked.record is None or not asked.disclosed
        return
    missing, more = expected - asked.disclosed, asked.disclosed - expected
    assert not missing, f"shown and not on record: {sorted(missing)[:5]}"
    assert not more, f"on record and not shown: {sorted(more)[:5]}"
    permitted = Counter((pair, record, name) for pair, record, name, _ in asked.clauses)
    assert set(permitted.values()) <= {1}, "one value under two clauses"
    assert all(clause for *_, clause in asked.clauses)
    refusals = {
        (error["extensions"]["field"], error["extensions"]["reason"])
        for error in body.get("errors", ())
        if error["extensions"]["code"] == "FIELD_NOT_PERMITTED"
    }
    for leaf in asked.leaves:
        told = {(r["field"], r["reason"]) for r in leaf["refusals"]}
        # an operation refused whole answers with what refused it; the record has all of it
        assert told >= refusals if body["data"] is None else told == refusals
        assert leaf["searched"] == asked.searched
        assert leaf["outcome"] == ("REFUSED" if body["data"] is None else "DISCLOSED")
        _hold_counts(asked, leaf)


def _hold_counts(asked: Asked, leaf: dict[str, Any]) -> None:
    """`withheld` of a leaf counts the records in it."""
    there = {record for entry in leaf["disclosures"] for record in entry["records"]}
    counted = Counter(
        (name, reason) for record, name, reason in asked.seen.withheld if record in there
    )
    told = {(each["field"], each["reason"]): each["count"] for each in leaf["withheld"]}
    assert told == dict(counted)
