"""A GraphQL query answered object by object over a world, the slow way.

Gives what the registry must answer and record: data, errors, what was withheld where, and every
disclosure. Cursors are masked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    parse,
    value_from_ast_untyped,
)

from schema.catalog import Kind, catalog
from tests.judges.facts import countries_of
from tests.judges.rules import Judge
from tests.judges.searching import (
    is_sealed,
    linked,
    ordered,
    passes,
    searched,
    searched_by_order,
    shown,
)
from tests.judges.values import class_of, stored, type_of, written
from tests.judges.world import KINDS, Case, Record, Victim

PARTS = {
    "transitions": "transitions",
    "consents": "consents",
    "referrals": "referrals",
    "assessments": "assessments",
    "travelPapers": "travel_papers",
    "followUps": "follow_ups",
    "legalRequests": "legal_requests",
}
CURSOR = "<cursor>"
Path = tuple[str, ...]


@dataclass(slots=True)
class Answer:
    """What it says. Errors are (path, field, reason), disclosures (clause, field, record)."""

    data: dict[str, Any] | None
    errors: set[tuple[Path, str, str]] = field(default_factory=set)
    withheld: dict[str, dict[str, int]] = field(default_factory=dict)
    disclosures: set[tuple[str, str, str]] = field(default_factory=set)
    searched: list[str] = field(default_factory=list)
    refusals: set[tuple[str, str]] = field(default_factory=set)
    counts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """(pair, field, reason) of what the record says was withheld, with the number of records."""


@dataclass(slots=True)
class Asking:
    """One document asked of one judge."""

    judge: Judge
    fragments: dict[str, FragmentDefinitionNode]
    errors: set[tuple[Path, str, str]] = field(default_factory=set)
    whole: set[tuple[Path, str, str]] = field(default_factory=set)
    withheld: Counter[tuple[Path, str]] = field(default_factory=Counter)
    seen: dict[str, tuple[Record, set[str]]] = field(default_factory=dict)
    searched: set[str] = field(default_factory=set)

    # Selections

    def fields(self, nodes: Sequence[FieldNode], entity: str) -> dict[str, list[FieldNode]]:
        """The fields selected by all of these nodes together, by response key."""
        found: dict[str, list[FieldNode]] = {}
        for node in nodes:
            selections = node.selection_set.selections if node.selection_set else ()
            for each in self._flat(selections, entity):
                key = each.alias.value if each.alias else each.name.value
                found.setdefault(key, []).append(each)
        return found

    def _flat(self, selections: Sequence[SelectionNode], entity: str) -> Iterator[FieldNode]:
        for each in selections:
            if not _included(each):
                continue
            if isinstance(each, FieldNode):
                yield each
                continue
            inner: Any = each
            if isinstance(each, FragmentSpreadNode):
                inner = self.fragments[each.name.value]
            condition = inner.type_condition
            if condition is None or condition.name.value in (entity, "Node", "Record", ""):
                yield from self._flat(inner.selection_set.selections, entity)

    # What the rules refuse whatever the rows are

    def look_over(self, nodes: Sequence[FieldNode], entity: str, path: Path) -> None:
        """Static refusals below a record of this type."""
        for key, inner in self.fields(nodes, entity).items():
            source = catalog().entities[entity].fields.get(inner[0].name.value)
            if source is None or source.kind in (Kind.ID, Kind.WITHHELD):
                continue
            here = (*path, key)
            if source.kind is Kind.LINK:
                self.look_over(inner, str(source.target), here)
            elif source.kind is Kind.CONNECTION:
                self.look_over_page(inner, str(source.target), here)
            else:
                reason = self.judge.refused(entity, class_of(entity, source.name))
                if reason:
                    self.errors.add((here, f"{entity}.{source.name}", reason))

    def look_over_page(self, nodes: Sequence[FieldNode], entity: str, path: Path) -> None:
        """Static refusals of a page: its filter and order refuse the whole operation."""
        arguments = arguments_of(nodes[0])
        asked = searched(entity, arguments.get("filter") or {})
        asked += searched_by_order(entity, _steps(arguments))
        for owner, name, operator in asked:
            self.searched.add(f"{owner}.{name}")
            reason = self.judge.refused(owner, class_of(owner, name))
            guessed = operator == "eq" and is_sealed(owner, name)
            if reason is None and guessed and not self._may_search(owner, name):
                reason = "CLASS"
            if reason:
                self.whole.add((path, f"{owner}.{name}", reason))
        for key, edges in self.fields(nodes, "").items():
            if edges[0].name.value == "edges":
                for inner, node in self.fields(edges, "").items():
                    if node[0].name.value == "node":
                        self.look_over(node, entity, (*path, key, "@", inner))

    def _may_search(self, entity: str, name: str) -> bool:
        """A focal point, by a grant of focal points that carries the class."""
        return "FOCAL_POINT" in self.judge.caller.roles and any(
            "FOCAL_POINT" in grant.grantee.roles
            for grant in self.judge.live(entity, class_of(entity, name))
        )

    # Records

    def record(
        self, record: Record | None, nodes: Sequence[FieldNode], path: Path
    ) -> dict[str, Any] | None:
        """One record as the caller is shown it."""
        if record is None:
            return None
        entity = type_of(record)
        selected = self.fields(nodes, entity)
        _, names = self.seen.setdefault(record.id, (record, set()))
        answer: dict[str, Any] = {}
        for key, inner in selected.items():
            name, here = inner[0].name.value, (*path, key)
            if name == "__typename":
                answer[key] = entity
                continue
            source = catalog().entities[entity].fields[name]
            match source.kind:
                case Kind.ID:
                    answer[key] = record.id
                case Kind.WITHHELD:
                    answer[key] = self._entries(record, selected, inner)
                case Kind.LINK:
                    answer[key] = self.record(linked(self.judge, record, name), inner, here)
                case Kind.CONNECTION:
                    below = self._below(record, name)
                    answer[key] = self.page(below, str(source.target), inner, here)
                case _:
                    names.add(name)
                    answer[key] = self._value(record, name, inner)
                    why = self._why(record, name)
                    if why is not None:
                        self.withheld[here, why[0]] += 1
        return answer

    def _why(self, record: Record, name: str) -> tuple[str, str | None] | None:
        """Why the field is withheld on this row; None where it is shown or refused throughout."""
        entity = type_of(record)
        data_class = class_of(entity, name)
        if self.judge.refused(entity, data_class) or self.judge.permits(record, data_class):
            return None
        why = self.judge.why_not(record, data_class)
        return why.reason, why.clause

    def _value(self, record: Record, name: str, nodes: Sequence[FieldNode]) -> Any:
        value = shown(self.judge, record, name)
        if value is None or catalog().entities[type_of(record)].fields[name].kind is Kind.VALUE:
            return written(value)
        wanted = {key: inner[0].name.value for key, inner in self.fields(nodes, "").items()}
        target = str(catalog().entities[type_of(record)].fields[name].target)
        return [
            {key: target if n == "__typename" else each.get(n) for key, n in wanted.items()}
            for each in value
        ]

    def _entries(
        self, record: Record, selected: Mapping[str, list[FieldNode]], nodes: Sequence[FieldNode]
    ) -> list[dict[str, Any]]:
        names = {inner[0].name.value for inner in selected.values()}
        entries = []
        for name, source in catalog().entities[type_of(record)].fields.items():
            if name not in names or source.data_class is None:
                continue
            why = self._why(record, name)
            if why is not None:
                told = {"field": name, "reason": why[0], "clause": why[1], "__typename": "Withheld"}
                wanted = self.fields(nodes, "").items()
                entries.append({key: told[inner[0].name.value] for key, inner in wanted})
        return entries

    def _below(self, record: Record, name: str) -> list[Record]:
        if isinstance(record, Victim):
            return list(self.judge.cases_of(record))
        assert isinstance(record, Case)
        return self.judge.world.of_case(PARTS[name], record.id)

    # Pages

    def page(
        self, records: Sequence[Record], entity: str, nodes: Sequence[FieldNode], path: Path
    ) -> dict[str, Any]:
        """One page of a connection."""
        arguments = arguments_of(nodes[0])
        condition = arguments.get("filter") or {}
        met = [
            record
            for record in records
            if self.judge.visible(record) and passes(self.judge, entity, record, condition) is True
        ]
        first = arguments.get("first")
        rows = ordered(self.judge, met, _steps(arguments))
        taken = rows[: 20 if first is None else first]
        answer: dict[str, Any] = {}
        for key, inner in self.fields(nodes, "").items():
            match inner[0].name.value:
                case "__typename":
                    answer[key] = f"{entity}Connection"
                case "totalCount":
                    answer[key] = len(rows)
                case "pageInfo":
                    wanted = self.fields(inner, "").items()
                    facts = {
                        "hasNextPage": len(rows) > len(taken),
                        "endCursor": CURSOR if taken else None,
                        "__typename": "PageInfo",
                    }
                    answer[key] = {k: facts[each[0].name.value] for k, each in wanted}
                case "edges":
                    answer[key] = [
                        self._edge(record, entity, inner, (*path, key, "@")) for record in taken
                    ]
        return answer

    def _edge(
        self, record: Record, entity: str, nodes: Sequence[FieldNode], path: Path
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for key, inner in self.fields(nodes, "").items():
            name = inner[0].name.value
            if name == "node":
                answer[key] = self.record(record, inner, (*path, key))
            else:
                answer[key] = CURSOR if name == "cursor" else f"{entity}Edge"
        return answer

    def root(self, key: str, nodes: Sequence[FieldNode], *, look: bool) -> Any:
        """One root field: answered, or only looked over."""
        name, path = nodes[0].name.value, (key,)
        for kind, entity in KINDS.items():
            source = catalog().entities[entity]
            if name == source.plural and source.plural:
                if look:
                    return self.look_over_page(nodes, entity, path)
                return self.page(getattr(self.judge.world, kind), entity, nodes, path)
            if name == source.singular and source.singular:
                if look:
                    return self.look_over(nodes, entity, path)
                found = self._found(nodes[0])
                return self.record(
                    found if found and type_of(found) == entity else None, nodes, path
                )
        if look:
            for entity in KINDS.values():
                self.look_over(nodes, entity, path)
            return None
        return self.record(self._found(nodes[0]), nodes, path)

    def _found(self, node: FieldNode) -> Record | None:
        found = self.judge.world.records().get(str(arguments_of(node)["id"]))
        return found if found is not None and self.judge.visible(found) else None


def ask(judge: Judge, text: str) -> Answer:
    """The answer to one anonymous query without variables."""
    document: DocumentNode = parse(text)
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    asking = Asking(judge, fragments)
    roots: dict[str, list[FieldNode]] = {}
    for each in asking._flat(operation.selection_set.selections, "Query"):
        roots.setdefault(each.alias.value if each.alias else each.name.value, []).append(each)
    for key, nodes in roots.items():
        asking.root(key, nodes, look=True)
    refusals = {(name, reason) for _, name, reason in asking.errors | asking.whole}
    if asking.whole:
        return Answer(None, asking.whole, searched=sorted(asking.searched), refusals=refusals)
    data = {key: asking.root(key, nodes, look=False) for key, nodes in roots.items()}
    answer = Answer(data, asking.errors, searched=sorted(asking.searched), refusals=refusals)
    for (path, reason), number in sorted(asking.withheld.items()):
        answer.withheld.setdefault(".".join(path), {})[reason] = number
    _record(asking, answer)
    return answer


def _record(asking: Asking, answer: Answer) -> None:
    """What the access record must say of each record that was answered."""
    judge = asking.judge
    for record, names in asking.seen.values():
        entity = type_of(record)
        opened = judge.opened_on(record, None)
        pairs = {countries_of(judge.moment, case) for _, case in opened}
        shown_fields = 0
        for name in names:
            clause = judge.permits(record, class_of(entity, name))
            if clause is not None:
                shown_fields += 1
                answer.disclosures.add((clause, f"{entity}.{name}", record.id))
                continue
            why = asking._why(record, name)
            for pair in pairs if why else ():
                cell = (pair, f"{entity}.{name}", why[0] if why else "")
                answer.counts[cell] = answer.counts.get(cell, 0) + 1
        if not shown_fields:
            answer.disclosures.add((str(opened[0][0].clause), f"{entity}.id", record.id))


def _steps(arguments: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return arguments.get("orderBy") or ()


def arguments_of(node: FieldNode) -> dict[str, Any]:
    return {each.name.value: value_from_ast_untyped(each.value) for each in node.arguments or ()}


def _included(node: SelectionNode) -> bool:
    for directive in node.directives or ():
        (argument,) = directive.arguments or ()
        wanted = value_from_ast_untyped(argument.value)
        if directive.name.value == ("skip" if wanted else "include"):
            return False
    return True


__all__ = ["CURSOR", "Answer", "ask", "stored"]
