"""Real clients, npm `graphql-ws` and `graphql-sse`, while officials elsewhere sign a handover."""

from __future__ import annotations

import datetime as dt
import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from service.devissuer import DevelopmentIssuer
from tests import templates
from tests.attacks.houses import House as Door
from tests.attacks.houses import house_of
from tests.casework import desks as d
from tests.casework.desks import House
from tests.compiler.registry import Registry
from tests.durability.ground import becomes
from tests.durability.nursery import Nursery
from tests.subscriptions.test_living import gauge

HERE = Path(__file__).resolve().parent / "clients"
NOT_TESTED = "NOT TESTED with the clients `graphql-ws` and `graphql-sse`"
PATIENCE = 30
WATCH = """subscription Desk($id: ID!) { returnCaseChanged(id: $id) { id state holder } }"""
PLACE = "ARANYAPRATHET_POIPET"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clients with what they need, in a folder of their own."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip(f"{NOT_TESTED}: needs node and npm")
    folder = tmp_path_factory.mktemp("clients")
    for name in ("package.json", "package-lock.json", "client.mjs", ".npmrc"):
        shutil.copy(HERE / name, folder / name)
    ran = subprocess.run(
        [npm, "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if ran.returncode != 0:
        pytest.skip(f"{NOT_TESTED}: `npm ci` brought no packages")
    return folder


@pytest.fixture(scope="module")
def desks() -> Iterator[House]:
    """The officials, in this process."""
    with templates.copied(templates.ratified(), "clients") as owner:
        registry = Registry(owner, make_conninfo(owner, user="saphan_service"))
        with d.opened(registry) as made:
            yield made


@pytest.fixture(scope="module")
def door(desks: House, brood: Nursery, issuer: DevelopmentIssuer) -> Iterator[Door]:
    """The server that the clients speak to, in another."""
    with house_of(desks.registry.owner, brood, issuer) as made:
        yield made


class Client:
    """A running client and what it says, line by line."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            ["node", "client.mjs", *words], cwd=folder, stdout=subprocess.PIPE, text=True
        )
        self.lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def says(self, word: str) -> Any:
        """The next thing of this kind; others are passed over."""
        while True:
            told = self.lines.get(timeout=PATIENCE)
            if word in told:
                return told[word]

    def end(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self._reading.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def client(folder: Path, door: Door, kind: str, token: str, **variables: str) -> Iterator[Client]:
    words = (kind, door.served.url, token, "RETURN", WATCH, json.dumps(variables))
    made = Client(folder, *words)
    try:
        yield made
    finally:
        made.end()


def ready_to_hand_over(house: House) -> str:
    """A case whose papers are there, walked by its officials; its id."""
    now = dt.datetime.now(dt.UTC)
    case = house.case("SCREENED", start=now - dt.timedelta(days=20)).case
    planned = {
        "plannedHandoverOn": f'"{(now + dt.timedelta(days=3)).date().isoformat()}"',
        "handoverPlace": PLACE,
    }
    for purpose in ("TRACING", "RETURN", "SERVICES"):
        house.consent(case, purpose)
    house.done(d.MDT, "recordIdentification", case, isVictim="true", rightsExplained="true")
    house.done(d.HOST, "notifyOrigin", case)
    house.done(d.HOST, "requestTracing", case)
    asked = {"provincialAgency": '"KH-POSVY"', "unit": f'"{d.PROVINCE}"'}
    house.done(d.ORIGIN, "acknowledgeTracing", case, **asked)
    house.done(d.TRACER, "reportAssessment", case, outcome="SUITABLE", report='"she is awaited"')
    house.done(d.ORIGIN, "confirmAssessment", case)
    house.done(d.HOST_RETURN, "planReturn", case, escort='"an officer"', **planned)
    house.done(d.ORIGIN_RETURN, "signReturnPlan", case, **planned)
    house.assign(case, "TH-IMM")
    papers = {"travelDocument": '"N 12"', "identityVerified": "true"}
    house.done(d.CONSUL, "recordTravelDocument", case, **papers)
    house.done(d.BORDER, "recordExitPermit", case, exitPermit='"E 12"')
    return case


def test_two_clients_hear_of_a_handover_that_others_sign(
    installed: Path, desks: House, door: Door
) -> None:
    case = ready_to_hand_over(desks)
    token = door.issuer.mint("KH-MOSVY", ["FOCAL_POINT"], ["RETURN"], subject="at the screen")
    with ExitStack() as stack:
        clients = [
            stack.enter_context(client(installed, door, kind, token, id=case))
            for kind in ("ws", "sse")
        ]
        assert becomes(lambda: gauge(door.served, "saphan_subscriptions") == 2, PATIENCE)
        signed = {
            "handoverAt": f'"{dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()}"',
            "handoverPlace": PLACE,
            "personConfirms": "true",
        }
        desks.done(d.HOST_RETURN, "signHandover", case, **signed)
        desks.done(d.ORIGIN_RETURN, "signHandover", case, **signed)
        records = set()
        for each in clients:
            answer: dict[str, Any] = {"data": {"returnCaseChanged": {"state": None}}}
            while answer["data"]["returnCaseChanged"]["state"] != "HANDED_OVER":
                answer = each.says("next")
            assert answer["data"]["returnCaseChanged"]["holder"] == "KH-MOSVY"
            records.add(answer["extensions"]["accessRecord"])
        assert len(records) == 2
        for record in records:
            assert (case, "ReturnCase.state") in door.disclosed(record)


def test_clients_are_told_why_they_end(installed: Path, door: Door) -> None:
    token = door.issuer.mint("KH-MOSVY", ["FOCAL_POINT"], ["RETURN"], lifetime=4)
    nobody = "00000000-0000-4000-8000-00000000dead"
    with (
        client(installed, door, "ws", token, id=nobody) as line,
        client(installed, door, "ws", "x.y.z", id=nobody) as stranger,
        client(installed, door, "sse", "x.y.z", id=nobody) as beside,
        client(installed, door, "ws", token, id="no id") as wrong,
    ):
        assert stranger.says("closed") == 4403
        assert "401" in beside.says("error")
        (error,) = wrong.says("error")
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert line.says("closed") == 4403
