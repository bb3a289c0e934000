"""The desks of a return from Thailand to Cambodia, and how they speak: one engine, many callers."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from authz.caller import Caller
from resolvers.engine import Engine, EngineSettings, Request
from schema.catalog import catalog
from schema.sdl import graphql_schema
from tests.compiler.registry import Made, Registry, add_case, caller, state_consent

PROVINCE = "Banteay Meanchey"
PROBLEMS = """problems { __typename ... on Mendable { code message }
  ... on InvalidInput { field rule }
  ... on IllegalStep { state possible } ... on GuardUnmet { guard }
  ... on NotPermitted { reason clause dataClass } ... on Conflict { dataClass }
  ... on UnknownRecord { field } }"""


def desk(agency: str, role: str, subject: str, purpose: str, unit: str = "") -> Caller:
    """An official with a token of one purpose."""
    made = caller(agency, role, purposes=(purpose,))
    country = "KH" if agency.startswith("NGO-") else made.country
    return replace(made, subject=subject, unit=unit, country=country)


MDT = desk("TH-MDT", "MDT_MEMBER", "mdt-1", "IDENTIFICATION")
HOST = desk("TH-DATIP", "FOCAL_POINT", "datip-1", "TRACING")
HOST_RETURN = desk("TH-DATIP", "FOCAL_POINT", "datip-2", "RETURN")
ORIGIN = desk("KH-MOSVY", "FOCAL_POINT", "mosvy-1", "TRACING")
ORIGIN_RETURN = desk("KH-MOSVY", "FOCAL_POINT", "mosvy-2", "RETURN")
TRACER = desk("KH-POSVY", "TRACING_OFFICER", "posvy-1", "TRACING", PROVINCE)
CONSUL = desk("KH-MFAIC", "CONSULAR_OFFICER", "mfaic-1", "RETURN")
BORDER = desk("TH-IMM", "BORDER_OFFICER", "imm-1", "RETURN")
RECEPTION = desk("KH-PTC", "RECEPTION", "ptc-1", "RETURN")
RECEPTION_AFTER = desk("KH-PTC", "RECEPTION", "ptc-1", "REINTEGRATION")
HELPER = desk("NGO-CWCC", "PARTNER_CASEWORKER", "cwcc-1", "REINTEGRATION")
STRANGER = desk("LA-MLSW", "FOCAL_POINT", "mlsw-1", "TRACING")


@dataclass(slots=True)
class House:
    """A registry with one engine kept open, and its owner's connection."""

    registry: Registry
    owner: psycopg.Connection[Any]
    loop: asyncio.Runner
    engine: Engine
    asked: list[dict[str, Any]] = field(default_factory=list)

    def ask(
        self, who: Caller, query: str, key: str | None = None, **variables: Any
    ) -> dict[str, Any]:
        """One answer, parsed."""
        request = Request(query, None, variables, who, who.purposes[0], "trace", key)
        answer = self.loop.run(self.engine.answer(request))
        body: dict[str, Any] = json.loads(answer.body)
        self.asked.append(body)
        return body

    def at_once(self, *requests: Request) -> list[dict[str, Any]]:
        """Several requests at the same time."""

        async def all_of() -> list[bytes]:
            answers = await asyncio.gather(*(self.engine.answer(r) for r in requests))
            return [answer.body for answer in answers]

        return [json.loads(body) for body in self.loop.run(all_of())]

    def act(
        self, who: Caller, name: str, case: str, key: str | None = None, **given: Any
    ) -> dict[str, Any]:
        """The payload of one step of a case; arguments as GraphQL literals."""
        body = self.ask(who, document(name, case, **given), key)
        assert "errors" not in body, body
        payload: dict[str, Any] = body["data"][name]
        return payload

    def done(self, who: Caller, name: str, case: str, **given: Any) -> dict[str, Any]:
        """The payload of a step that is taken."""
        payload = self.act(who, name, case, **given)
        assert payload["problems"] == [], payload
        return payload

    def refused(self, who: Caller, name: str, case: str, **given: Any) -> dict[str, Any]:
        """The one problem of a step that is not taken; nothing has changed."""
        before = self.trace_of(case)
        payload = self.act(who, name, case, **given)
        assert len(payload["problems"]) == 1, payload
        assert self.trace_of(case) == before
        problem: dict[str, Any] = payload["problems"][0]
        return problem

    def state(self, case: str) -> str:
        """Where the case stands."""
        row = self.owner.execute(
            "select state from registry.return_case where id = %s", (case,)
        ).fetchone()
        assert row is not None
        return str(row[0])

    def trace_of(self, case: str) -> tuple[object, ...]:
        """What tells whether anything at all was written on a case."""
        row = self.owner.execute(
            "select (select count(*) from registry.event where case_id = %(c)s),"
            " (select count(*) from registry.deed), (select to_jsonb(r)::text from"
            " registry.return_case r where r.id = %(c)s)",
            {"c": case},
        ).fetchone()
        assert row is not None
        return tuple(row)

    def case(self, state: str, **options: Any) -> Made:
        """A case in `state`, of a person of the province, with every consent of an adult."""
        made = add_case(self.owner, "KH", state, "Sok", **options)
        self.owner.execute(
            "update registry.victim set home_province = %s where id = %s",
            (PROVINCE, made.victim),
        )
        self.assign(made.case, "TH-MDT")
        return made

    def at_home(self) -> Made:
        """The same after its handover, in the reception of the country of origin."""
        made = self.case("RETURN_PLANNED")
        for state, before in (
            ("DOCUMENTS_READY", "RETURN_PLANNED"),
            ("HANDED_OVER", "DOCUMENTS_READY"),
            ("IN_RECEPTION", "HANDED_OVER"),
        ):
            self.owner.execute(
                "insert into registry.transition (id, case_id, state, at, from_state, actor_agency)"
                " values (gen_random_uuid(), %s, %s, clock_timestamp(), %s, 'TH-DATIP')",
                (made.case, state, before),
            )
        self.owner.execute(
            "update registry.return_case set holder = 'KH-MOSVY' where id = %s", (made.case,)
        )
        return made

    def consent(self, case: str, purpose: str, state: str = "GIVEN") -> None:
        """A statement of the person to the country of origin, made now."""
        at = self.owner.execute("select clock_timestamp()").fetchone()
        assert at is not None
        state_consent(self.owner, case, purpose, state, ["KH"], at[0])

    def assign(self, case: str, agency: str, unit: str | None = None) -> None:
        """Give an agency the case in hand."""
        self.owner.execute(
            "insert into registry.assignment (id, case_id, agency_code, unit, from_at)"
            " values (%s, %s, %s, %s, now())",
            (str(uuid.uuid4()), case, agency, unit),
        )


def document(name: str, case: str, select: str = "", **given: Any) -> str:
    """A mutation with its arguments as GraphQL literals."""
    arguments = "".join(f", {key}: {value}" for key, value in given.items())
    record = select or "returnCase { id state }"
    return (
        f'mutation {{ {name}(caseId: "{case}"{arguments}) {{ repeated accessRecord {PROBLEMS}'
        f" {record} }} }}"
    )


@contextmanager
def opened(registry: Registry) -> Iterator[House]:
    """The house over a registry."""
    settings = EngineSettings(lambda: registry.service, b"k" * 32)
    engine = Engine(graphql_schema(), catalog(), settings)
    with (
        asyncio.Runner() as loop,
        psycopg.connect(registry.owner, autocommit=True) as owner,
    ):
        loop.run(engine.start())
        try:
            yield House(registry, owner, loop, engine)
        finally:
            loop.run(engine.stop())
