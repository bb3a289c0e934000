"""A real identity provider, npm `oidc-provider`, rotates its keys while `saphan serve` runs."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.door.test_serving import Serving, serving, url_of
from tests.tokens import forge as f

HERE = Path(__file__).resolve().parent / "provider"
CLAIMS = {"agency": "KH-MOSVY", "roles": ["FOCAL_POINT"], "purposes": ["TRACING"]}
REFRESH = 2
MAX_KEY_AGE = 6


PATIENCE = 20


class Still(Exception):
    """The provider said nothing for `PATIENCE` seconds, or has ended."""


class Provider:
    """A running provider, told what to do line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.port = int(self._line().split()[1])
        self.iss = f"http://127.0.0.1:{self.port}"

    def tell(self, command: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._line()

    def token(self, **changes: object) -> str:
        found = self.tell("token " + json.dumps(CLAIMS | changes))
        assert found.count(".") == 2, found
        return found

    def _line(self) -> str:
        assert self.process.stdout is not None
        # Node was seen to stand still for ever at its start: a test that waits must not.
        cutting = threading.Timer(PATIENCE, self.process.kill)
        cutting.start()
        try:
            while True:
                line = self.process.stdout.readline()
                if not line:
                    raise Still
                if not line.startswith("oidc-provider "):
                    return line.strip()
        finally:
            cutting.cancel()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The provider with what it needs, in a folder of its own."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("NOT TESTED against a real identity provider: needs node and npm")
    folder = tmp_path_factory.mktemp("provider")
    for name in ("package.json", "package-lock.json", "provider.mjs", ".npmrc"):
        shutil.copy(HERE / name, folder / name)
    ran = subprocess.run(
        [npm, "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if ran.returncode != 0:
        pytest.skip("NOT TESTED against a real identity provider: `npm ci` brought no packages")
    return folder


@contextmanager
def provider(folder: Path, *words: str) -> Iterator[Provider]:
    running = _started(folder, *words)
    try:
        yield running
    finally:
        _end(running.process)


def _started(folder: Path, *words: str) -> Provider:
    for attempt in range(3):
        process = subprocess.Popen(
            ["node", "provider.mjs", *words],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            return Provider(process)
        except Still:
            _end(process)
            if attempt == 2:
                raise
    raise AssertionError("not reached")


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()


@contextmanager
def registry(
    folder: Path, iss: str, dsn: str, refresh: int = REFRESH, max_key_age: int = MAX_KEY_AGE
) -> Iterator[Serving]:
    """`saphan serve` that believes the provider."""
    issuers = folder / "issuers.toml"
    issuers.write_text(f"""
[[issuer]]
iss = "{iss}"
audience = "{f.AUDIENCE}"
agencies = ["KH-MOSVY"]
discovery = "{iss}/.well-known/openid-configuration"
algorithms = ["ES256"]
max_key_age = {max_key_age}
""")
    settings = {
        "SAPHAN_DATABASE_URL": url_of(dsn),
        "SAPHAN_ISSUERS": str(issuers),
        "SAPHAN_KEY_REFRESH": str(refresh),
    }
    with serving(folder / "state", **settings) as server:
        server.announced()
        yield server


def comes_to(server: Serving, token: str, status: int, seconds: float) -> float:
    """Seconds until the token is answered with this status."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if server.ask(token).status_code == status:
            return time.monotonic() - begun
        time.sleep(0.1)
    raise AssertionError(f"not answered with {status} within {seconds} seconds")


def test_keys_rotate_go_and_come_back_without_a_restart(
    installed: Path, tmp_path: Path, service_dsn: str
) -> None:
    """J12, and how a provider is met in the real world."""
    with provider(installed) as found, registry(tmp_path, found.iss, service_dsn) as server:
        old = found.token()
        answer = server.ask(old)
        assert answer.status_code == 200, server.errors
        assert answer.json()["data"]["me"] == {"agency": "KH-MOSVY"}
        # its agency is not one that this issuer speaks for
        assert server.ask(found.token(agency="TH-DATIP")).status_code == 401

        # a token of a key that was not there a moment ago is good at its first use
        found.tell("rotate second")
        new = found.token()
        assert server.ask(new).status_code == 200
        assert server.ask(old).status_code == 200

        # a key that is published no more takes its tokens with it, the verified and kept ones too
        found.tell("drop first")
        assert comes_to(server, old, 401, REFRESH + 5) < REFRESH + 2
        assert server.ask(new).status_code == 200

        # away: good tokens stay good for a time that was stated, and not longer
        port = found.port
        found.process.kill()
        assert server.ask(new).status_code == 200
        assert comes_to(server, new, 401, MAX_KEY_AGE + 5) < MAX_KEY_AGE + 1
        assert server.get("/readyz").status_code == 200
        assert any("it cannot be reached" in line for line in server.errors)

        # and back, with another key
        with provider(installed, str(port), "third") as again:
            fresh = again.token()
            comes_to(server, fresh, 200, REFRESH + 8)
            assert server.ask(new).status_code == 401
        assert server.stop() == 0


def test_j03_a_flood_of_unknown_keys_is_one_fetch(
    installed: Path, tmp_path: Path, service_dsn: str
) -> None:
    """Counted by the provider."""
    with (
        provider(installed) as found,
        registry(tmp_path, found.iss, service_dsn, 50, 100) as server,
    ):
        good = found.token()
        assert server.ask(good).status_code == 200
        before = int(found.tell("fetches"))
        claims = f.claims(int(time.time()), iss=found.iss)
        for number in range(30):
            strange = f.forge(claims, f.header(kid=f"unknown-{number}"))
            assert server.ask(strange).status_code == 401
            assert server.ask(good).status_code == 200
        assert int(found.tell("fetches")) - before == 1
