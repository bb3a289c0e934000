"""`saphan ledger witness serve` as a process, and ways to ask it."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx2

from ledger.checkpoints import Checkpoint
from ledger.notes import Verifier, open_note, read_note
from service.ledger.keyfile import make_key, read_key
from tests.witness.logs import Log

ROOT = Path(__file__).resolve().parents[2]
MAIN = "from service.cli import main; main()"
NAME = "witness.test.example/kh"


@dataclass
class Witness:
    """A running witness."""

    process: subprocess.Popen[str]
    url: str
    verifier: Verifier
    errors: list[str]
    client: httpx2.Client

    def add(self, body: bytes) -> httpx2.Response:
        return self.client.post("/add-checkpoint", content=body)

    def latest(self, log: Log) -> httpx2.Response:
        hashed = sha256(log.signer.name.encode()).hexdigest()
        return self.client.get(f"/{hashed}/checkpoint")

    def held(self, log: Log) -> Checkpoint | None:
        """What it says to have cosigned last, by its own and the log's signature."""
        answer = self.latest(log)
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200
        note, signed = open_note(answer.text, [log.signer.verifier, self.verifier])
        assert signed == (log.signer.verifier, self.verifier)
        return Checkpoint.parse(note.text)

    def assert_cosigned(self, answer: httpx2.Response, note: str) -> None:
        """That the answer is the witness's cosignature over `note`, and what it now shows."""
        assert (answer.status_code, answer.reason_phrase) == (200, "OK"), answer.text
        assert answer.text.startswith("— ")
        assert answer.text.endswith("\n")
        assert open_note(note + answer.text, [self.verifier])[1] == (self.verifier,)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`saphan ledger witness ...` to its end."""
    return subprocess.run(
        [sys.executable, "-c", MAIN, "ledger", "witness", *words],
        cwd=ROOT,
        env=_bare(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def witnessing(
    folder: Path,
    logs: Sequence[Log | str],
    *,
    name: str = NAME,
    main: str = MAIN,
    port: int = 0,
) -> Iterator[Witness]:
    """A witness with key and state in `folder`; `main` may be another program around the same
    command.
    """
    folder.mkdir(exist_ok=True)
    if not (folder / "key").exists():
        make_key(name, folder / "key")
    key = read_key(folder / "key")
    vkeys = [log if isinstance(log, str) else log.signer.vkey for log in logs]
    words = ["ledger", "witness", "serve", "--key", str(folder / "key"), "--port", str(port)]
    words += ["--state", str(folder / "state"), *(w for v in vkeys for w in ("--log", v))]
    process = subprocess.Popen(
        [sys.executable, "-c", main, *words],
        cwd=ROOT,
        env=_bare(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: queue.Queue[str] = queue.Queue()
    errors: list[str] = []
    assert process.stdout is not None
    assert process.stderr is not None
    readers = [
        threading.Thread(target=lambda s=stream, k=keep: [k(line) for line in s], daemon=True)
        for stream, keep in ((process.stdout, lines.put), (process.stderr, errors.append))
    ]
    for reader in readers:
        reader.start()
    try:
        said = lines.get(timeout=60)
        assert said.startswith("listening on http://127.0.0.1:"), (said, errors)
        assert lines.get(timeout=60) == f"cosigning as {key.vkey}\n"
        url = said.split()[-1]
        with httpx2.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield Witness(process, url, key.verifier, errors, client)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)
        for reader in readers:
            reader.join(30)
        process.stdout.close()
        process.stderr.close()
    assert not [line for line in errors if not line.startswith('{"')], errors


def time_in(answer: httpx2.Response, note: str) -> int:
    """The POSIX seconds of a cosignature."""
    raw = read_note(note + answer.text).signatures[-1].signature
    assert len(raw) == 72
    return int.from_bytes(raw[:8], "big")


def _bare() -> dict[str, str]:
    """A registry's settings about it, all unusable: a witness reads none of them."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SAPHAN_")}
    return kept | {"SAPHAN_PORT": "none", "SAPHAN_DATABASE_URL": "", "SAPHAN_NOTHING": "1"}
