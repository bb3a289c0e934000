"""What another version would change over the present data: who gains and who loses how many cells.

Takes two policies that differ in one agreement, gives for every agency, role
and purpose that it names, and every type and class, how many records would be
opened and closed. Each number is counted by the compiler's own predicates, as
that caller and behind that caller's wall. Units are not asked: what hangs on
one is counted for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from authz.caller import Caller
from authz.documents import Document
from authz.grants import Grant
from authz.profile import Policy, Profile, never_on_records, profile_of
from resolvers.decision import Decision
from resolvers.execution import bind_all, context_of
from resolvers.filtering import case_alias, case_join
from resolvers.header import header_values
from resolvers.parameters import Parameters
from resolvers.predicates import Where
from resolvers.wire import Wire
from schema.catalog import Catalog, EntitySource
from schema.classes import DataClass
from schema.codes import Role


@dataclass(frozen=True, slots=True)
class Change:
    """How many records of a type open or close to somebody, for these classes alike."""

    agency: str
    role: str
    purpose: str
    entity: str
    classes: tuple[DataClass, ...]
    gained: int
    lost: int

    def as_dict(self) -> dict[str, object]:
        """As the report holds it."""
        return {
            "agency": self.agency,
            "role": self.role,
            "purpose": self.purpose,
            "entity": self.entity,
            "classes": [each.value for each in self.classes],
            "gained": self.gained,
            "lost": self.lost,
        }


def with_document(policy: Policy, document: Document | None, agreement: str) -> Policy:
    """The policy with `document` as what is in force of its agreement; None: with nothing."""
    grants = [g for g in policy.grants if g.clause.agreement != agreement]
    documents = [d for d in policy.documents if d.agreement != agreement]
    if document is not None:
        grants += document.grants
        documents.append(document)
    return replace(
        policy,
        grants=tuple(grants),
        documents=tuple(documents),
        parties={d.agreement: frozenset(d.parties) for d in documents},
        published=frozenset(d.agreement for d in documents if d.published),
    )


async def changes(
    wire: Wire,
    before: Policy,
    after: Policy,
    agreement: str,
    ground: tuple[Catalog, dict[str, str]],
) -> list[Change]:
    """Every change, most rows first. `ground` is the catalog and each agency's country ('' for
    none). Goes on in the transaction open on `wire`.
    """
    catalog, countries = ground
    found: list[Change] = []
    grants = [
        g
        for g in (*before.grants, *after.grants)
        if g.clause.agreement == agreement and not never_on_records(g)
    ]
    for who, purpose in _callers(grants, countries):
        old, new = (profile_of(policy, who, purpose, ()) for policy in (before, after))
        for entity in catalog.entities.values():
            for classes in _groups(entity, old, new):
                sides = (old.grants.get(entity.name, ()), new.grants.get(entity.name, ()))
                gained, lost = await _count(wire, entity, classes[0], sides, (who, purpose))
                if gained or lost:
                    change = Change(
                        who.agency, who.roles[0], purpose, entity.name, classes, gained, lost
                    )
                    found.append(change)
    return sorted(found, key=lambda c: (-c.gained - c.lost, c.agency, c.role, c.purpose, c.entity))


def _callers(grants: list[Grant], countries: dict[str, str]) -> Iterator[tuple[Caller, str]]:
    cells = {
        (agency, role, purpose)
        for grant in grants
        for agency, country in countries.items()
        if (not grant.grantee.agencies or agency in grant.grantee.agencies)
        and (not grant.grantee.countries or country in grant.grantee.countries)
        for role in sorted(grant.grantee.roles) or [r.value for r in Role]
        for purpose in grant.purposes
    }
    for agency, role, purpose in sorted(cells):
        yield Caller(agency, countries[agency], (role,), (purpose,), "", "", "", "", 0), purpose


def _groups(entity: EntitySource, old: Profile, new: Profile) -> list[tuple[DataClass, ...]]:
    """Classes of the type that change alike: carried by the same grants before and after."""
    held = {s.data_class for s in entity.fields.values() if s.data_class is not None}
    groups: dict[tuple[object, ...], list[DataClass]] = {}
    for data_class in sorted(held):
        sides = tuple(
            tuple(_meaning(g) for g in profile.carrying(entity.name, data_class))
            for profile in (old, new)
        )
        if sorted(map(str, sides[0])) != sorted(map(str, sides[1])):
            groups.setdefault(sides, []).append(data_class)
    return [tuple(classes) for classes in groups.values()]


def _meaning(grant: Grant) -> tuple[object, ...]:
    """What a grant opens, its clause's name and version aside."""
    conditions = tuple(sorted(map(str, grant.when)))
    return grant.clause.agreement, grant.grantee.side, conditions, grant.corridors


async def _count(
    wire: Wire,
    entity: EntitySource,
    data_class: DataClass,
    sides: tuple[tuple[Grant, ...], tuple[Grant, ...]],
    asking: tuple[Caller, str],
) -> tuple[int, int]:
    who, purpose = asking
    params = Parameters()
    base, alias = Where("", "", "", params, bool(who.unit)), "t"
    case = case_alias(entity, alias)
    old, new = (
        Decision(entity, grants, (), {}).permitted(data_class, base, alias, case)
        for grants in sides
    )
    sql = (
        "select count(*) filter (where q.b and not q.a)::text,"
        " count(*) filter (where q.a and not q.b)::text"
        f" from (select {old} as a, {new} as b from {entity.table} {alias}"
        f"{case_join(entity, alias)}) q where q.a or q.b"
    )
    context = header_values(who, purpose, "", "", "", (), ())
    found = await wire.go_on(sql, bind_all(params.binds, {}, context), context_of(who))
    return int(found.get_value(0, 0) or 0), int(found.get_value(0, 1) or 0)
