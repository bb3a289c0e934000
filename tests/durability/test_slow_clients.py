"""Clients that do not read, or do not go on writing: they hold a socket, and nothing else."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.durability.clients import RESET, Client, Cut, Way
from tests.durability.conftest import House
from tests.durability.evidence import Receipt, judge
from tests.durability.ground import Ground, becomes
from tests.durability.nursery import Nursery, Served
from tests.durability.people import fresh_name, request_bytes

LAZY = 12
SECONDS = 20


def unread(served: Served, sent: bytes) -> socket.socket:
    """A client with a small window that has asked and does not read."""
    connection = socket.socket()
    connection.settimeout(SECONDS)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(served.address)
    connection.sendall(sent)
    return connection


def read(connection: socket.socket) -> bytes:
    """All that comes until the server closes, or resets."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def all_read(connections: Sequence[socket.socket]) -> list[bytes]:
    """What comes to each of them, read side by side: through a small window it takes its time."""
    with ThreadPoolExecutor(len(connections)) as pool:
        return list(pool.map(read, connections))


def test_clients_that_do_not_read_hold_no_connection_to_the_database(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    """Twelve of them before a pool of two: others are answered, and so are they in the end."""
    settings = house.settings(ground.service, SAPHAN_CONNECTIONS="2")
    names = [fresh_name() for _ in range(LAZY)]
    with nursery.serving("narrow", **settings) as served, contextlib.ExitStack() as held:
        waiting = [
            held.enter_context(unread(served, request_bytes(name, house.token))) for name in names
        ]
        # each of them is on record, so each has had its turn with the database
        assert becomes(lambda: len(ground.written(names)) == LAZY, 10)
        assert becomes(lambda: not ground.busy(), 2), ground.busy()
        client = Client(served.address, house.token, 0)
        for _ in range(4):
            began = time.perf_counter()
            assert judge([client.ask(Cut(Way.WHOLE, 0, 1))], ground).whole == 1
            assert time.perf_counter() - began < 1
        receipts = [
            Receipt((name,), answer, cut=False)
            for name, answer in zip(names, all_read(waiting), strict=True)
        ]
    verdict = judge(receipts, ground)
    assert (verdict.offences, verdict.whole) == ([], LAZY)


def test_a_client_that_never_read_kept_its_socket_and_its_answer_for_ever(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    """An answer that nobody takes is dropped after the idle time, and its socket with it."""
    settings = house.settings(ground.service, SAPHAN_IDLE_TIMEOUT="1")
    names = [fresh_name(), fresh_name()]
    asked = [
        request_bytes(names[0], house.token),
        request_bytes(names[1], house.token, close=False),
    ]
    with nursery.serving("narrow", **settings) as served, contextlib.ExitStack() as held:
        clients = [held.enter_context(unread(served, sent)) for sent in asked]
        assert becomes(lambda: len(ground.written(names)) == len(names), 5)
        time.sleep(2.5)
        receipts = [
            Receipt((name,), answer) for name, answer in zip(names, all_read(clients), strict=True)
        ]
    verdict = judge(receipts, ground)
    assert (verdict.offences, verdict.partly) == ([], len(names))


def test_a_slow_reader_that_goes_on_reading_gets_all(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    """Longer than the idle time, as long as something moves."""
    settings = house.settings(ground.service, SAPHAN_IDLE_TIMEOUT="1")
    name, received = fresh_name(), b""
    with (
        nursery.serving("narrow", **settings) as served,
        unread(served, request_bytes(name, house.token)) as connection,
    ):
        began = time.perf_counter()
        while part := connection.recv(4096):
            received += part
            time.sleep(0.15)
        assert time.perf_counter() - began > 2
    verdict = judge([Receipt((name,), received, cut=False)], ground)
    assert (verdict.offences, verdict.whole) == ([], 1)


def test_a_client_that_stops_in_mid_request_meets_the_limits(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    """Headers and bodies that do not come are ended in time and never reach the database."""
    settings = house.settings(
        ground.service, SAPHAN_HEADER_TIMEOUT="0.5", SAPHAN_BODY_TIMEOUT="0.5"
    )
    name = fresh_name()
    whole = request_bytes(name, house.token)
    head = whole.index(b"\r\n\r\n")
    with nursery.serving(**settings) as served:
        for length in (head - 10, head + 4, len(whole) - 1):
            with unread(served, whole[:length]) as connection:
                began = time.perf_counter()
                answer = read(connection)
                assert time.perf_counter() - began < 3
                assert answer.startswith(b"HTTP/1.1 408 ")
        assert not ground.busy()
        large = whole.replace(b"Content-Length: ", b"Content-Length: 99999")
        with unread(served, large) as connection:
            assert read(connection).startswith(b"HTTP/1.1 413 ")
    assert not ground.written([name])


def test_a_client_that_has_gone_ends_its_statement(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    """Measured in PostgreSQL: gone from pg_stat_activity in less than two seconds, unrecorded."""

    def leave(connection: socket.socket, way: Way) -> None:
        if way is Way.HALF:
            connection.shutdown(socket.SHUT_WR)
            return
        if way is Way.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.close()

    settings = house.settings(ground.service, SAPHAN_STATEMENT_TIMEOUT="30")
    with nursery.serving(**settings) as served, ground.locked():
        for way in (Way.CLOSE, Way.RESET, Way.HALF):
            name = fresh_name()
            with unread(served, request_bytes(name, house.token)) as connection:
                assert becomes(lambda: len(ground.waiting()) == 1, 5)
                began = time.perf_counter()
                leave(connection, way)
                assert becomes(lambda: not ground.busy(), 10)
                assert time.perf_counter() - began < 2
                assert way is not Way.HALF or read(connection) == b""
            assert not ground.written([name])
