"""One question, through every door, in one situation; and the four answers that there are.

Takes who asks for what of which case, promises that all doors agree: the value is SHOWN and stands
on record under its clause; or it is WITHHELD and the record tells why; or it is REFUSED on every
row; or the record is ABSENT and nothing tells it from one that does not exist. In the last three
the access record lists no disclosure, and neither count, filter nor order betrays the value.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import psycopg

from authz.caller import Caller
from resolvers.engine import Engine, EngineSettings, Request
from schema.catalog import catalog
from schema.sdl import graphql_schema
from tests.compiler.registry import Registry, caller
from tests.refusals import doors as d
from tests.refusals.facts import VALUES, Facts, Target, settle

_HEX = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Desk:
    """Who asks, and for which of the token's purposes."""

    agency: str
    role: str
    purpose: str
    unit: str = ""
    subject: str = "u-1"

    @property
    def caller(self) -> Caller:
        plain = caller(self.agency, self.role, purposes=(self.purpose,))
        # an NGO's country is a fact of the registry, which a real token is checked against
        country = _COUNTRY.get(self.agency, plain.country)
        return Caller(
            **{name: getattr(plain, name) for name in _KEPT}, country=country, unit=self.unit
        )


_KEPT = (
    "agency",
    "roles",
    "purposes",
    "subject",
    "client",
    "issuer",
    "token_hash",
    "expires_at",
)
_COUNTRY = {"NGO-CWCC": "KH", "NGO-VFI": "LA", "NGO-AAT": "TH"}


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, and what the ledger says of it."""

    door: d.Door
    body: dict[str, Any]
    leaves: tuple[dict[str, Any], ...]

    @property
    def data(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.body.get("data")
        return found

    @property
    def masked(self) -> str:
        """The answer without any id: what is left to tell two records apart by."""
        return _HEX.sub("an id", json.dumps(self.body, ensure_ascii=False, sort_keys=True))

    def refusals(self, name: str) -> list[tuple[str, tuple[str, ...]]]:
        """Reason and clauses of each error that names this field."""
        return [
            (error["extensions"]["reason"], tuple(error["extensions"]["clauses"]))
            for error in self.body.get("errors", ())
            if error["extensions"].get("field") == name
        ]

    def recorded(self, record: str, name: str) -> list[str]:
        """The clauses under which this field of this record stands as shown."""
        return [
            entry["clause"]
            for leaf in self.leaves
            for entry in leaf["disclosures"]
            if record in entry["records"] and name in entry["fields"]
        ]

    def mentions(self, ids: AbstractSet[str]) -> bool:
        """Whether the ledger names one of these ids in any way."""
        return any(each in json.dumps(self.leaves) for each in ids)


class Ask:
    """Asks one registry, over one engine. Situations are written when first asked about."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._known: dict[Facts, Target] = {}
        self._owner = psycopg.connect(registry.owner, autocommit=True)
        self._loop = asyncio.Runner()
        settings = EngineSettings(lambda: registry.service, b"k" * 32)
        self._engine = Engine(graphql_schema(), catalog(), settings)
        self._loop.run(self._engine.start())

    def close(self) -> None:
        """End the engine and its loop."""
        self._loop.run(self._engine.stop())
        self._loop.close()
        self._owner.close()

    def situation(self, facts: Facts) -> Target:
        """The case of which these facts are true; the same for the same facts."""
        if facts not in self._known:
            with self._owner.transaction():
                self._known[facts] = settle(self._owner, facts)
        return self._known[facts]

    def through(self, desk: Desk, asked: list[d.Door]) -> list[Answered]:
        """The answer to each door in turn."""
        found = []
        for door in asked:
            body = self._answer(desk, door)
            record = body.get("extensions", {}).get("accessRecord")
            found.append(Answered(door, body, self._leaves(record) if record else ()))
        return found

    def _answer(self, desk: Desk, door: d.Door) -> dict[str, Any]:
        request = Request(door.query, None, door.variables, desk.caller, desk.purpose, "trace")
        body: dict[str, Any] = json.loads(self._loop.run(self._engine.answer(request)).body)
        return body

    def _leaves(self, record: str) -> tuple[dict[str, Any], ...]:
        rows = self._owner.execute(
            "select body from ledger.access_leaf where record_id = %s order by seq", (record,)
        ).fetchall()
        return tuple(json.loads(body) for (body,) in rows)

    def shown(
        self,
        desk: Desk,
        facts: Facts,
        entity: str,
        *fields: str,
        clause: str = "",
        over: str = "",
    ) -> None:
        """Every door shows the values, and each stands on record. `over` is a type that the desk
        may not see: a door that leads over it is shut.
        """
        target = self.situation(facts)
        one = target.id_of(entity)
        for answer in self._read(desk, target, entity, fields):
            record = _found(answer, one)
            if answer.door.leads_over(over):
                assert record is None, answer.door.name
                continue
            assert record is not None, (answer.door.name, answer.body)
            for name in fields:
                assert record[name] is not None, (answer.door.name, name, record["withheld"])
                if name in _STORED:
                    assert record[name] == _STORED[name]
                by = answer.recorded(one, f"{entity}.{name}")
                assert len(by) >= 1, answer.door.name
                assert clause in by[0], (answer.door.name, by)
        self._counted(desk, target, entity, fields, visible=True, meets=True, over=over)
        self._ordered(desk, target, entity, fields, lambda value: value is not None)

    def withheld(
        self,
        desk: Desk,
        facts: Facts,
        entity: str,
        *fields: str,
        reason: str,
        clause: str | None,
        over: str = "",
    ) -> None:
        """Every door shows the record without the values and says why, in the same words."""
        target = self.situation(facts)
        one = target.id_of(entity)
        for answer in self._read(desk, target, entity, fields):
            record = _found(answer, one)
            if answer.door.leads_over(over):
                assert record is None, answer.door.name
                continue
            assert record is not None, (answer.door.name, answer.body)
            assert [record[name] for name in fields] == [None] * len(fields), answer.door.name
            said = {w["field"]: (w["reason"], w["clause"]) for w in record["withheld"]}
            assert said == dict.fromkeys(fields, (reason, clause)), (answer.door.name, said)
            for name in fields:
                assert answer.recorded(one, f"{entity}.{name}") == [], answer.door.name
        self._counted(desk, target, entity, fields, visible=True, meets=False, over=over)
        self._ordered(desk, target, entity, fields, lambda value: value is None)
        self._not_guessed(desk, target, entity, fields)

    def closed(self, desk: Desk, facts: Facts, entity: str, *fields: str) -> None:
        """No door shows a value, whether the record is seen or not, and none is on record."""
        target = self.situation(facts)
        one = target.id_of(entity)
        for answer in self._read(desk, target, entity, fields):
            record = _found(answer, one) or {}
            for name in fields:
                assert record.get(name) is None, (answer.door.name, name)
                assert answer.recorded(one, f"{entity}.{name}") == [], answer.door.name
        for name in fields:
            asked = d.counting(entity, target, f"{name}: {{isNull: false}}")
            assert [_count(answer) for answer in self.through(desk, asked)] == [0] * len(asked)
        self._not_guessed(desk, target, entity, fields)

    def absent(self, desk: Desk, facts: Facts, entity: str, *fields: str, beside: str = "") -> None:
        """No door knows the record, and each answers as it does for one that nobody ever wrote.
        `beside` is a type of the same situation that the desk may see.
        """
        target = self.situation(facts)
        one = target.id_of(entity)
        hidden = target.ids() - ({target.id_of(beside)} if beside else set())
        for answer in self._read(desk, target, entity, fields):
            assert "errors" not in answer.body, answer.body
            assert _found(answer, one) is None, answer.door.name
            assert not answer.mentions(hidden), answer.door.name
        self._as_if_missing(desk, target, entity, fields, beside)
        self._counted(desk, target, entity, fields, visible=False, meets=False, hidden=hidden)
        self._ordered(desk, target, entity, fields, None)
        self._not_guessed(desk, target, entity, fields)

    def refused(
        self,
        desk: Desk,
        facts: Facts,
        entity: str,
        *fields: str,
        reason: str,
        clause: str = "",
        beside: str = "",
    ) -> None:
        """Every door refuses the fields on every row, and a search by them as a whole. `beside` as
        above; where it is the type itself, the record is seen and the fields are not.
        """
        target = self.situation(facts)
        one = target.id_of(entity)
        for answer in self.through(desk, d.reading(entity, fields, target)):
            record = _found(answer, one)
            assert record is None or beside == entity, answer.door.name
            for name in fields:
                ((said, clauses), *more) = answer.refusals(f"{entity}.{name}")
                assert (said, more) == (reason, []), (answer.door.name, name)
                assert clause in " ".join(clauses), answer.door.name
                assert record is None or record[name] is None, answer.door.name
                assert answer.recorded(one, f"{entity}.{name}") == [], answer.door.name
        if beside != entity:
            self._as_if_missing(desk, target, entity, fields, beside)
        for name in fields:
            for answer in self._search(desk, target, entity, name):
                assert answer.data is None, answer.door.name
                assert {said for said, _ in answer.refusals(f"{entity}.{name}")} == {reason}
                assert [leaf["disclosures"] for leaf in answer.leaves] == [[]]
        self._not_guessed(desk, target, entity, fields)

    def _read(
        self, desk: Desk, target: Target, entity: str, fields: tuple[str, ...]
    ) -> list[Answered]:
        answers = self.through(desk, d.reading(entity, fields, target))
        for answer in answers:
            if answer.door.way[0] == "bilateralContact":  # else the door says nothing
                assert (answer.data or {})["bilateralContact"] is not None
        return answers

    def _search(self, desk: Desk, target: Target, entity: str, name: str) -> list[Answered]:
        asked = []
        if d.can_be_filtered(entity, name):
            asked += d.counting(entity, target, f"{name}: {{isNull: false}}")
        if d.can_be_ordered(entity, name):
            asked += [d.ordering(entity, name, way, target) for way in ("ASC", "DESC")]
        return self.through(desk, asked)

    def _as_if_missing(
        self, desk: Desk, target: Target, entity: str, fields: tuple[str, ...], beside: str
    ) -> None:
        nowhere = target.elsewhere()
        here, there = (
            self.through(desk, d.reading(entity, fields, at) + d.counting(entity, at))
            for at in (target, nowhere)
        )
        for answer, missing in zip(here, there, strict=True):
            if not answer.door.leads_over(beside):
                assert answer.masked == missing.masked, answer.door.name

    def _counted(
        self,
        desk: Desk,
        target: Target,
        entity: str,
        fields: tuple[str, ...],
        *,
        visible: bool,
        meets: bool,
        over: str = "",
        hidden: AbstractSet[str] = frozenset(),
    ) -> None:
        for answer in self.through(desk, d.counting(entity, target)):
            there = visible and not answer.door.leads_over(over)
            assert _count(answer) == int(there), (answer.door.name, answer.body)
        for name in fields:
            if not d.can_be_filtered(entity, name):
                continue
            asked = d.counting(entity, target, f"{name}: {{isNull: false}}")
            for answer in self.through(desk, asked):
                found = meets and not answer.door.leads_over(over)
                assert _count(answer) == int(found), (answer.door.name, name, answer.body)
                searched = {each for leaf in answer.leaves for each in leaf["searched"]}
                assert f"{entity}.{name}" in searched
                assert not answer.mentions(hidden)

    def _ordered(
        self,
        desk: Desk,
        target: Target,
        entity: str,
        fields: tuple[str, ...],
        stands: Callable[[Any], bool] | None,
    ) -> None:
        """The listing follows what it shows, nulls last both ways: a hidden value moves nothing."""
        for name in fields:
            for way in ("ASC", "DESC"):
                (answer,) = self.through(desk, [d.ordering(entity, name, way, target)])
                if not d.can_be_ordered(entity, name):
                    (error,) = answer.body["errors"]
                    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
                    continue
                records = list(answer.door.records(answer.data))
                values = [r[name] for r in records if r[name] is not None]
                assert values == sorted(values, reverse=way == "DESC")
                assert all(r[name] is None for r in records[len(values) :])
                mine = [r[name] for r in records if r["id"] == target.id_of(entity)]
                if stands is None:
                    assert mine == []
                else:
                    assert len(mine) == 1
                    assert stands(mine[0])

    def _not_guessed(
        self, desk: Desk, target: Target, entity: str, fields: tuple[str, ...]
    ) -> None:
        """Who filters by the right value is told what who filters by a wrong one is told."""
        for name in fields:
            right = _STORED.get(name)
            if not isinstance(right, str) or not d.can_be_filtered(entity, name):
                continue
            for door, other in zip(
                *(
                    self.through(desk, d.counting(entity, target, f"{name}: {{eq: {guess}}}"))
                    for guess in (json.dumps(right), json.dumps("no such thing"))
                ),
                strict=True,
            ):
                assert door.masked == other.masked, door.door.name


def _camel(column: str) -> str:
    head, *tail = column.split("_")
    return head + "".join(part.capitalize() for part in tail)


_STORED = {_camel(column): value for column, value in VALUES.items() if value is not None}


def _found(answer: Answered, record: str) -> dict[str, Any] | None:
    """The record in the answer; where it stands several times, all of them alike."""
    found = [each for each in answer.door.records(answer.data) if each.get("id") == record]
    assert all(each == found[0] for each in found)
    return found[0] if found else None


def _count(answer: Answered) -> int:
    assert "errors" not in answer.body, answer.body
    (connection,) = list(answer.door.records(answer.data)) or [{"totalCount": 0}]
    count: int = connection["totalCount"]
    return count
