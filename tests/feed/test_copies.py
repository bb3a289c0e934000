"""Whatever happens, and however many write at once, the copy that follows is the one made anew."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.feed.asking import Copy, Puller, apply, consent
from tests.feed.test_following import one
from tests.refusals.facts import NOW, Facts, Target
from tests.tracing.house import HOLDER, PHNOM_PENH, House, person

SHELTER = person("TH-SHELTER", "CASE_WORKER", "RETURN")
WATCHING = (PHNOM_PENH, HOLDER, SHELTER)


def _restrict(house: House, made: Target, chosen: int) -> None:
    data_class = (None, "IDENTITY", "PERSON")[chosen % 3]
    house.owner.execute(
        "insert into registry.restriction (id, record_id, data_class, set_by, from_at, until_at)"
        " values (%s, %s, %s, %s, now(), %s)",
        (
            str(uuid.uuid4()),
            made.victim,
            data_class,
            ("TH-DATIP", "KH-MOSVY")[chosen % 2],
            NOW + dt.timedelta(days=400),
        ),
    )


def _lift(house: House, made: Target, _: int) -> None:
    house.owner.execute(
        "update registry.restriction set until_at = clock_timestamp() where record_id = %s"
        " and until_at > clock_timestamp()",
        (made.victim,),
    )


def _say(house: House, made: Target, chosen: int) -> None:
    purpose = ("TRACING", "RETURN", "NOTIFICATION")[chosen % 3]
    state = ("GIVEN", "WITHDRAWN", "REFUSED")[chosen // 3 % 3]
    consent(house, made.case, purpose, state, "KH", *(["TH"] if chosen % 2 else []))


def _rename(house: House, made: Target, chosen: int) -> None:
    house.owner.execute(
        "update registry.victim set family_name = %s, gender = 'Masculine' where id = %s",
        (f"Name {chosen}", made.victim),
    )


def _age(house: House, made: Target, chosen: int) -> None:
    house.owner.execute(
        "update registry.victim set birth_date = %s, age_disputed = %s where id = %s",
        (dt.date(NOW.year - 10 - chosen % 20, 1, 1), chosen % 5 == 0, made.victim),
    )


def _assign(house: House, made: Target, chosen: int) -> None:
    house.owner.execute(
        "update registry.assignment set until_at = clock_timestamp() where case_id = %s"
        " and (until_at is null or until_at > clock_timestamp())",
        (made.case,),
    )
    if chosen % 2:
        house.owner.execute(
            "insert into registry.assignment (id, case_id, agency_code, from_at)"
            " values (%s, %s, 'TH-SHELTER', clock_timestamp())",
            (str(uuid.uuid4()), made.case),
        )


def _hold(house: House, made: Target, chosen: int) -> None:
    house.owner.execute(
        "update registry.return_case set holder = %s, shelter_name = %s where id = %s",
        (("TH-DATIP", "TH-SHELTER")[chosen % 2], f"House {chosen}", made.case),
    )


def _more(house: House, _: Target, chosen: int) -> None:
    house.settle(Facts(age=12 + chosen % 30, state=("TRACING", "IDENTIFIED")[chosen % 2]))


ACTS: tuple[Callable[[House, Target, int], None], ...] = (
    _restrict,
    _lift,
    _say,
    _say,
    _rename,
    _age,
    _assign,
    _hold,
    _more,
)
STEPS = st.lists(
    st.tuples(st.sampled_from(range(len(ACTS))), st.integers(0, 3), st.integers(0, 17)),
    min_size=1,
    max_size=12,
)


def follow(house: House, people: list[Target], steps: list[tuple[int, int, int]]) -> None:
    """Play the steps, pulling now and then, and compare each copy with one that is made anew."""
    pullers = [Puller(house, one(who), first=50) for who in WATCHING]
    copies: list[Copy] = [{} for _ in pullers]
    for puller, copy in zip(pullers, copies, strict=True):
        apply(copy, puller.run())
    for number, (act, whom, chosen) in enumerate(steps):
        ACTS[act](house, people[whom % len(people)], chosen)
        place = number % (len(pullers) + 1)
        if place < len(pullers):
            entries = pullers[place].run()
            apply(copies[place], entries)
            if chosen % 2:
                withdrawn = [e["recordId"] for e in entries if e["action"] == "WITHDRAWN"]
                pullers[place].erased(*withdrawn)
    for puller, copy in zip(pullers, copies, strict=True):
        apply(copy, puller.run())
        fresh: Copy = {}
        apply(fresh, Puller(house, one(puller.who), first=50).run())
        assert copy == fresh, puller.who.agency
        again: Copy = {}
        puller.cursor = None
        apply(again, puller.run())
        assert again == fresh, "who starts over in the same stream has the same"


@pytest.fixture(scope="module")
def people(house: House) -> list[Target]:
    return [
        house.settle(Facts()),
        house.settle(Facts(age=15, guarded=True)),
        house.settle(Facts(assigned=("TH-SHELTER", None))),
        house.settle(Facts(state="RETURN_PLANNED", planned_in=3)),
    ]


@settings(max_examples=3)
@given(steps=STEPS)
def test_a_copy_that_follows_is_the_one_made_anew(
    house: House, people: list[Target], steps: list[tuple[int, int, int]]
) -> None:
    follow(house, people, steps)


@pytest.mark.deep
@settings(max_examples=150)
@given(steps=STEPS)
def test_a_copy_that_follows_is_the_one_made_anew_deep(
    house: House, people: list[Target], steps: list[tuple[int, int, int]]
) -> None:
    follow(house, people, steps)


def _write(house: House, made: Target, number: int, times: int) -> None:
    with psycopg.connect(house.registry.owner) as connection:
        for turn in range(times):
            connection.execute(
                "update registry.victim set alias = %s where id = %s",
                (f"{number} {turn}", made.victim),
            )
            # some transactions last long and others begin and end within them
            time.sleep(0.01 * (number % 3))
            connection.execute(
                "insert into registry.follow_up (id, case_id, month) values (%s, %s, 1)",
                (str(uuid.uuid4()), made.case),
            )
            connection.commit()


def test_many_writers_at_once_lose_and_double_nothing(house: House) -> None:
    people = [house.settle(Facts()) for _ in range(4)]
    puller = Puller(house, one(HOLDER), first=20)
    copy: Copy = {}
    apply(copy, puller.run())
    writers = [
        threading.Thread(target=_write, args=(house, made, number, 8))
        for number, made in enumerate(people)
    ]
    for writer in writers:
        writer.start()
    entries = []
    while any(writer.is_alive() for writer in writers):
        entries += puller.run()
    for writer in writers:
        writer.join()
    entries += puller.run()
    apply(copy, entries)
    fresh: Copy = {}
    apply(fresh, Puller(house, one(HOLDER), first=50).run())
    assert copy == fresh
    made = {
        key
        for (key,) in house.owner.execute(
            "select id::text from registry.follow_up where case_id = any(%s::uuid[])",
            ([each.case for each in people],),
        ).fetchall()
    }
    seen = [e["recordId"] for e in entries if e["recordType"] == "FollowUp"]
    assert len(seen) == len(set(seen)), "a record that came into view is told once"
    visible = {key for key, record in fresh.items() if record["__typename"] == "FollowUp"} & made
    assert set(seen) == visible
    seqs = house.owner.execute(
        "select count(*), min(e.seq), max(e.seq) from feed.entry e join feed.stream s"
        " on s.id = e.stream where s.client = %s",
        (puller.who.client,),
    ).fetchone()
    assert seqs is not None
    assert seqs == (seqs[2], 1, seqs[2]), "numbers without a gap"
