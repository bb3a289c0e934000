"""What the rules alone decide of a question, before any row: errors, refusals, what is searched.

Takes a question and the law, gives one error for each refused field and path,
and whether a filter or an order refuses the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode

from tests.judge.filtering import fields_read
from tests.judge.law import Law
from tests.judge.sdl import camel, class_of, is_connection, level_of, object_type, target_of
from tests.judge.selecting import Question, Selected

SEARCHED_BY_NAME = {
    "Victim.givenName",
    "Victim.middleName",
    "Victim.familyName",
    "Victim.alias",
    "Victim.nameInScript",
    "Victim.identityNumber",
    "Victim.phone",
    "TravelPaper.travelDocument",
    "TravelPaper.exitPermit",
    "LegalRequest.number",
    "FocalPoint.privatePhone",
}
"""Names, numbers and phones: compared by the desk of an agency alone."""
Path = tuple[str, ...]


@dataclass(slots=True)
class Rules:
    """The static part of an answer."""

    question: Question
    law: Law
    errors: list[dict[str, Any]] = field(default_factory=list)
    whole: list[dict[str, Any]] = field(default_factory=list)
    refusals: set[tuple[str, str]] = field(default_factory=set)
    searched: set[str] = field(default_factory=set)
    protected: bool = False

    def walk(self) -> Rules:
        """Look at every field that is selected and not skipped."""
        for key, nodes in self.question.roots().items():
            name = nodes[0].name.value
            if name == "__typename":
                continue
            if name in {"node", "_entities"}:
                path = (key, "@") if name == "_entities" else (key,)
                given = self.question.arguments("Query", nodes[0]).get("representations")
                # whatever is looked up by its id alone may be a protected record
                asked = {each["__typename"] for each in given} if given else {"Node"}
                self.protected |= not asked <= {"Agreement", "Agency"}
                for kind in self.question.kinds_asked(nodes):
                    self._object(kind, self.question.below(nodes, kind), path)
            elif is_connection("Query", name):
                self._page("Query", nodes, (key,))
            else:
                kind = target_of("Query", name)
                self._object(kind, self.question.below(nodes, kind), (key,))
        return self

    def _object(self, kind: str, selected: Selected, path: Path) -> None:
        self.protected |= kind not in {"Agreement", "Agency"}
        for key, nodes in selected.items():
            name = nodes[0].name.value
            if name in {"__typename", "id", "withheld"}:
                continue
            here = (*path, key)
            if is_connection(kind, name):
                self._page(kind, nodes, here)
                continue
            data_class = class_of(kind, name)
            if data_class is None:
                target = target_of(kind, name)
                self._object(target, self.question.below(nodes, target), here)
                continue
            self.protected |= level_of(data_class) > 0
            reason = self.law.refused(kind, data_class)
            if reason:
                self.errors.append(self._error(kind, name, here, reason))

    def _page(self, kind: str, nodes: list[FieldNode], path: Path) -> None:
        name = nodes[0].name.value
        target = target_of(kind, name)
        self.protected |= target not in {"Agreement", "Agency"}
        self._compared(target, self.question.arguments(kind, nodes[0]), path)
        connection = object_type(kind).fields[name].type.of_type.name
        for key, edges in self.question.below(nodes, connection).items():
            if edges[0].name.value == "edges":
                edge = connection.removesuffix("Connection") + "Edge"
                for inner, found in self.question.below(edges, edge).items():
                    if found[0].name.value == "node":
                        below = self.question.below(found, target)
                        self._object(target, below, (*path, key, "@", inner))

    def _compared(self, kind: str, arguments: dict[str, Any], path: Path) -> None:
        seen: set[tuple[str, str]] = set()
        for of, name, operators in self._read(kind, arguments):
            data_class = class_of(of, name)
            if data_class is None or level_of(data_class) == 0:
                continue
            full = f"{of}.{name}"
            self.searched.add(full)
            self.protected = True
            reason = self.law.refused(of, data_class)
            if reason and (full, reason) not in seen:
                seen.add((full, reason))
                self.whole.append(self._error(of, name, path, reason))
            by_name = "eq" in operators and full in SEARCHED_BY_NAME
            if reason is None and by_name and not self._at_a_desk(of, data_class):
                self.whole.append(self._error(of, name, path, "CLASS", clauses=[]))

    def _at_a_desk(self, kind: str, data_class: str) -> bool:
        """A FOCAL_POINT with a grant that carries the class to her as such."""
        return "FOCAL_POINT" in self.law.caller.roles and any(
            data_class in grant.classes
            and (not grant.grantee.roles or "FOCAL_POINT" in grant.grantee.roles)
            for grant in self.law.grants(kind)
        )

    def _read(
        self, kind: str, arguments: dict[str, Any]
    ) -> Iterator[tuple[str, str, set[str]]]:
        yield from fields_read(kind, arguments.get("filter"))
        for step in arguments.get("orderBy") or ():
            yield kind, camel(step["field"]), set()

    def _error(
        self, kind: str, name: str, path: Path, reason: str, clauses: list[str] | None = None
    ) -> dict[str, Any]:
        full = f"{kind}.{name}"
        self.refusals.add((full, reason))
        caller, purpose = self.law.caller.agency, self.law.purpose
        if clauses is None:
            clauses = self.law.would_permit(kind, class_of(kind, name) or "")
        return {
            "message": f"`{full}` is not permitted to `{caller}` for {purpose}",
            "path": list(path),
            "extensions": {
                "code": "FIELD_NOT_PERMITTED",
                "field": full,
                "reason": reason,
                "clauses": clauses,
            },
        }
