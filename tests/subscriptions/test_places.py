"""How many subscriptions one caller and one socket may have, and when a place is free again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from tests.attacks.conftest import Opened
from tests.attacks.houses import KH, LAO, Desk, House
from tests.attacks.world import CASES
from tests.durability.ground import becomes
from tests.subscriptions.asking import ANY, ONE, changed, hello, socket_of, subscribe
from tests.subscriptions.plain import Socket, Stream, greeted, stream
from tests.subscriptions.test_living import gauge

OF_SOCKET, OF_CALLER = 3, 4
COLLEAGUE = Desk("KH-MOSVY", subject="a colleague")


@pytest.fixture(scope="module")
def narrow(opened: Opened) -> Iterator[House]:
    """A server with few places, and many more for all callers together."""
    few = {
        "SAPHAN_SOCKET_SUBSCRIPTIONS": str(OF_SOCKET),
        "SAPHAN_CALLER_SUBSCRIPTIONS": str(OF_CALLER),
    }
    with opened(**few) as made:
        yield made


@pytest.fixture
def house(narrow: House) -> Iterator[House]:
    """Nobody watches at the beginning of a test, and nobody at its end."""
    assert watching(narrow, 0)
    yield narrow
    assert watching(narrow, 0)


def watching(house: House, count: int) -> bool:
    return becomes(lambda: gauge(house.served, "saphan_subscriptions") == count, 20, pause=0.05)


def another_token(house: House, desk: Desk = KH, lifetime: int = 600) -> str:
    return house.issuer.mint(
        desk.agency, desk.roles, [desk.purpose], subject=desk.subject, lifetime=lifetime
    )


def begin(line: Socket, *operations: str) -> None:
    for operation in operations:
        subscribe(line, ONE, operation, id=CASES["shown"])


def refused(line: Socket, operation: str = "more") -> str:
    """The message with which one more subscription is refused on this socket."""
    begin(line, operation)
    message = line.of(operation)
    assert message["type"] == "error"
    (error,) = message["payload"]
    assert error["extensions"] == {"code": "COST_LIMIT"}
    return str(error["message"])


def streaming(house: House, token: str, **variables: object) -> Stream:
    return stream(house.served.address, {"query": ONE, "variables": variables}, token)


def last_errors(events: Stream) -> Any:
    event = events.event()
    assert event is not None
    name, told = event
    assert name == "next"
    assert events.event() == ("complete", None)
    return told["errors"]


def full(house: House, stack: ExitStack, desk: Desk = KH) -> tuple[Socket, Socket]:
    """Two sockets of one caller, by two tokens, that have all of her places."""
    one = stack.enter_context(closing(socket_of(house, desk)))
    greeting = hello(house, desk, another_token(house, desk))
    two = stack.enter_context(closing(greeted(house.served.address, greeting)))
    before = gauge(house.served, "saphan_subscriptions")
    begin(one, "1", "2")
    begin(two, "1", "2")
    assert watching(house, before + OF_CALLER)
    return one, two


def test_a_caller_has_her_places_over_all_sockets_streams_and_tokens(house: House) -> None:
    with ExitStack() as stack:
        lines = full(house, stack)
        for line in lines:
            assert "caller" in refused(line)
        with closing(streaming(house, another_token(house), id=CASES["shown"])) as events:
            (error,) = last_errors(events)
            assert error["extensions"] == {"code": "COST_LIMIT"}
        # what she has goes on, and what is no subscription takes no place
        subscribe(lines[0], "{ me { agency } }", "q")
        assert lines[0].of("q")["type"] == "next"
        assert changed(house, lines[1], CASES["shown"], "2")["type"] == "next"


def test_a_stream_takes_a_place_too(house: House) -> None:
    with closing(socket_of(house)) as line, closing(socket_of(house)) as other, ExitStack() as held:
        token = house.token(KH)
        for _ in range(OF_CALLER - 1):
            held.enter_context(closing(streaming(house, token, id=CASES["shown"])))
        assert watching(house, OF_CALLER - 1)
        begin(line, "1")
        assert watching(house, OF_CALLER)
        assert "caller" in refused(other)


def test_one_socket_has_fewer_places_than_its_caller(house: House) -> None:
    with closing(socket_of(house)) as line, closing(socket_of(house)) as other:
        begin(line, "1", "2", "3")
        assert "socket" in refused(line)
        assert watching(house, OF_SOCKET)
        begin(other, "1")
        assert watching(house, OF_CALLER)
        line.send(id="2", type="complete")
        assert watching(house, OF_CALLER - 1)
        begin(line, "4")
        assert watching(house, OF_CALLER)


def test_two_callers_do_not_take_each_others_places(house: House) -> None:
    with ExitStack() as stack:
        mine, _ = full(house, stack)
        assert "caller" in refused(mine)
        for count, desk in enumerate((COLLEAGUE, LAO), 2):
            theirs, _ = full(house, stack, desk)
            assert watching(house, count * OF_CALLER)
            assert "caller" in refused(theirs)


def test_each_way_of_ending_frees_the_place(house: House) -> None:
    """By `complete`, by a socket that is closed, by a stream that is hung up on, by the end of a
    token.
    """
    with ExitStack() as stack:
        one, two = full(house, stack)
        one.send(id="1", type="complete")
        assert watching(house, OF_CALLER - 1)
        begin(one, "again")
        assert watching(house, OF_CALLER)
        assert "caller" in refused(one)
        two.close()
        assert watching(house, OF_CALLER - 2)
        brief = another_token(house, lifetime=6)
        with closing(streaming(house, brief, id=CASES["shown"])) as events:
            assert watching(house, OF_CALLER - 1)
            with closing(streaming(house, house.token(KH), id=CASES["shown"])):
                assert watching(house, OF_CALLER)
                assert "caller" in refused(one)
            assert watching(house, OF_CALLER - 1)
            # the other one's token ends
            while events.event() is not None:
                pass
            assert watching(house, OF_CALLER - 2)
        with closing(socket_of(house)) as three:
            begin(three, "1", "2")
            assert watching(house, OF_CALLER)


def test_what_is_refused_leaves_its_place(house: House) -> None:
    """For its document, for its variables, for the caller's rights, and before it has begun."""
    wrong: tuple[tuple[str, dict[str, str]], ...] = (
        ("subscription {", {}),
        ("subscription { none }", {}),
        (ONE, {"id": "no id"}),
        ('subscription { returnCaseChanged { consents(after: "x") { totalCount } } }', {}),
        ("mutation { none }", {}),
    )
    with closing(socket_of(house)) as line:
        for number in range(3 * OF_CALLER):
            query, variables = wrong[number % len(wrong)]
            subscribe(line, query, str(number), **variables)
            message = line.of(str(number))
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] != "COST_LIMIT"
        for number in range(3 * OF_CALLER):
            subscribe(line, ANY, f"quick {number}")
            line.send(id=f"quick {number}", type="complete")
        begin(line, "1", "2")
        assert watching(house, 2)
    with ExitStack() as stack:
        full(house, stack)
