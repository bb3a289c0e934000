"""The whole answer, object by object: every record judged where it stands, nothing compiled.

Takes a question, world and law, gives `Answered`: data, errors, what was
withheld where, and what was shown to whom under which clause.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode

from tests.judge.filtering import ordered, passes
from tests.judge.law import Law
from tests.judge.refusing import Path, Rules
from tests.judge.sdl import (
    ENTITIES,
    class_of,
    field_names,
    is_connection,
    level_of,
    object_type,
    target_of,
)
from tests.judge.selecting import Question, Selected
from tests.judge.verdict import Hidden, Shown, Verdict
from tests.judge.world import Row, World, linked, stored


class Cursor:
    """Where an edge stands: any text, since a cursor is opaque."""

    def __repr__(self) -> str:
        return "<cursor>"


CURSOR = Cursor()


@dataclass(slots=True)
class Answered:
    """What the judge says must come out."""

    rules: Rules
    verdict: Verdict
    data: dict[str, Any] | None = None
    by_path: Counter[tuple[str, str]] = field(default_factory=Counter)
    shown: dict[tuple[str, str], str] = field(default_factory=dict)
    withheld: set[tuple[str, str, str]] = field(default_factory=set)
    records: dict[str, Row] = field(default_factory=dict)

    @property
    def errors(self) -> list[dict[str, Any]]:
        """One for each refused field and path; those of filters alone where they refuse all."""
        return self.rules.whole or self.rules.errors


def answer(text: str, variables: dict[str, Any], world: World, law: Law) -> Answered:
    """Judge one question."""
    question = Question.of(text, variables)
    rules = Rules(question, law).walk()
    found = Answered(rules, Verdict(law))
    if not rules.whole:
        found.data = _Walk(question, world, law, found).roots()
    return found


@dataclass(frozen=True, slots=True)
class _Walk:
    question: Question
    world: World
    law: Law
    out: Answered

    def roots(self) -> dict[str, Any]:
        return {
            key: self._root(key, nodes) for key, nodes in self.question.roots().items()
        }

    def _root(self, key: str, nodes: list[FieldNode]) -> Any:
        name = nodes[0].name.value
        if name == "__typename":
            return "Query"
        arguments = self.question.arguments("Query", nodes[0])
        if name == "_entities":
            return [
                self._by_id(each["id"], each["__typename"], nodes, (key, "@"))
                for each in arguments["representations"]
            ]
        if name == "node":
            return self._by_id(arguments["id"], None, nodes, (key,))
        kind = target_of("Query", name)
        if is_connection("Query", name):
            return self._page("Query", nodes, self.world.all(kind), (key,))
        return self._by_id(arguments["id"], kind, nodes, (key,))

    def _by_id(self, identifier: str, kind: str | None, nodes: list[FieldNode], path: Path) -> Any:
        row = self.world.by_id.get(identifier)
        if row is None or row.kind not in ENTITIES or kind not in {None, row.kind}:
            return None
        return self._record(row, nodes, path)

    def _record(self, row: Row, nodes: list[FieldNode], path: Path) -> dict[str, Any] | None:
        verdict = self.out.verdict
        if not verdict.is_visible(row):
            return None
        if not verdict.is_public(row):
            self.out.records[row.id] = row
            self._note([row])
        selected = self.question.below(nodes, row.kind)
        hidden: dict[str, Hidden] = {}
        answered = {
            key: self._field(row, key, each, path, hidden) for key, each in selected.items()
        }
        for key, each in selected.items():
            if each[0].name.value == "withheld":
                answered[key] = self._told(row, each, hidden)
        return answered

    def _told(self, row: Row, nodes: list[FieldNode], hidden: dict[str, Hidden]) -> list[Any]:
        names = self.question.below(nodes, "Withheld")
        told = []
        for name in field_names(row.kind):
            if name in hidden:
                facts = {
                    "field": name,
                    "reason": hidden[name].reason,
                    "clause": hidden[name].clause,
                    "__typename": "Withheld",
                }
                told.append({key: facts[each[0].name.value] for key, each in names.items()})
        return told

    def _field(
        self, row: Row, key: str, nodes: list[FieldNode], path: Path, hidden: dict[str, Hidden]
    ) -> Any:
        name, here = nodes[0].name.value, (*path, key)
        if name == "__typename":
            return row.kind
        if name == "id":
            return row.id
        if name == "withheld":
            return None
        if is_connection(row.kind, name):
            return self._page(row.kind, nodes, linked(self.world, row, name), here)
        data_class = class_of(row.kind, name)
        if data_class is None:
            found = linked(self.world, row, name)
            return self._record(found[0], nodes, here) if found else None
        if self.law.refused(row.kind, data_class):
            return None
        cell = self.out.verdict.cell(row, data_class)
        full = f"{row.kind}.{name}"
        if isinstance(cell, Hidden):
            hidden[name] = cell
            self.out.by_path[".".join(here), cell.reason] += 1
            self.out.withheld.add((row.id, full, cell.reason))
            return None
        if cell.clause is not None:
            self.out.shown[row.id, full] = cell.clause
        value = stored(self.world, row, name)
        return self._written(value, nodes, target_of(row.kind, name))

    def _written(self, value: Any, nodes: list[FieldNode], kind: str) -> Any:
        if isinstance(value, list):
            return [self._written(each, nodes, kind) for each in value]
        if isinstance(value, dict):
            selected = self.question.below(nodes, kind)
            return {
                key: kind if each[0].name.value == "__typename" else value.get(each[0].name.value)
                for key, each in selected.items()
            }
        return written(value)

    def _page(
        self, kind: str, nodes: list[FieldNode], rows: list[Row], path: Path
    ) -> dict[str, Any]:
        name = nodes[0].name.value
        target = target_of(kind, name)
        arguments = self.question.arguments(kind, nodes[0])
        seen = [row for row in rows if self.out.verdict.is_visible(row)]
        given = arguments.get("filter")
        kept = [
            row for row in seen if passes(target, row, given, self._searched, self._link) is True
        ]
        found = ordered(kept, arguments.get("orderBy") or [], self._shown)
        first = arguments.get("first", 20)
        page = found[:first]
        connection = object_type(kind).fields[name].type.of_type.name
        self._note(page)
        answered: dict[str, Any] = {}
        for key, each in self.question.below(nodes, connection).items():
            match each[0].name.value:
                case "totalCount":
                    # a draft that is counted, or stands on the page, is no public row
                    self._note(found)
                    answered[key] = len(found)
                case "pageInfo":
                    answered[key] = self._place(each, page, len(found) > first)
                case "edges":
                    edge = connection.removesuffix("Connection") + "Edge"
                    selected = self.question.below(each, edge)
                    here = (*path, key, "@")
                    answered[key] = [self._edge(row, selected, edge, here) for row in page]
                case _:
                    answered[key] = connection
        return answered

    def _note(self, rows: list[Row]) -> None:
        if not all(self.out.verdict.is_public(row) for row in rows):
            self.out.rules.protected = True

    def _edge(self, row: Row, selected: Selected, edge: str, path: Path) -> dict[str, Any]:
        answered: dict[str, Any] = {}
        for key, nodes in selected.items():
            match nodes[0].name.value:
                case "node":
                    answered[key] = self._record(row, nodes, (*path, key))
                case "cursor":
                    answered[key] = CURSOR
                case _:
                    answered[key] = edge
        return answered

    def _place(self, nodes: list[FieldNode], page: list[Row], more: bool) -> dict[str, Any]:
        facts = {
            "hasNextPage": more,
            "hasPreviousPage": False,
            "startCursor": CURSOR if page else None,
            "endCursor": CURSOR if page else None,
            "__typename": "PageInfo",
        }
        selected = self.question.below(nodes, "PageInfo")
        return {key: facts[each[0].name.value] for key, each in selected.items()}

    def _shown(self, row: Row, name: str) -> Any:
        """The value as the caller is shown it; null where it is withheld."""
        data_class = class_of(row.kind, name)
        if data_class is None:
            return row.id
        if not isinstance(self.out.verdict.cell(row, data_class), Shown):
            return None
        return stored(self.world, row, name)

    def _searched(self, row: Row, name: str, operator: str) -> Any:
        """What a filter sees: a name is found only on cases that the agency itself holds."""
        data_class = class_of(row.kind, name)
        if operator == "eq" and data_class is not None and level_of(data_class) >= 3:
            cases = [case for case in self.out.verdict.cases_of(row) if case is not None]
            if not any(case["holder"] == self.law.caller.agency for case in cases):
                return None
        return self._shown(row, name)

    def _link(self, row: Row, name: str) -> Row | None:
        found = linked(self.world, row, name)
        return found[0] if found and self.out.verdict.is_visible(found[0]) else None


def written(value: Any) -> Any:
    """A scalar as JSON holds it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value
