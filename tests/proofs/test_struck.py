"""A condition struck from the shipped documents is missed by the proof that is about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from authz.documents import Document
from authz.grants import Grant
from authz.proving import Report, prove
from schema.classes import DataClass
from tests.proofs.making import failed, failures, shipped, without
from tests.proofs.plain import is_possible, opens

SHORT = ("TH-KH-2014", "TH-KH-SOP-2022", "IOM-MSDHS-2007")


def documents() -> list[Document]:
    return [d for d in shipped() if d.agreement in SHORT]


def struck(*names: str) -> Report:
    """Three documents with every condition of these names struck."""
    return prove(
        [replace(d, grants=tuple(without(g, *names) for g in d.grants)) for d in documents()]
    )


def sideless(grant: Grant) -> Grant:
    return replace(grant, grantee=replace(grant.grantee, side=None))


@pytest.mark.parametrize(
    ("names", "missed"),
    [
        (("adult",), "minor"),
        (("consent", "formal_request"), "consent"),
        (("consent", "assigned"), "organisation"),
    ],
    ids=str,
)
def test_the_proof_about_it_fails(names: tuple[str, ...], missed: str) -> None:
    report = struck(*names)
    about = failures(report, missed)
    assert about
    for finding in about:
        if finding.case is not None:
            assert is_possible(finding.case)
            assert opens(finding.grant, finding.case)


GUARDED = {DataClass.IDENTITY, DataClass.FAMILY, DataClass.EXPLOITATION, DataClass.CARE}


@pytest.mark.parametrize(
    ("names", "missed", "about"),
    [
        (("no_objection",), "objection", None),
        (("stage_from", "stage_between"), "notice", None),
        (("minor_needs_guardian",), "minor", GUARDED),
        (("consent",), "consent", GUARDED | {DataClass.TRAVEL}),
    ],
    ids=["objection", "notice", "minor", "consent"],
)
def test_every_clause_that_lost_it_is_named(
    names: tuple[str, ...], missed: str, about: set[DataClass] | None
) -> None:
    """`about` None: whatever the classes, for the origin; else these classes, beyond the host.

    Who lost a stage is none of `notice` where the window of the arrivals list still stands.
    """
    still = "arrivals_window" if missed == "notice" else "nothing"
    losing = {
        str(g.clause)
        for d in documents()
        for g in d.grants
        if any(c.name in names for c in g.when)
        and all(c.name != still for c in g.when)
        and (g.grantee.side == "ORIGIN" if about is None else about & g.classes)
    }
    assert len(losing) > 5
    found = {f.clause for f in failures(struck(*names), missed)}
    assert losing <= found if missed == "consent" else losing == found


def test_a_side_struck_opens_the_case_to_a_third_country() -> None:
    (one,) = (d for d in shipped() if d.agreement == "TH-KH-2014")
    report = prove([replace(one, grants=tuple(map(sideless, one.grants)))])
    assert "third-state" in failed(report)


def test_a_sealed_class_added_for_the_origin_is_missed() -> None:
    (one,) = (d for d in shipped() if d.agreement == "TH-KH-2014")
    grants = tuple(
        replace(g, classes=g.classes | {DataClass.MEDICAL}) if g.entity == "Victim" else g
        for g in one.grants
    )
    assert "sealed" in failed(prove([replace(one, grants=grants)]))
