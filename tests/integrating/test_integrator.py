"""Each committed leaf has one place, whoever commits late, dies or works beside."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest

from ledger.hashing import EMPTY_ROOT, ProofRefused, leaf_hash
from ledger.integrating import BATCH, Integrator, LedgerBroken
from tests.integrating.trees import SIGNER, Ledger

TAKEN_OVER = 5.0


def test_the_empty_tree_is_signed(tree: Ledger) -> None:
    assert tree.place() == 0
    (checkpoint,) = tree.checkpoints()
    assert (checkpoint.size, checkpoint.root) == (0, EMPTY_ROOT)
    tree.place()
    assert len(tree.checkpoints()) == 1


@pytest.mark.parametrize("sizes", [(1,), (1, 1), (255, 1, 1), (300, 700), (BATCH, 3), (BATCH + 7,)])
def test_every_checkpoint_is_over_what_came_before(tree: Ledger, sizes: tuple[int, ...]) -> None:
    number = 0
    for size in sizes:
        tree.add(*(f'{{"n":{n}}}' for n in range(number, number + size)))
        number += size
        assert tree.place() == number
    assert tree.assert_whole() == [f'{{"n":{n}}}' for n in range(number)]


def test_a_leaf_is_proved_under_the_newest_checkpoint(tree: Ledger) -> None:
    tree.add(*(f'{{"n":{n}}}' for n in range(700)))
    tree.place()
    for index in (0, 1, 255, 256, 511, 512, 698, 699):
        leaf = leaf_hash(f'{{"n":{index}}}'.encode())
        assert tree.proof(index).verify(leaf, SIGNER.verifier).size == 700
        with pytest.raises(ProofRefused):
            tree.proof(index).verify(leaf_hash(b"{}"), SIGNER.verifier)


def test_a_late_committer_is_not_skipped(tree: Ledger) -> None:
    with (
        psycopg.connect(tree.owner) as late,
        psycopg.connect(tree.integrator, autocommit=True) as connection,
    ):
        integrator = tree.leading(connection)
        tree.write(late, '{"late":1}')
        for n in range(3):
            tree.add(f'{{"n":{n}}}')
            assert integrator.step().size == n + 1
        late.commit()
        assert integrator.step().size == 4
        assert integrator.step().placed == 0
    assert tree.assert_whole()[-1] == '{"late":1}'


def test_what_was_rolled_back_has_no_place(tree: Ledger) -> None:
    with psycopg.connect(tree.owner) as connection:
        tree.write(connection, '{"gone":1}')
        connection.rollback()
    tree.add('{"kept":1}')
    tree.place()
    assert tree.assert_whole() == ['{"kept":1}']


def test_one_works_at_a_time_and_a_dead_one_is_followed(tree: Ledger) -> None:
    tree.add('{"n":0}')
    first = psycopg.connect(tree.integrator, autocommit=True)
    integrator = tree.leading(first)
    integrator.step()
    with psycopg.connect(tree.integrator, autocommit=True) as second:
        waiting = Integrator(second, SIGNER)
        assert not waiting.lead()
        first.close()
        begun = time.monotonic()
        while not waiting.lead():
            assert time.monotonic() - begun < TAKEN_OVER
            time.sleep(0.05)
        tree.add('{"n":1}')
        assert waiting.step().size == 2
    tree.assert_whole()


def test_one_that_lost_its_lock_writes_nothing(tree: Ledger) -> None:
    tree.add('{"n":0}')
    with (
        psycopg.connect(tree.integrator, autocommit=True) as one,
        psycopg.connect(tree.integrator, autocommit=True) as two,
    ):
        old = tree.leading(one)
        old.step()
        one.execute("select pg_advisory_unlock_all()")
        new = tree.leading(two)
        new.step()
        tree.add('{"n":1}')
        new.step()
        tree.add('{"n":2}')
        with pytest.raises((LedgerBroken, psycopg.errors.UniqueViolation)):
            old.step()
        assert new.step().size == 3
    tree.assert_whole()


def test_a_tree_smaller_than_its_checkpoint_is_signed_no_more(tree: Ledger) -> None:
    tree.add('{"n":0}', '{"n":1}')
    tree.place()
    with psycopg.connect(tree.owner, autocommit=True) as connection:
        connection.execute("alter table ledger.leaf_position disable trigger refuse")
        connection.execute("delete from ledger.leaf_position where leaf_index = 1")
    with pytest.raises(LedgerBroken, match="over 2 leaves, the tree has 1"):
        tree.place()


def test_a_changed_hash_is_signed_no_more(tree: Ledger) -> None:
    tree.add('{"n":0}', '{"n":1}')
    tree.place()
    with psycopg.connect(tree.owner, autocommit=True) as connection:
        connection.execute("alter table ledger.leaf_position disable trigger refuse")
        connection.execute("update ledger.leaf_position set leaf_hash = sha256('x')")
    with pytest.raises(LedgerBroken, match="root that was signed"):
        tree.place()


KILLED = """
import sys, psycopg
from ledger.integrating import Integrator
from tests.integrating.trees import SIGNER
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    integrator = Integrator(connection, SIGNER)
    while not integrator.lead():
        pass
    print("leads", flush=True)
    while True:
        integrator.step()
"""


def _killed(tree: Ledger, after: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, tree.integrator], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "leads\n"
            time.sleep(after)
        finally:
            os.kill(process.pid, signal.SIGKILL)


def _writers(tree: Ledger, stop: threading.Event, number: int, chance: random.Random) -> list[str]:
    """Transactions of one to three leaves that commit late, at once or never."""
    written: list[str] = []
    with psycopg.connect(tree.owner) as connection:
        while not stop.is_set():
            bodies = [
                f'{{"w":{number},"n":{len(written) + n}}}' for n in range(chance.randrange(1, 4))
            ]
            for body in bodies:
                tree.write(connection, body)
            time.sleep(chance.choice((0, 0, 0, 0.002, 0.03)))
            if chance.random() < 0.1:
                connection.rollback()
            else:
                connection.commit()
                written += bodies
    return written


@pytest.mark.parametrize(
    "rounds", [4, pytest.param(60, marks=pytest.mark.deep)], ids=["few", "many"]
)
def test_killed_at_any_instant_nothing_is_lost_or_doubled(tree: Ledger, rounds: int) -> None:
    chance = random.Random(4)
    stop = threading.Event()
    written: list[list[str]] = []
    threads = [
        threading.Thread(
            target=lambda n=n: written.append(_writers(tree, stop, n, random.Random(n)))
        )
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in range(rounds):
            _killed(tree, chance.random() * 0.3)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    tree.place()
    placed = tree.assert_whole()
    assert sorted(placed) == sorted(body for bodies in written for body in bodies)
    assert len(placed) > 50


def test_what_is_still_pending_in_the_trace_index_is_found(tree: Ledger) -> None:
    shown = "3fd09a00-0000-4000-8000-0000000000a1"
    with psycopg.connect(tree.owner, autocommit=True) as owner:
        for _ in range(3):
            record = tree.shows(owner, shown)
        owner.execute("select set_config('saphan.party', 'TH', false)")
        found = owner.execute(
            "select count(*), bool_or(id = %s) from ledger.accesses_of(array[%s]::uuid[]) id",
            (record, shown),
        ).fetchone()
    assert found == (3, True)
