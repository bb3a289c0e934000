"""Opened, delivered and closed again between two looks of a stream: it was lost for good."""

from __future__ import annotations

import uuid
from dataclasses import replace

from authz.caller import Caller
from tests.feed.asking import Puller, consent
from tests.refusals.facts import Facts
from tests.tracing.house import HOLDER, PHNOM_PENH, House

NAME = "query($id: ID!) { victim(id: $id) { familyName gender } }"


def one(who: Caller) -> Caller:
    """The same desk with a client, and so a stream, of its own."""
    return replace(who, client=uuid.uuid4().hex)


def closed(house: House) -> tuple[Puller, str, str]:
    """A puller that follows a case whose names are closed to it by a withdrawn consent."""
    made = house.settle(Facts())
    consent(house, made.case, "TRACING", "WITHDRAWN", "KH")
    puller = Puller(house, one(PHNOM_PENH))
    puller.run()
    assert puller.news() == []
    # nothing of what closed before is looked at any more
    house.owner.execute("delete from feed.closing")
    return puller, made.case, made.victim


def names_of(puller: Puller, victim: str) -> set[str]:
    """Fields of the person that are to be erased."""
    return {
        name
        for action, key, fields in puller.news()
        if (action, key) == ("WITHDRAWN", victim)
        for name in fields
    }


def test_what_was_open_between_two_looks_and_delivered_is_withdrawn(house: House) -> None:
    puller, case, victim = closed(house)
    consent(house, case, "TRACING", "GIVEN", "KH")
    shown = house.ask(puller.who, NAME, id=victim)["data"]["victim"]
    assert shown["familyName"] is not None
    consent(house, case, "TRACING", "WITHDRAWN", "KH")
    assert names_of(puller, victim) == {"familyName"}
    # repeated in each run until it is acknowledged, and then over
    assert names_of(puller, victim) == {"familyName"}
    assert puller.erased(victim)["remaining"] == 0
    assert names_of(puller, victim) == set()


def test_what_was_open_and_not_delivered_is_not(house: House) -> None:
    puller, case, victim = closed(house)
    consent(house, case, "TRACING", "GIVEN", "KH")
    house.ask(puller.who, "query($id: ID!) { victim(id: $id) { gender } }", id=victim)
    consent(house, case, "TRACING", "WITHDRAWN", "KH")
    assert names_of(puller, victim) == set()


def test_what_another_desk_of_the_client_was_shown_is_not_this_streams(house: House) -> None:
    puller, case, victim = closed(house)
    consent(house, case, "TRACING", "GIVEN", "KH")
    wider = replace(puller.who, roles=("CASE_WORKER", "FOCAL_POINT"))
    assert house.ask(wider, NAME, id=victim)["data"]["victim"]["familyName"] is not None
    other = replace(puller.who, client=uuid.uuid4().hex)
    assert house.ask(other, NAME, id=victim)["data"]["victim"]["familyName"] is not None
    consent(house, case, "TRACING", "WITHDRAWN", "KH")
    assert names_of(puller, victim) == set()


def test_an_answer_that_was_under_way_when_it_closed_is_found_later(house: House) -> None:
    """On record only after the step that saw both changes."""
    puller, case, victim = closed(house)
    consent(house, case, "TRACING", "GIVEN", "KH")
    under_way = replace(puller.who, client=uuid.uuid4().hex)
    house.ask(under_way, NAME, id=victim)
    consent(house, case, "TRACING", "WITHDRAWN", "KH")
    assert names_of(puller, victim) == set()
    with house.owner.transaction():  # as if it were durable only now
        house.owner.execute("set local session_replication_role = replica")
        house.owner.execute(
            "update ledger.access_record set client = %s where client = %s",
            (puller.who.client, under_way.client),
        )
    house.owner.execute("update feed.closing set until_at = now() where unit = %s", (victim,))
    house.owner.execute("update feed.stream set checked_at = now() - interval '1 hour'")
    assert names_of(puller, victim) == {"familyName"}


def test_the_holder_loses_nothing_by_what_it_shows_another(house: House) -> None:
    made = house.settle(Facts())
    puller = Puller(house, one(HOLDER))
    puller.run()
    house.ask(puller.who, NAME, id=made.victim)
    consent(house, made.case, "TRACING", "WITHDRAWN", "KH")
    consent(house, made.case, "TRACING", "GIVEN", "KH")
    assert names_of(puller, made.victim) == set()


def test_what_was_found_in_both_ways_at_once_ended_the_feed(house: House) -> None:
    """Touched again when its watch was over, a record was to be closed twice in one statement."""
    puller, case, victim = closed(house)
    for _ in range(2):
        consent(house, case, "TRACING", "GIVEN", "KH")
        house.ask(puller.who, NAME, id=victim)
        consent(house, case, "TRACING", "WITHDRAWN", "KH")
        # what is over by then is looked at in the same step
        house.owner.execute("update feed.closing set until_at = now() where unit = %s", (victim,))
        house.owner.execute("update feed.stream set checked_at = now() - interval '1 hour'")
        assert names_of(puller, victim) == {"familyName"}
