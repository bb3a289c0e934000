"""New keys and the deny list at the door: who waits, who gets 401, who gets 503."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from authz.caller import Caller
from authz.denials import DenialList, DenialsUnknown
from authz.issuers import IssuersInvalid
from authz.strictjwt import Cause
from authz.tokens import KeyUnknown, TokenRefused
from schema.denials import DenialKind
from service import denials, denialwatch
from service.app import Life
from service.denialwatch import DenialWatch
from service.operators import Operator
from service.settings import SettingsRefused, load, names
from service.surroundings import issuers
from tests.door.doors import GOOD, OpenDoor, ScriptedEngine, caller, code_of, open_door
from tests.door.test_commands import is_one_line, run
from tests.tokens import forge as f
from tests.tokens.test_discovery import issuer

ASK = {"query": "{ __typename }"}


class Learning:
    """A verifier to which `NEW` is unknown until somebody has learnt it."""

    def __init__(self) -> None:
        self.known: set[str] = {GOOD}
        self.learning: list[str] = []
        self.may = True
        self.teaches: tuple[str, ...] = ("new.token.1", "new.token.2")
        self.pause = 0.0

    def verify(self, token: str) -> Caller:
        if token == "list.is.unknown":
            raise DenialsUnknown
        if token.startswith("bad"):
            raise TokenRefused(Cause.SIGNATURE)
        if token not in self.known:
            raise KeyUnknown(f.KH)
        return caller("TRACING")

    async def learn(self, iss: str) -> bool:
        self.learning.append(iss)
        await asyncio.sleep(self.pause)
        if self.may:
            self.known |= set(self.teaches)
        return self.may


@pytest.fixture
def verifier() -> Learning:
    return Learning()


@contextmanager
def opened(verifier: Learning, *, learns: bool = True) -> Iterator[OpenDoor]:
    life = Life(learn=verifier.learn) if learns else None
    with open_door(ScriptedEngine(), verifier, life=life) as door:
        yield door


def test_a_new_key_is_learnt_within_the_request(verifier: Learning) -> None:
    with opened(verifier) as door:
        assert door.post(ASK, authorization="Bearer new.token.1").status_code == 200
        assert door.post(ASK, authorization="Bearer new.token.2").status_code == 200
        assert door.post(ASK).status_code == 200
    assert verifier.learning == [f.KH]


def test_what_is_still_unknown_then_is_refused_like_anything_else(verifier: Learning) -> None:
    with opened(verifier) as door:
        strange = door.post(ASK, authorization="Bearer strange.token.1")
        bad = door.post(ASK, authorization="Bearer bad.token.1")
        verifier.may = False
        not_allowed = door.post(ASK, authorization="Bearer new.token.3")
        assert [a.status_code for a in (strange, bad, not_allowed)] == [401] * 3
        assert strange.content == bad.content == not_allowed.content
    assert verifier.learning == [f.KH, f.KH]


def test_who_cannot_learn_refuses(verifier: Learning) -> None:
    with opened(verifier, learns=False) as door:
        assert door.post(ASK, authorization="Bearer new.token.1").status_code == 401


def test_j03_good_tokens_pass_while_others_wait(verifier: Learning) -> None:
    verifier.pause = 4.0
    with opened(verifier) as door, ThreadPoolExecutor(8) as pool:
        waiting = [
            pool.submit(door.post, ASK, authorization=f"Bearer strange.token.{n}") for n in range(8)
        ]
        time.sleep(0.3)
        for _ in range(5):
            assert door.post(ASK).status_code == 200
        assert not any(one.done() for one in waiting)
        assert {one.result().status_code for one in waiting} == {401}


def test_an_unknown_list_is_unavailable(verifier: Learning) -> None:
    with opened(verifier) as door:
        answer = door.post(ASK, authorization="Bearer list.is.unknown")
        assert (answer.status_code, code_of(answer)) == (503, "UNAVAILABLE")
        assert answer.headers["retry-after"]


def test_an_old_list_is_waited_for_before_anybody_is_refused(verifier: Learning) -> None:
    """Found in a run on a busy machine: a list kept from being read for three seconds was a 503."""
    waited: list[int] = []

    class Late(Learning):
        def verify(self, token: str) -> Caller:
            if not waited:
                raise DenialsUnknown
            return caller("TRACING")

    async def caught_up() -> bool:
        waited.append(1)
        return True

    with open_door(ScriptedEngine(), Late(), life=Life(caught_up=caught_up)) as door:
        assert door.post(ASK).status_code == 200
    assert waited == [1]


def test_an_old_list_becomes_known_or_is_given_up(
    service_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = "host=nowhere.invalid"
    watch = DenialWatch(lambda: dsn)

    async def look() -> None:
        nonlocal dsn
        begun = time.monotonic()
        assert not await watch.caught_up()
        assert time.monotonic() - begun >= denialwatch.A_MOMENT
        async with watch.running():
            dsn = service_dsn
            monkeypatch.setattr(denialwatch, "A_MOMENT", 10.0)
            assert await watch.caught_up()
            assert not watch.denies(caller(), "1")

    asyncio.run(look())


def test_an_answer_that_came_while_the_process_was_busy_is_not_cut(
    service_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denialwatch, "PATIENCE", 0.3)

    async def ask() -> None:
        connection = await psycopg.AsyncConnection.connect(service_dsn, autocommit=True)
        asking = asyncio.create_task(denialwatch._within(connection, "select 1"))
        while not asking.done():
            time.sleep(0.5)  # noqa: ASYNC251  # the process is kept from its loop
            await asyncio.sleep(0)
        assert await asking == [(1,)]
        await connection.close()

    asyncio.run(ask())


def test_a_watch_that_never_ran_lets_nobody_in() -> None:
    watch = DenialWatch(lambda: "host=nowhere.invalid")
    assert not watch.fresh
    with pytest.raises(DenialsUnknown):
        watch.denies(caller(), "1")


def test_a_watch_knows_the_list_and_forgets_it_with_time(service_dsn: str) -> None:
    clock = f.Clock(100)
    watch = DenialWatch(lambda: service_dsn, clock)

    async def look() -> None:
        async with watch.running():
            assert watch.fresh
            assert not watch.denies(caller(), "1")

    asyncio.run(look())
    clock.now += denialwatch.STALE - 0.01
    assert not watch.denies(caller(), "1")
    clock.now += 0.02
    with pytest.raises(DenialsUnknown):
        watch.denies(caller(), "1")


class Mute:
    """A server that takes connections and then hears nothing: a line that died in between."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.held: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                self.held.append(self.listener.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        self.listener.close()
        for line in self.held:
            line.close()


@pytest.fixture
def mute() -> Iterator[Mute]:
    made = Mute()
    yield made
    made.close()


def test_a_database_that_hears_nothing_ends_neither_the_watch_nor_the_process(
    mute: Mute, service_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back by another connection as soon as there is one."""
    monkeypatch.setattr(denialwatch, "PATIENCE", 0.3)
    monkeypatch.setattr(denialwatch, "_FIRST_TRY", 0.5)
    port = mute.listener.getsockname()[1]
    dsn = f"host=127.0.0.1 port={port} user=x dbname=x sslmode=disable"
    watch = DenialWatch(lambda: dsn)

    async def look() -> None:
        nonlocal dsn
        async with watch.running():
            assert not watch.fresh
            await asyncio.sleep(1)
            assert len(mute.held) > 1
            dsn = service_dsn
            await asyncio.sleep(1.5)
            assert watch.fresh

    begun = time.monotonic()
    asyncio.run(look())
    assert time.monotonic() - begun < 6


def test_a_statement_that_hangs_is_cut_from_our_side(
    service_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denialwatch, "PATIENCE", 0.3)

    async def hang() -> None:
        connection = await psycopg.AsyncConnection.connect(service_dsn, autocommit=True)
        try:
            with pytest.raises(psycopg.OperationalError):
                await denialwatch._within(connection, "select pg_sleep(20)")
        finally:
            await connection.close()

    begun = time.monotonic()
    asyncio.run(hang())
    assert time.monotonic() - begun < 3


def test_the_watch_and_the_command_read_one_list(owner_dsn: str, service_dsn: str) -> None:
    entry = denials.Denial(DenialKind.CLIENT, f.KH, "desk", "of a test")
    who = Operator("KH-MOSVY", "a test")
    watch = DenialWatch(lambda: service_dsn)

    async def look() -> bool:
        async with watch.running():
            return watch.denies(caller(), "1")

    with psycopg.connect(owner_dsn) as owner:
        made = denials.add(owner, entry, who)
    try:
        assert asyncio.run(look())
        with psycopg.connect(service_dsn) as service:
            assert denials.in_force(service) == DenialList(
                frozenset({(DenialKind.CLIENT, f.KH, "desk")})
            )
    finally:
        with psycopg.connect(owner_dsn) as owner:
            owner.execute(
                "insert into policy.denial_removal (denial_id, reason, agency_code, subject)"
                " values (%s, 'of a test', 'KH-MOSVY', 'a test')",
                (made,),
            )


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file of issuers that the environment names."""
    for name in names():
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "issuers.toml"
    monkeypatch.setenv("SAPHAN_ISSUERS", str(path))
    return path


def test_keys_that_would_grow_too_old_between_two_fetches(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.write_text(issuer(max_key_age=79))
    with pytest.raises(SettingsRefused) as refused:
        issuers(load())
    assert str(refused.value) == (
        f"{settings}: issuer `{f.KH}`: `max_key_age` must be at least twice `SAPHAN_KEY_REFRESH`,"
        " 80 seconds"
    )
    monkeypatch.setenv("SAPHAN_KEY_REFRESH", "39")
    assert issuers(load()).get(f.KH) is not None


@pytest.mark.parametrize("value", ["0.5", "51", "never"])
def test_keys_are_fetched_often_enough(
    settings: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """J12: a key taken out is refused within 60 seconds."""
    monkeypatch.setenv("SAPHAN_KEY_REFRESH", value)
    with pytest.raises(SettingsRefused, match="`SAPHAN_KEY_REFRESH` is not usable"):
        load()


def test_keys_without_tls_are_for_this_machine_alone(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.write_text(issuer(discovery="http://127.0.0.1:3000/metadata"))
    assert issuers(load()).get(f.KH) is not None
    monkeypatch.setenv("SAPHAN_HOST", "0.0.0.0")
    with pytest.raises(SettingsRefused, match=f"issuer `{f.KH}` publishes its keys without TLS"):
        issuers(load())


SOURCES = [
    (
        issuer(discovery="http://id.gov.example/x"),
        "`discovery` 'http://id.gov.example/x' is not",
    ),
    (issuer(discovery="file:///etc/keys"), "`discovery` 'file:///etc/keys' is not an https"),
    (
        issuer(discovery=..., algorithms=...)
        + '[[issuer.key]]\nkid = "1"\nalg = "ES256"\nfile = "https://id.example/k"',
        "`file` is an address",
    ),
]


@pytest.mark.parametrize(("source", "words"), SOURCES)
def test_j02_a_key_source_that_is_neither_https_nor_a_file_is_refused(
    settings: Path, source: str, words: str
) -> None:
    """By what `serve` reads its issuers with."""
    settings.write_text(source)
    with pytest.raises(IssuersInvalid) as refused:
        issuers(load())
    assert str(refused.value).startswith(f"{settings}:1: issuer 1: ")
    assert words in str(refused.value)


def test_j02_serve_refuses_a_key_source_that_is_neither_https_nor_a_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "issuers.toml"
    source, words = SOURCES[0]
    path.write_text(source)
    ran = run("serve", "--port", "0", folder=tmp_path / "s", SAPHAN_ISSUERS=str(path))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert is_one_line(ran.stderr)
    assert f"{path}:1: issuer 1: " in ran.stderr
    assert words in ran.stderr
