"""The deny list in two `saphan serve` on one database: what bites, how soon, what fails closed."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import jwt
import psycopg
import pytest

from authz.tokens import token_hash
from schema.denials import DenialKind
from service import denials
from service.denials import Denial
from service.devissuer import CLIENT, ISSUER, DevelopmentIssuer, open_development_issuer
from service.operators import Operator
from tests.door.test_serving import Serving, serving, url_of

WHO = Operator("KH-MOSVY", "an operator of this test")
TWO = 2


@dataclass(frozen=True, slots=True)
class Pair:
    """Two processes, their database's owner, and an issuer that both believe."""

    servers: tuple[Serving, Serving]
    owner: str
    issuer: DevelopmentIssuer

    def token(self, subject: str = "u-1", client: str = CLIENT) -> str:
        roles, purposes = ["FOCAL_POINT"], ["TRACING"]
        return self.issuer.mint("KH-MOSVY", roles, purposes, subject=subject, client=client)

    def answers(self, token: str) -> list[int]:
        with ThreadPoolExecutor(TWO) as pool:
            return list(pool.map(lambda s: s.ask(token).status_code, self.servers))

    def deny(self, kind: DenialKind, value: str, **times: object) -> str:
        """Adds an entry and commits."""
        with psycopg.connect(self.owner) as connection:
            entry = Denial(kind, ISSUER, value, "of a test", **times)  # type: ignore[arg-type]
            return denials.add(connection, entry, WHO)

    def forgive(self, entry: str) -> None:
        with psycopg.connect(self.owner) as connection:
            denials.remove(connection, uuid.UUID(entry), "of a test", WHO)

    def seconds_until(self, token: str, expected: Sequence[int], most: float = 8) -> float:
        """From now until both answer so. Measured to the start of the request that shows it."""
        begun = time.monotonic()
        while (asked := time.monotonic()) - begun < most:
            if self.answers(token) == expected:
                return asked - begun
        raise AssertionError(f"not answered with {expected} within {most} seconds")


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, owner_dsn: str, service_dsn: str
) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair") / "state"
    with ExitStack() as stack:
        settings = {"SAPHAN_DATABASE_URL": url_of(service_dsn)}
        first = stack.enter_context(serving(folder, **settings))
        first.announced()
        second = stack.enter_context(serving(folder, **settings))
        second.announced()
        yield Pair((first, second), owner_dsn, open_development_issuer(folder / "issuer"))


def value_of(kind: DenialKind, token: str) -> str:
    found = jwt.decode_complete(token, options={"verify_signature": False})
    claims = found["payload"]
    return {
        DenialKind.TOKEN: token_hash(claims["iss"], claims["jti"]),
        DenialKind.SUBJECT: str(claims["sub"]),
        DenialKind.CLIENT: str(claims["client_id"]),
        DenialKind.KEY: str(found["header"]["kid"]),
    }[kind]


@pytest.mark.parametrize("kind", list(DenialKind))
def test_an_entry_bites_within_a_second_on_every_process(pair: Pair, kind: DenialKind) -> None:
    """J12: the tokens are verified and kept by both before."""
    token = pair.token("u-denied", "c-denied")
    other = pair.token("u-other", "c-other")
    assert pair.answers(token) == pair.answers(other) == [200, 200]
    entry = pair.deny(kind, value_of(kind, token))
    assert pair.seconds_until(token, [401, 401]) < 1
    # one key signs for all of this issuer
    assert pair.answers(other) == ([401] * TWO if kind is DenialKind.KEY else [200] * TWO)
    pair.forgive(entry)
    assert pair.seconds_until(token, [200, 200]) < 1


def test_a_denied_token_is_told_what_every_other_is(pair: Pair) -> None:
    token = pair.token("u-told")
    entry = pair.deny(DenialKind.SUBJECT, "u-told")
    pair.seconds_until(token, [401, 401])
    denied, garbled = (pair.servers[0].ask(text) for text in (token, "x.y.z"))
    assert denied.content == garbled.content
    assert denied.headers["www-authenticate"] == garbled.headers["www-authenticate"] == "Bearer"
    pair.forgive(entry)


def test_an_entry_begins_and_ends_by_the_databases_clock(pair: Pair) -> None:
    token = pair.token("u-for-a-while")
    assert pair.answers(token) == [200, 200]
    with psycopg.connect(pair.owner) as connection:
        row = connection.execute(
            "select clock_timestamp() + interval '1.5 s', clock_timestamp() + interval '3 s'"
        ).fetchone()
    assert row is not None
    begun = time.monotonic()
    pair.deny(DenialKind.SUBJECT, "u-for-a-while", from_at=row[0], until_at=row[1])
    assert pair.answers(token) == [200, 200]
    pair.seconds_until(token, [401, 401])
    assert 1.3 < time.monotonic() - begun < 2.7
    pair.seconds_until(token, [200, 200])
    assert 2.8 < time.monotonic() - begun < 4.2


def test_a_list_that_cannot_be_read_lets_nobody_in(pair: Pair, superuser_dsn: str) -> None:
    token = pair.token("u-closed")
    assert pair.answers(token) == [200, 200]
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        connection.execute("revoke select on policy.denial_removal from saphan_service")
        connection.execute("revoke select (denial_id) on policy.denial_removal from saphan_service")
        try:
            assert pair.seconds_until(token, [503, 503]) < 8
            answer = pair.servers[0].ask(token)
            assert answer.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
            assert answer.headers["retry-after"]
            assert pair.servers[0].ask("x.y.z").status_code == 401
            assert pair.servers[0].becomes(503)
        finally:
            connection.execute(
                "grant select (denial_id) on policy.denial_removal to saphan_service"
            )
    assert pair.seconds_until(token, [200, 200]) < 2
    assert any("the deny list cannot be read" in line for line in pair.servers[0].errors)


def test_a_list_that_is_locked_lets_nobody_in_and_piles_nothing_up(
    pair: Pair, superuser_dsn: str
) -> None:
    token = pair.token("u-locked")
    assert pair.answers(token) == [200, 200]
    with psycopg.connect(superuser_dsn) as connection:
        connection.execute("lock table policy.denial in access exclusive mode")
        assert pair.seconds_until(token, [503, 503]) < 8
        row = connection.execute(
            "select count(*) from pg_stat_activity"
            " where application_name = 'saphan deny list' and datname = current_database()"
        ).fetchone()
        assert row is not None
        assert row[0] <= 2 * TWO
    assert pair.seconds_until(token, [200, 200]) < 2.5


def test_cut_connections_are_made_anew_and_nobody_notices(pair: Pair, superuser_dsn: str) -> None:
    token = pair.token("u-cut")
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        for _ in range(3):
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'saphan deny list' and datname = current_database()"
            )
            end = time.monotonic() + 1
            while time.monotonic() < end:
                assert pair.answers(token) == [200, 200]


def test_both_processes_stop_when_told(pair: Pair) -> None:
    begun = time.monotonic()
    assert [server.stop() for server in pair.servers] == [0, 0]
    assert time.monotonic() - begun < 10
