"""Frames and floods that no client sends: each is answered or ends its own socket, and no other."""

from __future__ import annotations

import contextlib
import json
import struct
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.attacks.conftest import Opened
from tests.attacks.houses import KH, House
from tests.attacks.world import CASES
from tests.durability.ground import becomes
from tests.subscriptions.asking import ONE, changed, socket_of, subscribe
from tests.subscriptions.plain import Closed, Socket, stream, upgrade
from tests.subscriptions.test_living import gauge

CONTINUED, TEXT, BYTES, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
ME = json.dumps({"id": "m", "type": "subscribe", "payload": {"query": "{ me { agency } }"}})


def resident(house: House) -> float:
    """Megabytes of the server that are in memory; 0 where the system does not tell."""
    told = Path(f"/proc/{house.served.pid}/statm")
    return int(told.read_text().split()[1]) * 4096 / 1e6 if told.exists() else 0.0


def frame(opcode: int, payload: bytes = b"", *, last: bool = True) -> bytes:
    """A small masked frame, to be sent with many others."""
    assert len(payload) < 126
    return bytes([0x80 * last | opcode, 0x80 | len(payload)]) + bytes(4) + payload


def answers(line: Socket) -> bool:
    line.text(ME)
    return bool(line.of("m")["type"] == "next") and line.of("m")["type"] == "complete"


def serves(house: House) -> bool:
    with closing(socket_of(house)) as line:
        return answers(line)


def test_a_message_in_fragments_is_one_message(house: House) -> None:
    with closing(socket_of(house)) as line:
        for number, byte in enumerate(ME.encode()):
            opcode = CONTINUED if number else TEXT
            # what the transport says may stand between
            line.line.sendall(frame(opcode, bytes([byte]), last=False) + frame(PING, b"?"))
        line.line.sendall(frame(CONTINUED))
        assert line.of("m")["type"] == "next"
        assert line.of("m")["type"] == "complete"
        # half a character is none yet
        thai = json.dumps({"type": "ping", "payload": {"คำ": "สะพาน"}}, ensure_ascii=False).encode()
        for number, byte in enumerate(thai):
            opcode = CONTINUED if number else TEXT
            last = number == len(thai) - 1
            line.line.sendall(frame(opcode, bytes([byte]), last=last))
        assert line.receive() == {"type": "pong"}


def test_fragments_together_are_no_larger_than_a_message(house: House) -> None:
    part = b"x" * 120
    with closing(socket_of(house)) as line:
        line.frame(TEXT, b'{"type":"ping","payload":{"a":"', last=False)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(20):
                line.line.sendall(frame(CONTINUED, part, last=False) * 30)
        assert line.ends() in (1009, 0)
    with closing(socket_of(house)) as line:
        line.line.sendall(frame(BYTES, b"{", last=False) + frame(CONTINUED, b"}"))
        assert line.ends() == 4400


def test_fragments_of_nothing_hold_nothing(house: House) -> None:
    with closing(socket_of(house)) as line:
        before = resident(house)
        line.frame(TEXT, ME.encode(), last=False)
        for _ in range(200):
            line.line.sendall(frame(CONTINUED, last=False) * 1_000)
        line.line.sendall(frame(CONTINUED))
        assert line.of("m")["type"] == "next"
        assert resident(house) - before < 32


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("without a mask", b"\x81\x02{}"),
        ("reserved bits", frame(TEXT | 0x40, b"{}")),
        ("a control in fragments", frame(PING, last=False)),
        ("a ping of 126", bytes([0x80 | PING, 0x80 | 126, 0, 126]) + bytes(4 + 126)),
        ("a continuation of nothing", frame(CONTINUED, b"{}")),
        ("a text within a text", frame(TEXT, b"{", last=False) + frame(TEXT, b"}")),
        ("a length with a sign", bytes([0x81, 0x80 | 127]) + struct.pack("!Q", 1 << 63)),
        ("a length too long told", bytes([0x81, 0x80 | 126, 0, 2]) + bytes(4) + b"{}"),
        ("a close of one byte", frame(CLOSE, b"\x03")),
        ("a close that is none", frame(CLOSE, struct.pack("!H", 1005))),
        ("a close of no code", frame(CLOSE, struct.pack("!H", 99))),
        ("no UTF-8 at the end", frame(CLOSE, struct.pack("!H", 1000) + b"\xff")),
        ("not HTTP either", b"GET /graphql HTTP/1.1\r\n\r\n"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_frame_ends_its_socket_alone(house: House, name: str, sent: bytes) -> None:
    del name
    with closing(socket_of(house)) as beside:
        for made in (socket_of, lambda house: upgrade(house.served.address)):
            with closing(made(house)) as line:
                line.line.sendall(sent)
                assert line.ends() in (1002, 1007, 0)
        assert answers(beside)


def test_an_endless_frame_is_not_waited_for(house: House) -> None:
    with closing(socket_of(house)) as line:
        line.line.sendall(bytes([0x81, 0x80 | 127]) + struct.pack("!Q", 1 << 40) + bytes(4))
        sent = 0
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, TimeoutError):
            while sent < 50_000_000:
                line.line.sendall(b"x" * 65_536)
                sent += 65_536
        assert sent < 20_000_000
        assert line.ends() in (1009, 0)
    assert serves(house)


def pongs(line: Socket, count: int, payload: bytes) -> None:
    """So many pongs, each with this payload, and nothing between them but the server's own ping."""
    end = time.monotonic() + 20
    while count:
        opcode, told = line._frame(end)
        if opcode == PONG:
            assert told == payload
            count -= 1
        else:
            assert opcode == PING
            line.frame(PONG, told)


@pytest.mark.parametrize("greeted", [True, False], ids=["a caller", "a stranger"])
def test_a_flood_of_pings_is_answered_and_keeps_nobody_waiting(house: House, greeted: bool) -> None:
    with (
        closing(socket_of(house) if greeted else upgrade(house.served.address)) as line,
        closing(socket_of(house)) as beside,
    ):
        before = resident(house)
        for _ in range(10):
            line.line.sendall((frame(PING, b"p" * 20) + frame(PONG, b"q" * 20)) * 1_000)
            assert answers(beside)
            pongs(line, 1_000, b"p" * 20)
        assert resident(house) - before < 32
        if not greeted:
            # nor does it put off when a stranger has to say who she is
            assert line.ends() == 4408


@pytest.mark.parametrize("kind", ["of the transport", "of the protocol"])
def test_who_asks_for_pongs_and_takes_none_is_cut_off(house: House, kind: str) -> None:
    asked = frame(PING, b"p" * 100)
    if kind == "of the protocol":
        asked = frame(TEXT, b'{"type":"ping"}')
    before, alone = gauge(house.served, "saphan_sockets"), resident(house)
    with closing(socket_of(house)) as line:
        line.line.settimeout(8)
        with contextlib.suppress(OSError):
            for _ in range(2_000):
                line.line.sendall(asked * 1_000)
        assert becomes(lambda: gauge(house.served, "saphan_sockets") <= before, 20, pause=0.2)
        assert serves(house)
        assert resident(house) - alone < 32
        with contextlib.suppress(Closed, OSError):
            line.ends(5)


def pairs(line: Socket, first: int, count: int, *, begun: bool) -> None:
    """Subscriptions that end at once; with `begun` the server has begun with some of them."""
    for number in range(first, first + count):
        subscribe(line, ONE, f"{number}", id=CASES["shown"])
        if begun and number % 20 == 19:
            line.send(type="ping")
            while line.receive() != {"type": "pong"}:
                pass
        line.send(type="complete", id=f"{number}")


def of_requests(house: House) -> int:
    """The server's connections for requests and for events: 8 and 2 at most."""
    with house.connect() as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where usename = 'saphan_service'"
            " and datname = current_database() and application_name = ''"
        ).fetchone()
    return int(row[0]) if row else 0


@pytest.mark.parametrize("begun", [False, True], ids=["at once", "once begun"])
def test_10_000_subscriptions_that_end_at_once_leave_nothing(house: House, begun: bool) -> None:
    some = 1_000 if begun else 10_000
    with closing(socket_of(house)) as line:
        # what the first ones need is kept
        pairs(line, 0, some, begun=begun)
        assert answers(line)
        before = resident(house)
        pairs(line, some, some, begun=begun)
        assert answers(line)
        assert becomes(lambda: gauge(house.served, "saphan_subscriptions") == 0, 30, pause=0.1)
        assert resident(house) - before < 32
        assert becomes(lambda: of_requests(house) <= 10, 10, pause=0.2)
        # its places are free, and what is watched now is told
        for number in range(20):
            subscribe(line, ONE, f"at last {number}", id=CASES["shown"])
        assert becomes(lambda: gauge(house.served, "saphan_subscriptions") == 20, 30, pause=0.1)
        assert changed(house, line, CASES["shown"], "at last 19")["type"] == "next"


def test_strangers_keep_nobody_out(opened: Opened) -> None:
    """With a quarter of the places taken by sockets that say nothing, a caller was sent away, and
    her stream as well: those who wait longest give way to her.
    """
    with opened(SAPHAN_SOCKETS="8", SAPHAN_HEADER_TIMEOUT="2") as house, ExitStack() as held:
        silent = [held.enter_context(closing(upgrade(house.served.address))) for _ in range(6)]
        with closing(socket_of(house)) as line:
            assert answers(line)
            asked = {"query": "{ me { agency } }"}
            with closing(stream(house.served.address, asked, house.token(KH))) as events:
                assert events.status == 200
        # one of two places was hers while she said who she is
        assert [each.ends() for each in silent[:5]] == [1013] * 5
        assert silent[5].ends() == 4408
