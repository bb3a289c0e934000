"""What the tests at real servers have in common: documents, greetings, changes of a case."""

from __future__ import annotations

from typing import Any

from tests.attacks.houses import KH, Desk, House
from tests.durability.nursery import Served
from tests.subscriptions.plain import Socket, greeted

ONE = "subscription One($id: ID!) { returnCaseChanged(id: $id) { id openedOn } }"
ANY = "subscription Any { returnCaseChanged { id openedOn } }"
PERSON = """subscription Person($id: ID!) { returnCaseChanged(id: $id) { openedOn
  victim { familyName withheld { field reason } } } }"""
LARGE = "{ _service { sdl } }"


def step(house: House, case: str) -> None:
    """A change that everybody sees who sees the shell of the case."""
    with house.connect() as connection:
        connection.execute(
            "update registry.return_case set opened_on = opened_on + 1 where id = %s", (case,)
        )


def hello(
    house: House, desk: Desk = KH, token: str | None = None, *, purpose: bool = True
) -> dict[str, str]:
    """The payload of `connection_init`."""
    stated = {"Saphan-Purpose": desk.purpose} if purpose else {}
    return {"Authorization": f"Bearer {token or house.token(desk)}"} | stated


def socket_of(house: House, desk: Desk = KH, served: Served | None = None) -> Socket:
    return greeted((served or house.served).address, hello(house, desk))


def subscribe(line: Socket, query: str, operation: str = "1", **variables: object) -> None:
    payload = {"query": query, "variables": variables}
    line.send(id=operation, type="subscribe", payload=payload)


def changed(house: House, line: Socket, case: str, operation: str = "1") -> dict[str, Any]:
    """The first message of an operation after changes of a case. Nothing tells that watching has
    begun: changes are made until one is heard of.
    """
    for _ in range(40):
        step(house, case)
        try:
            return line.of(operation, 0.5)
        except TimeoutError:
            continue
    raise AssertionError("nothing was heard")
