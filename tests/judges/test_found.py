"""Where the compiler once differed from the rulings: the smallest case of each."""

from __future__ import annotations

import datetime as dt

from authz.caller import Caller
from tests.compiler.registry import caller
from tests.judges.trial import Case as Asked
from tests.judges.trial import Court
from tests.judges.world import Case, LegalRequest, Victim, World, identifier

NOW = dt.datetime.now(dt.UTC)
PERSON = Victim(
    identifier("known", 1),
    family_name="Chan",
    birth_date=dt.date(1990, 1, 1),
    birth_precision="DAY",
)
CASE = Case(
    id=identifier("known", 2),
    victim_id=PERSON.id,
    agreement_code="TH-KH-2014",
    host="TH",
    origin="KH",
    state="TRACING",
    main_rank=5,
    state_since=NOW - dt.timedelta(days=3),
    holder="TH-DATIP",
)


def differences(court: Court, world: World, who: Caller, query: str) -> list[str]:
    return court.differences(Asked(world, court.shipped, who, who.purposes[0], query))


def test_a_formal_request_is_unexpired_on_its_last_day(court: Court) -> None:
    """`LegalRequest.expiresOn` is the last day on which it holds; C10 asks for an unexpired one."""
    today = dt.datetime.now(dt.UTC).date()
    request = LegalRequest(identifier("known", 3), CASE.id, "TH-ATPD", "77/2026", today, today)
    world = World(victims=(PERSON,), cases=(CASE,), legal_requests=(request,))
    who = caller("TH-ATPD", "INVESTIGATOR", purposes=("PROSECUTION",))
    query = "{ victims { edges { node { id familyName } } } }"
    assert differences(court, world, who, query) == []


def test_on_a_case_a_grant_whose_anchor_fails_does_not_compete(court: Court) -> None:
    """Only grants whose anchor holds compete; NO_PROTOCOL, without a clause, when none does."""
    world = World(victims=(PERSON,), cases=(CASE,))
    who = caller("KH-MOSVY", "FOCAL_POINT")
    fields = "id bestInterestsDecision withheld { field reason clause }"
    query = f"{{ returnCases {{ edges {{ node {{ {fields} }} }} }} }}"
    assert differences(court, world, who, query) == []
