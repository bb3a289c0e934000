"""What is true of a case: the conditions of the settled questions, section 5, each on one case.

Takes rows, gives booleans. No grant, no class and no reason is known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from authz.caller import Caller
from authz.grants import Condition, Corridor
from tests.judge.world import RANK, Row, World, is_adult

_CLOSING = {"REFUSED", "WITHDRAWN"}
_WEEK = dt.timedelta(days=7)


def reaches(statement: Row, name: str) -> bool:
    """Whether a statement names this agency or country: a refusal without names means all."""
    if not statement["recipients"]:
        return statement["state"] in _CLOSING
    return bool(name) and name in statement["recipients"]


def _age(statement: Row) -> tuple[dt.datetime, bool]:
    """Newest last; of two of one instant the refusal is the newer one."""
    return statement["stated_at"], statement["state"] in _CLOSING


def objection(world: World, case: Row, who: tuple[str, ...]) -> bool:
    """Whether the newest statement on NOTIFICATION that reaches any of `who` is a refusal."""
    said = [
        statement
        for statement in world.where("Consent", case_id=case.id, purpose="NOTIFICATION")
        if any(reaches(statement, name) for name in who)
    ]
    return bool(said) and max(said, key=_age)["state"] in _CLOSING


def consents(world: World, case: Row, purpose: str, caller: Caller) -> bool:
    """Whether the newest statement on a purpose to this agency, else to its country, is GIVEN and
    no refusal to either came after it.
    """
    said = list(world.where("Consent", case_id=case.id, purpose=purpose))
    own = [s for s in said if caller.agency in s["recipients"]]
    national = [s for s in said if reaches(s, caller.country)]
    closing = [
        s
        for s in said
        if s["state"] in _CLOSING and (reaches(s, caller.agency) or reaches(s, caller.country))
    ]
    newest = max(own or national, key=_age, default=None)
    if newest is None or newest["state"] != "GIVEN":
        return False
    return all(s["stated_at"] < newest["stated_at"] for s in closing)


def assigned(world: World, case: Row, caller: Caller) -> bool:
    """The agency holds the case, or has an open assignment or an accepted referral on it; for a
    caller with a unit, that unit has the assignment.
    """
    for row in world.where("Assignment", case_id=case.id, agency_code=caller.agency):
        is_open = row["from_at"] <= world.now and (
            row["until_at"] is None or world.now < row["until_at"]
        )
        if is_open and (not caller.unit or row["unit"] == caller.unit):
            return True
    if caller.unit:
        return False
    accepted = world.where("Referral", case_id=case.id, to_agency=caller.agency, state="ACCEPTED")
    return case["holder"] == caller.agency or any(True for _ in accepted)


def requested(world: World, case: Row, caller: Caller) -> bool:
    """An unexpired legal request of the caller's agency with a number is on file."""
    return any(
        row["number"] and (row["expires_on"] is None or world.today <= row["expires_on"])
        for row in world.where("LegalRequest", case_id=case.id, agency_code=caller.agency)
    )


def guarded(world: World, case: Row) -> bool:
    """Adult; or guardian's consent, the child's assent, a best-interests entry and a named case
    worker are on file.
    """
    if is_adult(world.by_id[case["victim_id"]], world.today):
        return True
    said = [
        s
        for s in world.where("Consent", case_id=case.id)
        if s["state"] == "GIVEN" and s["guardian"] and s["assent"]
    ]
    return bool(said and case["best_interests_decision"] and case["case_worker"])


def _between(case: Row, first: str, last: str) -> bool:
    return RANK[first] <= case["main_rank"] <= RANK[last]


def _planned(world: World, case: Row, since: dt.date) -> bool:
    day = case["planned_handover_on"]
    return day is not None and since <= day <= world.today + _WEEK


def holds(world: World, case: Row, caller: Caller, condition: Condition, row: Row) -> bool:
    """Whether a condition on a case is met. Anchors are `anchored`."""
    args = condition.args
    tests: dict[str, Callable[[], bool]] = {
        "assigned": lambda: assigned(world, case, caller),
        "home_province": lambda: (
            bool(caller.unit) and world.by_id[case["victim_id"]]["home_province"] == caller.unit
        ),
        "formal_request": lambda: requested(world, case, caller),
        "stage_from": lambda: case["main_rank"] >= RANK[args[0]],
        "stage_between": lambda: _between(case, args[0], args[1]),
        "arrivals_window": lambda: (
            _between(case, "DOCUMENTS_READY", "IN_RECEPTION") and _planned(world, case, dt.date.min)
        ),
        "travel_window": lambda: (
            _between(case, "DOCUMENTS_READY", "HANDED_OVER") and _planned(world, case, world.today)
        ),
        "before_handover": lambda: case["main_rank"] < RANK["HANDED_OVER"],
        "no_objection": lambda: not objection(world, case, (caller.agency, caller.country)),
        "consent": lambda: consents(world, case, args[0], caller),
        "consent_is": lambda: row["purpose"] == args[0],
        "minor_needs_guardian": lambda: guarded(world, case),
        "adult": lambda: is_adult(world.by_id[case["victim_id"]], world.today),
        "emergency_open": lambda: any(
            opening["opened_at"] <= world.now < opening["until_at"]
            for opening in world.where(
                "EmergencyOpening", case_id=case.id, subject=caller.subject, issuer=caller.issuer
            )
        ),
    }
    return tests[condition.name]()


def anchored(
    world: World,
    case: Row,
    caller: Caller,
    anchor: str,
    agreement: str,
    corridors: tuple[Corridor, ...],
) -> bool:
    """Whether a grant is tied to this case."""
    if anchor == "lodged_under":
        return bool(case["agreement_code"] == agreement)
    if anchor == "held_by_party":
        holding = world.country_of(case["holder"]) if case["holder"] else ""
        return caller.country != "" and caller.country in {case["host"], holding}
    pair = {case["host"], case["origin"]}
    return any(
        corridor.host in {"*", case["host"]}
        and corridor.origin in {"*", case["origin"]}
        and not any(pair <= world.parties(code) for code in corridor.bar)
        for corridor in corridors
    )


def origin_may_know(case: Row) -> bool:
    """Origin sees a case only once NOTIFIED was reached, and not after NOT_A_NATIONAL."""
    return case["main_rank"] >= RANK["NOTIFIED"] and not case["not_a_national"]


def restricted(world: World, row: Row, data_class: str | None, caller: Caller) -> bool:
    """Whether a restriction of a foreign sender covers this cell; the row itself without class."""
    for each in world.where("Restriction", record_id=row.id):
        sender = world.country_of(each["set_by"]) or each["set_by"]
        is_open = each["from_at"] <= world.now and (
            each["until_at"] is None or world.now < each["until_at"]
        )
        if (
            is_open
            and sender != (caller.country or caller.agency)
            and each["data_class"] in {None, data_class}
            and each["recipient"] in {None, caller.agency, caller.country}
        ):
            return True
    return False


def of_agreement(world: World, caller: Caller, name: str, row: Row) -> bool:
    """`party`, `participant` and `shares_corridor`, on rows that belong to an agreement."""
    own = {caller.country, caller.agency} - {""}
    code = row["code"] if row.kind == "Agreement" else row["agreement_code"]
    if name == "participant":
        took_part = world.where("Participant", contact_id=row.id, agency_code=caller.agency)
        return any(True for _ in took_part)
    if name == "party":
        return bool(own & world.parties(code))
    named = set(row["countries"] or ()) | {
        country for pair in row["corridors"] or () for country in pair.split("-")
    }
    return caller.country != "" and caller.country in (named or world.parties(code))
