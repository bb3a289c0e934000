"""The judgement: whether anything was received that does not stand in a committed record.

Takes receipts (what each client sent and got, byte by byte) and a ledger, gives
a `Verdict`: one line per offence, and how many answers were cut where, so
that a test can show that its cuts fell on both sides of the commit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from tests.durability.ground import NOTHING, Ground, Written
from tests.durability.people import caught, everything, named

_RECORD: Final = re.compile(rb'"accessRecord":"([0-9a-f-]{36})"')
_INSIDE: Final = re.compile(
    rb"traceback|psycopg|sqlstate|wireerror|\bselect |\binsert |ledger\.|registry\.|/\w+\.py|"
    rb"postgres",
    re.IGNORECASE,
)
_WITHOUT_DATABASE: Final = {"UNAVAILABLE", "TIMEOUT"}


@dataclass(slots=True)
class Receipt:
    """What one client got. `names` are the operations it asked for, in this order.

    `cut`: the client itself, or the test behind its back, ended the connection, so
    that less than a whole answer is no offence. `prompt`: whether the first
    operation's record was committed when the answer's first byte was seen.
    """

    names: tuple[str, ...]
    received: bytes = b""
    cut: bool = True
    prompt: bool | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """One response as far as it came. `missing`: bytes that were announced and did not come."""

    status: int
    fields: dict[bytes, bytes]
    body: bytes
    missing: int


@dataclass(slots=True)
class Verdict:
    """`offences` must be empty. The counts are of operations."""

    offences: list[str] = field(default_factory=list)
    whole: int = 0
    partly: int = 0
    refused: int = 0
    unseen: int = 0
    never: int = 0

    @property
    def operations(self) -> int:
        return self.whole + self.partly + self.refused + self.unseen + self.never

    def __str__(self) -> str:
        return (
            f"{self.operations} operations: {self.whole} answers received whole, {self.partly} in"
            f" part, {self.refused} refusals, {self.unseen} on record and not received,"
            f" {self.never} neither"
        )


def responses(received: bytes) -> list[Response]:
    """The responses in these bytes; the last one may be cut."""
    found = []
    while received:
        head, blank, rest = received.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        words = lines[0].split(b" ")
        status = int(words[1]) if len(words) > 1 and len(words[1]) == 3 else 0
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            fields[name.strip().lower()] = value.strip()
        length = int(fields.get(b"content-length", b"0")) if blank else -1
        missing = 1 if length < 0 else max(0, length - len(rest))
        found.append(Response(status, fields, rest[:length] if blank else b"", missing))
        received = rest[length:] if blank else b""
    return found


def judge(
    receipts: Sequence[Receipt],
    ground: Ground,
    *,
    codes: Iterable[str] = _WITHOUT_DATABASE,
) -> Verdict:
    """Every receipt against the ledger. `codes` are those that a refusal may have."""
    ledger = ground.written(name for receipt in receipts for name in receipt.names)
    verdict, allowed = Verdict(), frozenset(codes)
    for receipt in receipts:
        came = responses(receipt.received)
        if receipt.prompt is False:
            verdict.offences.append(f"{receipt.names[0]}: a byte left before its record was there")
        if len(came) > len(receipt.names):
            verdict.offences.append(f"{receipt.names[0]}: more answers than questions")
        for number, name in enumerate(receipt.names):
            written = ledger.get(name, NOTHING)
            if number >= len(came):
                verdict.unseen += bool(written.ids)
                verdict.never += not written.ids
                continue

            def offence(text: str, name: str = name) -> None:
                verdict.offences.append(f"{name}: {text}")

            response = came[number]
            if response.missing and not receipt.cut:
                offence(f"half an answer: {response.missing} bytes are missing")
            if response.status in {0, 200}:
                verdict.whole += not response.missing
                verdict.partly += bool(response.missing)
                _judge_answer(response, written, ground, offence)
            else:
                verdict.refused += 1
                _judge_refusal(response, allowed, offence)
    return verdict


def _judge_answer(
    response: Response, written: Written, ground: Ground, offence: Callable[[str], None]
) -> None:
    body = response.body
    if not written.ids:
        offence(f"{len(body)} bytes of an answer and no record")
        return
    unrecorded = caught(body, ground.people) - written.shown
    if unrecorded:
        offence(f"{len(unrecorded)} values were received that are on no record")
    if named(body) - {record for record, _ in written.shown}:
        offence("ids were received that are on no record")
    told = _RECORD.search(body)
    if told is not None and told[1].decode() not in written.ids:
        offence("the answer names a record that is not there")
    if response.missing:
        return
    if told is None:
        offence("the answer names no record")
    if "errors" in orjson.loads(body):
        offence("the answer has errors")
    if caught(body, ground.people) != everything(ground.people):
        offence("the answer is whole and has not all values")
    if len(written.ids) > 1:
        offence("one answer has several records")


def _judge_refusal(
    response: Response, allowed: frozenset[str], offence: Callable[[str], None]
) -> None:
    body = response.body
    if b"~" in body or named(body):
        offence("a refusal holds a value")
    if _INSIDE.search(body):
        offence("a refusal tells of the inside")
    if response.status == 503 and not response.fields.get(b"retry-after", b"").isdigit():
        offence("a 503 does not say when to try again")
    if response.missing:
        return
    try:
        parsed = orjson.loads(body)
        code = parsed["errors"][0]["extensions"]["code"]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        offence(f"a refusal with status {response.status} has not the one form")
        return
    if set(parsed) != {"errors"}:
        offence("a refusal has more than errors")
    if code not in allowed:
        offence(f"refused as {code}")
