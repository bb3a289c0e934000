"""Servers that are quick to start, because they are meant to be killed.

A process that has imported `saphan serve` forks one server for each line on its
standard input (its settings and its command, as JSON) and names its process; each
server then announces itself as the command does. What a server says of errors goes to the
nursery's standard error. Run as `python -m tests.durability.nursery`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.durability.ground import becomes

ROOT = Path(__file__).resolve().parents[2]
SERVE = ("serve",)
ENDS = ("integrating as ", "cosigning as ")
"""How the announcement of a command ends that says more than where it listens, or something else.
"""


@dataclass(frozen=True, slots=True)
class Served:
    """One running server. One that listens nowhere has port 0."""

    pid: int
    address: tuple[str, int]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.address[0]}:{self.address[1]}"

    def lives(self) -> bool:
        """Whether the process is there."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def end(self, sig: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal that ends it and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, sig)
        assert becomes(lambda: not self.lives(), 30)


class Nursery:
    """The parent of all servers. `errors` is the file of what they said."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self._process, self.errors = process, errors
        self._one_at_a_time = threading.Lock()

    def start(self, altered: str = "", words: Sequence[str] = SERVE, **environment: str) -> Served:
        """A server with these settings, once it has announced itself.

        `altered` names a function of `tests.durability.altered` that is called in it first;
        `words` are another command than `serve`.
        """
        written, read = self._process.stdin, self._process.stdout
        assert written is not None
        assert read is not None
        with self._one_at_a_time:
            own = {"SAPHAN_PORT": "0"} | environment
            order = {"altered": altered, "environment": own, "words": list(words)}
            written.write(json.dumps(order) + "\n")
            written.flush()
            pid, address, ended = 0, "", words == SERVE
            while not (pid and ended and (address or words != SERVE)):
                line = read.readline().strip()
                if line.startswith("pid "):
                    pid = int(line.removeprefix("pid "))
                elif line.startswith("listening on http://"):
                    address = line.removeprefix("listening on http://")
                elif line.startswith(ENDS):
                    ended = True
                else:
                    raise AssertionError(f"a server said {line!r}: {self.errors.read_text()}")
        host, _, port = address.rpartition(":")
        return Served(pid, (host, int(port or 0)))

    @contextmanager
    def serving(self, altered: str = "", **environment: str) -> Iterator[Served]:
        """A server for the time of the block."""
        served = self.start(altered, **environment)
        try:
            yield served
        finally:
            served.end()


@contextmanager
def nursery(errors: Path) -> Iterator[Nursery]:
    """A nursery for the time of the block, whose servers write to `errors`."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith("SAPHAN_")}
    with (
        errors.open("w") as said,
        subprocess.Popen(
            [sys.executable, "-m", "tests.durability.nursery"],
            cwd=ROOT,
            env=bare,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as process,
    ):
        yield Nursery(process, errors)
        # the end of its input ends it
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


def _main() -> None:
    from schema.sdl import graphql_schema
    from service import cli, cli_serve
    from service.ledger import integrate, witness
    from tests.durability import altered

    # loaded here, used by the children
    assert cli_serve.SUBGRAPH
    assert integrate.integrate.name == "integrate"
    assert witness.serve.name == "serve"
    graphql_schema()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child:
            sys.stdout.write(f"pid {child}\n")
            sys.stdout.flush()
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        order = json.loads(line)
        os.environ.update(order["environment"])
        if order["altered"]:
            getattr(altered, order["altered"])()
        cli.main(order["words"])


if __name__ == "__main__":
    _main()
