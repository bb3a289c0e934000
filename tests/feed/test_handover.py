"""A case handed over by both sides: what each side's feed tells of it, and what it never tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from authz.caller import Caller
from tests import templates
from tests.casework.desks import (
    BORDER,
    CONSUL,
    HELPER,
    HOST,
    HOST_RETURN,
    ORIGIN_RETURN,
    RECEPTION,
    RECEPTION_AFTER,
    STRANGER,
    House,
    opened,
)
from tests.casework.test_contacts import meeting
from tests.compiler.registry import Made, Registry
from tests.feed.asking import ACKNOWLEDGE, Copy, Puller, apply
from tests.feed.test_following import one

PLACE = "ARANYAPRATHET_POIPET"
LOOK_AGAIN, WITHDRAWN = "LOOK_AGAIN", "WITHDRAWN"
OF_ALL = {"Agency", "Agreement", "Clause", "FocalPoint", "BilateralContact"}


@pytest.fixture(scope="module")
def land(_ratified: str) -> Iterator[House]:
    with templates.copied(_ratified, "feed") as owner:
        registry = Registry(owner, make_conninfo(owner, user="saphan_service"))
        with opened(registry) as made:
            yield made


def at_the_border(house: House) -> Made:
    """A case with every paper; both sides still have to sign."""
    made = house.case("RETURN_PLANNED", start=dt.datetime.now(dt.UTC) - dt.timedelta(days=20))
    for purpose in ("RETURN", "SERVICES"):
        house.consent(made.case, purpose)
    house.owner.execute(
        "update registry.victim set given_name = 'Dara', phone = '+85512345678',"
        " home_village = 'a village', care_needs = '{MEDICINE}', children_count = 2,"
        " exploitation_types = '{ForcedLabour}', means_of_control = '{DebtBondage}',"
        " age_when_trafficked = 15 where id = %s",
        (made.victim,),
    )
    house.owner.execute(
        "update registry.return_case set shelter_name = 'a house', planned_handover_on ="
        " current_date + 3, handover_place = %s where id = %s",
        (PLACE, made.case),
    )
    house.owner.execute(
        "insert into registry.referral (id, case_id, from_agency, to_agency, reason, details,"
        " state, case_owner) values (gen_random_uuid(), %s, 'TH-DATIP', 'TH-SHELTER', 'Other',"
        " 'what was said', 'OPEN', false)",
        (made.case,),
    )
    house.assign(made.case, "TH-IMM")
    house.done(
        CONSUL, "recordTravelDocument", made.case, travelDocument='"N 12"', identityVerified="true"
    )
    house.done(BORDER, "recordExitPermit", made.case, exitPermit='"E 12"')
    return made


def hand_over(house: House, case: str) -> None:
    hour = dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
    given = {"handoverAt": f'"{hour}"', "handoverPlace": PLACE, "personConfirms": "true"}
    house.done(BORDER, "recordBorderCrossing", case, crossedAt=f'"{hour}"')
    house.done(HOST_RETURN, "signHandover", case, **given)
    house.done(ORIGIN_RETURN, "signHandover", case, **given)
    assert house.state(case) == "HANDED_OVER"


def visit(house: House, case: str, month: int, **given: str) -> None:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    house.done(
        HELPER,
        "recordFollowUp",
        case,
        month=str(month),
        visitedOn=f'"{today}"',
        notes='"she has a room"',
        supportTypes="[]",
        **given,
    )


class Following:
    """One puller with its copy, which after every run is the one that is made anew: versions and
    history of what was withdrawn stayed in it.
    """

    def __init__(self, who: Caller, house: House, case: Made) -> None:
        self.puller = Puller(house, one(who), everything=True, first=10)
        self.copy: Copy = {}
        self.mine = {case.victim: "Victim", case.case: "ReturnCase"}
        self.run()

    def run(self) -> dict[tuple[str, str], set[str]]:
        """What is new of the person and her case: fields by action and type."""
        entries = self.puller.run()
        apply(self.copy, entries)
        fresh: Copy = {}
        anew = Puller(self.puller.house, one(self.puller.who), everything=True, first=10)
        apply(fresh, anew.run())
        assert self.copy == fresh
        found: dict[tuple[str, str], set[str]] = {}
        for entry in entries:
            if entry["recordType"] not in OF_ALL:
                key = entry["action"], entry["recordType"]
                found.setdefault(key, set()).update(entry["fields"])
        return found

    def record(self, record: str) -> dict[str, Any]:
        return self.copy[record]

    def erased(self) -> None:
        """All that is due is erased and told so."""
        due = {e["recordId"] for e in self.puller.run() if e["action"] == "WITHDRAWN"}
        answer = self.puller.house.ask(self.puller.who, ACKNOWLEDGE, ids=sorted(due))
        assert answer["data"]["acknowledgeWithdrawals"]["problems"] == [], answer


def test_each_side_follows_a_handover_and_what_comes_after(land: House) -> None:
    made = at_the_border(land)
    host, origin, border = (
        Following(who, land, made) for who in (HOST_RETURN, ORIGIN_RETURN, BORDER)
    )
    assert host.record(made.victim)["phone"] == "+85512345678"
    assert origin.record(made.victim)["givenName"] == "Dara"
    assert border.record(made.case)["state"] == "DOCUMENTS_READY"

    hand_over(land, made.case)
    assert host.run()[LOOK_AGAIN, "ReturnCase"] >= {"state", "holder", "handoverAt"}
    assert origin.run()[LOOK_AGAIN, "ReturnCase"] == {
        *("state", "stateSince", "dueAt", "overdue", "holder", "handoverAt", "plannedHandoverOn")
    }
    # what the border officer had was for the journey
    gone = border.run()
    assert "id" in gone[WITHDRAWN, "Victim"]
    assert "id" in gone[WITHDRAWN, "ReturnCase"]
    assert {action for action, _ in gone} == {WITHDRAWN}
    assert not border.copy.keys() & {made.victim, made.case}
    assert border.run() == gone
    border.erased()
    assert border.run() == {}

    # at home: the host is told nothing
    land.done(RECEPTION, "recordArrival", made.case)
    assert host.run() == {}
    assert origin.run()[LOOK_AGAIN, "Transition"] >= {"id"}

    # the desk that arranged the journey needs no name any more
    land.done(RECEPTION_AFTER, "startReintegration", made.case, plan='"school, and a room"')
    assert host.run() == {}
    gone = origin.run()
    assert gone[WITHDRAWN, "Victim"] >= {"givenName", "birthDate", "careNeeds"}
    assert "id" not in gone[WITHDRAWN, "Victim"] | gone[WITHDRAWN, "ReturnCase"]
    assert "id" in gone[WITHDRAWN, "TravelPaper"]
    assert origin.record(made.victim)["givenName"] is None
    origin.erased()

    # of the visits the host learns the code of feedback, and neither notes nor state
    land.assign(made.case, "NGO-CWCC")
    assert (host.run(), origin.run()) == ({}, {})
    visit(land, made.case, 1)
    visit(land, made.case, 3, feedbackCode='"doing_well"')
    told = host.run()
    assert told.keys() == {(LOOK_AGAIN, "FollowUp"), (LOOK_AGAIN, "ReturnCase")}
    assert told[LOOK_AGAIN, "FollowUp"] == {"id", "returnCase", "feedbackCode", "feedbackOn"}
    assert told[LOOK_AGAIN, "ReturnCase"] == {"feedbackCode", "feedbackOn"}
    assert host.record(made.case)["state"] == "HANDED_OVER"
    assert host.record(made.case)["feedbackCode"] == "doing_well"
    origin.run()

    # her new life is not the host's
    land.owner.execute(
        "update registry.victim set phone = '+85598765432', family_name = 'Chan',"
        " gender = 'Masculine' where id = %s",
        (made.victim,),
    )
    land.done(HELPER, "closeCase", made.case, closingReason="REINTEGRATED")
    assert host.run() == {}
    told = origin.run()
    assert told[LOOK_AGAIN, "Victim"] == {"gender"}
    assert told[LOOK_AGAIN, "ReturnCase"] >= {"state", "closingReason"}
    assert border.run() == {}
    assert host.record(made.victim)["phone"] == "+85512345678"


def test_what_is_no_more_is_withdrawn_and_no_puller_learns_why(land: House) -> None:
    """A referral is taken out of the database; who never had it hears nothing."""
    made = at_the_border(land)
    host, origin = (Following(who, land, made) for who in (HOST_RETURN, ORIGIN_RETURN))
    stranger = Following(STRANGER, land, made)
    land.owner.execute("delete from registry.referral where case_id = %s", (made.case,))
    for holder in (host, origin):
        gone = holder.run()
        assert gone.keys() == {(WITHDRAWN, "Referral")}
        assert "id" in gone[WITHDRAWN, "Referral"]
    assert stranger.run() == {}


def test_a_meeting_tells_its_guests_of_no_case_that_they_do_not_see(land: House) -> None:
    """The host's desk says which cases a meeting dealt with; the origin was told of one of two. A
    list of links is in no feed, so that no entry says that there was another one.
    """
    contact = meeting(land)["id"]
    shown, hidden = at_the_border(land), land.case("IDENTIFIED")
    pullers = [
        Puller(land, one(who), everything=True, first=10) for who in (HOST, ORIGIN_RETURN, STRANGER)
    ]
    for each in pullers:
        each.run()
    for case in (hidden.case, shown.case):
        land.done(HOST, "discussCase", case, contactId=f'"{contact}"')
        assert [each.run() for each in pullers] == [[], [], []]
