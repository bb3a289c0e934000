"""Acts are sent by POST alone: a line that breaks must not leave open how often one was done."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest

from tests.attacks.houses import SHELTER, House
from tests.attacks.world import CASES
from tests.subscriptions.asking import ONE, changed, hello, socket_of, subscribe
from tests.subscriptions.plain import greeted, stream

ACT = """mutation Open($id: ID!) { openEmergency(caseId: $id,
  reason: "she is in danger tonight") { opened { id } problems { code } } }"""
BOTH = f"query Me {{ me {{ agency }} }} {ACT}"
ASKED = {"query": ACT, "variables": {"id": CASES["shown"]}}


def openings(house: House) -> int:
    with house.connect() as connection:
        row = connection.execute("select count(*) from registry.emergency_opening").fetchone()
    return int(row[0]) if row else 0


def of_a_socket(house: House, payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The errors with which the one operation of a socket ended; nothing else came of it."""
    with closing(socket_of(house, SHELTER)) as line:
        line.send(id="1", type="subscribe", payload=payload)
        message = line.of("1")
        assert message["type"] == "error"
        line.send(type="ping")
        assert line.receive() == {"type": "pong"}
        errors: list[dict[str, Any]] = message["payload"]
        return errors


def of_a_stream(house: House, payload: dict[str, Any], **fields: str) -> list[dict[str, Any]]:
    """The same of a stream, where a refusal is an event."""
    with closing(stream(house.served.address, payload, house.token(SHELTER), **fields)) as events:
        event = events.event()
        assert event is not None
        name, told = event
        assert name == "next"
        assert set(told) == {"errors"}
        assert events.event() == ("complete", None)
        assert events.event() is None
        errors: list[dict[str, Any]] = told["errors"]
        return errors


@pytest.mark.parametrize("way", [of_a_socket, of_a_stream])
@pytest.mark.parametrize(
    "payload", [ASKED, ASKED | {"query": BOTH, "operationName": "Open"}], ids=["alone", "chosen"]
)
def test_an_act_is_refused_and_told_where_it_is_done(
    house: House, way: Any, payload: dict[str, Any]
) -> None:
    opened, records = openings(house), house.records()
    (error,) = way(house, payload)
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "POST" in error["message"]
    assert "`/graphql`" in error["message"]
    assert "`Idempotency-Key`" in error["message"]
    assert openings(house) == opened
    # refused before anything was run: as a document that is none, it leaves no record
    assert house.records() == records


def test_a_key_lets_no_act_through_a_stream(house: House) -> None:
    """The two ways in have one rule, whatever a header field says."""
    opened = openings(house)
    (error,) = of_a_stream(house, ASKED, idempotency_key="once")
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert openings(house) == opened


def test_the_act_that_a_socket_refused_is_done_by_post(house: House) -> None:
    opened = openings(house)
    of_a_socket(house, ASKED)
    body = json.dumps(ASKED).encode()
    done = house.post(body, SHELTER, idempotency_key="tonight")
    assert done.data["openEmergency"]["problems"] == []
    assert openings(house) == opened + 1


@pytest.mark.parametrize("query", ["mutation { none }", "mutation {"])
def test_an_act_that_there_is_not_is_refused_as_a_document(house: House, query: str) -> None:
    over_http = house.ask(query, SHELTER)
    for way in (of_a_socket, of_a_stream):
        errors = way(house, {"query": query})
        assert [error["extensions"]["code"] for error in errors] == over_http.codes


def test_an_act_in_the_document_takes_no_query_from_it(house: House) -> None:
    payload = {"query": BOTH, "operationName": "Me", "variables": {}}
    with closing(socket_of(house, SHELTER)) as line:
        line.send(id="1", type="subscribe", payload=payload)
        assert line.of("1")["payload"]["data"] == {"me": {"agency": "TH-SHELTER"}}
        assert line.of("1")["type"] == "complete"


def test_a_refused_act_ends_nothing_else_on_its_socket(house: House) -> None:
    with closing(greeted(house.served.address, hello(house))) as line:
        subscribe(line, ONE, "watch", id=CASES["shown"])
        subscribe(line, ACT, "act", id=CASES["shown"])
        assert line.of("act")["type"] == "error"
        assert changed(house, line, CASES["shown"], "watch")["type"] == "next"
        # the id is free again
        subscribe(line, "{ me { agency } }", "act")
        assert line.of("act")["type"] == "next"
