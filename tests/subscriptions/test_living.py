"""How long a socket or a stream lives, across processes, and what becomes of who takes nothing."""

from __future__ import annotations

import contextlib
import re
import time
from contextlib import closing

import httpx2
import psycopg
import pytest

from schema.denials import DenialKind
from service import denials
from service.denials import Denial
from service.devissuer import ISSUER
from service.operators import Operator
from tests.attacks.conftest import Opened
from tests.attacks.houses import KH, House
from tests.attacks.world import CASES
from tests.door.test_serving import url_of
from tests.durability.ground import becomes
from tests.durability.nursery import Nursery, Served
from tests.subscriptions.asking import ANY, LARGE, ONE, changed, hello, socket_of, step, subscribe
from tests.subscriptions.plain import Closed, NotUpgraded, Stream, greeted, stream, upgrade

WHO = Operator("KH-MOSVY", "an operator of this test")


def gauge(served: Served, name: str) -> int:
    told = httpx2.get(f"{served.url}/metrics", timeout=30).text
    found = re.search(rf"^{name} (\d+)$", told, re.MULTILINE)
    assert found is not None
    return int(found[1])


def streaming(house: House, query: str, token: str = "", **variables: object) -> Stream:
    body = {"query": query, "variables": variables}
    return stream(house.served.address, body, token or house.token(KH))


def next_event(house: House, line: Stream, case: str) -> tuple[str, object] | None:
    """The first event after changes of a case."""
    for _ in range(40):
        step(house, case)
        try:
            return line.event(0.5)
        except TimeoutError:
            continue
    raise AssertionError("nothing was heard")


def brief(house: House, seconds: int, subject: str) -> str:
    return house.issuer.mint(
        "KH-MOSVY", ["FOCAL_POINT"], ["TRACING"], subject=subject, lifetime=seconds
    )


def test_two_processes_are_woken_by_one_commit(house: House, brood: Nursery) -> None:
    settings = {
        "SAPHAN_FOLDER": str(house.issuer.folder.parent),
        "SAPHAN_DATABASE_URL": url_of(house.service),
    }
    with (
        brood.serving(**settings) as other,
        closing(socket_of(house)) as one,
        closing(socket_of(house, served=other)) as two,
        closing(stream(other.address, {"query": ANY}, house.token(KH))) as events,
    ):
        for line in (one, two):
            subscribe(line, ONE, id=CASES["shown"])
            changed(house, line, CASES["shown"])
        for line in (one, two):
            while not line.quiet(0.5):
                pass
        step(house, CASES["shown"])
        told = [line.of("1")["payload"] for line in (one, two)]
        assert told[0]["data"] == told[1]["data"]
        records = {each["extensions"]["accessRecord"] for each in told}
        assert len(records) == 2
        begun = time.monotonic()
        other.end()
        # nothing that goes on keeps a process from stopping
        assert time.monotonic() - begun < 9
        assert two.ends() == 1012
        while (event := events.event()) is not None:
            assert event[0] == "next"


def test_W02_the_deny_list_ends_sockets_and_streams(house: House) -> None:
    token = brief(house, 600, "somebody who is denied")
    with (
        closing(greeted(house.served.address, hello(house, token=token))) as line,
        closing(streaming(house, ONE, token, id=CASES["shown"])) as events,
        closing(socket_of(house)) as bystander,
    ):
        subscribe(line, ONE, id=CASES["shown"])
        changed(house, line, CASES["shown"])
        with psycopg.connect(house.owner) as connection:
            entry = Denial(DenialKind.SUBJECT, ISSUER, "somebody who is denied", "of a test")
            denials.add(connection, entry, WHO)
        assert line.ends() == 4403
        while (event := events.event()) is not None:
            assert event[0] == "next"
        bystander.send(type="ping")
        assert bystander.receive() == {"type": "pong"}


def test_streams_answer_and_end(house: House) -> None:
    with closing(streaming(house, ONE, id=CASES["shown"])) as events:
        assert "cache-control: no-store" in events.head
        event = next_event(house, events, CASES["shown"])
        assert event is not None
        name, told = event
        assert name == "next"
        assert isinstance(told, dict)
        assert told["data"]["returnCaseChanged"]["id"] == CASES["shown"]
        assert house.disclosed(told["extensions"]["accessRecord"])
    with closing(streaming(house, "{ me { agency } }")) as events:
        event = events.event()
        assert event is not None
        assert event[1] == {"data": {"me": {"agency": "KH-MOSVY"}}}
        assert events.event() == ("complete", None)
        assert events.event() is None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { none }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { returnCaseChanged(id: "x") { id } }', "BAD_USER_INPUT"),
    ],
)
def test_W03_what_a_document_is_refused_for_comes_as_an_event(
    house: House, query: str, code: str
) -> None:
    with closing(streaming(house, query)) as events:
        event = events.event()
        assert event is not None
        name, told = event
        assert name == "next"
        assert isinstance(told, dict)
        assert told["errors"][0]["extensions"]["code"] == code
        assert events.event() == ("complete", None)


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (401, {"authorization": ""}),
        (401, {"authorization": "Bearer x.y.z"}),
        (403, {"origin": "https://evil.example"}),
        (406, {"accept": "application/json"}),
        (415, {"content_type": "text/plain"}),
        (400, {"saphan_purpose": "PROSECUTION"}),
    ],
)
def test_a_stream_is_refused_before_it_begins(
    house: House, status: int, fields: dict[str, str]
) -> None:
    with closing(
        stream(house.served.address, {"query": ANY}, house.token(KH), **fields)
    ) as refused:
        assert refused.status == status
        assert "no-store" in refused.head
        assert '"errors"' in refused.body
    assert httpx2.get(f"{house.served.url}/graphql/stream").status_code == 405


def test_W04_origins_that_are_listed_may(house: House) -> None:
    for origin in ("https://desk.example", "https://other.example:8443"):
        upgrade(house.served.address, origin=origin).close()
    for origin in ("http://desk.example", "https://other.example", "https://x.desk.example"):
        with pytest.raises(NotUpgraded) as refused:
            upgrade(house.served.address, origin=origin)
        assert refused.value.status == 403


def test_W02_sockets_and_streams_end_with_their_token(house: House) -> None:
    begun, lifetime = time.time(), 3
    token = brief(house, lifetime, "somebody for three seconds")
    with (
        closing(greeted(house.served.address, hello(house, token=token))) as line,
        closing(streaming(house, ONE, token, id=CASES["shown"])) as events,
    ):
        subscribe(line, ONE, id=CASES["shown"])
        assert changed(house, line, CASES["shown"])["type"] == "next"
        assert line.ends() == 4403
        ended = time.time()
        # by this machine's clock alone: the token's own second has begun
        assert ended - begun > lifetime - 1.5
        while (event := events.event()) is not None:
            assert event[0] == "next"
        step(house, CASES["shown"])
        with contextlib.suppress(Closed):
            assert line.quiet(1)
    late = stream(house.served.address, {"query": ANY}, token)
    assert late.status in (200, 401)  # within the leeway of requests it may still begin
    if late.status == 200:
        assert late.event() is None
    late.close()


def test_who_takes_nothing_is_cut_off_and_holds_little(house: House) -> None:
    before = gauge(house.served, "saphan_sockets")
    line = socket_of(house)
    with closing(line):
        for number in range(20):
            subscribe(line, LARGE, str(number))
        assert gauge(house.served, "saphan_sockets") >= before + 1
        assert becomes(lambda: gauge(house.served, "saphan_sockets") <= before, 20, pause=0.5)
        assert line.ends() in (1013, 0)
    with closing(streaming(house, ONE, id=CASES["shown"])) as events:
        assert gauge(house.served, "saphan_subscriptions") >= 1
        events.close()
    assert becomes(lambda: gauge(house.served, "saphan_subscriptions") == 0, 20, pause=0.2)


def test_as_many_as_may_be_and_not_one_more(opened: Opened) -> None:
    with opened(SAPHAN_SOCKETS="4", SAPHAN_SUBSCRIPTIONS="3") as house:
        lines = [socket_of(house) for _ in range(4)]
        try:
            with pytest.raises(NotUpgraded) as refused:
                upgrade(house.served.address)
            assert refused.value.status == 503
            assert "retry-after" in refused.value.head.lower()
            with closing(streaming(house, ANY)) as events:
                assert events.status == 503
            for number in range(3):
                subscribe(lines[0], ANY, str(number))
            assert changed(house, lines[0], CASES["shown"], "2")["type"] == "next"
            subscribe(lines[1], ANY)
            message = lines[1].of("1")
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] == "UNAVAILABLE"
            lines[0].send(id="0", type="complete")
            lines[2].send(type="ping")
            assert lines[2].receive() == {"type": "pong"}
            assert becomes(lambda: gauge(house.served, "saphan_subscriptions") == 2, 20, pause=0.1)
            subscribe(lines[1], ANY)
            assert changed(house, lines[1], CASES["shown"])["type"] == "next"
        finally:
            for line in lines:
                line.close()
        assert becomes(lambda: gauge(house.served, "saphan_sockets") == 0, 20, pause=0.1)
        assert house.ask("{ me { agency } }").status == 200
