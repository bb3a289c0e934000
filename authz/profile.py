"""Profiles: the grants in force for one caller and purpose at one instant.

Takes the documents in force and a caller, gives a `Profile`: which grants may
open anything at all, and for each class that none of them carries, why not and
which clauses would. Rows are not looked at here: conditions are the
statement's. Several roles are several sets of grants, each alone, so they are
simply listed together: every grant keeps its own conditions and classes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from authz.caller import Caller
from authz.documents import Document
from authz.grants import ClauseRef, Grant, Purpose
from authz.reasons import DenialReason
from schema.classes import DataClass


@dataclass(frozen=True, slots=True)
class Version:
    """One protocol version as the registry holds it. Hashes are SHA-256, hex; `bound` are the
    parties that proposed, ratified or signed it; `since` None means at once, `until` None never.
    """

    agreement: str
    version: int
    content: str
    content_hash: str
    report_hash: str | None
    parties: frozenset[str]
    bound: frozenset[str]
    proposed_by: str
    proposed_at: dt.datetime
    since: dt.datetime | None
    until: dt.datetime | None

    @property
    def code(self) -> str:
        """As an answer names it: `TH-KH-2014@3`."""
        return f"{self.agreement}@{self.version}"


@dataclass(frozen=True, slots=True)
class Policy:
    """Every grant of every document in force, and until when this picture holds.

    `version` is the registry's policy version. `horizon` is the next instant at
    which the clock alone changes what is in force, None where it never does.
    `parties` are the parties of each agreement; `published` the agreements
    whose clauses anyone may read.
    """

    version: int
    horizon: dt.datetime | None
    grants: tuple[Grant, ...]
    parties: Mapping[str, frozenset[str]]
    published: frozenset[str]
    countries: Mapping[str, str] = field(default_factory=dict)
    """Country of each agency by code; organisations have none."""
    documents: tuple[Document, ...] = ()
    """The documents in force, in the order of their agreements."""
    versions: tuple[Version, ...] = ()
    """Every version that was proposed, in force or not."""
    read_at: dt.datetime | None = field(default=None, compare=False)
    """The database's clock when this was read, or the past instant it was read for."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A class refused to this caller on every row of an entity: reason and the clauses that would
    permit it.
    """

    reason: DenialReason
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """The grants that may open something to this caller for this purpose, by entity, in clause
    order. `bulk` are the entities of which long pages may be asked.
    """

    grants: Mapping[str, tuple[Grant, ...]]
    refusals: Mapping[tuple[str, DataClass], Refusal]
    bulk: frozenset[str]

    def carrying(self, entity: str, data_class: DataClass) -> tuple[Grant, ...]:
        """Grants on `entity` that carry `data_class`."""
        return tuple(g for g in self.grants.get(entity, ()) if data_class in g.classes)


@dataclass(frozen=True, slots=True)
class Aggregates:
    """The grants that open figures to this caller for this purpose, in clause order, and what none
    of them carries.
    """

    grants: tuple[Grant, ...] = ()
    refusals: Mapping[tuple[str, DataClass], Refusal] = field(default_factory=dict)

    def carrying(self, entity: str, data_class: DataClass) -> tuple[Grant, ...]:
        """Grants on `entity` that carry `data_class`."""
        return tuple(g for g in self.grants if g.entity == entity and data_class in g.classes)


FIGURES: Final = frozenset({"covers_corridor", "held_by_party", "no_objection", "aggregate_only"})
"""Conditions that figures are made by. A grant with any other asks for less than a whole corridor,
and there are no such figures: it opens none.
"""


def met_by(grant: Grant, caller: Caller) -> bool:
    """Whether the grantee's keys, AND-ed, name this caller. Its side is a matter of the row."""
    to = grant.grantee
    if to.agencies and caller.agency not in to.agencies:
        return False
    if to.countries and caller.country not in to.countries:
        return False
    return not to.roles or not to.roles.isdisjoint(caller.roles)


def never_on_records(grant: Grant) -> bool:
    """`aggregate_only` is false for every record: such a grant opens nothing but statistics."""
    return any(condition.name == "aggregate_only" for condition in grant.when)


def profile_of(
    policy: Policy, caller: Caller, purpose: str | None, classes: Iterable[tuple[str, DataClass]]
) -> Profile:
    """The caller's profile; `classes` are the (entity, class) pairs whose refusal will be asked."""
    mine = [g for g in policy.grants if met_by(g, caller) and not never_on_records(g)]
    live = sorted((g for g in mine if purpose in g.purposes), key=lambda g: g.clause.order)
    by_entity: dict[str, list[Grant]] = {}
    for grant in live:
        by_entity.setdefault(grant.entity, []).append(grant)
    carried = {(g.entity, c) for g in live for c in g.classes}
    elsewhere = {(g.entity, c) for g in mine for c in g.classes}
    refusals = {
        pair: Refusal(
            DenialReason.PURPOSE if pair in elsewhere else DenialReason.CLASS,
            _would_permit(policy, caller, *pair),
        )
        for pair in classes
        if pair not in carried
    }
    return Profile(
        {entity: tuple(grants) for entity, grants in by_entity.items()},
        refusals,
        frozenset(g.entity for g in live if g.bulk),
    )


def aggregates_of(
    policy: Policy, caller: Caller, purpose: str | None, classes: Iterable[tuple[str, DataClass]]
) -> Aggregates:
    """The sibling for figures: grants with `aggregate_only`, for the purpose STATISTICS alone."""
    mine = [g for g in policy.grants if met_by(g, caller) and _on_figures(g)]
    live = [g for g in mine if purpose == Purpose.STATISTICS and purpose in g.purposes]
    carried = {(g.entity, c) for g in live for c in g.classes}
    elsewhere = {(g.entity, c) for g in mine for c in g.classes}
    refusals = {
        pair: Refusal(
            DenialReason.PURPOSE if pair in elsewhere else DenialReason.CLASS,
            _would_permit(policy, caller, *pair, on_figures=True),
        )
        for pair in classes
        if pair not in carried
    }
    return Aggregates(tuple(sorted(live, key=lambda g: g.clause.order)), refusals)


def _on_figures(grant: Grant) -> bool:
    return never_on_records(grant) and all(c.name in FIGURES for c in grant.when)


def _would_permit(
    policy: Policy,
    caller: Caller,
    entity: str,
    data_class: DataClass,
    *,
    on_figures: bool = False,
) -> tuple[str, ...]:
    """Clauses that open the class to somebody of the caller's country, as far as the caller may
    read them.
    """
    found: set[ClauseRef] = set()
    for grant in policy.grants:
        if grant.entity != entity or data_class not in grant.classes:
            continue
        if (_on_figures(grant) if on_figures else never_on_records(grant)) is not on_figures:
            continue
        if _readable(policy, caller, grant.clause.agreement) and _concerns(policy, caller, grant):
            found.add(grant.clause)
    # a desk asks what its country agreed with others; its own law is named where that says nothing
    between = {clause for clause in found if len(policy.parties.get(clause.agreement, ())) > 1}
    return tuple(str(clause) for clause in sorted(between or found, key=lambda c: c.order))


def _readable(policy: Policy, caller: Caller, agreement: str) -> bool:
    parties = policy.parties.get(agreement, frozenset())
    return (
        agreement in policy.published
        or caller.agency in parties
        or (caller.country != "" and caller.country in parties)
    )


def _concerns(policy: Policy, caller: Caller, grant: Grant) -> bool:
    to = grant.grantee
    if caller.agency in to.agencies or (caller.country and caller.country in to.countries):
        return True
    return caller.country != "" and any(
        policy.countries.get(agency) == caller.country for agency in to.agencies
    )
