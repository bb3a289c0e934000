"""graphql-transport-ws at a real server: who is let in, what is refused, and how a socket ends."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from tests.attacks.houses import AUDITOR, KH, Desk, House
from tests.attacks.world import CASES
from tests.subscriptions.asking import ANY, ONE, PERSON, changed, hello, socket_of, step, subscribe
from tests.subscriptions.plain import NotUpgraded, greeted, upgrade


def test_an_event_comes_as_an_answer_that_is_on_record(house: House) -> None:
    with closing(socket_of(house)) as line:
        assert line.subprotocol == "graphql-transport-ws"
        subscribe(line, ONE, id=CASES["shown"])
        # no event tells that the watching has begun: changes are made until one is heard of
        heard = changed(house, line, CASES["shown"])
        assert heard["type"] == "next"
        payload = heard["payload"]
        assert payload["data"]["returnCaseChanged"]["id"] == CASES["shown"]
        assert "errors" not in payload
        shown = house.disclosed(payload["extensions"]["accessRecord"])
        assert shown == {
            (CASES["shown"], "ReturnCase.openedOn"),
        }


def test_queries_are_answered_and_pings_too(house: House) -> None:
    with closing(socket_of(house)) as line:
        line.send(type="ping", payload={"a": 1})
        assert line.receive() == {"type": "pong"}
        line.send(type="pong")
        subscribe(line, "{ me { agency } }", "q")
        answer = line.of("q")
        assert answer["type"] == "next"
        assert answer["payload"]["data"] == {"me": {"agency": "KH-MOSVY"}}
        assert line.of("q") == {"id": "q", "type": "complete"}
        line.ping(100)
        subscribe(line, ONE, "q", id=CASES["shown"])
        line.send(id="q", type="complete")
        line.send(id="never", type="complete")
        line.send(type="ping")
        while line.receive() != {"type": "pong"}:
            pass  # what left before the end was heard of
        step(house, CASES["shown"])
        assert line.quiet(1)


def test_the_token_may_stand_in_the_upgrade(house: House) -> None:
    fields = {"authorization": f"Bearer {house.token(KH)}", "saphan_purpose": "TRACING"}
    with closing(greeted(house.served.address, {}, **fields)) as line:
        subscribe(line, "{ me { agency } }")
        assert line.of("1")["type"] == "next"
    # in both places is in none
    with closing(upgrade(house.served.address, **fields)) as line:
        line.send(type="connection_init", payload=hello(house))
        assert line.ends() == 4400


def test_W01_another_subprotocol_is_not_offered(house: House) -> None:
    for offered in ("graphql-ws", None, "soap"):
        with closing(upgrade(house.served.address, subprotocol=offered)) as line:
            line.send(type="start", id="1", payload={"query": ANY})
            assert line.subprotocol == ""
            assert line.ends() == 4406


def test_W01_nothing_is_run_before_the_acknowledgement(house: House) -> None:
    before = house.records()
    with closing(upgrade(house.served.address)) as line:
        subscribe(line, "{ returnCases { totalCount } }")
        assert line.ends() == 4401
    with closing(upgrade(house.served.address)) as line:
        assert line.ends() == 4408
    assert house.records() == before


@pytest.mark.parametrize("payload", [None, {}, {"Authorization": "Bearer x.y.z"}, {"token": "x"}])
def test_a_bad_token_is_one_code_whatever_is_wrong(house: House, payload: object) -> None:
    with closing(upgrade(house.served.address)) as line:
        line.send(type="connection_init", payload=payload)
        assert line.ends() == 4403


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"connection_init"',
        '{"type":"start","id":"1"}',
        '{"type":"subscribe","id":"","payload":{"query":"{ me { agency } }"}}',
        '{"type":"subscribe","id":7,"payload":{"query":"{ me { agency } }"}}',
        '{"type":"subscribe","id":"1"}',
        '{"type":"subscribe","id":"1","payload":{"query":null}}',
        '{"type":"subscribe","id":"1","payload":[]}',
        '{"type":"ping","payload":7}',
        '{"type":"' + "[" * 3000 + '"}',
    ],
)
def test_what_is_no_message_ends_the_socket(house: House, text: str) -> None:
    with closing(socket_of(house)) as line:
        line.text(text)
        assert line.ends() == 4400


def test_bytes_large_messages_and_broken_frames_end_it(house: House) -> None:
    with closing(socket_of(house)) as line:
        line.raw(b'{"type":"ping"}')
        assert line.ends() == 4400
    with closing(socket_of(house)) as line:
        line.send(type="ping", payload={"a": "x" * 70_000})
        assert line.ends() == 1009
    with closing(socket_of(house)) as line:
        line.frame(0x1, b"\xff\xfe")
        assert line.ends() in (1007, 0)
    with closing(socket_of(house)) as line:
        line.frame(0x5, b"")
        assert line.ends() in (1002, 0)


def test_a_second_beginning_and_a_taken_id_end_it(house: House) -> None:
    with closing(socket_of(house)) as line:
        line.send(type="connection_init", payload=hello(house))
        assert line.ends() == 4429
    with closing(socket_of(house)) as line:
        subscribe(line, ANY)
        subscribe(line, "{ me { agency } }")
        assert line.ends() == 4409


def test_W03_a_socket_is_refused_what_http_is(house: House) -> None:
    both = Desk("KH-MOSVY", purpose="TRACING", purposes=("TRACING", "RETURN"))
    asked = {
        "PURPOSE_REQUIRED": ("subscription { returnCaseChanged { id state } }", False),
        "COST_LIMIT": (
            "subscription { returnCaseChanged { consents(first: 100) { edges { node {"
            + " ".join(f"a{n}: purpose" for n in range(60))
            + " } } } } }",
            True,
        ),
        "GRAPHQL_PARSE_FAILED": ("subscription {", True),
        "GRAPHQL_VALIDATION_FAILED": (
            "subscription { returnCaseChanged { id } worklistChanged { id } }",
            True,
        ),
        "BAD_USER_INPUT": ('subscription { returnCaseChanged(id: "7") { id } }', True),
        "CURSOR_INVALID": (
            'subscription { returnCaseChanged { consents(after: "x") { totalCount } } }',
            True,
        ),
    }
    for code, (query, stated) in asked.items():
        with closing(greeted(house.served.address, hello(house, both, purpose=stated))) as line:
            subscribe(line, query)
            message = line.of("1")
            assert message["type"] == "error", code
            assert message["payload"][0]["extensions"]["code"] == code
    wrong = hello(house) | {"Saphan-Purpose": "PROSECUTION"}
    with closing(greeted(house.served.address, wrong)) as line:
        subscribe(line, ANY)
        assert line.of("1")["payload"][0]["extensions"]["code"] == "PURPOSE_NOT_ALLOWED"
    # a filter on a refused field: refused as a whole, and on record, as over HTTP
    nested = "assessments(filter: { report: { isNull: true } }) { totalCount }"
    with closing(socket_of(house, AUDITOR)) as line:
        over_http = house.ask(f"{{ returnCases {{ edges {{ node {{ {nested} }} }} }} }}", AUDITOR)
        subscribe(line, f"subscription {{ returnCaseChanged {{ {nested} }} }}")
        message = line.of("1")
        assert message["type"] == "next"
        assert message["payload"]["data"] is over_http.data is None
        (error,) = message["payload"]["errors"]
        assert error["extensions"] == over_http.errors[0]["extensions"]
        assert error["extensions"]["code"] == "FIELD_NOT_PERMITTED"
        assert house.leaves(message["payload"]["extensions"]["accessRecord"])
        assert line.of("1") == {"id": "1", "type": "complete"}


def test_W03_ten_thousand_subscriptions_are_refused_politely(house: House) -> None:
    with closing(socket_of(house)) as line:
        refused = 0
        for number in range(10_000):
            subscribe(line, ONE, str(number), id=CASES["shown"])
            if number % 50 == 49:
                line.line.settimeout(0.01)
        deadline = time.monotonic() + 30
        while refused < 9_980 and time.monotonic() < deadline:
            message = line.receive()
            if message["type"] == "error":
                assert message["payload"][0]["extensions"]["code"] == "COST_LIMIT"
                refused += 1
        assert refused == 9_980
    assert house.ask("{ me { agency } }").status == 200


def test_W04_a_foreign_page_opens_no_socket(house: House) -> None:
    host, port = house.served.address
    for origin in (
        "https://evil.example",
        "null",
        f"http://{host}:1",
        "file://",
        f"http://{host}:{port}.evil.example",
    ):
        with pytest.raises(NotUpgraded) as refused:
            upgrade(house.served.address, origin=origin)
        assert refused.value.status == 403
        assert "no-store" in refused.value.head
        assert "evil" not in refused.value.body
    for origin in (f"http://{host}:{port}", f"https://{host}:{port}"):
        upgrade(house.served.address, origin=origin).close()


def test_an_upgrade_that_is_none_is_refused(house: House) -> None:
    for fields in (
        {"sec_websocket_version": "8"},
        {"sec_websocket_key": "short"},
        {"sec_websocket_key": ""},
        {"host": "a b"},
        {"authorization": "Bearer \xff"},
    ):
        with pytest.raises(NotUpgraded) as refused:
            upgrade(house.served.address, **fields)
        assert refused.value.status == 400
    with pytest.raises(NotUpgraded) as elsewhere:
        upgrade(house.served.address, path="/graphql/stream")
    assert elsewhere.value.status == 404


def test_W02_a_withdrawal_is_in_the_next_event(house: House) -> None:
    case = CASES["twice"]
    with closing(socket_of(house)) as line:
        subscribe(line, PERSON, id=case)
        first = changed(house, line, case)
        shown = first["payload"]["data"]["returnCaseChanged"]["victim"]
        assert shown["familyName"] is not None
        with house.connect() as connection:
            connection.execute(
                "insert into registry.consent (id, case_id, purpose, state, recipients, stated_at,"
                " given_by) values (gen_random_uuid(), %s, 'TRACING', 'WITHDRAWN', '{}', now(),"
                " 'SELF')",
                (case,),
            )
        while shown is not None and shown["familyName"] is not None:
            message = line.of("1")
            shown = message["payload"]["data"]["returnCaseChanged"]["victim"]
