"""Acts on the registry as doors: whatever becomes of one, what its payload shows is on record.

Takes the name of an act, writes a document for it from the schema alone (each
argument some value of its type), asks it as several callers. Most are refused
or have a problem: then the record still stands as it is, and so must the ledger.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)

from authz.caller import Caller
from resolvers.casework.registered import ACTS
from schema.sdl import graphql_schema
from schema.types.acts.payloads import RECORDS
from tests.exact.ground import Ground
from tests.exact.judging import hold
from tests.refusals.facts import Facts, Target, settle
from tests.tracing.house import person

CALLERS: tuple[Caller, ...] = (
    person("TH-DATIP", "FOCAL_POINT", "TRACING"),
    person("KH-MOSVY", "FOCAL_POINT", "RETURN"),
    person("TH-MFA", "AGREEMENT_STEWARD", "COORDINATION"),
)
_WORDS = {"Date": "2026-11-01", "DateTime": "2026-11-01T08:00:00Z"}


def door_of(name: str, selected: Callable[[str], str]) -> Callable[[Ground], None]:
    """The case of one act; `selected` gives a selection of everything that a type has."""

    def case(ground: Ground) -> None:
        target = _target(ground)
        for who in CALLERS:
            asked = ground.ask(who, _document(ground, target, name, selected))
            assert "data" in asked.body, asked.body
            assert len(asked.leaves) >= 1
            hold(asked)

    return case


def _target(ground: Ground) -> Target:
    """A case of the acts' own: what is done to it is no other test's matter."""
    if ground.acted is None:
        ground.acted = settle(ground.owner, Facts())
    return ground.acted


def _document(ground: Ground, target: Target, name: str, selected: Callable[[str], str]) -> str:
    root = graphql_schema().mutation_type
    assert root is not None
    given = ", ".join(
        f"{key}: {_literal(ground, target, key, argument.type)}"
        for key, argument in root.fields[name].args.items()
        if isinstance(argument.type, GraphQLNonNull)
    )
    records = " ".join(
        f"{field} {selected(kind)}" for field, kind in RECORDS[ACTS[name].payload].items()
    )
    taken = f"({given})" if given else ""
    return f"mutation {{ {name}{taken} {{ problems {{ __typename }} {records} }} }}"


def _literal(ground: Ground, target: Target, key: str, kind: GraphQLInputType) -> str:
    if isinstance(kind, GraphQLNonNull):
        return _literal(ground, target, key, kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{_literal(ground, target, key, kind.of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return str(next(iter(kind.values)))
    if isinstance(kind, GraphQLInputObjectType):
        members = ", ".join(
            f"{name}: {_literal(ground, target, name, field.type)}"
            for name, field in kind.fields.items()
            if isinstance(field.type, GraphQLNonNull)
        )
        return f"{{ {members} }}"
    match kind.name:
        case "ID":
            return f'"{_identifier(ground, target, key)}"'
        case "Boolean":
            return "true"
        case "Int":
            return "1"
        case named:
            return f'"{_WORDS.get(named, "a word")}"'


def _identifier(ground: Ground, target: Target, key: str) -> str:
    """An id of the type that an argument names."""
    if key in ("caseId", "victimId"):
        return target.case if key == "caseId" else target.victim
    kind = key[:1].upper() + key[1:].removesuffix("Id")
    row = ground.owner.execute(
        "select id::text from registry.record_index where type = %s order by id limit 1", (kind,)
    ).fetchone()
    return str(row[0]) if row else str(uuid.uuid4())
