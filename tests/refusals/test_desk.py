"""The worked refusals about who asks and why: border, reception, partners, police, committees."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from tests.refusals.asking import Ask, Desk
from tests.refusals.facts import Facts

IN_ORDER: Final = Facts()
BORDER: Final = Desk("TH-IMM", "BORDER_OFFICER", "RETURN")
CENTRE: Final = Desk("KH-PTC", "RECEPTION", "RETURN")
PARTNER: Final = Desk("NGO-CWCC", "PARTNER_CASEWORKER", "RETURN")
POLICE: Final = Desk("KH-DAHTJP", "INVESTIGATOR", "PROSECUTION")
KHMER_DESK: Final = Desk("KH-MOSVY", "FOCAL_POINT", "TRACING")
JOURNEY: Final = replace(IN_ORDER, state="DOCUMENTS_READY", planned_in=5)
AT_THE_BORDER: Final = (
    ("Victim", "ageBand", "familyName", "careNeeds"),
    ("ReturnCase", "state", "handoverPlace", "legalHold"),
    ("TravelPaper", "travelDocument"),
)


@pytest.mark.parametrize("question", AT_THE_BORDER, ids=lambda q: str(q[0]))
def test_a_border_officer_one_month_before_travel(ask: Ask, question: tuple[str, ...]) -> None:
    ask.shown(BORDER, JOURNEY, *question, clause="TH-LAW@1#rule 21")
    for days in (30, 8, -1, None):
        ask.absent(BORDER, replace(JOURNEY, planned_in=days), *question)
    ask.absent(BORDER, replace(JOURNEY, state="RETURN_PLANNED"), *question)


ARRIVALS: Final = (
    ("Victim", "ageBand", "familyName", "careNeeds"),
    ("ReturnCase", "state", "handoverPlace"),
    ("TravelPaper", "travelDocument"),
    ("Assessment", "riskFlag"),
)


@pytest.mark.parametrize("question", ARRIVALS, ids=lambda q: str(q[0]))
def test_a_transit_centre_one_month_before_arrival(ask: Ask, question: tuple[str, ...]) -> None:
    ask.shown(CENTRE, JOURNEY, *question, clause="TH-KH-2014@3#art. 16")
    for days in (30, 8, -8, None):
        ask.absent(CENTRE, replace(JOURNEY, planned_in=days), *question)


def test_a_transit_centre_sees_a_risk_and_neither_outcome_nor_report(ask: Ask) -> None:
    for question in (
        ("Assessment", "outcome", "report"),
        ("ReturnCase", "shelterName", "legalHold"),
    ):
        ask.refused(CENTRE, JOURNEY, *question, reason="CLASS", beside=question[0])
    focal = replace(KHMER_DESK, purpose="RETURN")
    held = replace(JOURNEY, assigned=("KH-MOSVY", None))
    ask.shown(focal, held, "Assessment", "outcome", "report", "riskFlag")


@pytest.mark.parametrize(
    "question",
    [("Victim", "ageBand", "familyName", "homeVillage"), ("ReturnCase", "state")],
    ids=lambda q: str(q[0]),
)
def test_a_partner_after_its_assignment_ended(ask: Ask, question: tuple[str, ...]) -> None:
    ask.shown(PARTNER, replace(IN_ORDER, assigned=("NGO-CWCC", None)), *question)
    ask.shown(PARTNER, replace(IN_ORDER, assigned=("NGO-CWCC", 5)), *question)
    ask.absent(PARTNER, replace(IN_ORDER, assigned=("NGO-CWCC", -1)), *question)
    ask.absent(PARTNER, replace(IN_ORDER, assigned=("NGO-CCPCR", None)), *question)


REQUESTED: Final = replace(IN_ORDER, requested_by="KH-DAHTJP")
ACCOUNT: Final = ("Victim", "narrative", "meansOfControl", "relationToTrafficker")


def test_police_asking_for_the_account_with_a_tracing_purpose(ask: Ask) -> None:
    ask.shown(POLICE, REQUESTED, *ACCOUNT, clause="TH-KH-SOP-2022@1#sec.")
    tracing = replace(POLICE, purpose="TRACING")
    ask.refused(tracing, REQUESTED, *ACCOUNT, reason="PURPOSE", clause="TH-KH-SOP-2022@1#sec.")


def test_police_without_a_request_of_their_own(ask: Ask) -> None:
    # by the person's consent to prosecution they see her name: no case, no account
    ask.shown(POLICE, IN_ORDER, "Victim", "familyName", clause="sec. 3(2)", over="ReturnCase")
    ask.absent(POLICE, IN_ORDER, "ReturnCase", "state", beside="Victim")
    ask.withheld(POLICE, IN_ORDER, *ACCOUNT, reason="NO_PROTOCOL", clause=None, over="ReturnCase")


def test_a_coordinator_searching_and_ordering_by_village(ask: Ask) -> None:
    village = ("Victim", "homeVillage")
    ask.shown(KHMER_DESK, IN_ORDER, *village)
    for purpose in ("STATISTICS", "COORDINATION"):
        committee = Desk("KH-NCCT", "COORDINATOR", purpose)
        ask.refused(committee, IN_ORDER, *village, reason="CLASS")
    # what figures may be made of is no record, no count and no order either
    committee = Desk("KH-NCCT", "COORDINATOR", "STATISTICS")
    ask.refused(committee, IN_ORDER, "Victim", "ageBand", "exploitationTypes", reason="CLASS")
    ask.refused(committee, IN_ORDER, "ReturnCase", "state", "legalHold", reason="CLASS")
    ask.shown(KHMER_DESK, IN_ORDER, "Victim", "ageBand", "exploitationTypes")


def test_a_count_or_a_sort_by_what_is_not_readable(ask: Ask) -> None:
    # on no row: the whole request is refused
    ask.refused(
        KHMER_DESK, IN_ORDER, "Victim", "narrative", "diagnosis", reason="CLASS", beside="Victim"
    )
    case = "ReturnCase"
    ask.refused(KHMER_DESK, IN_ORDER, case, "plan", reason="PURPOSE", beside=case)
    officer = Desk("KH-POSVY", "TRACING_OFFICER", "TRACING", unit="Siem Reap")
    ask.refused(officer, IN_ORDER, case, "legalHold", "shelterName", reason="CLASS", beside=case)
    # on some rows: there the value counts as none, and stands last both ways
    hold = ("ReturnCase", "legalHold")
    ask.shown(KHMER_DESK, IN_ORDER, *hold)
    ask.shown(KHMER_DESK, replace(IN_ORDER, legal_hold=False), *hold)
    early = replace(IN_ORDER, state="NOTIFIED")
    ask.withheld(KHMER_DESK, early, *hold, reason="STAGE", clause="TH-KH-2014@3#art. 5(4)")


@pytest.mark.parametrize("role", ["OPERATOR", "MDT_MEMBER", "CONSULAR_OFFICER", "RECEPTION"])
def test_another_role_of_the_same_agency(ask: Ask, role: str) -> None:
    ask.shown(KHMER_DESK, IN_ORDER, "Victim", "ageBand")
    ask.refused(replace(KHMER_DESK, role=role), IN_ORDER, "Victim", "ageBand", reason="CLASS")
