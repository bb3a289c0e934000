"""The server process: one socket, one event loop, a stop that lets answers finish.

Takes an ASGI application and limits, serves until SIGTERM, SIGINT or
`stop`. Announces the address only once it answers. The exit code is 0 after
a signal; uvicorn would end by the signal itself.
"""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Callable
from types import FrameType
from typing import Final, Protocol

import uvicorn
from starlette.types import ASGIApp

from service.http.protocol import DoorProtocol
from service.http.sockets.protocol import DoorSocket

_OPEN_FILES: Final = 65_536
_BACKLOG: Final = 2_048

Announce = Callable[[str], None]


class Limits(Protocol):
    """Limits of one connection: seconds and bytes, as `service.settings.Settings` names them."""

    @property
    def header_timeout(self) -> float: ...
    @property
    def header_limit(self) -> int: ...
    @property
    def idle_timeout(self) -> float: ...
    @property
    def stop_timeout(self) -> float: ...
    @property
    def message_limit(self) -> int: ...


class CannotListen(Exception):
    """The address cannot be listened on. One line."""


class DoorServer(uvicorn.Server):
    """uvicorn's server with an announcement and an orderly end."""

    def __init__(self, app: ASGIApp, limits: Limits, announce: Announce) -> None:
        super().__init__(_config(app, limits))
        self._announce = announce
        self.exit_code = 0

    def stop(self, exit_code: int = 0) -> None:
        """Ends the server from within, as a signal would."""
        self.exit_code = exit_code
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, then tells the address."""
        await super().startup(sockets)
        if self.started and sockets and not self.should_exit:
            self._announce(address_of(sockets[0]))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ends by a signal, which uvicorn would otherwise raise once more after the end."""
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        # asyncio sets this only on sockets that say they are TCP, which this one's children do
        # not: without it an answer sent in two pieces waits 40 ms for the client's ACK
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except (socket.gaierror, UnicodeError):
        raise CannotListen("the host is not an address") from None
    except OSError as error:
        # Not the error's own text: socket.create_server adds the address to it.
        if (error.errno or 0) < 0:  # a name that is none, which create_server gives as an OSError
            raise CannotListen("the host is not an address") from None
        cause = os.strerror(error.errno or 0).lower()
        raise CannotListen(f"cannot listen on port {port}: {cause}") from None


def address_of(listener: socket.socket) -> str:
    """`http://H:P` of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def allow_connections() -> None:
    """Lets this process hold as many sockets as the system lets it: 1024 is a common default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _config(app: ASGIApp, limits: Limits) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=DoorProtocol.limited(limits.header_timeout, limits.header_limit),
        # whoever takes no message has no sockets
        ws=DoorSocket.limited(limits.idle_timeout) if limits.message_limit else "none",
        ws_max_size=limits.message_limit,
        ws_ping_interval=limits.idle_timeout,
        ws_ping_timeout=limits.idle_timeout,
        # compressing what is secret beside what a client chose tells its length
        ws_per_message_deflate=False,
        loop="uvloop",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=max(1, round(limits.idle_timeout)),
        timeout_graceful_shutdown=max(1, round(limits.stop_timeout)),
    )
