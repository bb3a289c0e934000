"""Clients that ask points and pages without a pause and keep every answer they got whole.

Takes where the service listens now and a token, gives `Load`: for each whole
answer its operation, its access record and the person it is about, once what
it shows was found to be what was asked. What was cut is no answer; what was
refused has to say so in the one form, and when to try again.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.durability.people import FIELDS, PURPOSE, Sight, caught, everything, fresh_name, question

ASKERS = 3
SECONDS = 30.0
PAUSE = 0.02
_RECORD = re.compile(rb'"accessRecord":"([0-9a-f-]{36})"')


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer that came whole. `person` is empty for a page."""

    name: str
    record: str
    person: str


@dataclass(slots=True)
class Load:
    """What came so far: answers, refusals, connections that ended under way, and that none was
    to be had. `offences` must stay empty.
    """

    address: Callable[[], tuple[str, int]]
    token: str
    people: tuple[str, ...]
    whole: list[Whole] = field(default_factory=list)
    refused: int = 0
    cut: int = 0
    away: int = 0
    offences: list[str] = field(default_factory=list)

    def sights(self, answer: Whole) -> set[Sight]:
        """What an answer has shown."""
        if not answer.person:
            return everything(self.people)
        return {(answer.person, f"Victim.{each}") for each in FIELDS}

    def ask(self, person: str) -> bool:
        """One question, about all people or one; whether its answer came whole."""
        name = fresh_name()
        asked = question(name) if not person else _point(name, person)
        try:
            status, fields, body = self._sent(json.dumps(asked).encode())
        except ConnectionRefusedError:
            self.away += 1
            return False
        except (OSError, http.client.HTTPException):
            self.cut += 1
            return False
        if status != 200:
            self._judge_refusal(name, status, fields, body)
            return False
        told = _RECORD.search(body)
        answer = Whole(name, told[1].decode() if told else "", person)
        if told is None or '"errors"' in body.decode():
            self.offences.append(f"{name}: an answer with errors, or without a record")
        if caught(body, self.people) != self.sights(answer):
            self.offences.append(f"{name}: the answer has not the values that were asked for")
        self.whole.append(answer)
        return True

    @contextmanager
    def going(self) -> Iterator[None]:
        """Under load while the block runs."""
        end = threading.Event()
        with ThreadPoolExecutor(ASKERS) as askers:
            lives: list[Future[None]] = [
                askers.submit(self._live, end, number) for number in range(ASKERS)
            ]
            try:
                yield
            finally:
                end.set()
        for life in lives:
            life.result()

    def _live(self, end: threading.Event, number: int) -> None:
        chance = random.Random(number)
        while not end.is_set():
            if not self.ask(chance.choice(self.people) if chance.random() < 0.8 else ""):
                time.sleep(PAUSE)

    def _sent(self, body: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
        line = http.client.HTTPConnection(*self.address(), timeout=SECONDS)
        try:
            fields = {
                "Authorization": f"Bearer {self.token}",
                "Saphan-Purpose": PURPOSE,
                "Content-Type": "application/json",
                "Connection": "close",
            }
            line.request("POST", "/graphql", body, fields)
            response = line.getresponse()
            return response.status, response.headers, response.read()
        finally:
            line.close()

    def _judge_refusal(
        self, name: str, status: int, fields: http.client.HTTPMessage, body: bytes
    ) -> None:
        self.refused += 1
        if b"~" in body:
            self.offences.append(f"{name}: a refusal holds a value")
        if status != 503 or not fields.get("Retry-After", "").isdigit():
            self.offences.append(f"{name}: refused with {status} and not when to try again")
        elif json.loads(body)["errors"][0]["extensions"]["code"] != "UNAVAILABLE":
            self.offences.append(f"{name}: refused as something else than unavailable")


def _point(name: str, person: str) -> dict[str, object]:
    text = f"query {name}($i: ID!) {{ victim(id: $i) {{ id {' '.join(FIELDS)} }} }}"
    return {"query": text, "operationName": name, "variables": {"i": person}}
