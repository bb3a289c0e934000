"""Clauses that nothing can satisfy, and clauses that another one holds already."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from authz.grants import Side
from authz.proving import prove
from tests.proofs.making import document, failures, grant, proved

ORIGIN = ("lodged_under", "stage_from(NOTIFIED)", "no_objection")


@pytest.mark.parametrize(
    ("when", "parts"),
    [
        (
            ("lodged_under", "stage_from(HANDED_OVER)", "before_handover"),
            ("`stage_from(HANDED_OVER)`", "`before_handover`"),
        ),
        (
            ("lodged_under", "stage_between(NOTIFIED, TRACING)", "arrivals_window"),
            ("`stage_between(NOTIFIED, TRACING)`", "`arrivals_window`"),
        ),
        (
            ("lodged_under", "stage_between(SCREENED, IDENTIFIED)"),
            ("`stage_between(SCREENED, IDENTIFIED)`", "`what origin may see`"),
        ),
        (("covers_corridor", "no_objection"), ("`covers_corridor` never holds",)),
    ],
)
def test_a_dead_clause_is_named_with_what_kills_it(
    when: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    (finding,) = failures(proved(grant(*when)), "dead")
    assert all(part in finding.story for part in parts)
    assert finding.case is None


def test_a_clause_for_a_desk_of_no_party_is_dead() -> None:
    (finding,) = failures(proved(grant(*ORIGIN, agencies=("VN-MPS",))), "dead")
    assert "`grantee`" in finding.story
    assert "`lodged_under`" in finding.story


def test_side_and_country_that_exclude_each_other_are_dead() -> None:
    (finding,) = failures(
        proved(grant("lodged_under", "before_handover", agencies=("INT-IOM",), side=Side.HOST)),
        "dead",
    )
    assert 'side = "HOST"' in finding.story


@pytest.mark.parametrize(
    "narrower",
    [
        grant(*ORIGIN, article="art. 2"),
        grant(*ORIGIN, "assigned", article="art. 2"),
        grant("lodged_under", "stage_between(TRACING, ASSESSED)", "no_objection", article="art. 2"),
        grant(*ORIGIN, classes=("PERSON",), article="art. 2"),
    ],
    ids=["the same", "one condition more", "a shorter window", "a class less"],
)
def test_a_clause_within_another_of_its_document_fails(narrower: object) -> None:
    wide = grant(*ORIGIN)
    (finding,) = failures(proved(wide, narrower), "contained")  # type: ignore[arg-type]
    assert "art. 1" in finding.story or "art. 2" in finding.story


@pytest.mark.parametrize(
    "other",
    [
        grant(*ORIGIN, classes=("SHELL", "EXPLOITATION"), article="art. 2"),
        grant(*ORIGIN, purposes=("RETURN",), article="art. 2"),
        grant(*ORIGIN, agencies=("TH-DATIP",), article="art. 2"),
        grant(*ORIGIN, roles=("TRACING_OFFICER",), article="art. 2"),
        grant(*ORIGIN, entity="Consent", article="art. 2"),
        replace(grant(*ORIGIN, article="art. 2"), bulk=True),
    ],
    ids=["another class", "another purpose", "another agency", "another role", "another", "bulk"],
)
def test_a_clause_that_adds_something_stands(other: object) -> None:
    wide = grant(*ORIGIN)
    found = failures(proved(wide, other), "contained")  # type: ignore[arg-type]
    # of two that differ in `bulk` alone the one without it is within the other
    assert [f.grant for f in found] in ([], [wide])


def test_a_clause_that_begins_later_is_within_one_that_is_there_all_the_time() -> None:
    always, later = grant(*ORIGIN), replace(grant(*ORIGIN), since=dt.date(2025, 1, 1))
    ended = replace(grant(*ORIGIN), until=dt.date(2025, 1, 1))
    assert [f.grant for f in failures(proved(later, always), "contained")] == [later]
    assert not failures(proved(later, ended), "contained")


def test_between_two_agreements_it_is_a_remark() -> None:
    read = {"side": None, "entity": "Agreement", "classes": ("AGREEMENT",)}
    ours = document(grant("party", **read))  # type: ignore[arg-type]
    theirs = document(
        grant("party", agreement="TH-LAW", **read),  # type: ignore[arg-type]
        agreement="TH-LAW",
    )
    report = prove([ours, theirs])
    assert report.holds
    (remark,) = report.remarks
    assert remark.property == "contained"
    assert "While both are in force" in remark.story


def test_the_next_version_of_an_agreement_replaces_the_last() -> None:
    one = document(grant(*ORIGIN))
    clause = replace(one.grants[0].clause, version=2)
    two = replace(one, version=2, grants=(replace(one.grants[0], clause=clause),))
    report = prove([one, two])
    assert report.holds
    assert not report.remarks
