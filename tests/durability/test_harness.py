"""The harness can fail: each offence that other tests look for is committed here and noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.durability.clients import Client, Cut, Way
from tests.durability.conftest import House
from tests.durability.evidence import Receipt, judge, responses
from tests.durability.ground import Ground
from tests.durability.nursery import Nursery
from tests.durability.people import caught, everything, fresh_name
from tests.durability.storm import measured, storm, witness


@pytest.fixture(scope="module")
def answered(nursery: Nursery, ground: Ground, house: House) -> Receipt:
    """A whole answer as it should be."""
    with nursery.serving(**house.settings(ground.service)) as served:
        return Client(served.address, house.token, 0).ask(Cut(Way.WHOLE, 0, 1))


def test_an_answer_as_it_should_be_is_no_offence(ground: Ground, answered: Receipt) -> None:
    verdict = judge([answered], ground)
    assert (verdict.offences, verdict.whole, verdict.operations) == ([], 1, 1)
    (response,) = responses(answered.received)
    assert caught(response.body, ground.people) == everything(ground.people)


def test_the_harness_notices_an_answer_that_leaves_early(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    settings = house.settings(ground.service)
    with nursery.serving("sends_before_commit", **settings) as served, witness(ground) as recorded:
        client, seconds = measured(Client(served.address, house.token, 0, recorded))
        verdict = judge(storm(client, 40, seconds, 1), ground)
    early = [line for line in verdict.offences if "before its record was there" in line]
    assert len(early) > 5, str(verdict)


def test_the_harness_notices_answers_without_a_record(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    with nursery.serving("forgets_to_commit", **house.settings(ground.service)) as served:
        client, seconds = measured(Client(served.address, house.token, 0))
        verdict = judge(storm(client, 40, seconds, 2), ground)
    none = [line for line in verdict.offences if "and no record" in line]
    assert len(none) == verdict.whole + verdict.partly > 5


LENGTH = b"content-length: "


def swapped(old: bytes, new: bytes) -> Callable[[Receipt], Receipt]:
    def change(receipt: Receipt) -> Receipt:
        head, _, body = receipt.received.partition(b"\r\n\r\n")
        assert old in body
        longer = len(body.replace(old, new)) - len(body)
        (length,) = (int(line[16:]) for line in head.split(b"\r\n") if line.startswith(LENGTH))
        head = head.replace(LENGTH + b"%d" % length, LENGTH + b"%d" % (length + longer))
        return replace(receipt, received=head + b"\r\n\r\n" + body.replace(old, new))

    return change


def cut(receipt: Receipt) -> Receipt:
    return replace(receipt, received=receipt.received[:9000], cut=False)


def of_another(receipt: Receipt) -> Receipt:
    return replace(receipt, names=(fresh_name(),))


def piece_of_another(receipt: Receipt) -> Receipt:
    """Thirty bytes are enough."""
    return replace(receipt, names=(fresh_name(),), received=receipt.received[:30])


def refusal(body: bytes, *fields: bytes, status: bytes = b"503 Service Unavailable") -> bytes:
    head = [b"HTTP/1.1 " + status, b"content-length: %d" % len(body), *fields]
    return b"\r\n".join([*head, b"", body])


def refused(body: bytes, *fields: bytes) -> Callable[[Receipt], Receipt]:
    return lambda receipt: replace(receipt, received=refusal(body, *fields))


AWAY = b'{"errors":[{"message":"x","extensions":{"code":"UNAVAILABLE"}}]}'
LATER = b"retry-after: 2"


@pytest.mark.parametrize(
    ("change", "offence"),
    [
        (of_another, "and no record"),
        (piece_of_another, "and no record"),
        (cut, "half an answer"),
        (swapped(b"~alias.003~", b"~phone.003~"), "values were received that are on no record"),
        (swapped(b"~alias.003~", b"~alias~"), "has not all values"),
        (swapped(b'"accessRecord":"0', b'"accessRecord":"f'), "names a record that is not there"),
        (swapped(b'"accessRecord"', b'"record"'), "names no record"),
        (swapped(b'"id":"', b'"id":"00000000-0000-4000-8000-000000000000","id":"'), "ids were"),
        (lambda r: replace(r, prompt=False), "before its record was there"),
        (swapped(b'"data"', b'"errors":[],"data"'), "has errors"),
        (lambda r: replace(r, received=r.received * 2), "more answers than questions"),
        (refused(AWAY), "when to try again"),
        (refused(AWAY.replace(b"UNAVAILABLE", b"INTERNAL"), LATER), "refused as INTERNAL"),
        (refused(AWAY.replace(b'"x"', b'"~alias.003~"'), LATER), "holds a value"),
        (refused(AWAY.replace(b'"x"', b'"psycopg"'), LATER), "tells of the inside"),
        (refused(AWAY.replace(b"{", b'{"data":null,', 1), LATER), "more than errors"),
        (refused(b"Internal Server Error", LATER), "has not the one form"),
    ],
)
def test_the_judge_notices(
    ground: Ground, answered: Receipt, change: Callable[[Receipt], Receipt], offence: str
) -> None:
    offences = judge([change(answered)], ground).offences
    assert any(offence in line for line in offences), offences


def test_a_refusal_as_it_should_be_is_no_offence(ground: Ground, answered: Receipt) -> None:
    verdict = judge([refused(AWAY, LATER)(answered)], ground)
    assert (verdict.offences, verdict.refused) == ([], 1)
