"""A withdrawal or a claim that opens something: no document can say so, so a condition is made that
reads the absence of a consent, of a unit, of a list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import z3

from authz.proving import Case, Finding
from authz.proving.meanings import MEANINGS, assigned, consent
from tests.proofs.making import failures, grant, proved

GRANT = grant("lodged_under", "stage_from(NOTIFIED)", "no_objection", "assigned")
WITH_CONSENT = grant("lodged_under", "stage_from(NOTIFIED)", "no_objection", "consent(TRACING)")


def broken(
    monkeypatch: pytest.MonkeyPatch, name: str, test: Callable[[Any], Any], about: str
) -> tuple[Case, Case, Finding]:
    """The counterexample where the condition `name` means `test` of the row."""
    monkeypatch.setitem(MEANINGS, name, lambda _condition, _grant, world: test(world.row))
    report = proved(GRANT if name == "assigned" else WITH_CONSENT)
    (finding,) = failures(report, about)
    assert finding.case is not None
    assert finding.after is not None
    assert finding.story.endswith("Before, it did not.")
    return finding.case, finding.after, finding


def test_a_condition_that_a_withdrawal_fulfils_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after, finding = broken(
        monkeypatch, "consent", lambda row: z3.Not(consent("TRACING", row)), "withdrawal"
    )
    added = [s for s in after.statements if s not in before.statements]
    assert {(s.purpose, s.state) for s in added} == {("TRACING", "WITHDRAWN")}
    assert all(s.at > old.at for s in added for old in before.statements)
    assert any(s.purpose == "TRACING" and s.state == "GIVEN" for s in before.statements)
    assert f"Then on day {added[0].at} TRACING is WITHDRAWN" in finding.story


def test_a_condition_that_a_restriction_fulfils_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    # the sender's restriction closes by itself to the foreign side, so only the host could gain
    monkeypatch.setitem(MEANINGS, "consent", lambda _c, _g, world: world.row.restricted)
    report = proved(grant("lodged_under", "before_handover", "consent(TRACING)", side=None))
    (finding,) = failures(report, "withdrawal")
    assert finding.case is not None
    assert finding.after is not None
    assert finding.after.restricted
    assert not finding.case.restricted


def test_a_condition_that_a_unit_fulfils_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after, _ = broken(
        monkeypatch,
        "assigned",
        lambda row: z3.Or(assigned(row), row.unit != 0),
        "claims",
    )
    assert before.unit is None
    assert after.unit is not None


def test_a_condition_that_a_list_of_cases_fulfils_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, after, _ = broken(monkeypatch, "assigned", lambda row: row.narrowed, "claims")
    assert after.narrowed
    assert not before.narrowed


def test_a_unit_opens_what_c6_asks_it_for_and_nothing_else() -> None:
    held = grant("lodged_under", "stage_from(NOTIFIED)", "no_objection", "home_province")
    assert not failures(proved(held), "claims")
