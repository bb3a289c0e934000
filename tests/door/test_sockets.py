"""Hostile bytes on a bare socket (H01, H02): each is answered or cut off, and others are served."""

from __future__ import annotations

import contextlib
import gzip
import socket
import time
from collections.abc import Iterator

import pytest

from tests.door.doors import (
    GOOD,
    OpenDoor,
    ScriptedEngine,
    open_door,
    receive_all,
    request_bytes,
)

BODY = b'{"query": "{ __typename }"}'
LIMIT = 65_536


@pytest.fixture(scope="module")
def strict(engine: ScriptedEngine) -> Iterator[OpenDoor]:
    """A door with short times, so that the tests need not wait."""
    with open_door(
        engine,
        body_limit=LIMIT,
        body_timeout=0.5,
        header_timeout=0.5,
        header_limit=8_192,
        idle_timeout=1.0,
    ) as opened:
        yield opened


def status(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer[:80]
    return int(answer[9:12])


def assert_form(answer: bytes, expected: int, code: bytes) -> None:
    """A refusal with status and code, not to be stored, after which the line is closed."""
    assert status(answer) == expected
    assert b'"code":"' + code + b'"' in answer
    assert b"cache-control: no-store\r\n" in answer
    assert answer.count(b"HTTP/1.1 ") == 1


def still_serves(door: OpenDoor) -> bool:
    return status(door.raw(request_bytes(BODY))) == 200


def test_declared_100_megabytes_are_refused_before_any_is_read(strict: OpenDoor) -> None:
    began = time.perf_counter()
    answer = strict.raw(request_bytes(b"", length=100_000_000))
    assert_form(answer, 413, b"BAD_USER_INPUT")
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("length", [b"9" * 30, b"18446744073709551616", b"-1", b"1e3", b"0x10"])
def test_absurd_lengths(strict: OpenDoor, length: bytes) -> None:
    line = b"Content-Length: " + length
    sent = request_bytes(BODY).replace(b"Content-Length: %d" % len(BODY), line)
    assert status(strict.raw(sent)) in {400, 413}
    assert still_serves(strict)


def test_100_megabytes_in_chunks_are_cut_off(strict: OpenDoor) -> None:
    head = request_bytes(b"", b"Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    sent = 0
    with strict.socket() as connection:
        connection.sendall(head)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while sent < 100_000_000:
                connection.sendall(chunk)
                sent += len(chunk)
        answer = receive_all(connection)
    assert sent < 30_000_000  # what the socket buffers and the linger take, not what was offered
    if answer:
        assert_form(answer, 413, b"BAD_USER_INPUT")
    assert still_serves(strict)


def test_one_byte_over_the_limit(strict: OpenDoor) -> None:
    padded = BODY.ljust(LIMIT)
    assert status(strict.raw(request_bytes(padded))) == 200
    assert_form(strict.raw(request_bytes(padded + b" ")), 413, b"BAD_USER_INPUT")


def test_one_byte_a_second_is_a_timeout(strict: OpenDoor) -> None:
    with strict.socket() as connection:
        connection.sendall(request_bytes(BODY[:1], length=len(BODY)))
        began = time.perf_counter()
        answer = receive_all(connection)
        assert 0.3 < time.perf_counter() - began < 3
    assert_form(answer, 408, b"TIMEOUT")


def test_headers_without_an_end_are_a_timeout(strict: OpenDoor) -> None:
    for sent in (b"", b"POST /gra", b"POST /graphql HTTP/1.1\r\nHost: x\r\nX-A: b\r\n"):
        with strict.socket() as connection:
            connection.sendall(sent)
            assert_form(receive_all(connection), 408, b"TIMEOUT")


def test_headers_by_drops_do_not_push_the_deadline(strict: OpenDoor) -> None:
    began = time.perf_counter()
    with strict.socket() as connection:
        connection.sendall(b"POST /graphql HTTP/1.1\r\nHost: x\r\n")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while time.perf_counter() - began < 5:
                connection.sendall(b"X: y\r\n")
                time.sleep(0.1)
        receive_all(connection)
    assert time.perf_counter() - began < 3


def test_empty_lines_do_not_hold_a_connection(strict: OpenDoor) -> None:
    head = request_bytes(BODY).replace(b"Connection: close\r\n", b"")
    began = time.perf_counter()
    with strict.socket() as connection:
        connection.sendall(head)
        time.sleep(0.2)
        connection.sendall(b"\r\n")
        receive_all(connection)
    assert time.perf_counter() - began < 5


def test_an_unused_connection_is_closed(strict: OpenDoor) -> None:
    head = request_bytes(BODY).replace(b"Connection: close\r\n", b"")
    with strict.socket() as connection:
        connection.sendall(head)
        began = time.perf_counter()
        assert status(receive_all(connection)) == 200
        assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "extra",
    [
        b"X-Big: " + b"x" * 9_000,
        b"\r\n".join(b"X-%d: y" % i for i in range(2_000)),
        b"Authorization: Bearer " + b"x" * 1_000_000,
    ],
)
def test_headers_over_the_limit(strict: OpenDoor, extra: bytes) -> None:
    """J04 among them: a token of 1 MB."""
    with strict.socket() as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request_bytes(BODY, extra))
        answer = receive_all(connection)
    if answer:
        assert_form(answer, 431, b"BAD_USER_INPUT")
    assert still_serves(strict)


def test_an_endless_header_is_cut_off(strict: OpenDoor) -> None:
    sent = 0
    with strict.socket() as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(b"POST /graphql HTTP/1.1\r\nHost: x\r\nX: ")
            while sent < 50_000_000:
                connection.sendall(b"x" * 65_536)
                sent += 65_536
        receive_all(connection)
    assert sent < 20_000_000


def test_an_endless_address_is_cut_off(strict: OpenDoor) -> None:
    answer = strict.raw(b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    if answer:
        assert_form(answer, 431, b"BAD_USER_INPUT")


def test_a_gzip_bomb_is_not_opened(strict: OpenDoor) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < LIMIT
    answer = strict.raw(request_bytes(bomb, b"Content-Encoding: gzip"))
    assert_form(answer, 415, b"BAD_USER_INPUT")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n",
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x, chunked, y\r\n\r\n",
    ],
)
def test_what_is_not_http(strict: OpenDoor, sent: bytes) -> None:
    """H02: both lengths among them."""
    assert_form(strict.raw(sent), 400, b"BAD_USER_INPUT")
    assert still_serves(strict)


def test_a_broken_chunk_ends_the_request(strict: OpenDoor) -> None:
    head = request_bytes(b"", b"Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    assert status(strict.raw(head + b"zz\r\n")) == 400


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b"Host: \r\n",
        b"Host: a b\r\n",
        b"Host: a/../b\r\n",
        b"Host: a@b\r\n",
        b"Host: x:99999999\r\n",
        b"Host: [::1\r\n",
        b"Host: x\r\nHost: y\r\n",
        b"Host: x\r\nHost: x\r\n",
        b"Host: " + b"x" * 300 + b"\r\n",
    ],
)
@pytest.mark.parametrize("path", [b"/graphql", b"/healthz", b"/assets/ide.js"])
def test_malformed_hosts(strict: OpenDoor, host: bytes, path: bytes) -> None:
    answer = strict.raw(b"GET " + path + b" HTTP/1.1\r\nConnection: close\r\n" + host + b"\r\n")
    assert_form(answer, 400, b"BAD_USER_INPUT")


@pytest.mark.parametrize(
    "path",
    [
        b"/assets/../settings.py",
        b"/assets/..%2fsettings.py",
        b"/assets/%2e%2e/settings.py",
        b"/assets/..\\settings.py",
        b"/assets//etc/passwd",
        b"/assets/ide.html",
        b"/assets/ide.js%00.png",
        b"/assets/",
        b"//graphql",
        b"/graphql/",
        b"/GRAPHQL",
        b"/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_paths_outside_the_table_are_404(strict: OpenDoor, path: bytes) -> None:
    answer = strict.raw(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert_form(answer, 404, b"BAD_USER_INPUT")


def test_ranges_are_not_served(strict: OpenDoor) -> None:
    ranges = b",".join(b"%d-" % i for i in range(800))
    line = b"Range: bytes=" + ranges + b"\r\n"
    head = b"GET /assets/ide.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    answer = strict.raw(head + line + b"\r\n")
    assert status(answer) == 200
    assert b"content-range" not in answer


def test_an_upgrade_is_not_offered_where_nothing_can_be_watched(strict: OpenDoor) -> None:
    for protocol, refused in ((b"websocket", 403), (b"h2c", 405)):
        answer = strict.raw(
            b"GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: "
            + protocol
            + b"\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: graphql-ws\r\nAccept: application/json\r\n\r\n"
        )
        assert status(answer) == refused
    assert still_serves(strict)


def test_a_body_that_goes_on_after_its_answer_is_cut_off(strict: OpenDoor) -> None:
    head = request_bytes(b"x", length=60_000).replace(GOOD.encode(), b"wrong.access.token")
    head = head.replace(b"Connection: close\r\n", b"")
    began = time.perf_counter()
    with strict.socket() as connection:
        connection.sendall(head)
        answer = connection.recv(65_536)
        assert status(answer) == 401
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while time.perf_counter() - began < 10:
                connection.sendall(b"x")
                time.sleep(0.1)
    assert time.perf_counter() - began < 6


def test_pipelined_requests_are_answered_in_order(strict: OpenDoor) -> None:
    one = request_bytes(BODY).replace(b"Connection: close\r\n", b"")
    answer = strict.raw(one * 3 + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + request_bytes(BODY))
    assert answer.count(b"HTTP/1.1 200 OK") == 5
    assert answer.index(b"\r\n\r\nok\n") > answer.rindex(b"Query", 0, answer.index(b"ok\n"))


def test_expect_continue(strict: OpenDoor) -> None:
    with strict.socket() as connection:
        connection.sendall(request_bytes(b"", b"Expect: 100-continue", length=len(BODY)))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n")
        connection.sendall(BODY)
        assert status(receive_all(connection)) == 200
    with strict.socket() as connection:
        refused = request_bytes(b"", b"Expect: 100-continue", length=LIMIT + 1)
        connection.sendall(refused)
        assert_form(receive_all(connection), 413, b"BAD_USER_INPUT")


def test_idle_connections_do_not_keep_others_out(engine: ScriptedEngine) -> None:
    """H01 with as many as the test's own limit of open files lets it."""
    with open_door(engine, header_timeout=20) as door, contextlib.ExitStack() as held:
        for _ in range(400):
            held.enter_context(socket.create_connection(door.address, timeout=20))
        assert still_serves(door)
