"""What a witness has cosigned it remembers: restarted, killed at any instant, raced, cut short."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import httpx2
import pytest

from ledger.notes import open_note
from ledger.witnessing import Seen
from service.ledger import witness_memory
from service.ledger.witness_memory import Memory, MemoryUnusable
from tests.witness.logs import EMPTY, Log, Row, body
from tests.witness.processes import Witness, witnessing

LOG = Log(1)
DYING = """
import os, signal
from service.ledger.witness_memory import Memory
from service.cli import main

advance = Memory.advance

def dies(self, origin, step):
    def stepping(seen):
        fresh = step(seen)
        if {within}:
            os.kill(os.getpid(), signal.SIGKILL)
        return fresh
    found = advance(self, origin, stepping)
    os.kill(os.getpid(), signal.SIGKILL)
    return found

Memory.advance = dies
main()
"""
SMALL_FILES = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
from service.cli import main
main()
"""


def size_of(witness: Witness, log: Log = LOG) -> int | None:
    held = witness.held(log)
    return None if held is None else held.size


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    row = Row.of(9)
    with witnessing(tmp_path, [LOG]) as witness:
        assert size_of(witness) is None
        witness.add(LOG.body(0, row, 5))
        latest = witness.latest(LOG).text
        assert witness.stop() == 0
    with witnessing(tmp_path, [LOG]) as witness:
        assert witness.latest(LOG).text == latest
        assert witness.add(LOG.body(0, Row.of(5, "x"))).text == "5\n"
        assert witness.add(LOG.body(5, Row.of(9, "x"))).status_code == 422
        witness.assert_cosigned(witness.add(LOG.body(5, row)), LOG.note(9, row.root()))
        witness.kill()
    with witnessing(tmp_path, [LOG]) as witness:
        assert size_of(witness) == 9
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("within", "left"), [(True, 3), (False, 6)], ids=["before", "after"])
def test_killed_around_the_commit(tmp_path: Path, within: bool, left: int) -> None:
    """After it, what nobody was answered is remembered all the same; before it, nothing is."""
    row, fork = Row.of(6), Row.of(6, "x", 3)
    with witnessing(tmp_path, [LOG]) as witness:
        witness.add(LOG.body(0, row, 3))
    with witnessing(tmp_path, [LOG], main=DYING.format(within=within)) as witness:
        with pytest.raises(httpx2.TransportError):
            witness.add(LOG.body(3, row))
        assert witness.process.wait(30) == -9
    with witnessing(tmp_path, [LOG]) as witness:
        assert size_of(witness) == left
        if within:
            witness.assert_cosigned(witness.add(LOG.body(3, fork)), LOG.note(6, fork.root()))
        else:
            assert witness.add(LOG.body(3, fork)).text == "6\n"
            assert witness.add(LOG.body(6, fork)).status_code == 422
            witness.assert_cosigned(witness.add(LOG.body(6, row)), LOG.note(6, row.root()))


@pytest.mark.parametrize(
    "rounds", [2, pytest.param(100, marks=pytest.mark.deep)], ids=["few", "many"]
)
def test_killed_at_any_instant_nothing_cosigned_is_taken_back(tmp_path: Path, rounds: int) -> None:
    chance, row = random.Random(7), Row.of(60 * rounds)
    answered = sent = 0
    for _ in range(rounds):
        with witnessing(tmp_path, [LOG]) as witness:
            held = size_of(witness) or 0
            assert answered <= held <= max(sent, answered)
            killer = threading.Timer(chance.random() * 0.15, witness.process.kill)
            killer.start()
            with suppress(httpx2.TransportError):
                for size in range(held + 1, min(held + 60, len(row.leaves)) + 1):
                    sent = size
                    answer = witness.add(LOG.body(size - 1, row, size))
                    witness.assert_cosigned(answer, LOG.note(size, row.root(size)))
                    answered = size
            killer.join()
            witness.process.wait(30)
    with witnessing(tmp_path, [LOG]) as witness:
        assert answered <= (size_of(witness) or 0) <= sent
        assert sent


def test_two_processes_on_one_state_follow_one_tree(tmp_path: Path) -> None:
    """Eight senders at once, each with a fork of its own and an honest proof of it: one wins."""
    chance = random.Random(3)
    row = Row.of(0)
    with (
        witnessing(tmp_path, [LOG]) as one,
        witnessing(tmp_path, [LOG]) as two,
        ThreadPoolExecutor(8) as senders,
    ):
        assert one.url != two.url
        for number in range(8):
            held = len(row.leaves)
            forks = [
                Row((*row.leaves, *Row.of(chance.randrange(1, 5), f"f{number}.{n}").leaves))
                for n in range(8)
            ]
            barrier = threading.Barrier(8)

            def send(n: int, held: int, forks: list[Row], barrier: threading.Barrier) -> int:
                barrier.wait(30)
                return (one, two)[n % 2].add(LOG.body(held, forks[n])).status_code

            asked = [senders.submit(send, n, held, forks, barrier) for n in range(8)]
            statuses = [future.result(60) for future in asked]
            assert sorted(statuses) == [200, *[409] * 7]
            row = forks[statuses.index(200)]
            for witness in (one, two):
                latest = witness.held(LOG)
                assert latest is not None
                assert (latest.size, latest.root) == (len(row.leaves), row.root())


def test_a_disk_without_room_is_503_and_nothing_is_taken_back(tmp_path: Path) -> None:
    row = Row.of(4)
    with witnessing(tmp_path, [LOG]) as witness:
        witness.add(LOG.body(0, row, 2))
    with witnessing(tmp_path, [LOG], main=SMALL_FILES) as witness:
        answer = witness.add(LOG.body(2, row))
        assert answer.status_code == 503
        assert "— " not in answer.text
        assert size_of(witness) == 2
        # who need not be written down is answered as ever
        assert witness.add(LOG.body(0, row)).text == "2\n"
        assert any("the witness's state fails" in line for line in witness.errors)
    with witnessing(tmp_path, [LOG]) as witness:
        witness.assert_cosigned(witness.add(LOG.body(2, row)), LOG.note(4, row.root()))


def test_a_state_taken_away_or_broken_is_503_and_no_fresh_start(tmp_path: Path) -> None:
    row, state = Row.of(4), tmp_path / "state"
    with witnessing(tmp_path, [LOG]) as witness:
        witness.add(LOG.body(0, row))
        kept = state.read_bytes()
        state.rename(tmp_path / "away")
        assert witness.add(LOG.body(0, Row.of(4, "x"))).status_code == 503
        assert witness.latest(LOG).status_code == 503
        assert not state.exists()
        for broken in (b"x" * len(kept), kept[:8192], b""):
            state.write_bytes(broken)
            assert witness.add(LOG.body(0, Row.of(4, "x"))).status_code == 503
        state.write_bytes(kept)
        assert size_of(witness) == 4
        for broken in (b"x" * len(kept), kept[:8192], kept[:-4096]):
            state.write_bytes(broken)
            with pytest.raises(MemoryUnusable, match="state"):
                Memory.create(state)


def test_a_log_that_contradicts_itself_is_kept_as_proof(tmp_path: Path) -> None:
    row, fork = Row.of(4), Row.of(4, "x")
    with witnessing(tmp_path, [LOG]) as witness:
        witness.add(LOG.body(0, row))
        for old in (4, 4, 0):
            assert witness.add(LOG.body(old, fork)).status_code in (409, 422)
        # no proof against a log: anybody may send a genuine checkpoint with a wrong proof
        assert witness.add(body(4, [EMPTY], LOG.note(9, Row.of(9).root()))).status_code == 422
        assert [line for line in witness.errors if "two trees of one size" in line]
    ((held, offered),) = Memory.create(tmp_path / "state").contradictions(LOG.signer.name)
    for note, tree in ((held, row), (offered, fork)):
        read, _ = open_note(note, [LOG.signer.verifier])
        assert read.text == LOG.text(4, tree.root())


def test_proofs_against_a_log_do_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness_memory, "MAX_CONTRADICTIONS", 10)
    memory = Memory.create(tmp_path / "state")
    for number in range(14):
        memory.keep_contradiction("log", "held", f"offered {number}", 1)
    memory.keep_contradiction("other", "held", "offered", 1)
    assert len(memory.contradictions("log")) == 10
    assert len(memory.contradictions("other")) == 1


def test_the_file_itself_refuses_to_go_back(tmp_path: Path) -> None:
    state = tmp_path / "state"
    memory = Memory.create(state)
    kept = memory.advance("log", lambda _: Seen(5, bytes(32), "note"))
    for worse in (Seen(4, bytes(32), "note"), Seen(5, b"x" * 32, "note")):
        with pytest.raises(sqlite3.IntegrityError):
            memory.advance("log", lambda _, worse=worse: worse)  # type: ignore[misc]
        assert memory.seen("log") == kept
    with closing(sqlite3.connect(state)) as connection:
        for change in ("delete from seen", "update seen set origin = 'x'"):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(change)


def test_what_is_not_decided_is_not_written(tmp_path: Path) -> None:
    memory = Memory.create(tmp_path / "state")

    def refuses(seen: Seen | None) -> Seen:
        assert seen is None
        raise KeyError

    with pytest.raises(KeyError):
        memory.advance("log", refuses)
    assert memory.seen("log") is None
    memory.advance("log", lambda _: Seen(1, bytes(32), "note"))


def test_many_may_make_one_state_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as makers:
        made = list(makers.map(lambda _: Memory.create(tmp_path / "state"), range(24)))
    made[0].advance("log", lambda _: Seen(1, bytes(32), "note"))
    assert {memory.seen("log") for memory in made} == {Seen(1, bytes(32), "note")}


def test_a_state_that_another_made_between_two_looks_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CI's machine met it: no format yet, and then tables that were none of a witness."""
    look, looks = witness_memory._format_of, 0

    def first_then_another(connection: sqlite3.Connection) -> int:
        nonlocal looks
        looks += 1
        found = look(connection)
        if looks == 1:
            Memory.create(tmp_path / "state")
        return found

    monkeypatch.setattr(witness_memory, "_format_of", first_then_another)
    assert Memory.create(tmp_path / "state").seen("log") is None


def test_one_who_has_to_wait_waits(tmp_path: Path) -> None:
    memory = Memory.create(tmp_path / "state")
    inside, go = threading.Event(), threading.Event()

    def slow(_: Seen | None) -> Seen:
        inside.set()
        assert go.wait(30)
        return Seen(1, bytes(32), "first")

    with ThreadPoolExecutor(2) as workers:
        first = workers.submit(memory.advance, "log", slow)
        assert inside.wait(30)
        second = workers.submit(
            memory.advance, "log", lambda seen: Seen(2, bytes(32), f"after {seen and seen.note}")
        )
        time.sleep(0.1)
        assert not second.done()
        go.set()
        assert first.result(30).note == "first"
        assert second.result(30).note == "after first"
