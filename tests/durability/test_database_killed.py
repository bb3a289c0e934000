"""The database dies in mid-answer: clients get whole answers that stay on record, or a 503.

The service is never restarted here: it says that it is not ready, and comes
back when its database does.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.durability import ground as grounds
from tests.durability.clients import Client, Cut, Way
from tests.durability.conftest import House
from tests.durability.database import Blow, Database, database
from tests.durability.evidence import Receipt, Verdict, judge
from tests.durability.ground import Ground, becomes
from tests.durability.nursery import Nursery, Served
from tests.durability.storm import CLIENTS, measured

WHOLE = Cut(Way.WHOLE, 0, 1)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with database(tmp_path_factory.mktemp("own")) as opened:
        yield opened


@pytest.fixture(scope="module")
def shaken(own: Database) -> Iterator[Ground]:
    """A registry in the database that is killed."""
    with grounds.made(own.dsn) as made:
        yield made
        own.revive()


@pytest.fixture(scope="module")
def served(nursery: Nursery, shaken: Ground, house: House) -> Iterator[Served]:
    """One process, which outlives its database many times."""
    with nursery.serving(**house.settings(shaken.service, SAPHAN_CONNECTIONS="4")) as opened:
        yield opened


def ready(served: Served) -> int:
    return httpx2.get(f"{served.url}/readyz", timeout=20).status_code


def healthy(served: Served) -> int:
    return httpx2.get(f"{served.url}/healthz", timeout=20).status_code


def asking(client: Client, end: threading.Event) -> list[Receipt]:
    """One question after the other until the end."""
    receipts = []
    while not end.is_set():
        receipt = client.ask(WHOLE)
        receipts.append(receipt)
        if not receipt.received.startswith(b"HTTP/1.1 200"):
            time.sleep(0.02)
    return receipts


def struck(own: Database, client: Client, blow: Blow, served: Served) -> list[Receipt]:
    """What clients get while the database is struck down, is away, and comes back."""
    chance = random.Random(secrets.randbits(32))
    end = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as clients:
        asked = [clients.submit(asking, client, end) for _ in range(CLIENTS)]
        try:
            time.sleep(chance.uniform(0.1, 0.3))
            blow(own, chance)
            if blow is not Database.crash:
                assert becomes(lambda: ready(served) == 503, 10)
                assert healthy(served) == 200
                began = time.perf_counter()
                assert client.ask(WHOLE).received.startswith(b"HTTP/1.1 503 ")
                assert time.perf_counter() - began < 5
            own.revive()
            assert becomes(lambda: ready(served) == 200, 20)
            time.sleep(0.1)
        finally:
            end.set()
        return [receipt for each in asked for receipt in each.result()]


def rounds(
    own: Database, shaken: Ground, client: Client, blow: Blow, served: Served, count: int
) -> Verdict:
    receipts = []
    for _ in range(count):
        receipts += struck(own, client, blow, served)
        # as many as there are connections, and all at the first attempt
        with ThreadPoolExecutor(4) as clients:
            after = list(clients.map(client.ask, [WHOLE] * 8))
        assert judge(after, shaken, codes=()).whole == 8
    verdict = judge(receipts, shaken, codes=["UNAVAILABLE"])
    assert not verdict.offences, f"{verdict}\n" + "\n".join(verdict.offences[:10])
    assert verdict.whole > 0, str(verdict)
    return verdict


BLOWS = [Database.crash, Database.behead, Database.kill, Database.immediate, Database.fast]


@pytest.mark.parametrize("blow", BLOWS)
def test_a_database_that_dies_takes_no_record_with_it(
    own: Database, shaken: Ground, house: House, served: Served, blow: Blow
) -> None:
    client, _ = measured(Client(served.address, house.token, 0))
    verdict = rounds(own, shaken, client, blow, served, 1)
    assert verdict.refused > 0, str(verdict)
    assert served.lives()


@pytest.mark.deep
@pytest.mark.parametrize("blow", BLOWS)
def test_a_database_that_dies_often(
    own: Database, shaken: Ground, house: House, served: Served, blow: Blow
) -> None:
    client, _ = measured(Client(served.address, house.token, 0))
    verdict = rounds(own, shaken, client, blow, served, 20)
    assert verdict.refused > 0, str(verdict)


def test_a_database_away_when_the_service_starts(
    nursery: Nursery, own: Database, shaken: Ground, house: House
) -> None:
    """The service announces itself, answers 503, and comes up when the database does."""
    settings = house.settings(shaken.service)
    own.immediate(random.Random(0))
    try:
        with nursery.serving(**settings) as late:
            client = Client(late.address, house.token, 0)
            away = [client.ask(WHOLE) for _ in range(3)]
            assert (ready(late), healthy(late)) == (503, 200)
            own.revive()
            verdict = judge(away, shaken, codes=["UNAVAILABLE"])
            assert (verdict.offences, verdict.refused) == ([], 3)
            assert becomes(lambda: ready(late) == 200, 20)
            assert judge([client.ask(WHOLE)], shaken, codes=()).whole == 1
    finally:
        own.revive()


def test_the_harness_notices_records_that_die_with_the_database(
    nursery: Nursery, own: Database, shaken: Ground, house: House
) -> None:
    """A service that does not wait for the disk loses what it has answered."""
    settings = house.settings(shaken.service)
    with nursery.serving("commits_without_waiting", **settings) as hasty:
        client, _ = measured(Client(hasty.address, house.token, 0))
        receipts = [client.ask(WHOLE) for _ in range(5)]
        own.kill(random.Random(0))
        own.revive()
        offences = judge(receipts, shaken).offences
    assert any("and no record" in line for line in offences)
