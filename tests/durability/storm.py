"""Many clients at once, each ending in a way of its own, and how long an answer takes.

Takes a client and a number, gives the receipts. The ways are drawn from a seed
that a failing test prints, so that the same storm can be had again.
"""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import psycopg

from tests.durability.clients import Client, Cut, Way
from tests.durability.evidence import Receipt
from tests.durability.ground import RECORDED, Ground

CLIENTS = 8


def measured(client: Client) -> tuple[Client, float]:
    """The client, told how long a whole answer is, and how many seconds one takes."""
    times, size = [], 0
    for _ in range(5):
        began = time.perf_counter()
        receipt = replace(client, recorded=None).ask(Cut(Way.WHOLE, 0, 1))
        times.append(time.perf_counter() - began)
        size = len(receipt.received)
        assert receipt.received.startswith(b"HTTP/1.1 200")
    return replace(client, size=size), statistics.median(times)


def storm(client: Client, cuts: int, seconds: float, seed: int) -> list[Receipt]:
    """`cuts` clients, `CLIENTS` at a time, whose delays are spread over `seconds`."""
    chance = random.Random(seed)
    drawn = [Cut.drawn(chance, seconds) for _ in range(cuts)]
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(client.ask, drawn))


@contextmanager
def witness(ground: Ground) -> Iterator[Callable[[str], bool]]:
    """Tells whether the record of an operation is committed now. For many threads."""
    own, opened = threading.local(), []

    def recorded(name: str) -> bool:
        if not hasattr(own, "connection"):
            own.connection = ground.connect()
            opened.append(own.connection)
        connection: psycopg.Connection[tuple[object, ...]] = own.connection
        return connection.execute(RECORDED, (name,)).fetchone() is not None

    try:
        yield recorded
    finally:
        for connection in opened:
            connection.close()
