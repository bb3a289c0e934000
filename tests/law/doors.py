"""One field of one record through every door there is: what each shows of it.

Takes a registry, a caller and a field, gives for each door the value, `HIDDEN`
where the record is not there, or `NOTHING` where the record is and the value
is not. The access record of every answer is looked at as well: a value that is
not answered must not stand in it either.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from authz.caller import Caller
from schema.catalog import catalog
from tests.compiler.registry import Registry
from tests.law.asking import do

HIDDEN, NOTHING, REFUSED = "the record is hidden", "the value is withheld", "refused"
_NESTED = {
    "Victim": "{ returnCases(first: 20) { edges { node { inner: victim { id value: %s } } } } }",
    "ReturnCase": (
        "{ victims(first: 20) { edges { node { inner: returnCases { edges { node {"
        " id value: %s } } } } } } }"
    ),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the doors showed, and the reasons that were given for what they did not."""

    doors: dict[str, object]
    reasons: frozenset[str]
    recorded: bool
    """Whether any access record says that the value was shown."""


class Doors:
    """The doors of one record."""

    def __init__(self, registry: Registry, entity: str, record: str, field: str) -> None:
        self.registry, self.record, self.field = registry, record, field
        self.entity = catalog().entities[entity]
        self.reasons: set[str] = set()
        self.recorded = False

    def through(self, who: Caller) -> Told:
        """Every door in turn."""
        name, one, many = self.entity.name, self.entity.singular, self.entity.plural
        body = f"id value: {self.field} withheld {{ field reason }}"
        found: dict[str, object] = {}
        data = self._ask(who, f'{{ r: {one}(id: "{self.record}") {{ {body} }} }}')
        found["singular"] = self._value(data["r"])
        data = self._ask(
            who, f'{{ r: node(id: "{self.record}") {{ ... on {name} {{ {body} }} }} }}'
        )
        found["node"] = self._value(data["r"])
        asked = [{"__typename": name, "id": self.record}]
        query = "query($r: [_Any!]!) { r: _entities(representations: $r) { ... on %s { %s } } }"
        data = self._ask(who, query % (name, body), r=asked)
        found["entity"] = self._value(data["r"][0])
        data = self._ask(who, f"{{ r: {many}(first: 100) {{ edges {{ node {{ {body} }} }} }} }}")
        found["list"] = self._among([e["node"] for e in data["r"]["edges"]])
        if name in _NESTED:
            data = self._ask(who, _NESTED[name] % self.field)
            found["nested"] = self._among(_inner(data))
        found |= self._searched(who, many or "")
        return Told(found, frozenset(self.reasons), self.recorded)

    def _searched(self, who: Caller, many: str) -> dict[str, object]:
        source = self.entity.fields[self.field]
        found: dict[str, object] = {}
        if source.filterable:
            only = f'filter: {{ id: {{ eq: "{self.record}" }} {self.field}: {{ isNull: false }} }}'
            data = self._ask(
                who, f"{{ r: {many}({only}) {{ totalCount edges {{ node {{ id }} }} }} }}"
            )
            if data is None:
                found |= {"filter": REFUSED, "count": REFUSED}
            else:
                found["filter"] = "found" if data["r"]["edges"] else "not found"
                found["count"] = data["r"]["totalCount"]
        if source.orderable:
            order = f"orderBy: [{{ field: {_constant(self.field)}, direction: ASC }}]"
            data = self._ask(
                who, f"{{ r: {many}({order}) {{ edges {{ node {{ id value: {self.field} }} }} }} }}"
            )
            if data is None:
                found["order"] = REFUSED
            else:
                found["order"] = self._among([e["node"] for e in data["r"]["edges"]])
        return found

    def _ask(self, who: Caller, query: str, **variables: Any) -> Any:
        answer = asyncio.run(do(self.registry, who, query, **variables))
        for error in answer.get("errors", ()):
            assert error["extensions"]["code"] == "FIELD_NOT_PERMITTED", error
            self.reasons.add(error["extensions"]["reason"])
        name = f"{self.entity.name}.{self.field}"
        for leaf in self.registry.leaves(answer["extensions"]["accessRecord"]):
            self.recorded |= any(
                name in entry["fields"] and self.record in entry["records"]
                for entry in leaf["disclosures"]
            )
        return answer["data"]

    def _among(self, nodes: list[Any]) -> object:
        return self._value(next((n for n in nodes if n and n["id"] == self.record), None))

    def _value(self, node: Any) -> object:
        if node is None:
            return HIDDEN
        self.reasons |= {w["reason"] for w in node.get("withheld", ()) if w["field"] == self.field}
        return NOTHING if node["value"] is None else node["value"]


def _inner(data: Any) -> list[Any]:
    (root,) = data.values()
    found = []
    for edge in root["edges"]:
        inner = edge["node"]["inner"]
        found += [e["node"] for e in inner["edges"]] if inner and "edges" in inner else [inner]
    return found


def _constant(name: str) -> str:
    return "".join(f"_{c}" if c.isupper() else c for c in name).upper()
