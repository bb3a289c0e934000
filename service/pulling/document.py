"""Which fields a pull asks for: all that the schema has, but those refused on every row.

Takes the printed schema, gives the document of a page and the way back from its
response keys to the schema's names. Connections are left out: what they lead to
is in the feed by itself. Links are asked for by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    FieldDefinitionNode,
    ListTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    TypeNode,
    parse,
    print_ast,
)

NEVER: Final = frozenset({"AccessRecord"})
"""Types with an id that no feed holds."""
_OF_THE_ANSWER: Final = frozenset({"id", "withheld", "classVersions", "history", "versions"})
"""They tell of this answer, or of what is in no feed: a copy of them would be older than what is
read anew, and would go on telling of what was withdrawn."""
_PAGE: Final = """query Pull($after: String, $first: Int!) {{
  changes(after: $after, first: $first) {{
    edges {{ node {{ recordId recordType fields action record {{ __typename id {selections} }} }} }}
    pageInfo {{ hasNextPage endCursor }} }} }}"""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the schema has: by type, its fields as (name, response key, selection below)."""

    types: Mapping[str, tuple[tuple[str, str, str], ...]]

    @classmethod
    def of(cls, sdl: str) -> Shape:
        """The shape of a printed schema."""
        objects = {
            each.name.value: each
            for each in parse(sdl, no_location=True).definitions
            if isinstance(each, ObjectTypeDefinitionNode)
        }
        records = {
            name: each
            for name, each in objects.items()
            if name not in NEVER
            and {face.name.value for face in each.interfaces or ()} & {"Node", "Record"}
        }
        met: dict[str, set[str]] = {}
        for each in records.values():
            for member in each.fields or ():
                met.setdefault(member.name.value, set()).add(print_ast(member.type).rstrip("!"))
        types: dict[str, tuple[tuple[str, str, str], ...]] = {}
        for name, each in records.items():
            members = []
            for member in each.fields or ():
                below = _below(member, objects, set(records))
                if below is not None:
                    word = member.name.value
                    # one key may not stand for two types, whatever record it is on
                    key = word if len(met[word]) == 1 else f"{name}_{word}"
                    members.append((word, key, below))
            types[name] = tuple(members)
        return cls(types)

    @property
    def fields(self) -> frozenset[str]:
        """Every field, as `Type.field`."""
        return frozenset(
            f"{name}.{word}" for name, found in self.types.items() for word, *_ in found
        )

    def document(self, refused: Iterable[str]) -> str:
        """The operation of a page, without the refused fields."""
        without = set(refused)
        selections = []
        for name, members in self.types.items():
            asked = [
                f"{'' if key == word else f'{key}: '}{word}{below}"
                for word, key, below in members
                if f"{name}.{word}" not in without
            ]
            if asked:
                selections.append(f"... on {name} {{ {' '.join(asked)} }}")
        return _PAGE.format(selections=" ".join(selections))

    def record(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """A record of an answer under the schema's names, in the order of the schema."""
        members = self.types.get(str(found["__typename"]), ())
        return {"id": found["id"]} | {word: found[key] for word, key, _ in members if key in found}


def _below(
    member: FieldDefinitionNode,
    objects: Mapping[str, ObjectTypeDefinitionNode],
    records: set[str],
) -> str | None:
    """The selection below a field, '' for a plain one, None for one that is left out."""
    named = _named(member.type)
    if member.name.value in _OF_THE_ANSWER or named.endswith("Connection"):
        return None
    if named not in objects:
        return ""
    if named in records:
        return " { id }"
    inner = " ".join(
        f"{each.name.value}{_below(each, objects, records)}" for each in objects[named].fields or ()
    )
    return f" {{ {inner} }}"


def _named(kind: TypeNode) -> str:
    while isinstance(kind, NonNullTypeNode | ListTypeNode):
        kind = kind.type
    return str(kind.name.value)  # type: ignore[attr-defined]  # only a named type is left


def refused_in(answer: Mapping[str, Any]) -> frozenset[str]:
    """The fields that the answer says are refused on every row, as `Type.field`."""
    return frozenset(
        str(error["extensions"]["field"])
        for error in answer.get("errors", ())
        if error.get("extensions", {}).get("code") == "FIELD_NOT_PERMITTED"
    )
