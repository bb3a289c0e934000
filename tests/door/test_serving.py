"""`saphan serve` as a process: it announces itself, stops when told, and outlives its database."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from service import embedded, migrate
from service.settings import Settings, SettingsRefused
from service.surroundings import development_issuer, issuers
from tests.door.test_commands import ROOT, RUN, is_one_line, run

NO_TLS = False
"""Else each request reads whom this machine trusts, which takes thirty times as long as itself."""
QUERY = {"query": "{ me { agency } agreements(first: 1) { totalCount } }"}


class Serving:
    """A running `saphan serve` and what it said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: queue.Queue[str] = queue.Queue()
        self.errors: list[str] = []
        assert process.stdout is not None
        assert process.stderr is not None
        for stream, keep in (
            (process.stdout, self.lines.put),
            (process.stderr, self.errors.append),
        ):
            threading.Thread(
                target=lambda s=stream, k=keep: [k(line) for line in s], daemon=True
            ).start()
        self.url = ""

    def announced(self, seconds: float = 60) -> str:
        line = self.lines.get(timeout=seconds)
        assert line.startswith("listening on http://127.0.0.1:"), line
        self.url = line.split()[-1]
        return self.url

    def get(self, path: str) -> httpx2.Response:
        return httpx2.get(self.url + path, timeout=20, verify=NO_TLS)

    def ask(self, token: str) -> httpx2.Response:
        fields = {"authorization": f"Bearer {token}"}
        return httpx2.post(
            f"{self.url}/graphql", json=QUERY, headers=fields, timeout=20, verify=NO_TLS
        )

    def becomes(self, status: int, seconds: float = 30) -> bool:
        """Whether /readyz comes to this status in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.get("/readyz").status_code == status:
                return True
            time.sleep(0.1)
        return False

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(sig)
        return self.process.wait(30)


@contextmanager
def serving(folder: Path, *words: str, **environment: str) -> Iterator[Serving]:
    bare = {k: v for k, v in os.environ.items() if not k.startswith("SAPHAN_")}
    process = subprocess.Popen(
        [*RUN, "serve", "--port", "0", *words],
        cwd=ROOT,
        env=bare | {"SAPHAN_FOLDER": str(folder)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Serving(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def url_of(dsn: str) -> str:
    """A connection string as the settings take it."""
    parts = conninfo_to_dict(dsn)
    query = urllib.parse.urlencode({"host": parts["host"], "port": parts.get("port", "5432")})
    return f"postgresql://{parts['user']}@/{parts['dbname']}?{query}"


def token(folder: Path) -> str:
    """What `saphan token` signs for this folder's server, without a process of its own."""
    settings = Settings(folder=folder)
    return development_issuer(settings).mint("KH-MOSVY", ["FOCAL_POINT"], ["TRACING"])


def token_of_the_command(folder: Path) -> str:
    words = ["--agency", "KH-MOSVY", "--role", "FOCAL_POINT", "--purpose", "TRACING"]
    ran = run("token", *words, folder=folder)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_serves_and_stops(tmp_path: Path, service_dsn: str, sig: signal.Signals) -> None:
    with serving(tmp_path / "s", SAPHAN_DATABASE_URL=url_of(service_dsn)) as server:
        server.announced()
        assert server.get("/readyz").status_code == 200
        answer = server.ask(token(tmp_path / "s"))
        assert answer.status_code == 200
        assert answer.json()["data"]["me"] == {"agency": "KH-MOSVY"}
        assert server.ask("x.y.z").status_code == 401
        assert server.stop(sig) == 0
        assert not [line for line in server.errors if not line.startswith('{"event":')]


def test_an_unsafe_role_is_refused(tmp_path: Path, database: str) -> None:
    """P01."""
    with serving(tmp_path / "s", SAPHAN_DATABASE_URL=url_of(database)) as server:
        assert server.process.wait(60) == 1
        assert server.lines.empty()
        time.sleep(0.2)
        said = [line for line in server.errors if line.startswith("error: ")]
        assert said == ["error: the role of `SAPHAN_DATABASE_URL` is a superuser\n"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_an_open_host_with_the_development_issuer_is_no_setting(tmp_path: Path, host: str) -> None:
    """X02, by what `serve` reads its issuers with."""
    with pytest.raises(SettingsRefused, match="`SAPHAN_HOST` is not a loopback address"):
        issuers(Settings(folder=tmp_path / "s", host=host))


def test_an_open_host_with_the_development_issuer_is_refused(tmp_path: Path) -> None:
    """X02."""
    ran = run("serve", "--host", "0.0.0.0", "--port", "0", folder=tmp_path / "s")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert is_one_line(ran.stderr)
    assert "`SAPHAN_HOST` is not a loopback address" in ran.stderr


def test_an_address_in_use_is_refused(tmp_path: Path, service_dsn: str) -> None:
    url = url_of(service_dsn)
    with serving(tmp_path / "s", SAPHAN_DATABASE_URL=url) as server:
        port = server.announced().rpartition(":")[2]
        ran = run("serve", "--port", port, folder=tmp_path / "s", SAPHAN_DATABASE_URL=url)
        assert ran.returncode == 1
        expected = f"error: cannot listen on port {port}: address already in use\n"
        assert ran.stderr == expected


def test_a_database_away_at_start_and_dying_in_between(tmp_path: Path) -> None:
    """The service starts without it, comes up with it, says UNAVAILABLE when it dies, recovers."""
    state = tmp_path / "database"
    with embedded.server(state) as server:
        owner = server.dsn("saphan_owner")
        migrate.prepare(owner)
        dsn = server.dsn("saphan_service")
        socket_folder = conninfo_to_dict(dsn)["host"]
    with serving(tmp_path / "s", SAPHAN_DATABASE_URL=url_of(dsn)) as served:
        served.announced()
        known = token(tmp_path / "s")
        assert served.get("/readyz").status_code == 503
        away = served.ask(known)
        assert away.status_code == 503
        assert away.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        for _ in range(2):
            with embedded.server(state) as server:
                assert conninfo_to_dict(server.dsn())["host"] == socket_folder
                assert served.becomes(200)
                assert served.ask(known).status_code == 200
            assert served.becomes(503)
            assert served.ask(known).status_code == 503
        assert served.get("/healthz").status_code == 200
        assert served.stop() == 0
    embedded.remove(state)


def test_connections_cut_by_the_server_are_made_anew(
    tmp_path: Path, database: str, service_dsn: str
) -> None:
    with serving(tmp_path / "s", SAPHAN_DATABASE_URL=url_of(service_dsn)) as server:
        server.announced()
        known = token(tmp_path / "s")
        assert server.ask(known).status_code == 200
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where usename = 'saphan_service' and datname = current_database()"
            )
        statuses = [server.ask(known).status_code for _ in range(12)]
        assert set(statuses) <= {200, 503}
        assert statuses[-1] == 200


def test_an_empty_database_is_waited_for(tmp_path: Path, service_dsn: str) -> None:
    empty = make_conninfo(service_dsn, dbname="postgres")
    with serving(tmp_path / "s", SAPHAN_DATABASE_URL=url_of(empty)) as server:
        server.announced()
        assert server.get("/readyz").status_code == 503
        time.sleep(0.2)
        assert any("run `saphan migrate`" in line for line in server.errors)
        assert server.stop() == 0


def test_serves_from_nothing(tmp_path: Path) -> None:
    """A fresh folder: the embedded database is made, migrated and stopped again."""
    with serving(tmp_path / "s") as server:
        server.announced(120)
        assert server.ask(token_of_the_command(tmp_path / "s")).status_code == 200
        assert server.stop() == 0
    embedded.remove(tmp_path / "s")
