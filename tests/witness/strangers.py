"""What answers in a witness's place: each connection gets what the test has written down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, bytes]


@dataclass
class Stranger:
    """Answers what `say` makes of a body; keeps the bodies."""

    url: str
    say: Callable[[bytes], Answer]
    asked: list[bytes] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)


@contextmanager
def stranger(say: Callable[[bytes], Answer], *fields: tuple[str, str]) -> Iterator[Stranger]:
    """One on a free port, in a thread."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.asked.append(body)
            found.begun.set()
            status, answer = found.say(body)
            try:
                self.send_response(status)
                for name, value in fields:
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            except OSError:
                pass  # who asked has gone

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Stranger(f"http://127.0.0.1:{server.server_address[1]}", say)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()
