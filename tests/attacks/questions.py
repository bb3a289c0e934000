"""Everything one can ask of the world: the documents that two twins must answer alike.

Gives (name, document, variables). Every entity that has a root, with every plain field, in several
orders, filtered by each field, page by page, record by record on every path, with its explanation.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from resolvers.paging import screaming
from schema.catalog import EntitySource, FieldSource, Kind, catalog
from tests.attacks import world

Question = tuple[str, str, dict[str, Any]]
PARTS = (
    "transitions",
    "consents",
    "referrals",
    "assessments",
    "travelPapers",
    "followUps",
    "legalRequests",
    "emergencyOpenings",
    "contacts",
)
_TYPE = {
    "text": "TextFilter",
    "integer": "IntFilter",
    "boolean": "BooleanFilter",
    "date": "DateFilter",
    "timestamptz": "DateTimeFilter",
    "text[]": "TextListFilter",
}


def plain(entity: EntitySource) -> list[FieldSource]:
    """The fields of an entity that hold one value or a list of values."""
    return [source for source in entity.fields.values() if source.kind is Kind.VALUE]


def fields_of(name: str) -> str:
    """A selection of every field of a type that is no link."""
    entity = catalog().entities[name]
    selected = [source.name for source in plain(entity)]
    for source in entity.fields.values():
        if source.kind is Kind.OBJECT and source.target is not None:
            inner = " ".join(each[0] for each in catalog().objects[source.target].fields)
            selected.append(f"{source.name} {{ {inner} }}")
    return f"id {' '.join(selected)} withheld {{ field reason clause }}"


def all_questions() -> Iterator[Question]:
    """All of them, in one fixed order."""
    for name in ("Victim", "ReturnCase"):
        yield from _listing(catalog().entities[name])
        yield from _filtered(catalog().entities[name])
    yield from _nested()
    yield from _single()
    yield from _contacts()


def _listing(entity: EntitySource) -> Iterator[Question]:
    body = fields_of(entity.name)
    page = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    plural = entity.plural
    yield (
        f"all of {plural}",
        f"{{ {plural}(first: 50) {{ {page} edges {{ cursor node {{ {body} }} }} }} }}",
        {},
    )
    for first in (0, 1, 3):
        yield (
            f"{first} of {plural}",
            f"{{ {plural}(first: {first}) {{ {page} edges {{ cursor node {{ id }} }} }} }}",
            {},
        )
    for source in plain(entity):
        if not source.orderable:
            continue
        order = f"{{field: {screaming(source.name)}, direction: DESC}}"
        yield (
            f"{plural} by {source.name}",
            f"{{ {plural}(first: 50, orderBy: [{order}]) {{ edges {{ node {{ id }} }} }} }}",
            {},
        )


def _filtered(entity: EntitySource) -> Iterator[Question]:
    plural, named = entity.plural, f"{entity.name}Filter"
    document = (
        f"query($f: {named}) {{ {plural}(first: 50, filter: $f)"
        " { totalCount edges { node { id } } } }"
    )
    for source in plain(entity):
        if not source.filterable:
            continue
        found: dict[str, Any] = {source.name: {"isNull": True}}
        yield f"{source.name} isNull", document, {"f": found}
        if source.orderable:
            yield f"not {source.name} isNull", document, {"f": {"not": found}}
    for value in _values():
        for field in ("familyName", "identityNumber", "homeVillage"):
            if entity.name == "Victim":
                yield f"{field} eq", document, {"f": {field: {"eq": value}}}
            else:
                yield f"victim.{field} eq", document, {"f": {"victim": {field: {"eq": value}}}}


def _values() -> Iterator[str]:
    for name in ("shown", "withdrawn", "hidden", "lao"):
        yield world.canary("victim", "family_name", name)


def _nested() -> Iterator[Question]:
    for part in PARTS:
        target = catalog().entities["ReturnCase"].fields[part].target
        assert target is not None
        body = fields_of(target)
        yield (
            f"all {part}",
            f"{{ returnCases(first: 20) {{ edges {{ node {{ id {part}(first: 5)"
            f" {{ totalCount edges {{ node {{ {body} }} }} }} }} }} }} }}",
            {},
        )
    yield (
        "round about",
        "{ agreements(first: 20) { edges { node { code contacts(first: 3) { edges { node { id"
        " cases(first: 5) { totalCount edges { node { id victim { id familyName returnCases"
        "(first: 2) { totalCount edges { node { id state } } } } } } } } } } } } } }",
        {},
    )


def _single() -> Iterator[Question]:
    ways = (
        f"victim(id: $i) {{ {fields_of('Victim')} }}"
        f" returnCase(id: $i) {{ {fields_of('ReturnCase')} }}"
        f" node(id: $i) {{ __typename id ... on Victim {{ {fields_of('Victim')} }} }}"
    )
    explained = "explainAccess(id: $i) { field dataClass permitted clause reason clauses sentence }"
    for name, made in world.PEOPLE.items():
        for record in (made.victim, made.case):
            yield f"{name} alone", f"query($i: ID!) {{ {ways} }}", {"i": record}
            yield f"{name} explained", f"query($i: ID!) {{ {explained} }}", {"i": record}
        for table in (*world.PARTS, "consent"):
            row = world.part_id(table, name)
            yield (
                f"{table} of {name}",
                "query($i: ID!) { node(id: $i) { __typename id } }",
                {"i": row},
            )
    nobody = str(uuid.UUID("3fd09a00-0000-4000-8000-0000000000ee"))
    yield "nobody", f"query($i: ID!) {{ {ways} {explained} }}", {"i": nobody}


def _contacts() -> Iterator[Question]:
    body = fields_of("BilateralContact")
    yield (
        "all contacts",
        f"{{ bilateralContacts(first: 20) {{ totalCount edges {{ node {{ {body}"
        " cases(first: 5) { totalCount edges { node { id } } } } } } }",
        {},
    )
    yield "openings", "{ emergencyOpenings { totalCount edges { node { id } } } }", {}
    yield "me", "{ me { agency grants { clause } } }", {}
