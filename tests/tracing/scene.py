"""A day in which everything happens that auditors ask about.

Takes a house, plays it, gives a `Scene`: who was there and what became of whom. What the ledger
holds of it is read by `tests.tracing.judge`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from tests.refusals.facts import Facts, Target
from tests.tracing.house import (
    AUDITORS,
    HOLDER,
    LIST,
    PHNOM_PENH,
    VIENTIANE,
    WORKER,
    House,
    person,
)

NURSE = person("TH-SHELTER", "CASE_WORKER", "RETURN", subject="a nurse")
PLANNER = person("TH-ATC", "COORDINATOR", "STATISTICS")
RETURNING = person("TH-DATIP", "FOCAL_POINT", "RETURN")
"""The focal point under another purpose."""
STRANGER = person("VN-MOLISA", "FOCAL_POINT", "TRACING")
"""No case is hers, and no clause lets her read the ledger."""
REASON = "She is in hospital and her family must be found tonight"
_ACCOUNT = "query Account($id: ID!) { victim(id: $id) { id gender narrative } }"
_COUNT = "query Count { victims(first: 1) { totalCount edges { node { id gender } } } }"
_PARTS = """query Parts($id: ID!) { returnCase(id: $id) { id
  transitions(first: 3) { edges { node { id state } } }
  consents(first: 3) { edges { node { id purpose state } } } } }"""
_NAME = "query Name($id: ID!) { victim(id: $id) { id familyName } }"
_OPEN = """mutation Open($case: ID!, $reason: String!) {
  openEmergency(caseId: $case, reason: $reason) { opened { id } problems { code } } }"""
_REVIEW = """mutation Review($id: ID!) { reviewEmergency(id: $id, finding: JUSTIFIED) {
  opened { id } problems { code } } }"""


@dataclass(slots=True)
class Scene:
    """`withdrawn` took back her consent to TRACING, `objected` had objected before it was entered;
    both were shown in between. `opened` was opened in an emergency and not reviewed (`opening`),
    `reviewed` was. `abroad` was found in Cambodia, which has her in hand; `sheltered` is with the
    shelter, too.
    """

    house: House
    withdrawn: Target
    objected: Target
    opened: Target
    reviewed: Target
    abroad: Target
    sheltered: Target
    opening: str = ""
    closed: str = ""
    withdrawn_at: dt.datetime | None = None
    objected_at: dt.datetime | None = None


def play(house: House) -> Scene:
    """Everything in its order."""
    scene = Scene(
        house,
        house.settle(Facts(home_province="Takeo")),
        house.settle(Facts(home_province="Takeo")),
        house.settle(Facts()),
        house.settle(Facts(origin="LA", agreement="TH-LA-2017", home_province="Savannakhet")),
        house.settle(Facts(host="KH", origin="TH", home_province="Trat")),
        house.settle(Facts(assigned=("TH-SHELTER", None))),
    )
    for case in (scene.withdrawn.case, scene.objected.case):
        for who in (HOLDER, PHNOM_PENH):
            house.desk(who, case)
    _withdraw(scene)
    _object(scene)
    for who in (HOLDER, PHNOM_PENH):
        for case in (scene.withdrawn.case, scene.objected.case, house.cambodian.case):
            house.desk(who, case)
    house.desk(VIENTIANE, house.laotian.case)
    for who in (HOLDER, PHNOM_PENH, WORKER):
        house.desk(who, scene.abroad.case)
        house.desk(who, scene.sheltered.case)
    for who in (HOLDER, PHNOM_PENH, VIENTIANE, STRANGER):
        house.ask(who, LIST)
        house.ask(who, _ACCOUNT, id=house.cambodian.victim)
        house.ask(who, _PARTS, id=house.cambodian.case)
    house.ask(PLANNER, _COUNT)
    scene.opening = _opened(scene, scene.opened)
    scene.closed = _opened(scene, scene.reviewed)
    done = house.ask(RETURNING, _REVIEW, id=scene.closed)
    assert done["data"]["reviewEmergency"]["problems"] == []
    return scene


def _withdraw(scene: Scene) -> None:
    """She takes her consent back, and the case is put before the inspectorates of both sides."""
    _state(scene, scene.withdrawn.case, "TRACING", "WITHDRAWN", "now()")
    scene.withdrawn_at = scene.house.owner.execute("select now()").fetchone()[0]  # type: ignore[index]
    for agency in ("TH-AUDIT", "KH-AUDIT"):
        scene.house.owner.execute(
            "insert into registry.assignment (id, case_id, agency_code, from_at)"
            " values (%s, %s, %s, now() - interval '1 day')",
            (str(uuid.uuid4()), scene.withdrawn.case, agency),
        )


def _object(scene: Scene) -> None:
    """She had said it, but it was entered only after Phnom Penh had been shown her case."""
    said = scene.house.owner.execute("select now() - interval '1 hour'").fetchone()
    assert said is not None
    scene.objected_at = said[0]
    _state(scene, scene.objected.case, "NOTIFICATION", "REFUSED", "now() - interval '1 hour'")


def _state(scene: Scene, case: str, purpose: str, state: str, when: str) -> None:
    scene.house.owner.execute(
        "insert into registry.consent (id, case_id, purpose, state, recipients, stated_at,"
        f" given_by) values (%s, %s, %s, %s, %s, {when}, 'SELF')",
        (str(uuid.uuid4()), case, purpose, state, ["KH"]),
    )


def _opened(scene: Scene, target: Target) -> str:
    """The nurse opens a case and reads the name; id of the opening."""
    done = scene.house.ask(NURSE, _OPEN, case=target.case, reason=REASON)["data"]["openEmergency"]
    assert done["problems"] == []
    seen = scene.house.ask(NURSE, _NAME, id=target.victim)
    assert seen["data"]["victim"]["familyName"] is not None
    return str(done["opened"]["id"])


ASKING = {
    "TH-AUDIT": AUDITORS["TH"],
    "KH-AUDIT": AUDITORS["KH"],
    "LA-AUDIT": AUDITORS["LA"],
    "TH-DATIP": HOLDER,
    "KH-MOSVY": PHNOM_PENH,
    "TH-SHELTER": WORKER,
}
"""Who may read the ledger, each in a scope of its own."""
