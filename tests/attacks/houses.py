"""A database of the world's people and a real `saphan serve` over it, and ways to ask.

Takes a template to copy, gives `House`. Every answer that passes through `ask` is kept, so that a
test or the end of a module can hold all of them against the canaries a desk may see.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service.devissuer import DevelopmentIssuer
from tests.attacks.world import found_in
from tests.door.test_serving import url_of
from tests.durability.ground import becomes
from tests.durability.nursery import Nursery, Served


@dataclass(frozen=True, slots=True)
class Desk:
    """Who asks, and the purpose stated."""

    agency: str
    roles: tuple[str, ...] = ("FOCAL_POINT",)
    purpose: str = "TRACING"
    unit: str = ""
    cases: tuple[str, ...] | None = None
    subject: str = "desk"
    purposes: tuple[str, ...] = ()


KH = Desk("KH-MOSVY")
"""The Cambodian desk: may see the notified cases of Khmer people, and names while tracing."""
LAO = Desk("LA-MLSW")
SHELTER = Desk("TH-SHELTER", ("CASE_WORKER",))
PROVINCE = Desk("KH-POSVY", ("TRACING_OFFICER",), unit="Siem Reap")
AUDITOR = Desk("KH-AUDIT", ("AUDITOR",), "AUDIT")
THAI_AUDITOR = Desk("TH-AUDIT", ("AUDITOR",), "AUDIT")
STEWARD = Desk("KH-MFAIC", ("AGREEMENT_STEWARD",), "COORDINATION")


@dataclass(frozen=True, slots=True)
class Answer:
    """One response as it came."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json.get("errors", [])
        return found

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]

    @property
    def extensions(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json.get("extensions", {})
        return found

    @property
    def record(self) -> str:
        """The id of its access record."""
        return str(self.extensions["accessRecord"])


@dataclass
class House:
    """One database, one server."""

    owner: str
    served: Served
    issuer: DevelopmentIssuer
    said: Callable[[], str]
    """What its process, and its neighbours', wrote on standard error."""
    kept: list[tuple[Desk, str]] = field(default_factory=list)
    _tokens: dict[Desk, str] = field(default_factory=dict)
    _client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=60))

    @property
    def service(self) -> str:
        """The connection string of the service's role."""
        return make_conninfo(self.owner, user="saphan_service")

    @property
    def url(self) -> str:
        return f"{self.served.url}/graphql"

    def token(self, desk: Desk) -> str:
        """A token of the development issuer, one for each desk."""
        if desk not in self._tokens:
            purposes = desk.purposes or (desk.purpose,)
            self._tokens[desk] = self.issuer.mint(
                desk.agency,
                desk.roles,
                purposes,
                unit=desk.unit,
                cases=desk.cases,
                subject=desk.subject,
            )
        return self._tokens[desk]

    def ask(
        self, query: str, desk: Desk = KH, *, operation: str | None = None, **variables: object
    ) -> Answer:
        """One operation over HTTP."""
        body: dict[str, object] = {"query": query, "variables": variables}
        if operation is not None:
            body["operationName"] = operation
        return self.post(json.dumps(body).encode(), desk)

    def post(self, body: bytes, desk: Desk = KH, **fields: str) -> Answer:
        """Any body; `fields` are header fields, `_` for `-`, an empty one is left out."""
        headers = {"content-type": "application/json", "saphan-purpose": desk.purpose}
        if "authorization" not in fields:
            headers["authorization"] = f"Bearer {self.token(desk)}"
        headers |= {name.replace("_", "-"): value for name, value in fields.items()}
        sent = {name: value for name, value in headers.items() if value}
        answer = self.send(self._client, body, sent)
        self.kept.append((desk, answer.text))
        return answer

    def send(self, client: httpx2.Client, body: bytes, fields: Mapping[str, str]) -> Answer:
        """One request by this client, again where the registry says that it is away: on a machine
        that has no time for it, the deny list grows old and nobody is let in.
        """
        for pause in (0.2, 0.5, 1, 2, 4, 0):
            came = client.post(self.url, content=body, headers=fields)
            if not (pause and came.status_code == 503 and '"UNAVAILABLE"' in came.text):
                break
            time.sleep(pause)
        return Answer(came.status_code, dict(came.headers), came.text)

    def show(self, token: str, query: str = "{ me { agency } }") -> Answer:
        """One operation with this text in the place of a token."""
        body = json.dumps({"query": query}).encode()
        return self.post(body, authorization=f"Bearer {token}", saphan_purpose="")

    def seen(self, desk: Desk) -> set[str]:
        """Every canary that came back to this desk so far."""
        return {each for whose, text in self.kept if whose == desk for each in found_in(text)}

    def connect(self) -> psycopg.Connection[Any]:
        """As the owner, committing each statement."""
        return psycopg.connect(self.owner, autocommit=True)

    def leaves(self, record: str) -> list[dict[str, Any]]:
        """The leaves of an access record, parsed."""
        with self.connect() as connection:
            rows = connection.execute(
                "select body from ledger.access_leaf where record_id = %s order by seq", (record,)
            ).fetchall()
        return [json.loads(body) for (body,) in rows]

    def disclosed(self, record: str) -> set[tuple[str, str]]:
        """(record id, field) pairs that an access record says were shown."""
        return {
            (shown, name)
            for leaf in self.leaves(record)
            for entry in leaf["disclosures"]
            for shown in entry["records"]
            for name in entry["fields"]
        }

    def records(self) -> int:
        """How many access records there are."""
        with self.connect() as connection:
            row = connection.execute("select count(*) from ledger.access_record").fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        self._client.close()
        self.served.end()


@contextmanager
def copied(template: str) -> Iterator[str]:
    """The connection string of a copy of a database, as superuser, dropped at the end."""
    server, name = os.environ["SAPHAN_TEST_DSN"], f"attacks_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    try:
        yield make_conninfo(server, dbname=name)
    finally:
        assert becomes(lambda: _dropped(server, name), 30, pause=0.5)


def _dropped(server: str, name: str) -> bool:
    """A backend that plans a large statement listens to nobody for seconds."""
    with psycopg.connect(server, autocommit=True) as connection:
        try:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )
        except psycopg.errors.ObjectInUse:
            return False
    return True


@contextmanager
def house_of(
    owner: str, nursery: Nursery, issuer: DevelopmentIssuer, **more: str
) -> Iterator[House]:
    """A server over this database for the time of the block, every hop of it traced."""
    settings = {
        "SAPHAN_FOLDER": str(issuer.folder.parent),
        "SAPHAN_DATABASE_URL": url_of(make_conninfo(owner, user="saphan_service")),
        "SAPHAN_TRACES": "console",
        "SAPHAN_LOG_LEVEL": "debug",
    }
    house = House(owner, nursery.start(**(settings | more)), issuer, nursery.errors.read_text)
    try:
        yield house
    finally:
        house.close()
