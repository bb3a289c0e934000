"""Clauses beside each other: one that no row can satisfy, one that another holds already.

Takes grants and the world, gives what is wrong in words. A clause is dead
where no row satisfies it, the registry's floor for origin and the lodging of
cases counted in. A grant is contained where another opens every row of it, to
every caller and for every purpose of it, with every class.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import z3

from authz.proving.opening import floor, opens_in_force, parts
from authz.proving.symbols import lodged_where_it_belongs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from authz.documents import Document
    from authz.grants import Grant
    from authz.proving.meanings import World
    from authz.proving.search import Search

_ALWAYS = (dt.date.min, dt.date.max)


def is_dead(grant: Grant, world: World, search: Search) -> list[str]:
    """What of the grant can never hold together; empty where some row satisfies it."""
    lodging = world.once("lodging", lambda: lodged_where_it_belongs(world.row, world.words))
    if search.exists(opens_in_force(grant, world), lodging):
        return []
    named = [*parts(grant, world), ("what origin may see", floor(grant, world.row))]
    return search.conflict([*named, ("a case is lodged by its own two countries", lodging)])


def container(
    grant: Grant,
    others: Sequence[Grant],
    world: World,
    search: Search,
    periods: Mapping[str, tuple[dt.date, dt.date]],
) -> Grant | None:
    """Another grant that opens all that this one opens, if any."""
    mine = None
    for other in others:
        if other is grant or not _may_contain(other, grant, periods):
            continue
        mine = opens_in_force(grant, world) if mine is None else mine
        if not search.exists(mine, z3.Not(opens_in_force(other, world))):
            return other
    return None


def periods_of(documents: Sequence[Document]) -> dict[str, tuple[dt.date, dt.date]]:
    """From and until of each document version, by `TH-KH-2014@3`; until is exclusive."""
    return {d.code: (d.in_force or _ALWAYS[0], d.until or _ALWAYS[1]) for d in documents}


def _may_contain(
    other: Grant, grant: Grant, periods: Mapping[str, tuple[dt.date, dt.date]]
) -> bool:
    """What needs no solver: words, time, and whatever else a grant permits."""
    of_other, of_grant = other.clause, grant.clause
    one_replaces_the_other = (
        of_other.agreement == of_grant.agreement and of_other.version != of_grant.version
    )
    return (
        not one_replaces_the_other
        and other.entity == grant.entity
        and grant.classes <= other.classes
        and grant.purposes <= other.purposes
        and grant.operations <= other.operations
        and other.bulk >= grant.bulk
        and _names_as_many(other.grantee.agencies, grant.grantee.agencies)
        and _names_as_many(other.grantee.roles, grant.grantee.roles)
        and _outlives(other, grant, periods)
    )


def _names_as_many(wider: frozenset[str], narrower: frozenset[str]) -> bool:
    return not wider or not narrower or narrower <= wider


def _outlives(other: Grant, grant: Grant, periods: Mapping[str, tuple[dt.date, dt.date]]) -> bool:
    """`other` is there whenever `grant` is; an agreement that began later is there from now on."""
    wide, narrow = _period(other, periods), _period(grant, periods)
    same = other.clause.agreement == grant.clause.agreement
    return (not same or wide[0] <= narrow[0]) and narrow[1] <= wide[1]


def _period(
    grant: Grant, periods: Mapping[str, tuple[dt.date, dt.date]]
) -> tuple[dt.date, dt.date]:
    code = f"{grant.clause.agreement}@{grant.clause.version}"
    begun, ended = periods.get(code, _ALWAYS)
    return max(begun, grant.since or begun), min(ended, grant.until or ended)
