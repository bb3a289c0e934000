"""The listening socket itself."""

from __future__ import annotations

import socket

from service.http.listening import bind


def test_an_answer_in_two_pieces_waited_forty_milliseconds() -> None:
    """Nagle's algorithm and a client's delayed ACK, because asyncio did not see a TCP socket."""
    with bind("127.0.0.1", 0) as listener:
        client = socket.create_connection(listener.getsockname(), timeout=5)
        accepted, _ = listener.accept()
        with client, accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
