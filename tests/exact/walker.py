"""What an answer shows, read from the answer: by the schema's field behind each response key.

Takes a marked document, its variables and the answer, gives the (record, field) pairs that its
access record has to hold, and what the record must say of search, refusals and withheld values.
Judges by the printed schema and the document's own AST; nothing of the compiler is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
    value_from_ast_untyped,
)

from tests.exact.marking import EXPLAINED, ID, ROOTS, TYPE, WITHHELD
from tests.exact.printed import printed

Pair = tuple[str, str]
"""Record id and `Type.field`."""
MARKS = frozenset({ID, TYPE, WITHHELD, EXPLAINED})
PUBLIC_ROWS = frozenset({"Agency"})
UNRECORDED = frozenset(
    {"me", "protocolVersions", "accessCheckpoint", "_service", "__schema", "__type"}
)
_CORRIDOR = frozenset({"ReturnCase.host", "ReturnCase.origin"})
COUNTED = {
    "NOTIFIED_BY_MONTH": _CORRIDOR | {"ReturnCase.state"},
    "STAGE": _CORRIDOR | {"ReturnCase.state"},
    "REPATRIATED_BY_YEAR": _CORRIDOR | {"ReturnCase.state"},
    "GENDER": _CORRIDOR | {"Victim.gender"},
    "AGE_BAND": _CORRIDOR | {"Victim.ageBand"},
    "EXPLOITATION": _CORRIDOR | {"Victim.exploitationTypes"},
    "STEP_WEEKS": _CORRIDOR | {"ReturnCase.state", "ReturnCase.stateSince"},
}
"""Over which fields each table of figures counts; its cells show no record."""


class Leaked(AssertionError):
    """A value stands where the answer itself says that there is none."""


@dataclass(slots=True)
class Seen:
    """What one answer showed."""

    pairs: set[Pair] = field(default_factory=set)
    records: dict[str, str] = field(default_factory=dict)
    """Type by id of every record answered, public ones too."""
    withheld: set[tuple[str, str, str]] = field(default_factory=set)
    """(record, `Type.field`, reason)."""
    public: set[str] = field(default_factory=set)

    def disclosed(self) -> set[Pair]:
        """What the access record must hold: a record of which nothing else was shown by its id."""
        shown = {record for record, _ in self.pairs}
        return self.pairs | {
            (record, f"{kind}.id")
            for record, kind in self.records.items()
            if record not in shown and record not in self.public
        }


@dataclass(slots=True)
class Walk:
    """One operation and its answer."""

    text: str
    variables: Mapping[str, Any]
    published: frozenset[str]
    """Ids of the agreements that are public."""
    seen: Seen = field(default_factory=Seen)
    refused: set[tuple[tuple[str, ...], str]] = field(default_factory=set)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)

    def answer(self, body: Mapping[str, Any]) -> Seen:
        """Walk the whole answer."""
        operation = self._read()
        self.refused = {
            (tuple(error["path"]), error["extensions"]["field"])
            for error in body.get("errors", ())
            if error["extensions"]["code"] == "FIELD_NOT_PERMITTED" and "path" in error
        }
        root = ROOTS[operation.operation.value]
        if body.get("data") is not None:
            for key, nodes in self._collect([operation.selection_set], root).items():
                self._root(root, nodes, body["data"][key], (key,))
        return self.seen

    def searched(self) -> list[str]:
        """The protected fields that filters and orders of the operation read, as logged."""
        operation = self._read()
        root = ROOTS[operation.operation.value]
        return sorted(set(self._searched(self._collect([operation.selection_set], root), root)))

    def _read(self) -> OperationDefinitionNode:
        document = parse(self.text)
        self.fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
        return operation

    def _root(
        self, owner: str, nodes: Sequence[FieldNode], value: Any, path: tuple[str, ...]
    ) -> None:
        name = nodes[0].name.value
        if name in UNRECORDED or name in {"__typename", "statistics"}:
            return
        if name == "explainAccess":
            if value:
                entity = value[0][EXPLAINED].split(".")[0]
                self._note(str(self.argument(nodes[0], "id")).lower(), entity)
            return
        self._value(printed().field(owner, name).type, nodes, value, path)

    def _value(
        self, kind: str, nodes: Sequence[FieldNode], value: Any, path: tuple[str, ...]
    ) -> None:
        if value is None:
            return
        if isinstance(value, list):
            for each in value:
                self._value(kind, nodes, each, (*path, "@"))
            return
        if not isinstance(value, dict):
            return
        owner = value[TYPE] if printed().is_abstract(kind) else kind
        fields = self._collect((n.selection_set for n in nodes if n.selection_set), owner)
        if printed().is_record(owner):
            self._record(owner, fields, value, path)
            return
        if owner == "Opened":
            self._opened(fields, value)
            return
        for key, below in fields.items():
            name = below[0].name.value
            if key not in MARKS and not name.startswith("__"):
                self._value(printed().field(owner, name).type, below, value[key], (*path, key))

    def _record(
        self, owner: str, fields: Mapping[str, list[FieldNode]], value: Any, path: tuple[str, ...]
    ) -> None:
        schema, record = printed(), value[ID]
        self._note(record, owner)
        reasons = {each["field"]: each["reason"] for each in value.get(WITHHELD, ())}
        used = set()
        for key, nodes in fields.items():
            name = nodes[0].name.value
            if key in MARKS or name in ("id", "__typename"):
                continue
            if name == "withheld" and schema.answers_for_nulls(owner):
                continue
            source, full = schema.field(owner, name), f"{owner}.{name}"
            own = schema.is_page(source.type) and not schema.is_record(schema.node_of(source.type))
            if own:
                # rows without an id: what was shown is the record's own field
                self.seen.pairs.add((record, full))
            elif not source.data_class:
                self._value(source.type, nodes, value[key], (*path, key))
            elif ((*path, key), full) in self.refused or name in reasons:
                used.add(name)
                if value[key] is not None:
                    raise Leaked(f"{full} is told as null and is there, at {path}")
                if name in reasons:
                    self.seen.withheld.add((record, full, reasons[name]))
            elif not (schema.levels[source.data_class] == 0 and record in self.seen.public):
                self.seen.pairs.add((record, full))
        if set(reasons) - used:
            raise Leaked(f"{owner} tells of fields that were not asked: {set(reasons) - used}")

    def _opened(self, fields: Mapping[str, list[FieldNode]], value: Any) -> None:
        """What an emergency's payload tells of its opening are the opening's own fields."""
        self._note(value[ID], "EmergencyOpening")
        for key, nodes in fields.items():
            name = nodes[0].name.value
            if name == "caseId":
                self._note(value[key], "ReturnCase")
            elif name in printed().objects["EmergencyOpening"] and name not in ("id", "__typename"):
                self.seen.pairs.add((value[ID], f"EmergencyOpening.{name}"))

    def _note(self, record: str, kind: str) -> None:
        assert self.seen.records.setdefault(record, kind) == kind, "one id, two types"
        if kind in PUBLIC_ROWS or record in self.published:
            self.seen.public.add(record)

    def _collect(self, sets: Iterable[SelectionSetNode], owner: str) -> dict[str, list[FieldNode]]:
        found: dict[str, list[FieldNode]] = {}
        for each in sets:
            for node in self._flat(each, owner):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(
                    node
                )
        return found

    def _flat(self, selections: SelectionSetNode, owner: str) -> Iterator[FieldNode]:
        for each in selections.selections:
            if not self._included(each):
                continue
            if isinstance(each, FieldNode):
                yield each
                continue
            if isinstance(each, FragmentSpreadNode):
                below = self.fragments[each.name.value]
                condition = below.type_condition.name.value
            else:
                assert isinstance(each, InlineFragmentNode)
                below = each  # type: ignore[assignment]
                condition = each.type_condition.name.value if each.type_condition else owner
            if printed().applies(condition, owner):
                yield from self._flat(below.selection_set, owner)

    def _included(self, node: Any) -> bool:
        for directive in node.directives or ():
            if directive.name.value in ("skip", "include"):
                wanted = self.constant(directive.arguments[0].value)
                if wanted is (directive.name.value == "skip"):
                    return False
        return True

    def constant(self, node: Any) -> Any:
        if isinstance(node, VariableNode):
            return self.variables.get(node.name.value)
        return value_from_ast_untyped(node, dict(self.variables))

    def argument(self, node: FieldNode, name: str) -> Any:
        for each in node.arguments or ():
            if each.name.value == name:
                return self.constant(each.value)
        return None

    def _searched(self, fields: Mapping[str, list[FieldNode]], owner: str) -> Iterator[str]:
        schema = printed()
        for nodes in fields.values():
            name = nodes[0].name.value
            if name.startswith("__") or owner not in schema.objects or name in UNRECORDED:
                continue
            if name == "statistics":
                yield from COUNTED[str(self.argument(nodes[0], "table"))]
                continue
            if name in {"worklist", "worklistChanged"}:
                # chosen by where a case stands; a list also by when it is due
                yield from ("ReturnCase.dueAt", "ReturnCase.state")[name != "worklist" :]
            source = schema.objects[owner][name]
            if schema.is_page(source.type):
                target = schema.node_of(source.type)
                yield from searched_by(target, self.argument(nodes[0], "filter"))
                for step in self.argument(nodes[0], "orderBy") or ():
                    if isinstance(step, dict):
                        yield from _protected(target, camel(str(step["field"])))
            sets = [n.selection_set for n in nodes if n.selection_set]
            for kind in self._kinds(source.type):
                yield from self._searched(self._collect(sets, kind), kind)

    def _kinds(self, kind: str) -> Iterable[str]:
        """Every type that may stand there: a statement plans for all of them."""
        schema = printed()
        if kind in schema.objects:
            return (kind,)
        return (name for name, faces in schema.faces.items() if kind in faces)


_OF_DISCLOSURES = ("AccessRecord.disclosures",)
_CONSENTS = ("Consent.purpose", "Consent.state", "Consent.recipients", "Consent.givenAt")
ACCESS_FILTER: Mapping[str, tuple[str, ...]] = {
    "id": (),
    "recordId": _OF_DISCLOSURES,
    "personId": _OF_DISCLOSURES,
    "agency": ("AccessRecord.caller",),
    "country": ("AccessRecord.caller",),
    "subject": ("AccessRecord.caller",),
    "purpose": ("AccessRecord.purpose",),
    "field": _OF_DISCLOSURES,
    "dataClass": _OF_DISCLOSURES,
    "clause": _OF_DISCLOSURES,
    "province": ("AccessRecord.disclosures", "Victim.homeProvince"),
    "afterWithdrawal": ("AccessRecord.disclosures", *_CONSENTS, "Consent.withdrawnAt"),
    "afterObjection": ("AccessRecord.disclosures", *_CONSENTS),
    "reason": ("AccessRecord.refusals", "AccessRecord.withheld"),
    "outcome": ("AccessRecord.outcome",),
    "kind": ("AccessRecord.kind",),
    "from": ("AccessRecord.at",),
    "to": ("AccessRecord.at",),
}
"""The protected fields that a plain value of AccessRecordFilter is compared with."""


def searched_by(entity: str, condition: Any) -> Iterator[str]:
    """The protected fields that a filter of `entity` reads."""
    if not isinstance(condition, dict):
        return
    for name, value in condition.items():
        if entity == "AccessRecord":
            yield from ACCESS_FILTER[name]
        elif name in ("and", "or"):
            for each in value:
                yield from searched_by(entity, each)
        elif name == "not":
            yield from searched_by(entity, value)
        elif name in printed().objects[entity]:
            source = printed().field(entity, name)
            if source.type in printed().objects and not source.data_class:
                yield from searched_by(source.type, value)
            elif value:
                yield from _protected(entity, name)


def _protected(entity: str, name: str) -> Iterator[str]:
    data_class = printed().field(entity, name).data_class
    if data_class and printed().levels[data_class] > 0:
        yield f"{entity}.{name}"


def camel(name: str) -> str:
    """`STATE_SINCE` -> `stateSince`."""
    return re.sub(r"_([a-z0-9])", lambda m: m.group(1).upper(), name.lower())
