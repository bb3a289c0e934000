"""The documents say what the matrix says: nothing for a dash, and each condition for each cell."""

from __future__ import annotations

import pytest

from authz.conditions import ANCHORS
from authz.document_register import SAPHAN
from authz.grants import Grant, Side
from schema.classes import DataClass, Sensitivity
from schema.codes import MAIN_RANK, CaseState
from tests.protocols.matrix import (
    GROUPS,
    Cell,
    asks_for_help,
    case_grants,
    cells,
    emergencies,
    figures,
    names,
    opened,
    packaged,
)

COUNTED = "G1 G2 G5 G10 G11 G13"
"""What a COORDINATOR is given as figures."""
IDENTIFYING = "SHELL PERSON IDENTITY EXPLOITATION EXPLOITATION_DETAIL"
DASHES = [c for c in cells() if c.rule == "-"]
RULED = [c for c in cells() if c.rule != "-"]


def name(cell: Cell) -> str:
    return f"{cell.row} {cell.group}"


def asks(grant: Grant, condition: str) -> bool:
    return any(c.name == condition for c in grant.when)


def in_window(grant: Grant) -> bool:
    """C7: a stage that ends, by itself or by the handover, or the days around the journey."""
    windows = asks(grant, "arrivals_window") or asks(grant, "travel_window")
    return (
        windows
        or asks(grant, "stage_between")
        or (asks(grant, "stage_from") and asks(grant, "before_handover"))
    )


def guards_minors(grant: Grant) -> bool:
    return asks(grant, "minor_needs_guardian") or asks(grant, "adult")


def holds(grant: Grant, rule: str) -> bool:
    """Whether the grant asks all that one word of a cell's rule demands."""
    return {
        "Y": asks(grant, "assigned"),
        "C2": (asks(grant, "stage_from") or asks(grant, "stage_between"))
        and asks(grant, "no_objection"),
        "C3": asks(grant, "consent") and guards_minors(grant),
        "C4": guards_minors(grant),
        "C5": asks(grant, "assigned"),
        "C6": asks(grant, "home_province"),
        "C7": in_window(grant),
        "C10": asks(grant, "formal_request"),
        "feedback": opened(grant) & {DataClass.REINTEGRATION} == frozenset(),
        "handover": DataClass.SHELTER not in opened(grant),
        "hold": not opened(grant) & {DataClass.LEGAL, DataClass.BEST_INTERESTS},
        "own": asks(grant, "assigned") and DataClass.HANDOVER not in opened(grant),
        "own purpose": asks(grant, "consent_is"),
        "purposes": asks(grant, "no_objection"),
        "risk": opened(grant) == {DataClass.RISK_FLAG},
        "SERVICES": "consent_is(SERVICES)" in map(str, grant.when),
        "TRACING": "consent_is(TRACING)" in map(str, grant.when),
        "shell": opened(grant) == {DataClass.SHELL} and grant.entity == "ReturnCase",
    }[rule]


@pytest.mark.parametrize("cell", DASHES, ids=name)
def test_a_dash_is_never_granted(cell: Cell) -> None:
    carrying = [str(g.clause) for g in cell.grants() if cell.classes & g.classes]
    assert carrying == []


@pytest.mark.parametrize("cell", RULED, ids=name)
def test_a_cell_is_granted_with_its_conditions(cell: Cell) -> None:
    carriers = cell.carriers()
    assert carriers, "no grant opens anything of this cell"
    for grant in carriers:
        if " or " in cell.rule:
            assert any(holds(grant, word) for word in cell.rule.split(" or ")), grant
        else:
            words = [cell.rule] if cell.rule == "own purpose" else cell.rule.split()
            assert all(holds(grant, word) for word in words), grant


def test_who_is_asked_sees_the_question_alone() -> None:
    asking = [g for g in case_grants() if asks_for_help(g)]
    assert {grant.clause.agreement for grant in asking} == {"TH-LAW", "KH-LAW", "LA-LAW"}
    for grant in asking:
        assert (grant.entity, opened(grant)) == ("Referral", frozenset({DataClass.REFERRAL}))
        assert grant.operations == {"acceptReferral", "declineReferral"}


@pytest.mark.parametrize("cell", RULED, ids=name)
def test_a_cell_with_consent_asks_for_that_of_its_purpose(cell: Cell) -> None:
    right = {
        "TRACING": {"TRACING"},
        "RETURN": {"RETURN"},
        "REINTEGRATION": {"SERVICES"},
        "PROSECUTION": {"PROSECUTION"},
    }
    for grant in cell.carriers():
        given = {c.args[0] for c in grant.when if c.name == "consent"} - {"PHOTO"}
        if given:
            for purpose in grant.purposes:
                assert right[purpose] <= given, grant


@pytest.mark.parametrize("purpose", ["host", "origin"])
def test_both_directions_of_a_corridor_are_written(purpose: str) -> None:
    side = Side[purpose.upper()]
    for country in ("TH", "KH", "LA"):
        focal = {"TH": "TH-DATIP", "KH": "KH-MOSVY", "LA": "LA-MLSW"}[country]
        mine = [g for g in case_grants() if g.grantee.side is side and focal in g.grantee.agencies]
        assert DataClass.IDENTITY in frozenset().union(*(g.classes for g in mine))


def test_the_origin_sees_nothing_before_the_notice_nor_against_an_objection() -> None:
    notified = MAIN_RANK[CaseState.NOTIFIED]
    for grant in case_grants():
        if grant.grantee.side is Side.HOST:
            continue
        assert asks(grant, "no_objection"), grant
        stages = [c for c in grant.when if c.name.startswith("stage_")]
        # the days around a journey lie beyond DOCUMENTS_READY
        assert stages or asks(grant, "arrivals_window"), grant
        assert all(MAIN_RANK[CaseState(c.args[0])] >= notified for c in stages)


def test_what_is_beyond_the_notice_opens_from_the_tracing_request() -> None:
    requested = MAIN_RANK[CaseState.TRACING_REQUESTED]
    notice = {DataClass.SHELL, DataClass.PERSON, DataClass.CONSENT}
    for grant in case_grants():
        if grant.grantee.side is Side.HOST or opened(grant) <= notice | {DataClass.EMERGENCY}:
            continue
        if {str(c) for c in grant.when} & {"held_by_party"} and opened(grant) <= notice | {
            DataClass.LEGAL_HOLD,
            DataClass.REFERRAL,
        }:
            continue  # what it holds itself, without the person
        if asks(grant, "home_province") and opened(grant) <= notice | {DataClass.REFERRAL}:
            continue
        first = [c for c in grant.when if c.name.startswith("stage_")]
        assert all(MAIN_RANK[CaseState(c.args[0])] >= requested for c in first), grant


def test_after_the_handover_the_host_sees_what_was_frozen_and_feedback() -> None:
    for grant in case_grants():
        if grant.grantee.side is Side.ORIGIN or "INT-IOM" in grant.grantee.agencies:
            continue
        told = grant.entity == "FollowUp" and opened(grant) == {DataClass.FEEDBACK}
        ended = asks(grant, "before_handover") or asks(grant, "host_part_frozen")
        assert ended is not told, grant


@pytest.mark.parametrize("cell", [c for c in RULED if c.row.startswith("host ")], ids=name)
def test_a_cell_of_the_host_is_frozen_where_the_matrix_says_yes(cell: Cell) -> None:
    """`Y` turns into the frozen part; what rests on a consent, a request or the journey ends."""
    for grant in cell.carriers():
        if cell.rule == "feedback":
            assert not asks(grant, "before_handover"), grant
        elif not (grant.operations and asks(grant, "before_handover")):  # acts end there too
            assert asks(grant, "host_part_frozen") is (cell.rule == "Y"), grant


def test_the_inspectorate_goes_on_seeing_the_hosts_shells_and_statements() -> None:
    mine = [g for g in case_grants() if "AUDITOR" in g.grantee.roles]
    for country in ("TH", "KH", "LA"):
        host = [g for g in mine if f"{country}-AUDIT" in g.grantee.agencies]
        frozen = {g.entity for g in host if asks(g, "host_part_frozen")}
        assert frozen >= {"ReturnCase", "Consent", "EmergencyOpening"}


def test_no_narrative_of_a_child_crosses_a_border() -> None:
    for grant in case_grants():
        if DataClass.NARRATIVE in grant.classes and grant.grantee.side is not Side.HOST:
            assert asks(grant, "adult"), grant


def test_every_grant_names_its_roles_and_none_is_the_operators() -> None:
    for document in packaged().values():
        for grant in document.grants:
            assert grant.grantee.roles
            assert "OPERATOR" not in grant.grantee.roles
            anchors = {c.name for c in grant.when} & ANCHORS
            bound = (*case_grants(), *figures(), *emergencies())
            assert len(anchors) == (grant in bound)


@pytest.mark.parametrize(
    ("code", "highest", "beyond"),
    [
        ("TH-KH-2014@3", Sensitivity.S3, "CARE HANDOVER ASSESSMENT REINTEGRATION"),
        ("TH-KH-SOP-2022@1", Sensitivity.S4, ""),
        ("COMMIT-2004@1", Sensitivity.S1, ""),
        ("ACTIP@1", Sensitivity.S2, ""),
        ("IOM-MSDHS-2007@1", Sensitivity.S3, "CARE HANDOVER ASSESSMENT REINTEGRATION"),
    ],
)
def test_the_highest_class_across_the_border(code: str, highest: Sensitivity, beyond: str) -> None:
    allowed = {DataClass(c) for c in beyond.split()}
    for grant in packaged()[code].grants:
        for held in grant.classes - allowed if grant not in figures() else ():
            assert held.sensitivity.level <= highest.level, grant


def test_the_lao_memorandum_goes_beyond_identity_only_for_the_police() -> None:
    listed = {
        DataClass.CARE,
        DataClass.HANDOVER,
        DataClass.ASSESSMENT,
        DataClass.REINTEGRATION,
    }
    for grant in packaged()["TH-LA-2017@1"].grants:
        if any(c.sensitivity is Sensitivity.S4 for c in grant.classes - listed):
            assert grant.purposes == {"PROSECUTION"}
            assert asks(grant, "formal_request")


@pytest.mark.parametrize(
    ("code", "purposes"),
    [
        ("TH-KH-2014@3", "IDENTIFICATION TRACING RETURN REINTEGRATION AUDIT"),
        ("TH-KH-SOP-2022@1", "PROSECUTION"),
        ("TH-LA-2017@1", "IDENTIFICATION TRACING RETURN REINTEGRATION PROSECUTION AUDIT"),
        ("COMMIT-2004@1", ""),
        ("ACTIP@1", "IDENTIFICATION"),
        ("IOM-MSDHS-2007@1", "RETURN REINTEGRATION"),
    ],
)
def test_the_purposes_of_case_data_under_each_protocol(code: str, purposes: str) -> None:
    grants = [g for g in case_grants() if str(g.clause).startswith(f"{code}#")]
    assert frozenset().union(*(g.purposes for g in grants)) == frozenset(purposes.split())


def test_figures_are_for_committees_and_of_what_the_matrix_says() -> None:
    assert {a for g in figures() for a in g.grantee.agencies} == {"KH-NCCT", "LA-NCAHT", "TH-ATC"}
    for grant in figures():
        assert set(grant.grantee.roles) == {"COORDINATOR"}
        assert set(grant.purposes) == {"STATISTICS"}
        assert all(c.sensitivity.level <= Sensitivity.S2.level for c in grant.classes)
        assert str(grant.clause).startswith("COMMIT-2004@")


def test_figures_are_of_the_groups_that_the_matrix_names() -> None:
    of_group = {group: {DataClass(c) for c in held.split()} for group, held in GROUPS.items()}
    counted = frozenset().union(*(opened(g) for g in figures()))
    assert {g for g, held in of_group.items() if held & counted} == set(COUNTED.split())
    for grant in figures():
        assert grant.grantee.side is None  # a figure has no side


def test_roles_beside_the_matrix_see_their_own_step_alone() -> None:
    seen: dict[str, set[DataClass]] = {}
    for grant in case_grants():
        for role in grant.grantee.roles - {cell.row.split()[1] for cell in cells()}:
            seen.setdefault(role, set()).update(opened(grant))
            # who identifies reads until it is decided, a consulate until the papers are made
            assert asks(grant, "stage_between"), grant
    assert seen == {
        "MDT_MEMBER": {DataClass(c) for c in IDENTIFYING.split()},
        "CONSULAR_OFFICER": {DataClass(c) for c in ["SHELL", "PERSON", "IDENTITY", "TRAVEL"]},
    }


def test_an_agency_of_no_party_is_named_by_no_grant() -> None:
    for document in packaged().values():
        for grant in document.grants:
            for agency in grant.grantee.agencies:
                assert SAPHAN.party_of(agency) in document.parties, grant
            assert grant.grantee.countries <= set(document.parties), grant


def test_a_name_for_the_journey_rests_on_both_consents() -> None:
    """Who withdraws either before the handover is closed to the country of origin again."""
    for grant in case_grants():
        if grant.grantee.side is not Side.ORIGIN or grant.purposes != {"RETURN"}:
            continue
        if "lodged_under" not in names(grant) or DataClass.IDENTITY not in opened(grant):
            continue
        after = "stage_from(HANDED_OVER)" in map(str, grant.when)
        assert after or {"consent(TRACING)", "consent(RETURN)"} <= set(map(str, grant.when)), grant


def test_an_emergency_opens_nothing_across_a_border_and_nothing_sealed() -> None:
    assert len({g.clause.agreement for g in emergencies()}) == 3
    for grant in emergencies():
        assert {"held_by_party", "emergency_open"} <= names(grant)
        assert "PROSECUTION" not in grant.purposes
        assert not grant.classes & {DataClass.MEDICAL, DataClass.PHOTO, DataClass.NARRATIVE}
        assert "before_handover" in names(grant) or {"stage_from", "no_objection"} <= names(grant)


def test_openings_are_shown_to_the_holders_desk_and_its_inspectorate() -> None:
    shown = [g for g in case_grants() if g.entity == "EmergencyOpening"]
    for country, desk in (("TH", "TH-DATIP"), ("KH", "KH-MOSVY"), ("LA", "LA-MLSW")):
        readers = {a for g in shown for a in g.grantee.agencies if a.startswith(country)}
        assert readers == {desk, f"{country}-AUDIT"}


@pytest.mark.parametrize("code", ["TH-VN-2008@1", "TH-MM-2009@1", "TH-CN-2018@1"])
def test_what_waits_for_a_country_says_not_when_it_begins(code: str) -> None:
    assert packaged()[code].in_force is None


@pytest.mark.parametrize("code", ["KH-VN-2005@1", "LA-VN-2010@1", "TH-VN-2008@1"])
def test_a_small_corridor_stops_at_identity_and_names_its_parties_alone(code: str) -> None:
    document = packaged()[code]
    for grant in document.grants:
        assert all(c.sensitivity.level <= Sensitivity.S3.level for c in grant.classes)
        countries = {a[:2] for a in grant.grantee.agencies} | set(grant.grantee.countries)
        assert countries <= set(document.parties)


@pytest.mark.parametrize("code", ["TH-KH-2003@1", "TH-LA-2005@1"])
def test_a_superseded_agreement_is_for_oversight_alone(code: str) -> None:
    for grant in packaged()[code].grants:
        assert set(grant.purposes) == {"AUDIT"}
        assert set(grant.grantee.roles) == {"AUDITOR"}
        assert grant.classes == {DataClass.SHELL}
