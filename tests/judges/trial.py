"""One trial: a world, a policy, some callers and their questions, put to both judges."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any

import psycopg
import pytest

from authz.caller import Caller
from authz.profile import Policy
from resolvers.engine import Engine, EngineSettings, Request
from resolvers.policies import load as load_policy
from schema import reference
from schema.catalog import catalog
from schema.sdl import graphql_schema
from tests.compiler.registry import Registry
from tests.judges import facts, rules, strategies, worlds
from tests.judges.asking import CURSOR, Answer, ask
from tests.judges.copies import load_copies
from tests.judges.histories import load_histories
from tests.judges.questions import question
from tests.judges.rules import Judge
from tests.judges.world import KINDS, World, load

facts.AGENCY_COUNTRY.update({a.code: a.country or "" for a in reference.agencies()})
rules.AGREEMENT_PARTIES.update({a.code: frozenset(a.parties) for a in reference.agreements()})
COST = 1_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """One question of one caller to one world under one policy."""

    world: World
    policy: Policy
    caller: Caller
    purpose: str
    query: str

    def __repr__(self) -> str:
        return f"{self.caller.agency} for {self.purpose}: {self.query}"


@dataclass(slots=True)
class Court:
    """A registry that holds one world at a time, and both judges over it."""

    registry: Registry
    shipped: Policy
    policy: Policy
    connection: psycopg.Connection[Any]
    runner: asyncio.Runner
    engine: Engine | None = None
    held: World | None = None

    @classmethod
    def open(cls, registry: Registry, superuser: str, patch: pytest.MonkeyPatch) -> Court:
        runner = asyncio.Runner()
        shipped = runner.run(load_policy(registry.service))
        court = cls(registry, shipped, shipped, psycopg.connect(superuser, autocommit=True), runner)

        async def in_force(_dsn: str, _past: object = None) -> Policy:
            return court.policy

        patch.setattr("resolvers.prepared.load", in_force)
        return court

    def close(self) -> None:
        self._rest()
        self.connection.close()
        self.runner.close()

    def _rest(self) -> None:
        if self.engine is not None:
            self.runner.run(self.engine.stop())
        self.engine = None

    def seat(self, world: World, policy: Policy) -> None:
        """Make this the world and the law of the next questions."""
        if self.held is not world:
            load(self.connection, world)
            load_copies(self.connection, world)
            load_histories(self.connection, world)
            self.held = world
        if self.engine is None or self.policy is not policy:
            self._rest()
            self.policy = policy
            settings = EngineSettings(
                lambda: self.registry.service,
                b"k" * 32,
                connections=1,
                cost_limit=COST,
                bulk_cost_limit=COST,
            )
            self.engine = Engine(graphql_schema(), catalog(), settings)
            self.runner.run(self.engine.start())

    def differences(self, case: Case) -> list[str]:
        """Where the two judges do not agree, in words; nothing where they do."""
        self.seat(case.world, case.policy)
        assert self.engine is not None
        request = Request(case.query, None, {}, case.caller, case.purpose, "trace")
        body = json.loads(self.runner.run(self.engine.answer(request)).body)
        now = dt.datetime.now(dt.UTC)
        judge = Judge(case.world, case.policy, case.caller, case.purpose, now)
        return list(compare(body, self._leaves(body), ask(judge, case.query)))

    def _leaves(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        record = body.get("extensions", {}).get("accessRecord")
        if record is None:
            return []
        rows = self.connection.execute(
            "select body from ledger.access_leaf where record_id = %s order by seq", (record,)
        ).fetchall()
        return [json.loads(text) for (text,) in rows]


def compare(body: Mapping[str, Any], leaves: list[dict[str, Any]], said: Answer) -> Iterator[str]:
    """The compiler's answer and record beside the other judge's."""
    errors = {
        (
            tuple(error.get("path") or ()),
            error["extensions"].get("field", error["extensions"]["code"]),
            error["extensions"].get("reason", error["message"]),
        )
        for error in body.get("errors", ())
    }
    yield from _differ("errors", errors, said.errors)
    yield from _differ("data", masked(body.get("data")), said.data)
    extensions = body.get("extensions", {})
    if said.data is not None:
        yield from _differ("withheld", extensions.get("withheld"), said.withheld)
    disclosed = {
        (entry["clause"], name, record)
        for leaf in leaves
        for entry in leaf["disclosures"]
        for record in entry["records"]
        for name in entry["fields"]
    }
    yield from _differ("disclosures", disclosed, said.disclosures)
    counts = {
        (leaf["pair"], entry["field"], entry["reason"]): entry["count"]
        for leaf in leaves
        for entry in leaf["withheld"]
    }
    yield from _differ("withheld in the record", counts, said.counts)
    for leaf in leaves:
        refusals = {(entry["field"], entry["reason"]) for entry in leaf["refusals"]}
        yield from _differ("refusals", refusals, said.refusals)
        yield from _differ("searched", leaf["searched"], said.searched)
        outcome = "REFUSED" if said.data is None else "DISCLOSED"
        yield from _differ("outcome", leaf["outcome"], outcome)
    if not leaves:
        yield "no access record"


def _differ(what: str, compiled: Any, plain: Any) -> Iterator[str]:
    if compiled == plain:
        return
    if isinstance(compiled, set) and isinstance(plain, set):
        compiled, plain = compiled - plain, plain - compiled
    yield f"{what}: the compiler says\n  {compiled}\nthe rulings say\n  {plain}"


def masked(value: Any) -> Any:
    """The answer with its cursors hidden."""
    if isinstance(value, list):
        return [masked(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: CURSOR if key in ("cursor", "endCursor") and each is not None else masked(each)
        for key, each in value.items()
    }


def trials(shipped: Policy, r: Random, callers: int, questions: int) -> Iterator[Case]:
    """Cases over one world and one policy."""
    now = dt.datetime.now(dt.UTC)
    policy = strategies.policy(r, shipped)
    asking = [strategies.caller(r, policy) for _ in range(callers)]
    world = worlds.world(r, now, asking)
    for each, purpose in asking:
        who = strategies.narrowed(r, each, [case.id for case in world.cases])
        judge = Judge(world, policy, who, purpose, now)
        for _ in range(questions):
            yield Case(world, policy, who, purpose, question(r, judge))


def smaller(court: Court, case: Case) -> Case:
    """The case with every row left out that the disagreement does not need."""
    again = True
    while again:
        again = False
        for kind in World.__slots__:
            for row in getattr(case.world, kind):
                rows = tuple(each for each in getattr(case.world, kind) if each is not row)
                tried = replace(case, world=replace(case.world, **{kind: rows}))
                if _still_differs(court, tried):
                    case, again = tried, True
    return case


def _still_differs(court: Court, case: Case) -> bool:
    try:
        return bool(court.differences(case))
    except Exception:  # noqa: BLE001  # a world without its persons is no world
        return False


def report(court: Court, case: Case) -> str:
    """Everything that is needed to judge a disagreement by hand."""
    lines = [
        f"{type(row).__name__} {_told(row)}"
        for kind in World.__slots__
        for row in getattr(case.world, kind)
    ]
    now = dt.datetime.now(dt.UTC)
    judge = Judge(case.world, case.policy, case.caller, case.purpose, now)
    for grant in judge.mine():
        if case.purpose in grant.purposes and grant.entity in KINDS.values():
            when = " ".join(map(str, grant.when))
            side, classes = grant.grantee.side, ",".join(sorted(grant.classes))
            lines.append(f"{grant.entity} {grant.clause} side {side} {classes}: {when}")
    lines += [f"caller {case.caller}", f"purpose {case.purpose}", case.query]
    return "\n".join(["the judges differ", *lines, *court.differences(case)])


def _told(row: Any) -> str:
    return ", ".join(
        f"{each.name}={getattr(row, each.name)}"
        for each in fields(row)
        if getattr(row, each.name) not in (None, (), False)
    )
