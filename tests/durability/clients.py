"""Clients that behave badly: raw sockets that hang up, reset, half-close, read a little or slowly.

Takes an address, a token and what to do, gives a `Receipt` with every byte that
came. What had arrived when a client hung up counts as received.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.durability.evidence import Receipt
from tests.durability.people import fresh_name, request_bytes

_SECONDS = 20.0
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends RST and drops what was not sent."""
_ANSWER = b"HTTP/1.1 200"


class Way(StrEnum):
    """How a client ends."""

    CLOSE = "sends, waits, hangs up"
    RESET = "sends, waits, resets"
    HALF = "sends, waits, closes its own direction and reads on"
    READ_CLOSE = "reads some bytes and hangs up"
    READ_RESET = "reads some bytes and resets"
    SLOW = "reads slowly through a small window, then hangs up"
    TORN = "resets in the middle of its request"
    TWICE = "sends two requests at once, reads some bytes and resets"
    WHOLE = "reads all"


@dataclass(frozen=True, slots=True)
class Cut:
    """What one client does: after `delay` seconds, or `share` of a whole answer."""

    way: Way
    delay: float
    share: float

    @classmethod
    def drawn(cls, chance: random.Random, longest: float) -> Cut:
        """A random one whose delay is at most `longest`."""
        return cls(chance.choice(list(Way)), chance.uniform(0, longest), chance.random() ** 2)


@dataclass(frozen=True, slots=True)
class Client:
    """Asks at `address`. A whole answer has `size` bytes.

    `recorded` says whether an operation's record is committed; it is asked the
    moment the first byte of an answer came.
    """

    address: tuple[str, int]
    token: str
    size: int
    recorded: Callable[[str], bool] | None = None

    def ask(self, cut: Cut) -> Receipt:
        """One client's life."""
        many = 2 if cut.way is Way.TWICE else 1
        receipt = Receipt(tuple(fresh_name() for _ in range(many)), cut=cut.way is not Way.WHOLE)
        # a server that is killed meanwhile resets; what came before stands in the receipt
        with contextlib.suppress(ConnectionError), self._connected(cut) as connection:
            self._live(connection, cut, receipt)
        return receipt

    def _connected(self, cut: Cut) -> socket.socket:
        connection = socket.socket()
        connection.settimeout(_SECONDS)
        if cut.way is Way.SLOW:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            connection.connect(self.address)
        except OSError:
            connection.close()
            raise
        return connection

    def _live(self, connection: socket.socket, cut: Cut, receipt: Receipt) -> None:
        sent = b"".join(
            request_bytes(name, self.token, close=cut.way is not Way.TWICE)
            for name in receipt.names
        )
        wanted = len(_ANSWER) + int(cut.share * self.size * len(receipt.names))
        if cut.way is Way.TORN:
            connection.sendall(sent[: int(cut.share * len(sent))])
            time.sleep(cut.delay)
            _reset(connection)
            return
        connection.sendall(sent)
        match cut.way:
            case Way.CLOSE | Way.RESET:
                time.sleep(cut.delay)
                connection.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    self._read(connection, receipt, 1 << 30)
                if cut.way is Way.RESET:
                    _reset(connection)
            case Way.HALF:
                time.sleep(cut.delay)
                connection.shutdown(socket.SHUT_WR)
                self._read(connection, receipt, 1 << 30)
            case Way.SLOW:
                self._read(connection, receipt, wanted, part=4096, pause=0.0005)
            case Way.READ_CLOSE:
                self._read(connection, receipt, wanted)
            case Way.READ_RESET | Way.TWICE:
                self._read(connection, receipt, wanted)
                _reset(connection)
            case _:
                self._read(connection, receipt, 1 << 30)

    def _read(
        self,
        connection: socket.socket,
        receipt: Receipt,
        wanted: int,
        part: int = 65_536,
        pause: float = 0.0,
    ) -> None:
        while len(receipt.received) < wanted:
            came = connection.recv(min(part, wanted - len(receipt.received)))
            if not came:
                return
            receipt.received += came
            if receipt.prompt is None and self.recorded and receipt.received.startswith(_ANSWER):
                receipt.prompt = self.recorded(receipt.names[0])
            if pause:
                time.sleep(pause)


def _reset(connection: socket.socket) -> None:
    """The kernel sends RST and forgets what it had still to send."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()
