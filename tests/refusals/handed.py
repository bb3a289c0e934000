"""A case that is handed over, and what either side writes of it: what the tests of it stand on."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from schema.codes import MAIN_STATES
from tests.refusals import doors as d
from tests.refusals.asking import Answered, Ask, Desk
from tests.refusals.facts import BEGAN, VALUES, Facts, Target, settle

HOST: Final = Desk("TH-DATIP", "FOCAL_POINT", "TRACING")
SHELTER: Final = Desk("TH-SHELTER", "CASE_WORKER", "REINTEGRATION")
POLICE: Final = Desk("TH-ATPD", "INVESTIGATOR", "PROSECUTION")
INSPECTOR: Final = Desk("TH-AUDIT", "AUDITOR", "AUDIT")
ORIGIN: Final = Desk("KH-MOSVY", "FOCAL_POINT", "REINTEGRATION")
READY: Final = Facts(state="DOCUMENTS_READY", assigned=("TH-SHELTER", None), planned_in=0)
OLD: Final = str(VALUES["family_name"])
NEW: Final = "Corrected by the origin"
NEVER: Final = {NEW, "Kampot", "a new report", "NonConforming", "REINTEGRATING"}
"""What the origin wrote and no host may read."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A case that was handed over, and what either side wrote of it."""

    ask: Ask
    owner: psycopg.Connection[Any]
    target: Target
    before: str = ""
    """An instant before the handover."""
    earlier: str = ""
    """A referral of the host."""
    later: str = ""
    """A referral of the origin."""
    visit: str = ""

    def records(self, desk: Desk, entity: str, *fields: str) -> list[tuple[str, dict[str, Any]]]:
        """The record at every door, by the door's name."""
        found = []
        one = self.target.id_of(entity)
        for answer in self.ask.through(desk, d.reading(entity, fields, self.target)):
            assert "errors" not in answer.body, answer.body
            found += [
                (answer.door.name, each)
                for each in answer.door.records(answer.data)
                if each["id"] == one
            ]
        return found

    def count(self, desk: Desk, entity: str, test: str) -> set[int]:
        """How many meet the filter, at every door that counts."""
        answers = self.ask.through(desk, d.counting(entity, self.target, test))
        return {total_of(answer) for answer in answers}

    def listed(self, desk: Desk, selections: str) -> dict[str, Any]:
        """The person's case, with these selections, on a way to her."""
        door = d.Door("asked", f"{{ {selections} }}", (), self.target, "ReturnCase")
        (answer,) = self.ask.through(desk, [door])
        assert "errors" not in answer.body, answer.body
        found: dict[str, Any] = answer.body
        return found


def total_of(answer: Answered) -> int:
    assert "errors" not in answer.body, answer.body
    (connection,) = list(answer.door.records(answer.data)) or [{"totalCount": 0}]
    found: int = connection["totalCount"]
    return found


def step(owner: psycopg.Connection[Any], case: str, state: str, before: str, day: int) -> None:
    """One transition more, so many days after the case began."""
    owner.execute(
        "insert into registry.transition (id, case_id, state, at, from_state, actor_agency)"
        " values (%s, %s, %s, %s, %s, 'KH-MOSVY')",
        (str(uuid.uuid4()), case, state, BEGAN + dt.timedelta(days=day), before),
    )


def hand_over(owner: psycopg.Connection[Any], case: str) -> None:
    """The transition, then the custody: in one transaction."""
    with owner.transaction():
        step(owner, case, "HANDED_OVER", "DOCUMENTS_READY", 20)
        owner.execute("update registry.return_case set holder = 'KH-MOSVY' where id = %s", (case,))


def correct(owner: psycopg.Connection[Any], target: Target) -> None:
    """What the origin writes afterwards."""
    owner.execute(
        "update registry.victim set family_name = %s, home_province = 'Kampot', children_count = 3,"
        " gender = 'NonConforming', care_needs = '{WHEELCHAIR}' where id = %s",
        (NEW, target.victim),
    )
    step(owner, target.case, "IN_RECEPTION", "HANDED_OVER", 21)
    step(owner, target.case, "REINTEGRATING", "IN_RECEPTION", 22)
    owner.execute(
        "update registry.return_case set feedback_code = 'WELL', feedback_on = current_date,"
        " outcome = 'ReturnedHome', reintegration_plan = 'a new report' where id = %s",
        (target.case,),
    )
    owner.execute(
        "update registry.assessment set outcome = 'UNSUITABLE', report = 'a new report'"
        " where id = %s",
        (target.id_of("Assessment"),),
    )


def refer(owner: psycopg.Connection[Any], case: str, sender: str, to: str, details: str) -> str:
    made = str(uuid.uuid4())
    owner.execute(
        "insert into registry.referral (id, case_id, from_agency, to_agency, state, details)"
        " values (%s, %s, %s, %s, 'OPEN', %s)",
        (made, case, sender, to, details),
    )
    return made


def load_closed(owner: psycopg.Connection[Any]) -> Target:
    """A case as a bulk load brings it in: in its present state, its history beside it."""
    target = settle(owner, Facts(agreement=None, state="SCREENED"))
    case = str(uuid.uuid4())
    owner.execute(
        "insert into registry.return_case (id, victim_id, host, origin, state, main_rank,"
        " state_since, handed_over_at, holder, closing_reason, feedback_code) values (%s, %s, 'TH',"
        " 'KH', 'CLOSED', 13, %s, %s, 'KH-MOSVY', 'REINTEGRATED', 'WELL')",
        (case, target.victim, BEGAN + dt.timedelta(days=12), BEGAN + dt.timedelta(days=8)),
    )
    before = None
    for day, state in enumerate(MAIN_STATES):
        owner.execute(
            "insert into registry.transition (id, case_id, state, at, from_state, actor_agency)"
            " values (%s, %s, %s, %s, %s, 'TH-DATIP')",
            (str(uuid.uuid4()), case, state, BEGAN + dt.timedelta(days=day), before),
        )
        before = state
    owner.execute(
        "update registry.return_case set holder = 'KH-MOSVY' where id = %s", (target.case,)
    )
    return Target(case, target.victim, target.meeting, target.parts)
