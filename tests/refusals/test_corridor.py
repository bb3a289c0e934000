"""The worked refusals about countries, agreements, stage and objection."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import psycopg
import pytest
from graphql import GraphQLObjectType

from schema.sdl import graphql_schema
from tests.refusals.asking import Ask, Desk
from tests.refusals.doors import Door
from tests.refusals.facts import Facts, Said

IN_ORDER: Final = Facts()
LAO: Final = replace(IN_ORDER, origin="LA", agreement="TH-LA-2017")
KHMER_DESK: Final = Desk("KH-MOSVY", "FOCAL_POINT", "TRACING")
LAO_DESK: Final = Desk("LA-MLSW", "FOCAL_POINT", "TRACING")
PERSON: Final = ("Victim", "ageBand", "homeProvince", "familyName", "homeVillage")
SHELL: Final = ("ReturnCase", "state", "host", "legalHold")
NOTICE: Final = (("Victim", "ageBand", "homeProvince"), ("ReturnCase", "state", "host"))


def test_a_lao_focal_point_on_a_khmer_case(ask: Ask) -> None:
    for question in (PERSON, SHELL):
        ask.shown(LAO_DESK, LAO, *question, clause="TH-LA-2017@1#")
        ask.absent(LAO_DESK, IN_ORDER, *question)
        ask.shown(KHMER_DESK, IN_ORDER, *question, clause="TH-KH-2014@3#")
        ask.absent(KHMER_DESK, LAO, *question)


@pytest.mark.parametrize("question", NOTICE, ids=lambda q: str(q[0]))
def test_a_cambodian_focal_point_on_a_case_still_identified(
    ask: Ask, question: tuple[str, ...]
) -> None:
    ask.shown(KHMER_DESK, replace(IN_ORDER, state="NOTIFIED"), *question)
    ask.absent(KHMER_DESK, replace(IN_ORDER, state="IDENTIFIED"), *question)
    ask.absent(KHMER_DESK, replace(IN_ORDER, state="SCREENED"), *question)


def test_what_is_beyond_the_notice_is_told_apart_by_its_stage(ask: Ask) -> None:
    names = ("Victim", "familyName", "homeVillage")
    ask.shown(KHMER_DESK, replace(IN_ORDER, state="TRACING_REQUESTED"), *names)
    ask.withheld(
        KHMER_DESK,
        replace(IN_ORDER, state="NOTIFIED"),
        *names,
        reason="STAGE",
        clause="TH-KH-2014@3#art. 9(2)",
    )


OBJECTED: Final = Said("NOTIFICATION", "REFUSED", ("KH",), day=2)


@pytest.mark.parametrize("question", [PERSON, SHELL], ids=lambda q: str(q[0]))
@pytest.mark.parametrize(
    "objection",
    [OBJECTED, replace(OBJECTED, recipients=()), replace(OBJECTED, recipients=("KH-MOSVY",))],
    ids=["to the country", "to everybody", "to the agency"],
)
def test_the_same_after_objection(ask: Ask, question: tuple[str, ...], objection: Said) -> None:
    ask.absent(KHMER_DESK, replace(IN_ORDER, said=(*IN_ORDER.said, objection)), *question)
    elsewhere = replace(objection, recipients=("VN",))
    ask.shown(KHMER_DESK, replace(IN_ORDER, said=(*IN_ORDER.said, elsewhere)), *question)
    again = Said("NOTIFICATION", "GIVEN", ("KH",), day=3)
    ask.shown(KHMER_DESK, replace(IN_ORDER, said=(*IN_ORDER.said, OBJECTED, again)), *question)


@pytest.mark.parametrize("question", [PERSON, SHELL], ids=lambda q: str(q[0]))
def test_the_same_after_its_own_negative_reply(ask: Ask, question: tuple[str, ...]) -> None:
    ask.shown(KHMER_DESK, replace(IN_ORDER, state="ASSESSED"), *question)
    ask.absent(KHMER_DESK, replace(IN_ORDER, state="ASSESSED", not_a_national=True), *question)


_END = (
    "insert into policy.ending (version_id, party, agency, subject, until_at)"
    " select id, 'TH', 'TH-MFA', 'a fictitious steward', clock_timestamp()"
    " from policy.protocol_version where agreement_code = 'TH-KH-2014'"
)


def test_an_expired_agreement(ask_alone: Ask) -> None:
    for question in (PERSON, SHELL):
        ask_alone.shown(KHMER_DESK, IN_ORDER, *question, clause="TH-KH-2014@3#")
    with psycopg.connect(ask_alone.registry.owner) as connection:
        connection.execute(_END)
    for question in (PERSON, SHELL):
        ask_alone.absent(KHMER_DESK, IN_ORDER, *question)


VIETNAMESE: Final = replace(
    IN_ORDER, host="KH", origin="VN", agreement="KH-VN-2005", requested_by="VN-MPS"
)
VIETNAMESE_DESK: Final = Desk("VN-MOLISA", "FOCAL_POINT", "TRACING")


def test_a_vietnamese_agency_between_cambodia_and_thailand(ask: Ask) -> None:
    for question in (PERSON, ("ReturnCase", "state", "host")):
        ask.shown(VIETNAMESE_DESK, VIETNAMESE, *question, clause="KH-VN-2005@1#")
        ask.absent(VIETNAMESE_DESK, IN_ORDER, *question)
        ask.absent(VIETNAMESE_DESK, LAO, *question)


def test_a_thai_agency_between_cambodia_and_viet_nam(ask: Ask) -> None:
    desk = Desk("TH-DATIP", "FOCAL_POINT", "TRACING")
    for question in (("Victim", "ageBand", "familyName"), ("ReturnCase", "state")):
        ask.shown(desk, IN_ORDER, *question)
        ask.absent(desk, VIETNAMESE, *question)


def test_an_agreement_that_waits_for_a_country_opens_nothing(ask: Ask) -> None:
    waiting = replace(IN_ORDER, origin="VN", agreement="TH-VN-2008")
    ask.shown(Desk("TH-DATIP", "FOCAL_POINT", "TRACING"), waiting, "Victim", "ageBand")
    ask.absent(VIETNAMESE_DESK, waiting, "Victim", "ageBand", "familyName")
    burmese = Desk("MM-DSW", "FOCAL_POINT", "TRACING")
    case = replace(IN_ORDER, origin="MM", agreement="TH-MM-2009")
    ask.refused(burmese, case, "Victim", "ageBand", reason="CLASS")


def test_what_was_superseded_is_for_the_inspectorate_alone(ask: Ask) -> None:
    old = replace(IN_ORDER, agreement="TH-KH-2003")
    ask.absent(KHMER_DESK, old, *PERSON)
    inspector = Desk("KH-AUDIT", "AUDITOR", "AUDIT")
    ask.shown(inspector, old, "ReturnCase", "state", "host", clause="TH-KH-2003@1#", over="Victim")
    ask.refused(inspector, old, "Victim", "ageBand", reason="CLASS", beside="ReturnCase")


def test_a_meeting_leads_its_participants_to_no_case(ask: Ask) -> None:
    # an agency has no way on to cases: what a participant sees is what its desk sees
    agency = graphql_schema().type_map["Agency"]
    assert isinstance(agency, GraphQLObjectType)
    assert {str(f.type).strip("[]!") for f in agency.fields.values()} == {
        "ID",
        "String",
        "Withheld",
        "ClassVersion",
    }
    target = ask.situation(IN_ORDER)
    selections = """{ bilateralContact(id: $meeting) { title
      participants(first: 20) { totalCount edges { node { code } } }
      cases(first: 20) { totalCount edges { node { id victim { id familyName } } } } } }"""
    door = Door("the meeting", selections, ("bilateralContact",), target, "ReturnCase")
    for desk, count in ((KHMER_DESK, 1), (LAO_DESK, 0), (VIETNAMESE_DESK, 0)):
        (answer,) = ask.through(desk, [door])
        (meeting,) = door.records(answer.data)
        assert meeting["participants"]["totalCount"] == 4
        assert meeting["cases"]["totalCount"] == len(meeting["cases"]["edges"]) == count
        assert answer.mentions(target.ids()) == bool(count)
        assert ("Canary" in str(answer.body)) == bool(count)
