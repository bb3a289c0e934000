"""The database side: drawn rows and laws put in, cleared again, and the engine asked as it is.

Takes a world and protocol versions, gives answers of one running engine and
the access records they left. Loads as the superuser through every trigger;
clears past them, because the registry keeps what it was once told.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from authz.caller import Caller
from resolvers.engine import Engine, EngineSettings, Request
from schema import reference
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service.proposals import proposer_of
from tests.judge.law import Proposed
from tests.judge.recording import Leaf
from tests.judge.world import TABLES, Row, World

_JSON = {"family_contacts", "places", "dates", "suspects"}
_CLEARED = (
    "registry.restriction registry.emergency_opening registry.legal_request registry.follow_up"
    " registry.travel_paper registry.assessment registry.referral registry.assignment"
    " registry.consent registry.transition registry.contact_case registry.contact_participant"
    " registry.bilateral_contact registry.focal_point registry.case_party registry.return_case"
    " registry.victim ledger.access_leaf ledger.access_record"
).split()
_FIRST = ("Agreement", "Party", "Clause", "FocalPoint", "BilateralContact")
_ORDER = (*_FIRST, *(kind for kind in TABLES if kind not in _FIRST))
_LAW = ("policy.ending", "policy.ratification", "policy.protocol_version")
_DRAWN = "drawn by the judge"
_VERSION: LiteralString = (
    "insert into policy.protocol_version (id, agreement_code, version, content, content_hash,"
    " proposed_by_agency, proposed_by_subject) values (%s, %s, %s, %s, %s, %s, 'judge')"
)
_BOUND: LiteralString = (
    "insert into policy.ratification (version_id, party, agency, subject, kind)"
    " values (%s, %s, %s, %s, 'BOUND_BY_SIGNATURE')"
)
_RECORD: LiteralString = (
    "select outcome, searched, refusals, withheld, protocols, agency, country, unit, cases, roles,"
    " subject, client, issuer, purpose, operation_name from ledger.access_record where id = %s"
)


def reference_world(now: dt.datetime) -> World:
    """A world that holds what every registry begins with."""
    world = World(now)
    for agency in reference.agencies():
        columns = {name: getattr(agency, name) for name in agency.__dataclass_fields__}
        world.add("Agency", **{**columns, "id": str(agency.id)})
    for agreement in reference.agreements():
        columns = {name: getattr(agreement, name) for name in agreement.__dataclass_fields__}
        parties = columns.pop("parties")
        columns["supersedes_code"] = columns.pop("supersedes")
        world.add("Agreement", **{**columns, "id": str(agreement.id)})
        for party in parties:
            world.add("Party", agreement_code=agreement.code, party=party)
    for clause in reference.clauses():
        columns = {name: getattr(clause, name) for name in clause.__dataclass_fields__}
        columns |= {"id": str(clause.id), "purposes": list(clause.purposes)}
        world.add("Clause", **columns)
    world.drawn.clear()
    return world


@dataclass(frozen=True, slots=True)
class Stored:
    """An access record as the ledger holds it."""

    columns: dict[str, Any]
    whole: Leaf
    leaves: dict[str, dict[str, Any]]

    def leaf(self, pair: str) -> Leaf:
        """One leaf's own part."""
        return _leaf(self.leaves[pair])


@dataclass(slots=True)
class Ground:
    """One database with one engine on it, in one event loop."""

    superuser: psycopg.Connection[Any]
    service: str
    runner: asyncio.Runner
    law: tuple[Proposed, ...] | None = None
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        settings = EngineSettings(lambda: self.service, b"k" * 32, connections=2)
        self.engine = Engine(graphql_schema(), catalog(), settings)
        self.runner.run(self.engine.start())

    def close(self) -> None:
        """Stop the engine."""
        self.runner.run(self.engine.stop())

    def now(self) -> dt.datetime:
        """The database's clock, in UTC."""
        row = self.superuser.execute("select clock_timestamp()").fetchone()
        found: dt.datetime = row[0] if row else dt.datetime.now(dt.UTC)
        return found.astimezone(dt.UTC)

    @contextmanager
    def holding(self, world: World, law: Sequence[Proposed]) -> Iterator[None]:
        """The database with these rows and this law, cleared afterwards."""
        try:
            with self.superuser.transaction(), self.superuser.cursor() as cursor:
                self._enact(cursor, tuple(law))
                with self.superuser.pipeline():
                    _insert(cursor, world.drawn)
            self._wake(world)
            yield
        finally:
            self._clear()

    def _enact(self, cursor: psycopg.Cursor[Any], law: tuple[Proposed, ...]) -> None:
        if law == self.law:
            return
        cursor.execute("set local session_replication_role = replica")
        for table in _LAW:
            cursor.execute(_delete(table))
        cursor.execute("set local session_replication_role = origin")
        self.law = None
        for each in law:
            document, identifier = each.document, uuid.uuid4()
            proposer = proposer_of(document)
            cursor.execute(
                _VERSION,
                (
                    identifier,
                    document.agreement,
                    document.version,
                    each.text,
                    document.content_hash,
                    proposer,
                ),
            )
            cursor.executemany(
                _BOUND, [(identifier, party, proposer, party) for party in sorted(each.bound)]
            )
        cursor.execute("update policy.version set number = number + 1")
        self.law = law

    def _wake(self, world: World) -> None:
        """Let the engine find that its policy is another one: an operation that is refused as a
        whole does not ask (`test_known_bugs`).
        """
        agency = world.all("Agency")[0]
        who = Caller(agency["code"], agency["country"], (), (), "u", "c", "i", "0" * 64, 9_999_999_999)
        self.ask("{ returnCases(first: 1) { totalCount } }", {}, who, "TRACING")

    def _clear(self) -> None:
        with self.superuser.transaction(), self.superuser.cursor() as cursor:
            cursor.execute("set local session_replication_role = replica")
            with self.superuser.pipeline():
                for table in _CLEARED:
                    cursor.execute(_delete(table))
                for table in ("clause", "agreement_party"):
                    cursor.execute(
                        sql.SQL(
                            "delete from registry.{} where agreement_code in"
                            " (select code from registry.agreement where source = {})"
                        ).format(sql.Identifier(table), _DRAWN)
                    )
                cursor.execute("delete from registry.agreement where source = %s", (_DRAWN,))
                cursor.execute("delete from registry.record_index where id not in (select id from"
                    " registry.agency union all select id from registry.agreement"
                    " union all select id from registry.clause)")

    def ask(
        self, text: str, variables: dict[str, Any], caller: Caller, purpose: str | None
    ) -> dict[str, Any]:
        """One answer of the engine, parsed."""
        request = Request(text, None, variables, caller, purpose, "trace")
        answer = self.runner.run(self.engine.answer(request))
        return cast("dict[str, Any]", json.loads(answer.body))

    def stored(self, record: str) -> Stored:
        """An access record and its leaves."""
        found = self.superuser.execute(_RECORD, (record,))
        row = found.fetchone()
        columns = dict(zip([c.name for c in found.description or ()], row or (), strict=True))
        bodies = self.superuser.execute(
            "select pair, body from ledger.access_leaf where record_id = %s", (record,)
        ).fetchall()
        leaves = {pair: json.loads(body) for pair, body in bodies}
        whole = Leaf()
        for leaf in leaves.values():
            whole.disclosures |= _leaf(leaf).disclosures
        whole.withheld = Counter(
            {(each["field"], each["reason"]): each["count"] for each in columns["withheld"]}
        )
        return Stored(columns, whole, leaves)


def _leaf(body: dict[str, Any]) -> Leaf:
    disclosures = {
        (record, name, entry["clause"])
        for entry in body["disclosures"]
        for record in entry["records"]
        for name in entry["fields"]
    }
    withheld = {(each["field"], each["reason"]): each["count"] for each in body["withheld"]}
    return Leaf(disclosures, Counter(withheld))


def _delete(table: str) -> sql.Composed:
    return sql.SQL("delete from {}").format(sql.Identifier(*table.split(".")))


def _insert(cursor: psycopg.Cursor[Any], rows: Sequence[Row]) -> None:
    placed = sorted(rows, key=lambda row: _ORDER.index(row.kind))
    for (kind, names), group in groupby(placed, key=lambda row: (row.kind, tuple(row.columns))):
        statement = sql.SQL("insert into registry.{} ({}) values ({})").format(
            sql.Identifier(TABLES[kind]),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join([sql.Placeholder()] * len(names)),
        )
        values = [
            [Jsonb(row[name]) if name in _JSON and row[name] is not None else row[name]
             for name in names]
            for row in group
        ]
        cursor.executemany(statement, values)
