"""Clients that end in mid-answer: what they got stands on record, and nothing of them stays."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.durability.clients import Client, Cut, Way
from tests.durability.conftest import House
from tests.durability.evidence import judge
from tests.durability.ground import Ground, becomes
from tests.durability.nursery import Nursery, Served
from tests.durability.storm import measured, storm, witness

CONNECTIONS = 4


def weather(served: Served, ground: Ground, house: House, cuts: int) -> None:
    seed = secrets.randbits(32)
    with witness(ground) as recorded:
        client, seconds = measured(Client(served.address, house.token, 0, recorded))
        receipts = storm(client, cuts, seconds * 8, seed)
    verdict = judge(receipts, ground, codes=())
    said = f"seed {seed}: {verdict}"
    assert not verdict.offences, said + "\n" + "\n".join(verdict.offences[:10])
    # the cuts fell before the statement, between commit and answer, into answers, and behind them
    assert min(verdict.never, verdict.unseen, verdict.partly, verdict.whole) > 0, said
    assert verdict.refused == 0, said
    assert becomes(lambda: not ground.busy(), 2), ground.busy()
    whole_pool(served, ground, house)
    began = time.perf_counter()
    last = replace(client, recorded=None).ask(Cut(Way.WHOLE, 0, 1))
    assert time.perf_counter() - began < max(1.0, seconds * 8)
    assert judge([last], ground).whole == 1


def whole_pool(served: Served, ground: Ground, house: House) -> None:
    """As many statements as there are connections run at one time, and all are answered."""
    client = Client(served.address, house.token, 0)
    with ThreadPoolExecutor(CONNECTIONS + 2) as clients:
        with ground.locked():
            asked = [
                clients.submit(client.ask, Cut(Way.WHOLE, 0, 1)) for _ in range(CONNECTIONS + 2)
            ]
            assert becomes(lambda: len(ground.waiting()) == CONNECTIONS, 5), ground.backends()
        verdict = judge([each.result() for each in asked], ground)
    assert not verdict.offences, verdict.offences
    assert verdict.whole == CONNECTIONS + 2, verdict


def test_a_storm_of_clients_that_hang_up(nursery: Nursery, ground: Ground, house: House) -> None:
    settings = house.settings(ground.service, SAPHAN_CONNECTIONS=str(CONNECTIONS))
    with nursery.serving(**settings) as served:
        weather(served, ground, house, 400)


@pytest.mark.deep
def test_a_long_storm_of_clients_that_hang_up(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    settings = house.settings(ground.service, SAPHAN_CONNECTIONS=str(CONNECTIONS))
    with nursery.serving(**settings) as served:
        for _ in range(10):
            weather(served, ground, house, 1000)


def test_a_storm_has_every_kind_of_client() -> None:
    import random

    chance = random.Random(1)
    ways = Counter(Cut.drawn(chance, 1.0).way for _ in range(400))
    assert set(ways) == set(Way)
    assert min(ways.values()) >= 20
