"""A registry that asks and is asked: one engine for each test, and everything that was shown by it.

Takes a registry, gives a `House`: callers, their answers, and the ledger's own word on each, read
from the leaves as the owner of the tables and not through anything that is tested here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import psycopg

from authz.caller import Caller
from resolvers.engine import Engine, EngineSettings, Request
from schema import reference
from schema.catalog import catalog
from schema.sdl import graphql_schema
from tests.compiler.registry import Registry, caller
from tests.refusals.facts import Facts, Target, settle

T = TypeVar("T")
Cell = tuple[str, str, str]
"""Access record, record shown, field."""
_COUNTRY = {agency.code: agency.country or "" for agency in reference.agencies()}
DESK = """query Desk($id: ID!) { returnCase(id: $id) { id state holder
  victim { id familyName gender homeProvince } } }"""
LIST = """query Everyone { victims(first: 100) { edges { node { id givenName familyName } } } }"""


def person(agency: str, role: str, purpose: str, subject: str = "", unit: str = "") -> Caller:
    """A caller who is this person."""
    who = caller(agency, role, purposes=(purpose,))
    named = subject or f"{role.lower()} of {agency}"
    return replace(who, subject=named, country=_COUNTRY[agency], unit=unit)


HOLDER = person("TH-DATIP", "FOCAL_POINT", "TRACING")
RETURNING = person("TH-DATIP", "FOCAL_POINT", "RETURN")
PHNOM_PENH = person("KH-MOSVY", "FOCAL_POINT", "TRACING")
VIENTIANE = person("LA-MLSW", "FOCAL_POINT", "TRACING")
AUDITORS = {c: person(f"{c}-AUDIT", "AUDITOR", "AUDIT") for c in ("TH", "KH", "LA")}
WORKER = person("TH-SHELTER", "CASE_WORKER", "TRACING")


@dataclass(slots=True)
class As:
    """One caller's way to the engine, as a command has it."""

    house: House
    who: Caller

    @property
    def caller(self) -> Caller:
        return self.who

    async def answer(
        self, query: str, purpose: str | None = None, **variables: object
    ) -> dict[str, Any]:
        given = {name: value for name, value in variables.items() if value is not None}
        stated = purpose or self.who.purposes[0]
        request = Request(query, None, given, self.who, stated, "trace")
        answer = await self.house.engine.answer(request)
        parsed: dict[str, Any] = json.loads(answer.body)
        return parsed


@dataclass(slots=True)
class House:
    """One registry with its engine and its people."""

    registry: Registry
    engine: Engine
    loop: asyncio.Runner
    owner: psycopg.Connection[Any]
    cambodian: Target
    laotian: Target
    made: list[str] = field(default_factory=list)

    def run(self, who: Caller, work: Callable[[As], Awaitable[T]]) -> T:
        """Do what a command does, as `who`."""

        async def done() -> T:
            return await work(As(self, who))

        return self.loop.run(done())

    def ask(self, who: Caller, query: str, **variables: object) -> dict[str, Any]:
        """One answer; its access record is remembered in `made`."""
        answer = self.run(who, lambda asking: asking.answer(query, None, **variables))
        record = answer.get("extensions", {}).get("accessRecord")
        if record is not None:
            self.made.append(record)
        return answer

    def desk(self, who: Caller, case: str) -> str:
        """Ask for one case as the desk does; the id of the access record."""
        return str(self.ask(who, DESK, id=case)["extensions"]["accessRecord"])

    def settle(self, facts: Facts) -> Target:
        """One more case."""
        return settle(self.owner, facts)

    def execute(self, text: Any, *values: object) -> None:
        """A change as the owner of the tables, past every trigger."""
        self.owner.execute("set session_replication_role = replica")
        self.owner.execute(text, values)
        self.owner.execute("set session_replication_role = origin")

    def cells(self) -> set[Cell]:
        """What the ledger itself says was shown, by every access there is."""
        rows = self.owner.execute("select record_id::text, body from ledger.access_leaf").fetchall()
        return {
            (access, record, name)
            for access, body in rows
            for entry in json.loads(body).get("disclosures", ())
            for record in entry["records"]
            for name in entry["fields"]
        }

    def close(self) -> None:
        """End the engine, its loop and the owner's connection."""
        self.loop.run(self.engine.stop())
        self.loop.close()
        self.owner.close()


def furnish(registry: Registry) -> House:
    """A Cambodian and a Lao woman, both found in Thailand, both of whom agreed to everything."""
    loop = asyncio.Runner()
    engine = Engine(
        graphql_schema(), catalog(), EngineSettings(lambda: registry.service, b"k" * 32)
    )
    loop.run(engine.start())
    owner = psycopg.connect(registry.owner, autocommit=True)
    cambodian = settle(owner, Facts())
    laotian = settle(owner, Facts(origin="LA", agreement="TH-LA-2017"))
    return House(registry, engine, loop, owner, cambodian, laotian)
