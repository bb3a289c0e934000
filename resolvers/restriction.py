"""Hop 5: a plan and a caller's profile become a narrower plan.

Takes a plan and the grants in force for one caller and purpose, gives a
`Narrowed` plan: which classes are refused throughout (by rule, whatever rows
exist), the errors that say so, and a decision for each entity. Never adds,
removes or reorders a node.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from authz.caller import Caller
from authz.profile import Aggregates, Policy, Profile, Refusal, profile_of
from authz.reasons import DenialReason
from resolvers.decision import Decision
from resolvers.errors import ErrorCode, GraphQLFault, RequestRefused
from resolvers.feeding.lasting import feed_of, without_openings
from resolvers.plan import (
    Connection,
    ConnOut,
    Plan,
    RowNode,
    RowOut,
    ValueOut,
    VersionsOut,
    WatchRoot,
)
from resolvers.statistics_scope import (
    aggregates_for,
    counted_over,
    refused_statistics,
    statistics_of,
)
from resolvers.walking import connections_of, rows_of, searched_in
from resolvers.worklist import CHOSEN_BY, READS, ROOT
from schema.catalog import Catalog, EntitySource, FieldSource, Kind
from schema.classes import DataClass

Cell = tuple[str, DataClass]
_TELLING = frozenset({"eq"})
"""Operators by which a sealed field could be guessed: rulings, section 2, names and numbers."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A plan narrowed to one profile. `whole` is not empty where the operation is refused as a
    whole.
    """

    plan: Plan
    decisions: Mapping[str, Decision]
    refusals: Mapping[Cell, Refusal]
    clauses: tuple[str, ...]
    faults: tuple[GraphQLFault, ...]
    whole: tuple[GraphQLFault, ...]
    searched: tuple[str, ...]
    protected: bool
    bulk: frozenset[str]
    aggregates: Aggregates = field(default_factory=Aggregates)
    """The clauses for figures alone: they open no record, and those of records no figure."""

    def refused(self, row: RowNode, source: FieldSource) -> bool:
        """Whether the field is refused on every row."""
        return (row.entity.name, source.data_class) in self.refusals


def restrict(
    plan: Plan, catalog: Catalog, policy: Policy, caller: Caller, purpose: str | None
) -> Narrowed:
    """Narrow the plan. Raises RequestRefused where protected data is asked without a purpose."""
    cells, searched = _cells(plan), _searched(plan)
    counts = bool(statistics_of(plan)) or feed_of(plan) is not None
    protected = _is_protected(plan, cells, searched) or counts
    if protected and purpose is None:
        raise RequestRefused.of(
            ErrorCode.PURPOSE_REQUIRED, "state a purpose in the header `Saphan-Purpose`"
        )
    wanted = cells | {(e.name, s.data_class) for _, e, s, _ in searched if s.data_class}
    profile = profile_of(policy, caller, purpose, sorted(wanted))
    if feed_of(plan) is not None:
        profile = without_openings(profile)
    refusals = {
        cell: refusal
        for cell, refusal in profile.refusals.items()
        if not (catalog.entities[cell[0]].public_where and cell[1].is_public)
    }
    aggregates = aggregates_for(plan, policy, caller, purpose)
    clauses = _clauses(profile)
    shells = profile.carrying("ReturnCase", DataClass.SHELL)
    numbers = {clause: number for number, clause in enumerate(clauses, 1)}
    return Narrowed(
        plan=plan,
        decisions={
            name: Decision(entity, profile.grants.get(name, ()), shells, numbers)
            for name, entity in catalog.entities.items()
        },
        refusals=refusals,
        clauses=clauses,
        faults=tuple(_faults(plan, refusals, caller, purpose)),
        whole=(
            *_whole(searched, refusals, profile, caller, purpose),
            *refused_statistics(plan, aggregates, caller, purpose),
        ),
        searched=tuple(
            sorted({_name(e, s) for _, e, s, _ in searched if _counts(e, s)} | counted_over(plan))
        ),
        protected=protected,
        bulk=profile.bulk,
        aggregates=aggregates,
    )


def _clauses(profile: Profile) -> tuple[str, ...]:
    refs = {g.clause for grants in profile.grants.values() for g in grants}
    return tuple(str(ref) for ref in sorted(refs, key=lambda ref: ref.order))


def selected(row: RowNode) -> tuple[FieldSource, ...]:
    """The protected fields selected on this record, in schema order, once each.

    A connection of a type without id stands for its record's own field.
    """
    names = {
        out.source.name: out.source
        for out in row.outputs
        if isinstance(out, ValueOut) or (isinstance(out, ConnOut) and _inherits(out.connection))
    }
    return tuple(names[name] for name in row.entity.fields if name in names)


def asks_of_all(output: RowOut) -> bool:
    """Whether a selected field tells of every class that is open on its record."""
    if isinstance(output, ValueOut):
        return output.source.kind is Kind.HISTORY
    return isinstance(output, VersionsOut)


def judged(row: RowNode) -> tuple[FieldSource, ...]:
    """The protected fields that are decided on this record: the selected ones, or all of them where
    the decision itself is asked for, or versions or history of what may be read.
    """
    chosen = selected(row)
    if not (row.explained or any(asks_of_all(out) for out in row.outputs)):
        return chosen
    return tuple(
        source
        for source in row.entity.fields.values()
        if source.data_class is not None
        and (source.kind is not Kind.HISTORY or row.explained or source in chosen)
    )


def _inherits(connection: Connection) -> bool:
    return connection.entity.binding == "INHERITED"


def class_of(row: RowNode, source: FieldSource) -> DataClass:
    """The class that decides a selected field; what has no id takes that of its record."""
    if source.data_class is not None:
        return source.data_class
    return next(s.data_class for s in row.entity.fields.values() if s.data_class is not None)


def _cells(plan: Plan) -> set[Cell]:
    return {
        (row.entity.name, class_of(row, source))
        for row in rows_of(plan)
        if row.entity.binding != "INHERITED"
        for source in judged(row)
    }


_Search = tuple[Connection | WatchRoot, EntitySource, FieldSource, str]
"""Where in the answer, and what was read by which operator to find it."""


def _searched(plan: Plan) -> list[_Search]:
    found: list[_Search] = []
    for connection in connections_of(plan):
        found += [(connection, *each) for each in searched_in(connection.entity, connection.filter)]
        found += [(connection, connection.entity, k.source, "orderBy") for k in connection.order]
        if connection.name == ROOT:
            read = (connection.entity.fields[name.split(".")[1]] for name in READS)
            found += [(connection, connection.entity, source, "worklist") for source in read]
    for root in plan.roots:
        if isinstance(root, WatchRoot) and root.desk:
            entity = root.node.entity
            found.append((root, entity, entity.fields[CHOSEN_BY.split(".")[1]], "worklist"))
    return found


def _is_protected(
    plan: Plan,
    cells: set[Cell],
    searched: list[_Search],
) -> bool:
    entities = [row.entity for row in rows_of(plan)]
    entities += [connection.entity for connection in connections_of(plan)]
    entities += [entity for _, entity, _, _ in searched]
    return any(entity.public_where is None for entity in entities) or any(
        not data_class.is_public for _, data_class in cells
    )


def _counts(entity: EntitySource, source: FieldSource) -> bool:
    return source.data_class is not None and not source.data_class.is_public


def _name(entity: EntitySource, source: FieldSource) -> str:
    return f"{entity.name}.{source.name}"


def _fault(
    name: str, refusal: Refusal, path: tuple[str, ...], caller: Caller, purpose: str | None
) -> GraphQLFault:
    return GraphQLFault(
        ErrorCode.FIELD_NOT_PERMITTED,
        f"`{name}` is not permitted to `{caller.agency}` for {purpose or 'no purpose'}",
        path,
        {"field": name, "reason": refusal.reason.value, "clauses": list(refusal.clauses)},
    )


def _faults(
    plan: Plan, refusals: Mapping[Cell, Refusal], caller: Caller, purpose: str | None
) -> list[GraphQLFault]:
    faults: list[GraphQLFault] = []
    for row in rows_of(plan):
        for output in row.outputs:
            if not isinstance(output, ValueOut) or output.source.data_class is None:
                continue
            refusal = refusals.get((row.entity.name, output.source.data_class))
            if refusal is not None:
                name = _name(row.entity, output.source)
                path = (*row.path, output.key)
                faults.append(_fault(name, refusal, path, caller, purpose))
    return faults


def _whole(
    searched: list[_Search],
    refusals: Mapping[Cell, Refusal],
    profile: Profile,
    caller: Caller,
    purpose: str | None,
) -> list[GraphQLFault]:
    faults: list[GraphQLFault] = []
    for connection, entity, source, op in searched:
        if source.data_class is None:
            continue
        refusal = refusals.get((entity.name, source.data_class))
        if refusal is None and op in _TELLING and source.data_class.sensitivity.level >= 3:
            refusal = _guessing(profile, entity.name, source.data_class, caller)
        if refusal is not None:
            fault = _fault(_name(entity, source), refusal, connection.path, caller, purpose)
            if fault not in faults:
                faults.append(fault)
    return faults


def _guessing(
    profile: Profile, entity: str, data_class: DataClass, caller: Caller
) -> Refusal | None:
    """Search by a name or number is for a FOCAL_POINT whose own grant carries the class."""
    if "FOCAL_POINT" in caller.roles and any(
        "FOCAL_POINT" in grant.grantee.roles for grant in profile.carrying(entity, data_class)
    ):
        return None
    return Refusal(DenialReason.CLASS, ())
