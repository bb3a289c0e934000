"""A small registry for the compiler's tests: cases walked along the machine's edges."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from authz.caller import Caller
from resolvers.engine import Engine, EngineSettings, Request
from schema.catalog import catalog
from schema.sdl import graphql_schema

PATH = (
    "SCREENED",
    "IDENTIFIED",
    "NOTIFIED",
    "TRACING_REQUESTED",
    "TRACING",
    "ASSESSED",
    "RETURN_PLANNED",
)
_VICTIM: LiteralString = (
    "insert into registry.victim (id, family_name, narrative, birth_date, birth_precision,"
    " age_disputed, nationalities, stateless, gender, entered_by) values"
    " (%s, %s, 'a canary no answer may hold', %s, 'DAY', %s, %s, false, 'Feminine', 'TH-DATIP')"
)
_CASE: LiteralString = (
    "insert into registry.return_case (id, victim_id, agreement_code, host, origin, state,"
    " main_rank, state_since, holder, opened_on) values"
    " (%s, %s, %s, 'TH', %s, 'SCREENED', 1, %s, 'TH-DATIP', '2026-09-01')"
)
_STEP: LiteralString = (
    "insert into registry.transition (id, case_id, state, at, from_state, actor_agency)"
    " values (%s, %s, %s, %s, %s, 'TH-DATIP')"
)
_CONSENT: LiteralString = (
    "insert into registry.consent (id, case_id, purpose, state, recipients, stated_at, given_by)"
    " values (%s, %s, %s, %s, %s, %s, 'SELF')"
)
_AGREEMENT = {"KH": "TH-KH-2014", "LA": "TH-LA-2017"}
START = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Made:
    """Ids of a case and its person."""

    case: str
    victim: str


def add_case(
    connection: psycopg.Connection[Any],
    origin: str,
    state: str,
    name: str,
    *,
    age: int = 30,
    consent: str | None = "GIVEN",
    disputed: bool = False,
    ids: Made | None = None,
    start: dt.datetime = START,
) -> Made:
    """One case of a person found in Thailand, walked to `state`; without a name, of one known."""
    made = ids or Made(str(uuid.uuid4()), str(uuid.uuid4()))
    born = dt.date(dt.datetime.now(dt.UTC).year - age, 1, 1)
    if name:
        connection.execute(_VICTIM, (made.victim, name, born, disputed, [origin]))
    connection.execute(_CASE, (made.case, made.victim, _AGREEMENT[origin], origin, start))
    before = None
    for day, step in enumerate(PATH[: PATH.index(state) + 1]):
        at = start + dt.timedelta(days=day)
        connection.execute(_STEP, (str(uuid.uuid4()), made.case, step, at, before))
        before = step
    if consent is not None:
        state_consent(connection, made.case, "TRACING", consent, [origin], start)
    return made


def state_consent(
    connection: psycopg.Connection[Any],
    case: str,
    purpose: str,
    state: str,
    recipients: list[str],
    at: dt.datetime,
) -> None:
    """One statement of consent; its id follows from what it says, so that answers can be golden."""
    name = f"{case} {purpose} {state} {recipients} {at}"
    identifier = uuid.UUID(bytes=uuid.uuid5(uuid.NAMESPACE_OID, name).bytes, version=4)
    connection.execute(_CONSENT, (str(identifier), case, purpose, state, recipients, at))


def caller(agency: str, *roles: str, purposes: tuple[str, ...] = ("TRACING",)) -> Caller:
    """A caller as a verified token would make it."""
    return Caller(
        agency=agency,
        country="" if agency.startswith("INT-") else agency[:2],
        roles=roles or ("FOCAL_POINT",),
        purposes=purposes,
        subject="u-1",
        client="desk",
        issuer="https://id.test.example",
        token_hash="0" * 64,
        expires_at=9_999_999_999,
    )


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry that answers as the service's role."""

    owner: str
    service: str

    async def ask(
        self,
        query: str,
        who: Caller,
        purpose: str | None = "TRACING",
        operation: str | None = None,
        **variables: object,
    ) -> dict[str, Any]:
        """One answer of a fresh engine, parsed."""
        settings = EngineSettings(lambda: self.service, b"k" * 32)
        engine = Engine(graphql_schema(), catalog(), settings)
        await engine.start()
        try:
            answer = await engine.answer(
                Request(query, operation, dict(variables), who, purpose, "trace")
            )
        finally:
            await engine.stop()
        parsed: dict[str, Any] = json.loads(answer.body)
        return parsed

    def leaves(self, record: str) -> list[dict[str, Any]]:
        """The leaves of one access record, parsed."""
        with psycopg.connect(self.owner) as connection:
            rows = connection.execute(
                "select body from ledger.access_leaf where record_id = %s order by seq", (record,)
            ).fetchall()
        return [json.loads(body) for (body,) in rows]

    def disclosed(self, record: str) -> set[tuple[str, str]]:
        """(record id, field) pairs that the access record says were shown."""
        return {
            (shown, name)
            for leaf in self.leaves(record)
            for entry in leaf["disclosures"]
            for shown in entry["records"]
            for name in entry["fields"]
        }
