"""`kill -9` of the serving process in mid-answer: nothing was received that is not on record."""

from __future__ import annotations

import random
import secrets
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.door.test_serving import serving
from tests.durability.clients import Client, Cut, Way
from tests.durability.conftest import House
from tests.durability.evidence import Receipt, Verdict, judge
from tests.durability.ground import Ground, becomes
from tests.durability.nursery import Nursery, Served
from tests.durability.storm import CLIENTS, measured

WAYS = (Way.WHOLE, Way.SLOW, Way.SLOW, Way.TWICE)


def under_fire(client: Client, kill: Served, delay: float, first: bool) -> list[Receipt]:
    """Clients ask one answer after the other until their server is killed, `delay` seconds after
    they began, or with `first` after the first of them has its answer.
    """
    killed = False
    answered = threading.Event()

    def life(way: Way) -> list[Receipt]:
        receipts = []
        while not killed:
            # all of them want everything: only the server's end cuts them
            receipt = client.ask(Cut(way, 0, 1))
            receipts.append(replace(receipt, cut=True))
            answered.set()
        return receipts

    with ThreadPoolExecutor(CLIENTS) as clients:
        lives = [clients.submit(life, WAYS[n % len(WAYS)]) for n in range(CLIENTS)]
        assert not first or answered.wait(60)
        time.sleep(delay)
        killed = True
        kill.end(signal.SIGKILL)
        return [receipt for each in lives for receipt in each.result()]


def rounds(
    nursery: Nursery,
    ground: Ground,
    house: House,
    count: int,
    altered: str = "narrow",
    *,
    first: bool = False,
) -> Verdict:
    """Kill that many servers; what came of all of it."""
    chance = random.Random(secrets.randbits(32))
    settings = house.settings(ground.service, SAPHAN_CONNECTIONS="2")
    receipts: list[Receipt] = []
    served = nursery.start(altered, **settings)
    with ThreadPoolExecutor(1) as beside:
        for _ in range(count):
            following = beside.submit(nursery.start, altered, **settings)
            client, seconds = measured(Client(served.address, house.token, 0))
            # a busy machine answers late: its servers live as many answers longer
            delay = 0.0 if first else chance.uniform(0.02, max(0.3, CLIENTS * seconds))
            receipts += under_fire(client, served, delay, first)
            served = following.result()
    served.end()
    assert becomes(lambda: not ground.backends(), 5), ground.backends()
    return judge(receipts, ground, codes=())


def check(verdict: Verdict) -> None:
    assert not verdict.offences, f"{verdict}\n" + "\n".join(verdict.offences[:10])
    assert verdict.refused == 0
    # the kills came before the statement and while an answer was leaving, not only in between
    assert min(verdict.whole, verdict.partly, verdict.never) > 0, str(verdict)


def test_killed_servers_leave_nothing_unrecorded(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    check(rounds(nursery, ground, house, 15))


@pytest.mark.deep
def test_many_killed_servers_leave_nothing_unrecorded(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    verdict = rounds(nursery, ground, house, 150)
    check(verdict)
    assert verdict.unseen > 0, str(verdict)


def test_the_command_itself_killed(ground: Ground, house: House) -> None:
    """The same with `saphan serve` as a shell starts it, once."""
    environment = house.settings(ground.service)
    with serving(Path(environment.pop("SAPHAN_FOLDER")), **environment) as server:
        host, _, port = server.announced().removeprefix("http://").rpartition(":")
        served = Served(server.process.pid, (host, int(port)))
        client, _ = measured(Client(served.address, house.token, 0))
        delay = random.Random(secrets.randbits(32)).uniform(0, 0.1)
        with ThreadPoolExecutor(1) as beside:
            beside.submit(server.process.wait, 60)
            receipts = under_fire(client, served, delay, first=True)
    verdict = judge(receipts, ground, codes=())
    assert not verdict.offences, verdict.offences[:10]
    assert verdict.whole + verdict.partly + verdict.unseen > 0


def test_the_harness_notices_servers_that_die_before_their_commit(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    """Killed when an answer has just come, not at a moment that a busy machine may spend working:
    CI met two kills that fell between all answers and their commits.
    """
    verdict = rounds(nursery, ground, house, 3, "sends_before_commit", first=True)
    assert any("and no record" in line for line in verdict.offences), str(verdict)
