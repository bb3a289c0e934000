"""The worked refusals of the domain model, each through every door and with its permitted twin."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from authz.caller import Caller
from tests.compiler.registry import START, Made, Registry, add_case, state_consent
from tests.law.asking import do, person
from tests.law.doors import HIDDEN, NOTHING, REFUSED, Doors

TRACING, RETURN = "TRACING", "RETURN"
KHMER_DESK = person("KH-MOSVY", "FOCAL_POINT", "desk", TRACING)
LAO_DESK = person("LA-MLSW", "FOCAL_POINT", "desk", TRACING)
NAME = "Canary"


class Scene:
    """A registry with one case, and the changes that a refusal is about."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.case = Made("", "")

    def lodge(self, origin: str, state: str, **more: Any) -> Scene:
        with psycopg.connect(self.registry.owner) as connection:
            self.case = add_case(connection, origin, state, NAME, **more)
            connection.commit()
        return self

    def run(self, statement: str, *values: object) -> Scene:
        with psycopg.connect(self.registry.owner) as connection:
            connection.execute(statement.encode(), values)
            connection.commit()
        return self

    def state(self, purpose: str, state: str, *recipients: str, days: int = 20) -> Scene:
        at = START + dt.timedelta(days=days)
        with psycopg.connect(self.registry.owner) as connection:
            state_consent(connection, self.case.case, purpose, state, list(recipients), at)
            connection.commit()
        return self

    def advance(self, before: str, state: str) -> Scene:
        return self.run(
            "insert into registry.transition (id, case_id, state, at, from_state, actor_agency)"
            " values (%s, %s, %s, clock_timestamp(), %s, 'TH-DATIP')",
            uuid.uuid4(),
            self.case.case,
            state,
            before,
        )

    def assign(self, agency: str) -> Scene:
        return self.run(
            "insert into registry.assignment (id, case_id, agency_code, from_at)"
            " values (%s, %s, %s, clock_timestamp() - interval '1 day')",
            uuid.uuid4(),
            self.case.case,
            agency,
        )

    def shown(self, who: Caller, field: str, value: object, entity: str = "Victim") -> None:
        """Every door shows the value, and it is on record."""
        told = self._doors(entity, field).through(who)
        for door, found in told.doors.items():
            assert found == {"filter": "found", "count": 1}.get(door, value), door
        assert (told.reasons, told.recorded) == (frozenset(), True)

    def hidden(self, who: Caller, field: str, entity: str = "Victim") -> None:
        """No door shows the record, and none says why."""
        told = self._doors(entity, field).through(who)
        for door, found in told.doors.items():
            assert found == {"filter": "not found", "count": 0}.get(door, HIDDEN), door
        assert (told.reasons, told.recorded) == (frozenset(), False)

    def withheld(self, who: Caller, field: str, reason: str, entity: str = "Victim") -> None:
        """Every door shows the record without the value, for this reason."""
        told = self._doors(entity, field).through(who)
        for door, found in told.doors.items():
            assert found == {"filter": "not found", "count": 0}.get(door, NOTHING), door
        assert (told.reasons, told.recorded) == (frozenset({reason}), False)

    def refused(self, who: Caller, field: str, reason: str, entity: str = "Victim") -> None:
        """The field is refused on every record; to search by it refuses the whole request."""
        told = self._doors(entity, field).through(who)
        for door, found in told.doors.items():
            searched = door in {"filter", "count", "order"}
            assert found == REFUSED if searched else found in {NOTHING, HIDDEN}, door
        assert (told.reasons, told.recorded) == (frozenset({reason}), False)

    def _doors(self, entity: str, field: str) -> Doors:
        record = self.case.victim if entity == "Victim" else self.case.case
        return Doors(self.registry, entity, record, field)


@pytest.fixture
def scene(registry: Registry) -> Scene:
    return Scene(registry)


def test_a_lao_focal_point_on_a_khmer_case(scene: Scene) -> None:
    scene.lodge("KH", "TRACING")
    scene.shown(KHMER_DESK, "familyName", NAME)
    scene.hidden(LAO_DESK, "familyName")
    scene.hidden(LAO_DESK, "state", "ReturnCase")


def test_a_cambodian_focal_point_on_a_case_still_identified(scene: Scene) -> None:
    scene.lodge("KH", "IDENTIFIED")
    scene.hidden(KHMER_DESK, "gender")
    scene.hidden(KHMER_DESK, "state", "ReturnCase")
    scene.advance("IDENTIFIED", "NOTIFIED")
    scene.shown(KHMER_DESK, "gender", "Feminine")
    scene.shown(KHMER_DESK, "state", "NOTIFIED", "ReturnCase")


def test_the_same_after_an_objection(scene: Scene) -> None:
    scene.lodge("KH", "TRACING")
    scene.shown(KHMER_DESK, "familyName", NAME)
    scene.state("NOTIFICATION", "REFUSED", "KH")
    scene.hidden(KHMER_DESK, "familyName")
    scene.hidden(KHMER_DESK, "state", "ReturnCase")


def test_a_provincial_officer_of_another_province(scene: Scene) -> None:
    scene.lodge("KH", "TRACING")
    scene.run("update registry.victim set home_province = 'KH-1' where id = %s", scene.case.victim)
    officer = person("KH-POSVY", "TRACING_OFFICER", "officer", TRACING)
    scene.shown(replace(officer, unit="KH-1"), "familyName", NAME)
    scene.hidden(replace(officer, unit="KH-2"), "familyName")
    scene.hidden(officer, "familyName")


@pytest.mark.parametrize("field", ["familyName", "givenName", "alias", "birthDate"])
def test_any_name_after_consent_was_withdrawn(scene: Scene, field: str) -> None:
    scene.lodge("KH", "TRACING")
    scene.run(
        "update registry.victim set given_name = 'Given', alias = 'Alias' where id = %s",
        scene.case.victim,
    )
    if field != "birthDate":
        value = {"familyName": NAME, "givenName": "Given", "alias": "Alias"}[field]
        scene.shown(KHMER_DESK, field, value)
    scene.state("TRACING", "WITHDRAWN", "KH")
    scene.withheld(KHMER_DESK, field, "CONSENT")


def test_the_photo_of_a_sixteen_year_old(scene: Scene) -> None:
    scene.lodge("KH", "TRACING", age=16)
    scene.run("update registry.victim set photo = 'p.jpg' where id = %s", scene.case.victim)
    scene.state("PHOTO", "GIVEN", "KH")
    scene.withheld(KHMER_DESK, "photo", "MINOR")
    scene.run(
        "update registry.victim set birth_date = '1990-01-01' where id = %s", scene.case.victim
    )
    scene.shown(KHMER_DESK, "photo", "p.jpg")


def test_a_border_officer_one_month_before_travel(scene: Scene) -> None:
    scene.lodge("KH", "RETURN_PLANNED").advance("RETURN_PLANNED", "DOCUMENTS_READY")
    officer = person("TH-IMM", "BORDER_OFFICER", "gate", RETURN)
    planned = "update registry.return_case set planned_handover_on = current_date + %s"
    scene.run(planned, 30)
    scene.hidden(officer, "familyName")
    scene.hidden(officer, "handoverPlace", "ReturnCase")
    scene.run(planned, 3)
    scene.shown(officer, "familyName", NAME)
    scene.shown(officer, "state", "DOCUMENTS_READY", "ReturnCase")


def test_a_partner_after_its_assignment_ended(scene: Scene) -> None:
    scene.lodge("KH", "TRACING").assign("NGO-CWCC").state("RETURN", "GIVEN", "KH")
    partner = person("NGO-CWCC", "PARTNER_CASEWORKER", "worker", RETURN)
    scene.shown(partner, "familyName", NAME)
    scene.run("update registry.assignment set until_at = clock_timestamp()")
    scene.hidden(partner, "familyName")
    scene.hidden(partner, "state", "ReturnCase")


def test_police_asking_for_the_account_with_a_tracing_purpose(scene: Scene) -> None:
    scene.lodge("KH", "TRACING")
    police = person("KH-DAHTJP", "INVESTIGATOR", "police", "PROSECUTION")
    scene.run(
        "insert into registry.legal_request (id, case_id, agency_code, number, received_on)"
        " values (%s, %s, 'KH-DAHTJP', 'R 1', current_date - 1)",
        uuid.uuid4(),
        scene.case.case,
    )
    scene.shown(police, "narrative", "a canary no answer may hold")
    scene.refused(replace(police, purposes=(TRACING,)), "narrative", "PURPOSE")


def test_a_coordinator_searching_by_village(scene: Scene) -> None:
    scene.lodge("KH", "TRACING")
    scene.run("update registry.victim set home_village = 'Phum' where id = %s", scene.case.victim)
    scene.shown(KHMER_DESK, "homeVillage", "Phum")
    scene.refused(
        person("KH-NCCT", "COORDINATOR", "committee", "STATISTICS"), "homeVillage", "CLASS"
    )
    # what a figure may be made of is no record either
    scene.refused(person("KH-NCCT", "COORDINATOR", "committee", "STATISTICS"), "gender", "CLASS")


def test_an_agreement_that_has_ended(scene: Scene) -> None:
    scene.lodge("KH", "TRACING")
    scene.shown(KHMER_DESK, "familyName", NAME)
    scene.run(
        "insert into policy.ending (version_id, party, agency, subject, until_at) select id, 'TH',"
        " 'TH-MFA', 'x', clock_timestamp() from policy.protocol_version"
        " where agreement_code = 'TH-KH-2014'"
    )
    scene.hidden(KHMER_DESK, "familyName")


@pytest.mark.parametrize(
    "who",
    [
        person("VN-MOLISA", "FOCAL_POINT", "desk", TRACING),
        person("VN-MPS", "INVESTIGATOR", "police", TRACING),
    ],
)
def test_a_vietnamese_agency_between_cambodia_and_thailand(scene: Scene, who: Caller) -> None:
    scene.lodge("KH", "TRACING")
    scene.shown(KHMER_DESK, "gender", "Feminine")
    if who.agency == "VN-MPS":
        scene.refused(who, "gender", "CLASS")
    else:
        scene.hidden(who, "gender")


def test_from_a_meeting_and_its_participants_to_cases(scene: Scene) -> None:
    scene.lodge("KH", "TRACING")
    meeting = uuid.uuid4()
    scene.run(
        "insert into registry.bilateral_contact (id, kind, title, agreement_code, starts_on,"
        " countries) values (%s, 'CASE_MANAGEMENT', 'Twice a year', 'TH-KH-2014', '2026-10-01',"
        " '{TH,KH,LA}')",
        meeting,
    )
    for agency in ("TH-DATIP", "LA-MLSW"):
        scene.run(
            "insert into registry.contact_participant (contact_id, agency_code) values (%s, %s)",
            meeting,
            agency,
        )
    scene.run("insert into registry.contact_case values (%s, %s)", meeting, scene.case.case)
    query = """query($id: ID!) { bilateralContact(id: $id) { title
      participants { edges { node { code } } }
      cases { totalCount edges { node { id victim { familyName } } } } } }"""

    def cases(who: Caller) -> Any:
        answer = asyncio.run(do(scene.registry, who, query, id=str(meeting)))
        contact = answer["data"]["bilateralContact"]
        assert contact["title"] == "Twice a year"
        assert NAME not in str(answer) or who.agency == "TH-DATIP"
        return contact["cases"]

    seen = cases(person("TH-DATIP", "FOCAL_POINT", "desk", TRACING))
    assert (seen["totalCount"], seen["edges"][0]["node"]["id"]) == (1, scene.case.case)
    guest = person("LA-MLSW", "FOCAL_POINT", "desk", TRACING, "COORDINATION")
    hidden = cases(replace(guest, purposes=("COORDINATION", TRACING)))
    assert hidden == {"totalCount": 0, "edges": []}


def test_a_count_and_an_order_by_what_is_not_readable(scene: Scene) -> None:
    scene.lodge("KH", "TRACING")
    scene.shown(KHMER_DESK, "gender", "Feminine")
    for field in ("narrative", "diagnosis"):
        scene.refused(KHMER_DESK, field, "CLASS")
    clerk = person("TH-AUDIT", "AUDITOR", "inspector", "AUDIT")
    for field in ("feedbackOn", "legalHold", "shelterName"):
        scene.refused(clerk, field, "CLASS", "ReturnCase")
