"""Worlds, policies and callers that nobody thought of.

Hypothesis draws one source of chance for each; all that is made of it follows from it. Values stand
where decisions turn: birthdays of eighteen years, statements of one instant, days at the edge of a
window.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from authz.caller import Caller
from authz.grants import Condition, Grant, Purpose, Side
from authz.profile import Policy
from schema import reference
from schema.classes import DataClass
from schema.codes import ConsentPurpose
from tests.judges.facts import AGENCY_COUNTRY, MAIN
from tests.judges.world import KINDS

ANCHORS = ("lodged_under", "covers_corridor", "held_by_party")
SUBJECTS = ("u-1", "u-2")
ISSUER = "https://id.test.example"
UNITS = tuple(unit.code for unit in reference.units())
_OTHERS = (
    Condition("before_handover"),
    Condition("host_part_frozen"),
    Condition("assigned"),
    Condition("home_province"),
    Condition("formal_request"),
    Condition("no_objection"),
    Condition("adult"),
    Condition("minor_needs_guardian"),
    Condition("arrivals_window"),
    Condition("travel_window"),
    Condition("emergency_open"),
)
_ORDER = (
    *ANCHORS,
    "assigned",
    "referred_to",
    "home_province",
    "formal_request",
    "stage_from",
    "stage_between",
    "arrivals_window",
    "travel_window",
    "before_handover",
    "host_part_frozen",
    "no_objection",
    "consent",
    "consent_is",
    "minor_needs_guardian",
    "adult",
    "not_restricted",
    "emergency_open",
    "aggregate_only",
)

chances = st.randoms(use_true_random=True)
"""One source of chance, of which Hypothesis knows the seed."""


def caller(r: Random, policy: Policy) -> tuple[Caller, str]:
    """Somebody whom one of the grants names, mostly, and the purpose of her request."""
    grants = [
        grant
        for grant in policy.grants
        if grant.entity in ("Victim", "ReturnCase") and "STATISTICS" not in grant.purposes
    ]
    grant = r.choice(grants)
    agencies = sorted(grant.grantee.agencies) or [
        code for code, country in AGENCY_COUNTRY.items() if country in grant.grantee.countries
    ]
    agency = r.choice(agencies if r.random() < 0.95 else sorted(AGENCY_COUNTRY))
    roles = sorted(grant.grantee.roles) or ["FOCAL_POINT"]
    chosen = [r.choice(roles)]
    if r.random() < 0.2:
        chosen.append(r.choice(("FOCAL_POINT", "CASE_WORKER", "INVESTIGATOR", "TRACING_OFFICER")))
    purpose = r.choice(sorted(grant.purposes) if r.random() < 0.95 else [p.value for p in Purpose])
    needs_unit = any(condition.name == "home_province" for condition in grant.when)
    unit = r.choice(UNITS[:3]) if needs_unit or r.random() < 0.15 else ""
    return Caller(
        agency=agency,
        country=AGENCY_COUNTRY[agency],
        roles=tuple(dict.fromkeys(chosen)),
        purposes=(purpose,),
        subject=r.choice(SUBJECTS),
        client="desk",
        issuer=ISSUER,
        token_hash="0" * 64,
        expires_at=9_999_999_999,
        unit=unit,
    ), purpose


def narrowed(r: Random, who: Caller, cases: Sequence[str]) -> Caller:
    """The caller, or now and then with a token that is for some of the cases only."""
    if r.random() > 0.15:
        return who
    return replace(who, cases=tuple(r.sample(list(cases), r.randint(0, len(cases)))))


def policy(r: Random, shipped: Policy) -> Policy:
    """The shipped protocols, as they are or with some of their grants altered."""
    share = r.choice((0.0, 0.1, 0.4))
    grants = tuple(
        _altered(r, grant) if grant.entity in KINDS.values() and r.random() < share else grant
        for grant in shipped.grants
    )
    return replace(shipped, grants=grants)


def _altered(r: Random, grant: Grant) -> Grant:
    match r.randrange(8):
        case 0 | 1:
            free = [condition for condition in grant.when if condition.name not in ANCHORS]
            left = r.choice(free) if free else None
            return _with(grant, [condition for condition in grant.when if condition != left])
        case 2:
            return _with(grant, [_reworded(r, condition) for condition in grant.when])
        case 3:
            return _with(grant, [*grant.when, r.choice(_OTHERS)])
        case 4:
            added = Condition("consent", (r.choice(list(ConsentPurpose)).value,))
            return _with(grant, [*grant.when, added])
        case 5:
            more = {r.choice(list(DataClass)[:24]) for _ in range(3)}
            return replace(grant, classes=grant.classes | more)
        case 6:
            kept = frozenset(c for c in grant.classes if r.random() < 0.5)
            return replace(grant, classes=kept or grant.classes)
        case _:
            side = r.choice((None, Side.HOST, Side.ORIGIN, Side.ANY))
            purposes = grant.purposes | {r.choice(list(Purpose)).value}
            return replace(grant, grantee=replace(grant.grantee, side=side), purposes=purposes)


def _reworded(r: Random, condition: Condition) -> Condition:
    match condition.name:
        case "stage_from":
            return Condition("stage_from", (r.choice(MAIN),))
        case "stage_between":
            low, high = sorted(r.choices(range(len(MAIN)), k=2))
            return Condition("stage_between", (MAIN[low], MAIN[high]))
        case "consent":
            return Condition("consent", (r.choice(list(ConsentPurpose)).value,))
        case _:
            return condition


def _with(grant: Grant, when: Sequence[Condition]) -> Grant:
    """The grant under these conditions, in the order in which a document is read."""
    unique = list(dict.fromkeys(when))
    return replace(grant, when=tuple(sorted(unique, key=lambda c: _ORDER.index(c.name))))


def days(number: float) -> dt.timedelta:
    return dt.timedelta(days=number)


def some(r: Random, chance: float, value: Any) -> Any:
    """The value, or null."""
    return value if r.random() < chance else None
