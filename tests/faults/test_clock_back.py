"""The machine's clock steps back, by an hour, a month, more than a year: the order stands.

Database, service, integrator and witness run by one clock, which is set while
they run. One client asks one question after the other, so that the order in
which its records were committed is known.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import psycopg

from ledger.integrating import LOCK
from service import surroundings
from service.ledger.running import Integrating
from service.settings import Settings
from tests.durability import ground as grounds
from tests.durability.conftest import House
from tests.durability.ground import Ground, becomes
from tests.durability.people import AGENCY, PURPOSE, ROLE
from tests.exporting.exports import Ground as Registry
from tests.faults.asking import Load
from tests.faults.clock import clock, database_by, nursery_by
from tests.faults.parts import PATIENCE, assembled
from tests.faults.whole import audited, judged, traced
from tests.integrating.trees import SIGNER

HOUR, DAY = 3600, 86_400
STEPS = {
    "now": 0,
    "an hour back": -HOUR,
    "a month back": -31 * DAY,
    "a year back": -400 * DAY,
    "forward again": 0,
}
SETTLED_AT = -60 * DAY
"""When the protocols came into force: before anything that is asked."""
EACH = 5
_ORDER = (
    "select r.id::text, r.at, p.leaf_index, r.tableoid::regclass::text"
    " from ledger.access_record r join ledger.leaf_position p on p.record_id = r.id"
    " where r.id = any(%s::uuid[])"
)


def test_what_was_committed_later_stands_later_whatever_the_clock_said(
    house: House, tmp_path: Path
) -> None:
    with (
        clock() as own,
        nursery_by(own, tmp_path / "errors") as nursery,
        database_by(own, tmp_path / "own") as database,
    ):
        own.set(SETTLED_AT)
        with (
            grounds.made(database.dsn) as ground,
            assembled(nursery, house, ground, database, tmp_path) as parts,
        ):
            own.set(0)
            load = Load(lambda: parts.service.address, house.token, ground.people)
            person = ground.people[0]
            asked: dict[str, list[str]] = {}
            for name, shift in STEPS.items():
                own.set(shift)
                load.token = token_at(house, own.now())
                assert becomes(lambda: load.ask(person), PATIENCE), name
                begun = len(load.whole) - 1
                while len(load.whole) < begun + EACH:
                    assert load.ask(person), name
                asked[name] = [answer.record for answer in load.whole[begun:]]
                assert becomes(parts.settled, PATIENCE), name
                assert becomes(parts.ready, PATIENCE), name
            in_order(ground, asked)
            judged(load, ground, parts.plan.key.verifier)
            audited(parts.plan.settings, tmp_path, parts.plan.key.vkey)
            seen = traced(parts.plan.settings, person, "KH-AUDIT")
            assert {each for records in asked.values() for each in records} <= seen


def token_at(house: House, at: float) -> str:
    """A token that was signed a moment ago by that clock."""
    issuer = surroundings.development_issuer(Settings(folder=house.folder))
    return issuer.mint(AGENCY, (ROLE,), (PURPOSE,), now=int(at) - 1)


def in_order(ground: Ground, asked: dict[str, list[str]]) -> None:
    """Places are in the order of the questions; times and ids are not, and lie in other months."""
    records = [record for each in asked.values() for record in each]
    with ground.connect() as connection:
        rows = connection.execute(_ORDER, (records,)).fetchall()
    found = {record: (at, index, table) for record, at, index, table in rows}
    assert set(found) == set(records)
    indexes = [found[record][1] for record in records]
    assert indexes == sorted(indexes)
    times = [found[record][0].timestamp() for record in records]
    assert times != sorted(times)
    assert records != sorted(records)
    for name, shift in STEPS.items():
        for record in asked[name]:
            away = uuid.UUID(record).int >> 80
            assert abs(away / 1000 - time.time() - shift) < HOUR / 2, name
            assert abs(found[record][0].timestamp() - time.time() - shift) < HOUR / 2, name
    tables = {name: {found[record][2] for record in asked[name]} for name in STEPS}
    assert tables["now"].isdisjoint(tables["a month back"])
    # of which there is no partition: it keeps what lies in none
    assert tables["a year back"] == {"ledger.access_record_other"}


def test_a_leaf_of_the_future_made_the_lag_negative(registry: Registry) -> None:
    """It waits for who holds the lock, and by the clock it has not been written yet."""
    registry.place()
    registry.house.execute(
        "insert into ledger.access_leaf (record_id, pair, actor, at, body) values"
        " (gen_random_uuid(), 'KH-TH', 'TH', clock_timestamp() + interval '1 hour', '{}')"
    )
    dsn = registry.as_role("saphan_integrator")
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", (LOCK,))
        waiting = Integrating(lambda: dsn, SIGNER)
        waiting.start()
        try:
            assert becomes(lambda: waiting.lag is not None, PATIENCE)
            lag = waiting.lag
        finally:
            waiting.stop()
    assert lag is not None
    assert 0 <= lag < HOUR
