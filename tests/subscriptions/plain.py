"""A plain client: sockets of RFC 6455 and streams by hand, without a library of either.

Takes an address, gives `Socket` and `Stream`, whose waits are all bounded. Written for these tests
alone: what a library would refuse to send can be sent here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 20.0
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _BYTES, _CLOSE, _PING, _PONG = 0x1, 0x2, 0x8, 0x9, 0xA


class Closed(Exception):
    """The server closed; `code` is 0 where the line ended without one."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class NotUpgraded(Exception):
    """The upgrade was refused."""

    def __init__(self, status: int, head: str, body: str) -> None:
        super().__init__(str(status))
        self.status, self.head, self.body = status, head, body


@dataclass
class Socket:
    """One socket. Messages are JSON objects."""

    line: socket.socket
    subprotocol: str
    _left: bytes = b""
    pings: int = 0
    heard: list[dict[str, Any]] = field(default_factory=list)

    def send(self, **message: Any) -> None:
        """One message of the protocol."""
        self.frame(_TEXT, json.dumps(message).encode())

    def text(self, text: str) -> None:
        self.frame(_TEXT, text.encode())

    def raw(self, sent: bytes) -> None:
        """A message that is no text."""
        self.frame(_BYTES, sent)

    def ping(self, size: int = 0) -> None:
        """A ping of the transport, not of the protocol in it."""
        self.frame(_PING, b"p" * size)

    def frame(self, opcode: int, payload: bytes, *, last: bool = True) -> None:
        """One masked frame."""
        head = bytes([(0x80 if last else 0) | opcode])
        size = len(payload)
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65_536:
            head += bytes([0x80 | 126]) + struct.pack("!H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack("!Q", size)
        # a mask of zeros is a mask
        self.line.sendall(head + bytes(4) + payload)

    def receive(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next message. Raises Closed, or TimeoutError where none comes."""
        end = time.monotonic() + seconds
        while True:
            opcode, payload = self._frame(end)
            if opcode == _TEXT:
                message: dict[str, Any] = json.loads(payload)
                self.heard.append(message)
                return message
            if opcode == _CLOSE:
                code = struct.unpack("!H", payload[:2])[0] if payload else 1005
                raise Closed(code, payload[2:].decode())
            if opcode == _PING:
                self.pings += 1
                self.frame(_PONG, payload)

    def of(self, operation: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next message of one operation; others are passed over."""
        end = time.monotonic() + seconds
        while True:
            message = self.receive(max(0.01, end - time.monotonic()))
            if message.get("id") == operation:
                return message

    def quiet(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        try:
            self.receive(seconds)
        except TimeoutError:
            return True
        return False

    def ends(self, seconds: float = PATIENCE) -> int:
        """The code with which the server closes; what comes before is passed over."""
        end = time.monotonic() + seconds
        try:
            while True:
                self.receive(max(0.01, end - time.monotonic()))
        except Closed as closed:
            return closed.code

    def close(self) -> None:
        self.line.close()

    def _frame(self, end: float) -> tuple[int, bytes]:
        head = self._take(2, end)
        size = head[1] & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._take(2, end))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._take(8, end))
        return head[0] & 0x0F, self._take(size, end)

    def _take(self, size: int, end: float) -> bytes:
        while len(self._left) < size:
            self.line.settimeout(max(0.001, end - time.monotonic()))
            try:
                part = self.line.recv(65_536)
            except ConnectionResetError:
                part = b""
            if not part:
                raise Closed(0)
            self._left += part
        taken, self._left = self._left[:size], self._left[size:]
        return taken


def upgrade(
    address: tuple[str, int],
    path: str = "/graphql",
    subprotocol: str | None = "graphql-transport-ws",
    **fields: str,
) -> Socket:
    """An open socket. `fields` are header fields, `_` for `-`. Raises NotUpgraded."""
    key = base64.b64encode(os.urandom(16)).decode()
    given = {
        "host": f"{address[0]}:{address[1]}",
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": key,
    }
    if subprotocol is not None:
        given["sec-websocket-protocol"] = subprotocol
    given |= {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"GET {path} HTTP/1.1", *(f"{k}: {v}" for k, v in given.items() if v), "", ""]
    line = socket.create_connection(address, timeout=PATIENCE)
    try:
        line.sendall("\r\n".join(lines).encode())
        head, rest = _head(line)
        status = int(head.split(" ", 2)[1])
        if status != 101:
            raise NotUpgraded(status, head, _body(line, head, rest))
    except BaseException:
        line.close()
        raise
    found = dict(entry.lower().split(": ", 1) for entry in head.split("\r\n")[1:] if ": " in entry)
    accepted = base64.b64encode(hashlib.sha1(key.encode() + _GUID).digest()).decode()
    assert found["sec-websocket-accept"] == accepted.lower()
    assert "sec-websocket-extensions" not in found
    return Socket(line, found.get("sec-websocket-protocol", ""), rest)


def greeted(address: tuple[str, int], payload: Mapping[str, Any], **fields: str) -> Socket:
    """A socket that was acknowledged."""
    opened = upgrade(address, **fields)
    opened.send(type="connection_init", payload=payload)
    assert opened.receive() == {"type": "connection_ack"}
    return opened


def _head(line: socket.socket) -> tuple[str, bytes]:
    got = b""
    while b"\r\n\r\n" not in got:
        part = line.recv(65_536)
        if not part:
            raise Closed(0)
        got += part
    head, _, rest = got.partition(b"\r\n\r\n")
    return head.decode("latin-1"), rest


def _body(line: socket.socket, head: str, rest: bytes) -> str:
    sizes = [e for e in head.lower().split("\r\n") if e.startswith("content-length:")]
    size = int(sizes[0].split(":")[1]) if sizes else 0
    while len(rest) < size:
        part = line.recv(65_536)
        if not part:
            break
        rest += part
    return rest.decode()


@dataclass
class Stream:
    """One stream of graphql-sse: its head, then events one after another."""

    line: socket.socket
    status: int
    head: str
    body: str
    _left: bytes

    def event(self, seconds: float = PATIENCE) -> tuple[str, Any] | None:
        """The next event and its data; None where the stream has ended. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while True:
            name, data = "", ""
            text = self._block(end)
            if text is None:
                return None
            for entry in text.split("\n"):
                kind, _, value = entry.partition(":")
                if kind == "event":
                    name = value.strip()
                elif kind == "data":
                    data += value.strip()
            if name:
                return name, json.loads(data) if data else None

    def close(self) -> None:
        self.line.close()

    def _block(self, end: float) -> str | None:
        while b"\n\n" not in self._left:
            chunk = self._chunk(end)
            if not chunk:
                return None
            self._left += chunk
        block, _, self._left = self._left.partition(b"\n\n")
        return block.decode()

    _raw: bytes = b""

    def _chunk(self, end: float) -> bytes:
        """One chunk of the body; empty at its end, or where the line ended."""
        try:
            while b"\r\n" not in self._raw:
                self._more(end)
            head, _, self._raw = self._raw.partition(b"\r\n")
            size = int(head, 16)
            while len(self._raw) < size + 2:
                self._more(end)
        except Closed:
            return b""
        chunk, self._raw = self._raw[:size], self._raw[size + 2 :]
        return chunk

    def _more(self, end: float) -> None:
        self.line.settimeout(max(0.001, end - time.monotonic()))
        try:
            part = self.line.recv(65_536)
        except ConnectionResetError:
            part = b""
        if not part:
            raise Closed(0)
        self._raw += part


def stream(
    address: tuple[str, int], body: Mapping[str, Any] | bytes, token: str, **fields: str
) -> Stream:
    """POST to /graphql/stream. `fields` are header fields, `_` for `-`; empty ones are left out."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {
        "host": f"{address[0]}:{address[1]}",
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "accept": "text/event-stream",
        "content-length": str(len(content)),
    } | {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [
        "POST /graphql/stream HTTP/1.1",
        *(f"{name}: {value}" for name, value in given.items() if value),
        "",
        "",
    ]
    line = socket.create_connection(address, timeout=PATIENCE)
    line.sendall("\r\n".join(lines).encode() + content)
    head, rest = _head(line)
    status = int(head.split(" ", 2)[1])
    if status != 200 or "text/event-stream" not in head:
        return Stream(line, status, head, _body(line, head, rest), b"")
    made = Stream(line, status, head, "", b"")
    made._raw = rest
    return made
