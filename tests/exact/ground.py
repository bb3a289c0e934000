"""A registry in which every kind of row is there, and the ledger's own word on each answer.

Takes a migrated database with the shipped protocols in force, writes cases on two corridors and in
every state that opens or closes something, gives a `Ground` to ask. Leaves are read as the owner of
the tables, not through anything that is tested here.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from authz.caller import Caller
from resolvers.engine import Engine, EngineSettings, Request
from schema.catalog import catalog
from schema.sdl import graphql_schema
from tests.compiler.registry import Registry
from tests.exact.marking import marked
from tests.exact.walker import Seen, Walk
from tests.law.asking import proved
from tests.refusals.facts import Facts, Said, Target, settle
from tests.tracing.house import person

COST = 10**9
TRICKY = '"\\/\b\n\x7f\u2028 ភូមិ \U0001f426'
"""Everything that canonical JSON escapes, or must not."""
HOST = person("TH-DATIP", "FOCAL_POINT", "TRACING")
RETURNING = person("TH-DATIP", "FOCAL_POINT", "RETURN")
PHNOM_PENH = person("KH-MOSVY", "FOCAL_POINT", "TRACING")
VIENTIANE = person("LA-MLSW", "FOCAL_POINT", "TRACING")
AUDITORS = {c: person(f"{c}-AUDIT", "AUDITOR", "AUDIT") for c in ("TH", "KH", "LA")}
WORKER = person("TH-SHELTER", "CASE_WORKER", "RETURN", "nurse")
HANOI = person("VN-MPS", "INVESTIGATOR", "TRACING")
STEWARD = person("TH-MFA", "AGREEMENT_STEWARD", "COORDINATION")
CALLERS = (HOST, RETURNING, PHNOM_PENH, VIENTIANE, *AUDITORS.values(), WORKER, HANOI, STEWARD)
_REFUSED = Said("TRACING", state="WITHDRAWN", day=5)
SITUATIONS = (
    Facts(),
    Facts(origin="LA", agreement="TH-LA-2017"),
    Facts(said=(Said("TRACING"), _REFUSED)),
    Facts(said=(Said("NOTIFICATION", state="REFUSED"),)),
    Facts(age=15),
    Facts(age=15, guarded=True),
    Facts(state="IDENTIFIED"),
    Facts(state="RETURN_PLANNED", planned_in=10, assigned=("TH-SHELTER", None)),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer beside its record."""

    body: Mapping[str, Any]
    record: str | None
    leaves: tuple[dict[str, Any], ...]
    seen: Seen
    searched: list[str]

    @property
    def disclosed(self) -> set[tuple[str, str]]:
        """(record id, field) pairs in the leaves."""
        return {
            (record, name)
            for leaf in self.leaves
            for entry in leaf["disclosures"]
            for record in entry["records"]
            for name in entry["fields"]
        }

    @property
    def clauses(self) -> set[tuple[str, str, str, str]]:
        """(pair of countries, record, field, clause)."""
        return {
            (leaf["pair"], record, name, entry["clause"])
            for leaf in self.leaves
            for entry in leaf["disclosures"]
            for record in entry["records"]
            for name in entry["fields"]
        }


@dataclass(slots=True)
class Ground:
    """The registry, and who asks it."""

    registry: Registry
    owner: psycopg.Connection[Any]
    loop: asyncio.Runner
    engine: Engine
    targets: list[Target] = field(default_factory=list)
    draft: str = ""
    acted: Target | None = None
    """The case that acts are tried on."""

    def ids(self) -> list[str]:
        """Of every record that is no access record."""
        rows = self.owner.execute(
            "select id::text from registry.record_index order by id"
        ).fetchall()
        return [identifier for (identifier,) in rows]

    def published(self) -> frozenset[str]:
        rows = self.owner.execute(
            "select id::text from registry.agreement where published"
        ).fetchall()
        return frozenset(identifier for (identifier,) in rows)

    def body(self, who: Caller, text: str, **variables: Any) -> dict[str, Any]:
        """One answer, parsed."""
        return self.loop.run(self._body(who, text, None, variables))

    async def _body(
        self, who: Caller, text: str, purpose: str | None, variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        request = Request(
            text, None, dict(variables), who, purpose or who.purposes[0], f"a trace of {TRICKY}"
        )
        parsed: dict[str, Any] = json.loads((await self.engine.answer(request)).body)
        return parsed

    def ask(self, who: Caller, text: str, *, mark: bool = True, **variables: Any) -> Asked:
        """Ask, and read what the ledger has of it."""
        return self.loop.run(self.asked(who, text, None, variables, mark=mark))

    async def asked(
        self,
        who: Caller,
        text: str,
        purpose: str | None,
        variables: Mapping[str, Any],
        *,
        mark: bool = True,
    ) -> Asked:
        """The same, inside the loop."""
        asked = marked(text) if mark else text
        body = await self._body(who, asked, purpose, variables)
        return self.held(asked, body, variables, mark=mark)

    def held(
        self,
        asked: str,
        body: Mapping[str, Any],
        variables: Mapping[str, Any],
        *,
        mark: bool = True,
    ) -> Asked:
        """An answer to the document beside what the ledger has of it."""
        walk = Walk(asked, variables, self.published())
        seen = walk.answer(body) if mark else Seen()
        record = body.get("extensions", {}).get("accessRecord")
        leaves = tuple(json.loads(line) for line in self.lines(record)) if record else ()
        return Asked(body, record, leaves, seen, walk.searched())

    def lines(self, record: str) -> list[str]:
        rows = self.owner.execute(
            "select body from ledger.access_leaf where record_id = %s order by pair", (record,)
        ).fetchall()
        return [line for (line,) in rows]

    def written(self) -> set[str]:
        """Ids of all access records there are."""
        rows = self.owner.execute("select id::text from ledger.access_record").fetchall()
        return {identifier for (identifier,) in rows}

    def close(self) -> None:
        self.loop.run(self.engine.stop())
        self.loop.close()
        self.owner.close()


def furnish(registry: Registry) -> Ground:
    """Cases in every situation, one woman on two corridors, and an agreement not yet public."""
    owner = psycopg.connect(registry.owner, autocommit=True)
    loop = asyncio.Runner()
    settings = EngineSettings(
        lambda: registry.service,
        b"k" * 32,
        cost_limit=COST,
        bulk_cost_limit=COST,
        prove=proved,
    )
    engine = Engine(graphql_schema(), catalog(), settings)
    loop.run(engine.start())
    ground = Ground(registry, owner, loop, engine)
    ground.targets = [settle(owner, facts) for facts in SITUATIONS]
    _second_case(owner, ground.targets[0].victim, Facts(origin="LA", agreement="TH-LA-2017"))
    taken_back = Facts(origin="LA", agreement="TH-LA-2017", said=(Said("TRACING"), _REFUSED))
    _second_case(owner, ground.targets[2].victim, taken_back)
    ground.draft = _draft(owner)
    return ground


def _second_case(owner: psycopg.Connection[Any], victim: str, facts: Facts) -> None:
    """The same woman was found again, and Laos is asked as well."""
    other = settle(owner, facts)
    owner.execute("set session_replication_role = replica")
    owner.execute(
        "update registry.return_case set victim_id = %s where id = %s", (victim, other.case)
    )
    owner.execute("set session_replication_role = origin")


def _draft(owner: psycopg.Connection[Any]) -> str:
    made = str(uuid.uuid4())
    owner.execute(
        "insert into registry.agreement (id, code, title, kind, published, state)"
        " values (%s, 'TH-KH-DRAFT', 'a draft', 'MOU', false, 'SIGNED')",
        (made,),
    )
    for party in ("TH", "KH"):
        owner.execute(
            "insert into registry.agreement_party (agreement_code, party)"
            " values ('TH-KH-DRAFT', %s)",
            (party,),
        )
    return made
