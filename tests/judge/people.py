"""Drawn data: persons with their cases, and what was said, assigned, asked and kept back on them.

Takes Hypothesis' `draw`, gives a `World`. Instants lie whole hours, days whole
days from now, so that no decision hangs on the second in which it is made;
within that, drawn values sit on the edges: equal instants, the day of coming
of age, the seven days before a handover.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.judge.world import RANK, STATES, Row, World, years_before

T = TypeVar("T")
CORRIDORS = (
    *[("TH", "KH")] * 4,
    ("TH", "LA"),
    ("TH", "LA"),
    ("KH", "TH"),
    ("TH", "MM"),
    ("KH", "VN"),
    ("VN", "TH"),
    ("LA", "TH"),
)
AGENCIES = {
    "TH": ("TH-DATIP", "TH-SHELTER", "TH-ATPD", "TH-IMM", "TH-PSDHS", "NGO-LPN"),
    "KH": ("KH-MOSVY", "KH-POSVY", "KH-PTC", "KH-DAHTJP", "NGO-CWCC"),
    "LA": ("LA-MLSW", "LA-PLSW", "LA-LWU", "LA-ATD"),
    "VN": ("VN-MPS", "VN-MOLISA"),
    "MM": ("MM-DSW",),
    "": ("INT-IOM",),
}
LODGED = {
    frozenset(("TH", "KH")): ("TH-KH-2014", "TH-KH-2014", "TH-KH-SOP-2022", "TH-KH-2003"),
    frozenset(("TH", "LA")): ("TH-LA-2017", "TH-LA-2005"),
    frozenset(("TH", "VN")): ("TH-VN-2008",),
    frozenset(("TH", "MM")): ("TH-MM-2009",),
    frozenset(("KH", "VN")): ("KH-VN-2005",),
}
PROVINCES = ("Battambang", "Champasak", "Nonthaburi")
CLASSES = ("SHELL", "PERSON", "IDENTITY", "CONSENT", "EXPLOITATION", "LEGAL_HOLD", "REFERRAL")
_PURPOSES = ("TRACING", "NOTIFICATION", "RETURN", "SERVICES", "PHOTO")
_SIDE = {"NOT_A_VICTIM": 1, "ON_HOLD": 8, "ALTERNATIVE": 8, "CANCELLED": 8}
_HOUR, _DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@cache
def _numbers(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most)


@dataclass(slots=True)
class Drawing:
    """One world while it is drawn."""

    draw: Any
    world: World
    count: int = 0

    def one(self, items: Sequence[T]) -> T:
        """One of these."""
        return items[self.number(0, len(items) - 1)]

    def few(self, items: Sequence[T], most: int) -> list[T]:
        """None to `most` of these, in their order."""
        found = {self.number(0, len(items) - 1) for _ in range(self.number(0, most))} if items else ()
        return [items[at] for at in sorted(found)]

    def number(self, least: int, most: int) -> int:
        """A whole number."""
        return int(self.draw(_numbers(least, most)))

    def chance(self) -> bool:
        """Heads or tails."""
        return bool(self.number(0, 1))

    def id(self) -> str:
        """The next id: random in form, the same in each run, in an order that tells nothing."""
        self.count += 1
        mixed = (self.count * 0x9E3779B97F4A7C15) % (1 << 64)
        return str(uuid.UUID(int=(mixed << 64) + self.count, version=4))

    def hours_ago(self, *choices: int) -> dt.datetime:
        """An instant that many hours before now; negative ones are to come."""
        return self.world.now - self.one(choices) * _HOUR

    def day(self, *choices: int) -> dt.date:
        """A day that many days from today."""
        return self.world.today + self.one(choices) * _DAY

    def agency_of(self, *countries: str) -> str:
        """An agency of one of these countries."""
        return self.one([a for country in countries for a in AGENCIES.get(country, ())])


def people(d: Drawing) -> None:
    """One to three persons, each with one to three cases and all that belongs to them."""
    for _ in range(d.number(1, 3)):
        person = _person(d)
        for _ in range(d.one((1, 1, 2, 3))):
            _case(d, person)
    for _ in range(d.one((0, 0, 1, 1, 2, 3))):
        _restriction(d)


def _birth(d: Drawing) -> dict[str, Any]:
    today = d.world.today
    eighteen = years_before(today, 18)
    born, precision = d.one(
        (
            (dt.date(1990, 5, 1), "DAY"),
            (dt.date(2001, 5, 1), "DAY"),
            (None, None),
            (eighteen, "DAY"),
            (eighteen + _DAY, "DAY"),
            (eighteen, "MONTH"),
            (eighteen.replace(day=1) - _DAY, "MONTH"),
            (eighteen, "YEAR"),
            (dt.date(eighteen.year - 1, 3, 1), "YEAR"),
            (years_before(today, 9), "DAY"),
        )
    )
    return {"birth_date": born, "birth_precision": precision, "age_disputed": d.number(0, 4) == 4}


def _person(d: Drawing) -> Row:
    n = d.count
    return d.world.add(
        "Victim",
        id=d.id(),
        given_name=f"Given{n}",
        family_name=d.one(("Sok", "Chan", None)),
        alias=None,
        identity_number=f"N-{n}",
        **_birth(d),
        gender=d.one(("Feminine", "Masculine", None)),
        nationalities=d.one((["KH"], ["KH", "LA"], [])),
        stateless=d.chance(),
        languages=["khm"],
        education=None,
        children_count=d.one((None, 0, 3)),
        home_province=d.one((*PROVINCES, None)),
        home_street="Road 1",
        phone="+85512345678",
        family_contacts=[{"name": "Aunt", "relation": "aunt", "doNotContact": True}],
        photo="photo/1",
        exploitation_types=["ForcedLabour"],
        means_of_control=None,
        narrative="what happened",
        suspects=[{"roles": ["Recruiter"], "details": "a neighbour"}],
        care_needs=["INTERPRETER"],
        diagnosis="sealed",
        entered_by="TH-DATIP",
    )


def _stand(d: Drawing, host: str) -> tuple[list[str], int]:
    """The states of a case in the order in which they were entered, and the main rank."""
    first = 1 if host in {"TH", "KH", "LA"} else RANK["TRACING"]
    # the middle of the way is where most conditions turn
    last = max(first, d.one((1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 12, 13)))
    states = STATES[first - 1 : last]
    side = d.one((None, None, None, "ON_HOLD", "ALTERNATIVE", "CANCELLED", "NOT_A_VICTIM"))
    if side and last <= _SIDE[side]:
        states = [*states, side]
    return states, last


def _case(d: Drawing, person: Row) -> None:
    world = d.world
    host, origin = d.one(CORRIDORS)
    drafts = [row["code"] for row in world.where("Agreement", source="drawn by the judge")]
    lodged = (*LODGED.get(frozenset((host, origin)), ()), None, "TH-KH-2014", *drafts)
    states, rank = _stand(d, host)
    begun = world.now - 60 * _DAY
    entered = [begun + number * _DAY for number in range(len(states))]
    by_state = dict(zip(states, entered, strict=True))
    case = world.add(
        "ReturnCase",
        id=d.id(),
        victim_id=person.id,
        agreement_code=d.one(lodged[:1] * 3 + lodged),
        host=host,
        origin=origin,
        state=states[-1],
        main_rank=rank,
        state_since=entered[-1],
        notified_at=by_state.get("NOTIFIED") or (entered[0] if rank >= 5 else None),
        handed_over_at=by_state.get("HANDED_OVER"),
        not_a_national=d.number(0, 7) == 7,
        planned_handover_on=d.one((None, d.day(-30, -1, 0, 1, 6, 7, 8, 30))),
        holder=d.agency_of(host, host, origin, ""),
        case_worker=d.one(("Somchai", None)),
        outcome=None,
        opened_on=world.today - 61 * _DAY,
        shelter_name="House 3",
        handover_place=d.one(("AIRPORT", None)),
        best_interests_decision=d.one(("in her interest", None)),
        proceedings="case 7",
        legal_hold=d.chance(),
        reintegration_plan="a plan",
        feedback_code=d.one(("WELL", None)),
        feedback_on=None,
    )
    before = None
    for state, at in by_state.items():
        world.add(
            "Transition",
            id=d.id(),
            case_id=case.id,
            state=state,
            at=at,
            from_state=before,
            clause=d.one((None, "TH-KH-2014@3#art. 4")),
            actor_agency="TH-DATIP",
        )
        before = state
    _parts(d, case)


def _parts(d: Drawing, case: Row) -> None:
    world, link = d.world, {"case_id": case.id}
    near = [case["host"], case["origin"], ""]
    for _ in range(d.number(0, 4)):
        given = d.chance()
        guardian = d.one((None, "Mother"))
        at = d.hours_ago(100, 100, 90, 80)
        world.add(
            "Consent",
            id=d.id(),
            **link,
            purpose=d.one(_PURPOSES),
            state="GIVEN" if given else d.one(("REFUSED", "WITHDRAWN", "NOT_ASKED")),
            recipients=_recipients(d, near),
            stated_at=at,
            recorded_at=world.now - 2 * _HOUR,
            given_by="GUARDIAN" if guardian else "SELF",
            guardian=guardian,
            assent=d.one((True, False, None)),
        )
    for agency in dict.fromkeys(d.agency_of(*near) for _ in range(d.number(0, 2))):
        world.add(
            "Assignment",
            id=d.id(),
            **link,
            agency_code=agency,
            unit=d.one((None, *PROVINCES)),
            **_period(d),
        )
    if d.chance():
        world.add(
            "Referral",
            id=d.id(),
            **link,
            from_agency="TH-MFA",
            to_agency=d.agency_of(*near),
            reason=None,
            state=d.one(("ACCEPTED", "OPEN", "DECLINED", "ENDED")),
            case_owner="Owner",
            details="in words",
        )
    if d.chance():
        world.add(
            "LegalRequest",
            id=d.id(),
            **link,
            agency_code=d.agency_of(*near),
            number=d.one((None, "R-1")),
            subject="asked",
            received_on=world.today - 40 * _DAY,
            expires_on=d.one((None, d.day(-1, 0, 1))),
        )
    if d.chance():
        outcome = d.one(("SUITABLE", "NOT_A_NATIONAL", None))
        world.add(
            "Assessment", id=d.id(), **link, report="text", outcome=outcome, risk_flag=d.chance()
        )
        world.add("TravelPaper", id=d.id(), **link, travel_document="P-1", escort="an officer")
        world.add("FollowUp", id=d.id(), **link, month=3, notes="well", feedback_code="WELL")


def _recipients(d: Drawing, near: list[str]) -> list[str]:
    kind = d.number(0, 5)
    if kind == 0:
        return []
    if kind <= 2:
        return [d.one([country for country in near if country])]
    if kind == 3:
        return list(dict.fromkeys((d.agency_of(*near), near[1])))
    return [d.agency_of(*near)]


def _period(d: Drawing) -> dict[str, Any]:
    since, until = d.one(((-50, None), (-50, None), (-50, 90), (-50, -5), (40, None)))
    now = d.world.now
    return {
        "from_at": now + since * _HOUR,
        "until_at": None if until is None else now + until * _HOUR,
    }


def _restriction(d: Drawing) -> None:
    kinds = ("Victim", "ReturnCase", "ReturnCase", "Consent", "Transition", "Assessment")
    row = d.one([row for kind in kinds for row in d.world.all(kind)])
    cases = [row]
    if row.kind == "Victim":
        cases = list(d.world.where("ReturnCase", victim_id=row.id))
    elif row.kind != "ReturnCase":
        cases = [d.world.by_id[row["case_id"]]]
    host, origin = cases[0]["host"], cases[0]["origin"]
    d.world.add(
        "Restriction",
        id=d.id(),
        record_id=row.id,
        data_class=d.one((None, *[c for c in CLASSES if row.kind != "ReturnCase" or c != "SHELL"])),
        recipient=d.one((None, None, origin, host, d.agency_of(host, origin, ""))),
        set_by=d.agency_of(host, host, origin),
        **_period(d),
    )
