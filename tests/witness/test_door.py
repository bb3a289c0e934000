"""The witness as attackers and operators meet it: methods, limits, keys, command line."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ledger.cosignatures import CosignatureKey
from ledger.notes import COSIGNATURE, NoteRefused, Signer, Verifier
from ledger.witnessing import Rules
from service import cli
from service.http.listening import DoorServer, bind
from service.ledger.keyfile import KeyUnusable, make_key, read_key
from service.ledger.witness import Patience
from service.ledger.witness_http import MAX_BODY, WitnessDoor
from service.ledger.witness_memory import Memory
from tests.witness.logs import Log, Row
from tests.witness.processes import NAME, Witness, run, witnessing


def request(body: bytes, length: int | None = None) -> bytes:
    fields = b"Host: w\r\nContent-Length: %d" % (len(body) if length is None else length)
    return b"POST /add-checkpoint HTTP/1.1\r\n" + fields + b"\r\n\r\n" + body


def test_health_and_what_is_nowhere(witness: Witness) -> None:
    answer = witness.client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    for path in ("/", "/add-checkpoint/", "/checkpoint", "/x/y/checkpoint", "/%2e%2e/checkpoint"):
        assert witness.client.get(path).status_code == 404, path


def test_other_methods_are_405(witness: Witness, log: Log) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = witness.client.request(method, "/add-checkpoint")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST"), method
    for method in ("POST", "PUT", "DELETE"):
        answer = witness.client.request(method, "/" + "0" * 64 + "/checkpoint")
        assert answer.status_code == 405
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert witness.add(log.body(0, Row.of(1))).status_code == 200


def test_only_the_lowercase_hash_is_the_log_s_address(witness: Witness, log: Log) -> None:
    from hashlib import sha256

    witness.add(log.body(0, Row.of(1)))
    hashed = sha256(log.signer.name.encode()).hexdigest()
    assert witness.client.get(f"/{hashed}/checkpoint").status_code == 200
    assert witness.client.head(f"/{hashed}/checkpoint").content == b""
    for other in (hashed.upper(), hashed[:-1], hashed + "0", log.signer.name):
        assert witness.client.get(f"/{other}/checkpoint").status_code == 404


def test_a_body_above_the_bound_is_413(witness: Witness, log: Log) -> None:
    good = log.body(0, Row.of(1))
    assert witness.add(good + b"x" * MAX_BODY).status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(MAX_BODY // 1024 + 16):
            yield b"x" * 1024

    assert witness.client.post("/add-checkpoint", content=endless()).status_code == 413
    assert witness.add(good).status_code == 200


def test_a_header_that_lies_about_the_length(witness: Witness, log: Log) -> None:
    parts = urlsplit(witness.url)
    assert parts.hostname is not None
    good = log.body(0, Row.of(1))
    with socket.create_connection((parts.hostname, parts.port or 0), timeout=30) as connection:
        connection.sendall(request(good, len(good) + 5))
        connection.shutdown(socket.SHUT_WR)
        connection.recv(4096)
    assert witness.held(log) is None
    for junk in (b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01" + bytes(200)):
        with socket.create_connection((parts.hostname, parts.port or 0), timeout=30) as connection:
            connection.sendall(junk)
            assert not connection.recv(4096).startswith(b"HTTP/1.1 2")
    assert witness.add(good).status_code == 200


@contextmanager
def door(folder: Path, patience: Patience, body_seconds: float) -> Iterator[tuple[str, int]]:
    """The real server in a thread, less patient than a witness is."""
    key = CosignatureKey.of_seed(NAME, bytes(32))
    app = WitnessDoor(
        Rules(key, [Log(0).signer.verifier]),
        Memory.create(folder / "state"),
        body_seconds=body_seconds,
    )
    up = threading.Event()
    server = DoorServer(app, patience, lambda _: up.set())
    listener = bind("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        assert up.wait(30)
        yield listener.getsockname()[:2]
    finally:
        server.stop()
        thread.join(30)
        listener.close()
        assert not thread.is_alive()


def test_what_comes_too_slowly_is_408(tmp_path: Path) -> None:
    started = b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 50\r\n"
    with door(tmp_path, Patience(header_timeout=0.3), 0.3) as address:
        for sent in (started, started + b"\r\nold 0"):
            with socket.create_connection(address, timeout=30) as connection:
                connection.sendall(sent)
                assert connection.recv(4096).startswith(b"HTTP/1.1 408 ")
        body = Log(0).body(0, Row.of(1))
        with socket.create_connection(address, timeout=30) as connection:
            connection.sendall(request(body))
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_fault_of_ours_is_500_without_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("CANARY")

    monkeypatch.setattr(Memory, "advance", fails)
    with door(tmp_path, Patience(), 5) as address, socket.create_connection(address) as connection:
        body = Log(0).body(0, Row.of(1))
        connection.sendall(request(body))
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 500 ")
    said = capfd.readouterr()
    assert "CANARY" not in answer.decode() + said.out + said.err
    assert "Traceback" not in said.err


def test_many_at_once_are_all_answered(witness: Witness, next_log: Callable[[], Log]) -> None:
    logs = [next_log() for _ in range(8)]
    found: list[int] = []

    def send(log: Log) -> None:
        for size in range(1, 6):
            answer = witness.add(log.body(size - 1, Row.of(size)))
            found.append(answer.status_code)

    threads = [threading.Thread(target=send, args=(log,)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [200] * 40


def test_sigterm_ends_it_in_order(tmp_path: Path) -> None:
    with witnessing(tmp_path, [Log(1)]) as witness:
        with socket.create_connection(("127.0.0.1", urlsplit(witness.url).port or 0)):
            begun = time.monotonic()
            assert witness.stop() == 0
        assert time.monotonic() - begun < 30
        assert not witness.errors


def test_two_keys_of_one_log(tmp_path: Path) -> None:
    """A log that changes its key is the same log."""
    old, new = Log(1, "log.test.example/one"), Log(2, "log.test.example/one")
    with witnessing(tmp_path, [old, new]) as witness:
        assert witness.add(old.body(0, Row.of(2))).status_code == 200
        assert witness.add(new.body(0, Row.of(3))).text == "2\n"
        assert witness.add(new.body(2, Row.of(3))).status_code == 200
        both = new.note(3, Row.of(3).root()) + old.signer.sign(new.text(3, Row.of(3).root()))
        assert witness.add(f"old 3\n\n{both}".encode()).status_code == 200
        assert witness.latest(old).text.startswith(both)


def one_line(text: str) -> bool:
    return text.startswith("error: ") and text.count("\n") == 1


def test_a_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = run("key", NAME, str(path))
    assert made.returncode == 0
    verifier = Verifier.parse(made.stdout.strip())
    assert (verifier.name, verifier.kind) == (NAME, COSIGNATURE)
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert text.startswith(f"PRIVATE+KEY+{NAME}+{verifier.key_id.hex()}+")
    assert text.count("\n") == 1
    again = run("key", "other.example/x", str(path))
    assert (again.returncode, again.stdout) == (1, "")
    assert one_line(again.stderr)
    assert path.read_text() == text
    assert read_key(path).verifier == verifier
    for mode in (0o640, 0o604, 0o602, 0o660):
        path.chmod(mode)
        with pytest.raises(KeyUnusable, match="chmod 600"):
            read_key(path)
    path.chmod(0o400)
    assert read_key(path).verifier == verifier


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b"])
def test_such_a_name_has_no_key(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyUnusable):
        make_key(name, tmp_path / "key")
    assert not (tmp_path / "key").exists()


def test_what_is_no_witness_s_key_is_refused(tmp_path: Path) -> None:
    key = CosignatureKey.of_seed(NAME, bytes(range(32)))
    log = Signer.of_seed(NAME, bytes(range(32)))
    assert CosignatureKey.parse(key.skey) == key
    secret = key.skey.rpartition("+")[2]
    for text in (
        log.skey,
        log.skey.replace(log.verifier.key_id.hex(), key.verifier.key_id.hex()),
        key.skey.replace("witness.test", "witness.best"),
        key.skey.replace(secret, log.skey.rpartition("+")[2]),
        key.skey[:-4],
        key.vkey,
        f" {key.skey}",
        f"{key.skey}\n{key.skey}",
        "",
    ):
        with pytest.raises(NoteRefused) as refused:
            CosignatureKey.parse(text)
        assert secret[:12] not in str(refused.value)
        path = tmp_path / "key"
        path.unlink(missing_ok=True)
        path.touch(0o600)
        path.write_text(text)
        with pytest.raises(KeyUnusable) as unusable:
            read_key(path)
        assert secret[:12] not in str(unusable.value)
    for name in (tmp_path, tmp_path / "none"):
        with pytest.raises(KeyUnusable):
            read_key(name)


def test_wrong_words_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, state, vkey = tmp_path / "key", tmp_path / "state", Log(1).signer.vkey
    verifier = make_key(NAME, key).verifier
    good = ["--key", str(key), "--log", vkey, "--state", str(state), "--port", "0"]
    for words, code in (
        ([], 2),
        (good[2:], 2),
        (["--key", str(key), "--log", "nonsense", "--state", str(state)], 2),
        (["--key", str(key), "--log", verifier.vkey, "--state", str(state)], 2),
        (["--key", str(tmp_path / "none"), *good[2:]], 1),
        ([*good[:4], "--state", str(tmp_path / "none" / "state")], 1),
        ([*good[:4], "--state", str(key)], 1),
        ([*good, "--host", "no.such.host.invalid"], 1),
        ([*good, "--port", "70000"], 2),
    ):
        assert cli.run(["ledger", "witness", "serve", *words]) == code, words
        said = capsys.readouterr()
        assert not said.out
        assert one_line(said.err), said.err
