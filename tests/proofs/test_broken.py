"""Each property has documents that break it, and the counterexample is judged again without the
solver: the row is possible, the grant opens it, and it is what the property forbids.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import pytest

from authz.grants import Corridor, Grant, Side
from authz.proving import Case
from tests.proofs.making import failed, failures, grant, proved
from tests.proofs.plain import any_papers, consents, is_possible, objected, opens

ORIGIN = ("lodged_under", "stage_from(NOTIFIED)", "no_objection")
TRACED = (*ORIGIN, "consent(TRACING)")
GUARDED = (*TRACED, "minor_needs_guardian")
HELD = ("held_by_party", "assigned", "before_handover")
IDENTITY = ("SHELL", "IDENTITY")
EVERYWHERE = (Corridor("*", "*"),)


class Broken(NamedTuple):
    name: str
    grant: Grant
    wrong: Callable[[Case], bool]
    """What is forbidden, of a concrete case."""


def of_neither(case: Case) -> bool:
    return case.country not in ("", case.host, case.origin)


def abroad(case: Case) -> bool:
    return case.country != case.host


BROKEN = {
    "a desk of a third country": Broken(
        "third-state",
        grant(*ORIGIN, agencies=("VN-MPS",), side=None),
        of_neither,
    ),
    "a side forgotten": Broken("third-state", grant(*ORIGIN, side=None), of_neither),
    "national law that reaches what the country holds, wherever": Broken(
        "third-state",
        grant(*HELD, side=None, agencies=("TH-DATIP",), agreement="TH-LAW"),
        lambda case: of_neither(case) and case.holder_country == "TH",
    ),
    "a corridor of all countries": Broken(
        "third-state",
        grant("covers_corridor", "consent(TRACING)", side=None, corridors=EVERYWHERE),
        of_neither,
    ),
    "an organisation that nobody asked": Broken(
        "organisation",
        grant(
            "covers_corridor",
            "no_objection",
            agencies=("INT-IOM",),
            side=None,
            corridors=EVERYWHERE,
        ),
        lambda case: (
            case.country == ""
            and not (case.assigned or case.referred or case.holder == case.agency)
            and not any(consents(case, purpose) for purpose in ("TRACING", "RETURN", "SERVICES"))
        ),
    ),
    "a diagnosis for the origin": Broken(
        "sealed", grant(*GUARDED, "adult", classes=("MEDICAL",)), abroad
    ),
    "a diagnosis for the host after the handover": Broken(
        "sealed",
        grant(
            "held_by_party",
            "assigned",
            side=Side.HOST,
            agencies=("TH-SHELTER",),
            roles=("CASE_WORKER",),
            classes=("MEDICAL",),
            agreement="TH-LAW",
        ),
        lambda case: case.main_rank >= 9,
    ),
    "a shell that the host goes on reading after the handover": Broken(
        "later",
        grant(
            "held_by_party",
            "assigned",
            side=Side.HOST,
            agencies=("TH-DATIP",),
            agreement="TH-LAW",
        ),
        lambda case: case.main_rank >= 9 and not abroad(case),
    ),
    "a visit with what was found, told to the host": Broken(
        "later",
        grant(
            "held_by_party",
            side=Side.HOST,
            agencies=("TH-DATIP",),
            classes=("FEEDBACK", "REINTEGRATION"),
            agreement="TH-LAW",
            entity="FollowUp",
        ),
        lambda case: case.main_rank >= 9,
    ),
    "a stage forgotten": Broken(
        "notice", grant("lodged_under", "no_objection"), lambda case: case.main_rank < 3
    ),
    "a stage too early": Broken(
        "notice",
        grant("lodged_under", "stage_between(IDENTIFIED, ASSESSED)", "no_objection"),
        lambda case: case.main_rank == 2,
    ),
    "an objection not asked for": Broken(
        "objection", grant("lodged_under", "stage_from(NOTIFIED)"), objected
    ),
    "a name without consent": Broken(
        "consent",
        grant(*ORIGIN, "minor_needs_guardian", classes=IDENTITY),
        lambda case: abroad(case) and not consents(case, "TRACING"),
    ),
    "a consent to something else": Broken(
        "consent",
        grant(*ORIGIN, "consent(FEEDBACK)", "minor_needs_guardian", classes=IDENTITY),
        lambda case: not consents(case, "TRACING"),
    ),
    "a photograph on a formal request": Broken(
        "consent",
        grant(*ORIGIN, "formal_request", "adult", classes=("PHOTO",), purposes=("PROSECUTION",)),
        lambda case: not consents(case, "PHOTO"),
    ),
    "care needs on the arrivals list": Broken(
        "consent",
        grant(*ORIGIN, "arrivals_window", "minor_needs_guardian", classes=("CARE",)),
        lambda case: not consents(case, "TRACING"),
    ),
    "a name on the arrivals list before she came": Broken(
        "consent",
        grant(*ORIGIN, "arrivals_window", "minor_needs_guardian", classes=IDENTITY),
        lambda case: not consents(case, "TRACING"),
    ),
    "the name of a child": Broken(
        "minor",
        grant(*TRACED, classes=IDENTITY),
        lambda case: abroad(case) and case.minor and not any_papers(case),
    ),
    "the home of a child on the arrivals list": Broken(
        "minor",
        grant(*ORIGIN, "arrivals_window", classes=("FAMILY",)),
        lambda case: case.minor and not any_papers(case),
    ),
    "the photograph of a child with papers": Broken(
        "minor",
        grant(*GUARDED, "consent(PHOTO)", classes=("PHOTO",)),
        lambda case: case.minor and any_papers(case),
    ),
    "the story of a child": Broken(
        "minor",
        grant(
            *ORIGIN,
            "formal_request",
            "minor_needs_guardian",
            classes=("NARRATIVE",),
            purposes=("PROSECUTION",),
        ),
        lambda case: case.minor,
    ),
    "the name of a child for the host's police": Broken(
        "minor",
        grant(
            *HELD,
            side=Side.HOST,
            agencies=("TH-ATPD",),
            roles=("INVESTIGATOR",),
            classes=IDENTITY,
            agreement="TH-LAW",
        ),
        lambda case: not abroad(case) and case.minor and not any_papers(case),
    ),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_the_proof_fails_with_a_case_that_is_true(broken: Broken) -> None:
    report = proved(broken.grant)
    (finding,) = failures(report, broken.name)
    assert not report.holds
    case = finding.case
    assert case is not None
    assert is_possible(case)
    assert opens(broken.grant, case)
    assert broken.wrong(case)
    assert finding.clause == str(broken.grant.clause)
    assert finding.clause in finding.story
    assert case.agency in finding.story


LAWFUL = {
    "tracing as it should be": grant(*GUARDED, classes=("SHELL", "IDENTITY", "FAMILY")),
    "a name on the arrivals list of those who came, guarded": grant(
        *ORIGIN,
        "arrivals_window",
        "stage_from(HANDED_OVER)",
        "minor_needs_guardian",
        agencies=("KH-PTC",),
        roles=("RECEPTION",),
        classes=("SHELL", "IDENTITY", "TRAVEL"),
        purposes=("RETURN",),
    ),
    "the host's case worker and a child in her care": grant(
        *HELD,
        side=Side.HOST,
        agencies=("TH-SHELTER",),
        roles=("CASE_WORKER",),
        classes=("SHELL", "IDENTITY", "PHOTO", "MEDICAL"),
        agreement="TH-LAW",
    ),
    "the host's case worker, what she wrote until the handover": grant(
        "held_by_party",
        "assigned",
        "host_part_frozen",
        side=Side.HOST,
        agencies=("TH-SHELTER",),
        roles=("CASE_WORKER",),
        classes=("SHELL", "IDENTITY", "MEDICAL"),
        agreement="TH-LAW",
    ),
    "what the host is told of a visit": grant(
        "held_by_party",
        "assigned",
        side=Side.HOST,
        agencies=("TH-DATIP",),
        classes=("SHELL", "FEEDBACK"),
        agreement="TH-LAW",
        entity="FollowUp",
    ),
    "the host's police and a child's family, on request": grant(
        "held_by_party",
        "formal_request",
        "before_handover",
        side=Side.HOST,
        agencies=("TH-ATPD",),
        roles=("INVESTIGATOR",),
        classes=("FAMILY",),
        agreement="TH-LAW",
    ),
    "an organisation named by the person": grant(
        "covers_corridor",
        "no_objection",
        "consent(RETURN)",
        "minor_needs_guardian",
        agencies=("INT-IOM",),
        side=None,
        classes=IDENTITY,
        purposes=("RETURN",),
        corridors=EVERYWHERE,
    ),
    "statistics, which are no record": grant("lodged_under", "aggregate_only", side=None),
}


@pytest.mark.parametrize("good", LAWFUL.values(), ids=LAWFUL)
def test_what_is_lawful_is_proved(good: Grant) -> None:
    assert not [f.story for f in proved(good).failures]


def test_a_third_country_is_named_in_the_story() -> None:
    (finding,) = failures(proved(BROKEN["a desk of a third country"].grant), "third-state")
    assert "VN-MPS (of VN), role FOCAL_POINT, purpose TRACING reads" in finding.story
    assert finding.story.startswith("A case: host TH, origin ")


def test_an_agency_that_only_the_document_knows_may_be_of_any_country() -> None:
    stranger = grant(*ORIGIN, agencies=("VN-NEW",), side=None)
    (finding,) = failures(proved(stranger), "third-state")
    assert finding.case is not None
    assert finding.case.agency == "VN-NEW"
    assert of_neither(finding.case)


def test_grants_that_ask_the_same_are_told_once() -> None:
    one = BROKEN["a stage forgotten"].grant
    other = replace(one, entity="Consent")
    assert len(failures(proved(one, other), "notice")) == 1
    assert "notice" in failed(proved(one, other))
