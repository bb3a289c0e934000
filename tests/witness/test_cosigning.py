"""Beside the integrator: each witness on its own, only where one leads, and who is behind."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from ledger.cosignatures import CosignatureKey
from service.http.meters import Standing
from service.ledger.cosigning import Cosigning
from service.ledger.running import LOOK, Integrating
from service.ledger.standing import LedgerStanding
from service.ledger.witnesses import Witness as Configured
from service.ledger.witnesses import declare
from tests.integrating.trees import SIGNER, Ledger
from tests.witness.processes import Witness, witnessing
from tests.witness.strangers import Answer, stranger
from tests.witness.test_asking import cosignatures, signs

PATIENCE = 60.0
ONE = CosignatureKey.of_seed("witness.example/kh", b"1" * 32)
TWO = CosignatureKey.of_seed("witness.example/th", b"2" * 32)


def eventually(holds: Callable[[], bool]) -> None:
    """Asks again until a busy machine has come to it."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


@contextmanager
def integrating(
    tree: Ledger, witnesses: Sequence[Configured], seconds: float = 60
) -> Iterator[Integrating]:
    """Integrator and askers of one process of the registry."""
    cosigning = Cosigning(lambda: tree.integrator, witnesses, seconds)
    running = Integrating(lambda: tree.integrator, SIGNER, cosigning)
    cosigning.start()
    running.start()
    try:
        yield running
    finally:
        running.stop()
        cosigning.stop()


def known(tree: Ledger) -> list[tuple[str, str, bool]]:
    """Every row of ledger.witness, oldest first."""
    with psycopg.connect(tree.owner) as connection:
        return connection.execute(
            "select name, vkey, active from ledger.witness order by seq"
        ).fetchall()


def standing(tree: Ledger, behind: float) -> Standing:
    async def now() -> Standing:
        asked = LedgerStanding(lambda: tree.owner, behind=behind)
        try:
            return await asked.now()
        finally:
            await asked.close()

    return asyncio.run(now())


def counts(tree: Ledger, behind: float) -> tuple[int | None, int | None, int | None]:
    found = standing(tree, behind)
    return found.leaves, found.witnesses, found.behind


def configured(key: CosignatureKey | Witness, url: str) -> Configured:
    return Configured(key.verifier, url, "KH")


def test_one_that_never_answers_delays_nobody(tmp_path: Path, tree: Ledger) -> None:
    held = threading.Event()

    def never(_: bytes) -> Answer:
        assert held.wait(2 * PATIENCE)
        return 500, b""

    with (
        ExitStack() as after,
        witnessing(tmp_path, [SIGNER.vkey]) as good,
        stranger(never) as hangs,
        integrating(
            tree,
            [
                configured(ONE, hangs.url),
                configured(TWO, "http://127.0.0.1:1"),
                configured(good, good.url),
            ],
        ),
    ):
        after.callback(held.set)
        assert hangs.begun.wait(PATIENCE)
        for size in (3, 5, 300):
            tree.add(*(f'{{"n":{n}}}' for n in range(size - len(tree.bodies()))))
            eventually(lambda size=size: (size, good.verifier.name) in cosignatures(tree))  # type: ignore[misc]
        assert len(hangs.asked) == 1
        assert {name for _, name in cosignatures(tree)} == {good.verifier.name}
        assert counts(tree, 0.0) == (300, 3, 2)
        held.set()


def test_only_the_process_that_leads_asks(tree: Ledger) -> None:
    with stranger(signs(ONE)) as first, stranger(signs(TWO)) as second:
        with integrating(tree, [configured(ONE, first.url)]) as leader:
            eventually(lambda: cosignatures(tree) == [(0, ONE.name)])
            with integrating(tree, [configured(TWO, second.url)]) as other:
                tree.add('{"n":0}')
                eventually(lambda: (1, ONE.name) in cosignatures(tree))
                time.sleep(LOOK + 0.3)  # it has looked at least once
                assert (leader.leads, other.leads) == (True, False)
                assert not second.asked
                assert known(tree) == [(ONE.name, ONE.vkey, True)]
                leader.stop()
                eventually(lambda: other.leads)
                eventually(lambda: (1, TWO.name) in cosignatures(tree))
                tree.add('{"n":1}')
                eventually(lambda: (2, TWO.name) in cosignatures(tree))
                assert (2, ONE.name) not in cosignatures(tree)
                asked = len(first.asked)
        assert len(first.asked) == asked
    assert sorted(known(tree)) == sorted(
        [(ONE.name, ONE.vkey, True), (ONE.name, ONE.vkey, False), (TWO.name, TWO.vkey, True)]
    )


def test_one_that_comes_back_goes_on_from_where_it_was(tmp_path: Path, tree: Ledger) -> None:
    with witnessing(tmp_path, [SIGNER.vkey]) as first:
        url, port = first.url, int(first.url.rpartition(":")[2])
        with integrating(tree, [configured(first, url)]):
            tree.add('{"n":0}')
            eventually(lambda: (1, first.verifier.name) in cosignatures(tree))
            first.kill()
            tree.add('{"n":1}', '{"n":2}')
            eventually(lambda: counts(tree, 0.0) == (3, 1, 1))
            with witnessing(tmp_path, [SIGNER.vkey], port=port) as again:
                eventually(lambda: (3, again.verifier.name) in cosignatures(tree))
            assert counts(tree, 0.0) == (3, 1, 0)


def test_connections_cut_by_the_database_are_made_anew(tree: Ledger) -> None:
    with stranger(signs(ONE)) as there, integrating(tree, [configured(ONE, there.url)]):
        for number in range(3):
            tree.add(f'{{"n":{number}}}')
            eventually(lambda n=number: (n + 1, ONE.name) in cosignatures(tree))  # type: ignore[misc]
            with psycopg.connect(tree.owner, autocommit=True) as connection:
                cut = connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and application_name like %s",
                    (("saphan witness", "saphan integrator", "saphan %")[number],),
                ).fetchall()
            assert cut
        tree.add('{"n":3}')
        eventually(lambda: (4, ONE.name) in cosignatures(tree))
    assert known(tree) == [(ONE.name, ONE.vkey, True)]


def test_declared_is_what_is_configured_now(tree: Ledger) -> None:
    renewed = CosignatureKey.of_seed(ONE.name, b"3" * 32)
    with psycopg.connect(tree.integrator, autocommit=True) as connection:
        one, two = configured(ONE, "http://a.example"), configured(TWO, "http://b.example")
        for wanted, rows in (
            ([], 0),
            ([one], 1),
            ([one], 1),
            ([one, two], 2),
            ([two], 3),
            ([configured(renewed, "http://a.example"), two], 4),
            ([], 6),
            ([], 6),
            ([two], 7),
        ):
            declare(connection, wanted)
            found = known(tree)
            assert len(found) == rows
            newest = {name: (vkey, active) for name, vkey, active in found}
            active = {name: vkey for name, (vkey, active) in newest.items() if active}
            assert active == {w.verifier.name: w.verifier.vkey for w in wanted}
            assert counts(tree, 60.0) == (0, len(wanted), 0)


@pytest.mark.parametrize("role", ["saphan_service", "saphan_integrator"])
def test_behind_is_who_missed_what_is_older_than_the_limit(tree: Ledger, role: str) -> None:
    """Checkpoints of 100, 70 and 10 seconds ago; the limit is 60."""
    for number in range(3):
        tree.add(f'{{"n":{number}}}')
        tree.place()
    with psycopg.connect(tree.owner, autocommit=True) as connection:
        connection.execute("alter table ledger.checkpoint disable trigger refuse")
        for size, age in ((1, 100), (2, 70), (3, 10)):
            connection.execute(
                "update ledger.checkpoint set at = clock_timestamp() - make_interval(secs => %s)"
                " where size = %s",
                (age, size),
            )
        declare(connection, [configured(key, "http://w.example") for key in (ONE, TWO)])

        def cosigned(size: int, key: CosignatureKey) -> None:
            connection.execute(
                "insert into ledger.cosignature (size, witness, line) values (%s, %s, '')",
                (size, key.name),
            )

        as_role = Ledger(psycopg.conninfo.make_conninfo(tree.owner, user=role))
        assert counts(as_role, 60.0) == (3, 2, 2)
        assert counts(as_role, 1000.0) == (3, 2, 0)
        cosigned(1, ONE)
        cosigned(2, TWO)
        assert counts(as_role, 60.0) == (3, 2, 1)
        assert counts(as_role, 80.0) == (3, 2, 0)
        assert counts(as_role, 5.0) == (3, 2, 2)
        cosigned(3, ONE)
        assert counts(as_role, 60.0) == (3, 2, 0)
        assert counts(as_role, 5.0) == (3, 2, 1)


def test_what_cannot_be_read_stands_as_it_was() -> None:
    async def ask() -> Standing:
        asked = LedgerStanding(lambda: "host=/nowhere.invalid dbname=x")
        try:
            return await asked.now()
        finally:
            await asked.close()

    found = asyncio.run(ask())
    assert found == Standing(None, None, None, None)
    assert found.line == ""
    assert "saphan_ledger_witnesses_behind NaN\n" in found.exposition()
    assert "saphan_ledger_leaves 7\n" in Standing(7, 0.12345, 2, 1).exposition()
    assert "saphan_ledger_lag_seconds 0.123\n" in Standing(7, 0.12345, 2, 1).exposition()
    assert Standing(7, 0.0, 2, 1).line == "witnesses 2, behind 1\n"
