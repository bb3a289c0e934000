"""A request ends with its client, with its time, or with the database; nothing keeps running."""

from __future__ import annotations

import asyncio
import time

import pytest

from resolvers.engine import Answer, Request, Unavailable
from service.app import Life
from tests.door.doors import (
    OpenDoor,
    ScriptedEngine,
    code_of,
    open_door,
    request_bytes,
)

BODY = b'{"query": "{ __typename }"}'
CANARY = "CANARY-9c1e"


async def never(_request: Request) -> Answer:
    await asyncio.sleep(60)
    raise AssertionError


@pytest.mark.parametrize("delay", [0.0, 0.005, 0.05, 0.3])
def test_a_client_that_hangs_up_cancels_the_engine(delay: float) -> None:
    engine = ScriptedEngine(never)
    with open_door(engine) as door:
        with door.socket() as connection:
            connection.sendall(request_bytes(BODY))
            assert engine.begun.wait(5)
            time.sleep(delay)
        assert engine.cancelled.wait(5)
        with door.client() as client:
            assert "saphan_clients_gone_total 1\n" in client.get("/metrics").text


def test_a_half_closed_client_counts_as_gone() -> None:
    engine = ScriptedEngine(never)
    with open_door(engine) as door, door.socket() as connection:
        connection.sendall(request_bytes(BODY))
        assert engine.begun.wait(5)
        connection.shutdown(1)
        assert engine.cancelled.wait(5)


def test_an_answer_that_takes_too_long_is_a_timeout() -> None:
    engine = ScriptedEngine(never)
    with open_door(engine, request_timeout=0.3) as door:
        began = time.perf_counter()
        response = door.post(BODY)
        assert time.perf_counter() - began < 3
        assert response.status_code == 503
        assert code_of(response) == "TIMEOUT"
        assert response.headers["retry-after"]
        assert engine.cancelled.is_set()


def test_a_slow_answer_within_its_time_is_an_answer() -> None:
    async def slow(_request: Request) -> Answer:
        await asyncio.sleep(0.2)
        return Answer(200, b'{"data":null}')

    with open_door(ScriptedEngine(slow)) as door:
        for _ in range(3):
            assert door.post(BODY).json() == {"data": None}


def test_a_client_gone_before_its_body_reaches_nothing(
    door: OpenDoor, engine: ScriptedEngine
) -> None:
    before = len(engine.requests)
    with door.socket() as connection:
        connection.sendall(request_bytes(BODY[:5], length=len(BODY)))
    with door.client() as client:
        assert client.get("/healthz").status_code == 200
    assert len(engine.requests) == before


def test_a_database_that_is_away_is_unavailable() -> None:
    async def away(_request: Request) -> Answer:
        raise Unavailable

    engine = ScriptedEngine(away, up=False)
    with open_door(engine) as door, door.client() as client:
        response = door.post(BODY)
        assert response.status_code == 503
        assert code_of(response) == "UNAVAILABLE"
        assert response.headers["retry-after"] == "2"
        ready = client.get("/readyz")
        assert (ready.status_code, code_of(ready)) == (503, "UNAVAILABLE")
        assert client.get("/healthz").status_code == 200
        engine.act, engine.up = None, True
        assert client.get("/readyz").status_code == 200
        assert door.post(BODY).status_code == 200


def test_what_is_not_up_yet_is_unavailable_to_tokens_and_401_to_others() -> None:
    engine = ScriptedEngine()
    with open_door(engine, life=Life(serving=lambda: False)) as door:
        assert code_of(door.post(BODY)) == "UNAVAILABLE"
        assert code_of(door.post(BODY, authorization="")) == "UNAUTHENTICATED"
    assert not engine.requests


def test_a_failure_is_internal_and_tells_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    async def fails(request: Request) -> Answer:
        raise RuntimeError(f"{CANARY} {request.variables}")

    with open_door(ScriptedEngine(fails)) as door:
        response = door.post({"query": "{a}", "variables": {"x": CANARY}})
    assert response.status_code == 500
    assert code_of(response) == "INTERNAL"
    said = capfd.readouterr()
    assert CANARY not in response.text + said.out + said.err


def test_a_stop_lets_a_running_answer_finish() -> None:
    async def slow(_request: Request) -> Answer:
        await asyncio.sleep(0.5)
        return Answer(200, b'{"data":null}')

    engine = ScriptedEngine(slow)
    with open_door(engine) as door:
        connection = door.socket()
        with connection as sent:
            sent.sendall(request_bytes(BODY))
            assert engine.begun.wait(5)
            door.stop()
            assert sent.recv(65_536).startswith(b"HTTP/1.1 200 ")
