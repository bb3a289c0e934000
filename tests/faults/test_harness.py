"""What notices nothing proves nothing: promises broken on purpose are offences."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ledger.cosignatures import CosignatureKey
from ledger.integrating import Integrator
from tests.durability.conftest import House
from tests.durability.ground import Ground
from tests.durability.nursery import Nursery
from tests.faults.asking import Load
from tests.faults.keeping import Keeping
from tests.faults.whole import judged, unrecorded
from tests.integrating.trees import SIGNER

WITNESS = CosignatureKey.of_seed("witness.test.example/kh", bytes(32)).verifier
ANSWERS = 4


def asked(nursery: Nursery, ground: Ground, house: House, altered: str = "") -> Load:
    """A few whole answers of a service."""
    with nursery.serving(altered, **house.settings(ground.service)) as served:
        load = Load(lambda: served.address, house.token, ground.people)
        for person in ("", *ground.people[: ANSWERS - 1]):
            assert load.ask(person)
    return load


def test_answers_without_a_record_are_noticed(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    load = asked(nursery, ground, house, "forgets_to_commit")
    assert not load.offences
    assert len(unrecorded(load, ground)) == ANSWERS
    with pytest.raises(AssertionError):
        judged(load, ground, WITNESS)


@pytest.fixture
def sound(nursery: Nursery, ground: Ground, house: House) -> Iterator[Load]:
    """Answers on record, every leaf in the tree; as before at the end."""
    load = asked(nursery, ground, house)
    dsn = make_conninfo(ground.super, user="saphan_integrator")
    with psycopg.connect(dsn, autocommit=True) as own:
        integrator = Integrator(own, SIGNER)
        assert integrator.lead()
        while integrator.step().more:
            pass
    Keeping(ground.super).keep("sound")
    yield load
    Keeping(ground.super).restore("sound")
    ground.run("drop schema sound cascade")


LAST = "(select max(leaf_index) from ledger.leaf_position)"
NAMED = "operation_name like 'Q%%'"
BROKEN = {
    "lost": f"delete from ledger.leaf_position where leaf_index = {LAST}",
    "moved": f"update ledger.leaf_position set leaf_index = 1000000 where leaf_index = {LAST}",
    "changed": "update ledger.leaf_position set leaf_hash = sha256('x') where leaf_index = 1",
    "no leaf": "delete from ledger.access_leaf where record_id = (select id from"
    f" ledger.access_record where {NAMED} order by at desc limit 1)",
    "twice": "update ledger.access_record set operation_name = (select max(operation_name)"
    f" from ledger.access_record where {NAMED}) where {NAMED}",
    "another root": "update ledger.checkpoint set root = sha256('x')",
    "a record without a leaf": "insert into ledger.access_record (id, kind, outcome)"
    " values (gen_random_uuid(), 'ACCESS', 'DISCLOSED')",
}


@pytest.mark.parametrize("way", BROKEN)
def test_a_ledger_that_is_not_whole_is_noticed(sound: Load, ground: Ground, way: str) -> None:
    found = judged(sound, ground, WITNESS)
    assert found.answers == ANSWERS
    Keeping(ground.super).run(BROKEN[way])
    with pytest.raises(AssertionError):
        judged(sound, ground, WITNESS)
