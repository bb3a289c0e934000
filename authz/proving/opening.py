"""When a grant opens a row, in the terms of z3.

Takes a grant and the world, gives the formula of all that the document writes:
grantee, purpose, side, conditions, the claim `cases`, and the sender's
restrictions, which no document needs to write.

The registry has one net more: whatever a clause says, origin sees no case
before NOTIFIED nor after NOT_A_NATIONAL. That net is left out of `opens`, so
that a document is safe as its lawyers read it; `opens_in_force` has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import z3

from authz.conditions import CASE_BOUND
from authz.grants import Side
from authz.proving.meanings import meaning, rank
from authz.proving.symbols import is_one
from authz.proving.words import PURPOSES, ROLES, number

if TYPE_CHECKING:
    from collections.abc import Hashable

    from authz.grants import Grant
    from authz.proving.meanings import World
    from authz.proving.symbols import Unknowns


def opens(grant: Grant, world: World) -> z3.BoolRef:
    """All that the grant asks, written or carried by every grant."""
    return world.once(
        ("opens", asked_by(grant)),
        lambda: z3.And([formula for _, formula in parts(grant, world)]),
    )


def asked_by(grant: Grant) -> Hashable:
    """All that `opens` reads: grants with an equal one open the same rows to the same callers."""
    of_case = grant.entity in CASE_BOUND
    asked = (grant.clause.agreement, grant.grantee, grant.purposes, grant.when, grant.corridors)
    return (*asked, of_case)


def opens_in_force(grant: Grant, world: World) -> z3.BoolRef:
    """The same below the registry's own floor for origin."""
    return world.once(
        ("in force", asked_by(grant)),
        lambda: z3.And(opens(grant, world), floor(grant, world.row)),
    )


def parts(grant: Grant, world: World) -> list[tuple[str, z3.BoolRef]]:
    """What the grant asks, each part under the words it is written with."""
    found = [("grantee", _grantee(grant, world)), ("purposes", _purposes(grant, world))]
    if grant.grantee.side is not None and grant.entity in CASE_BOUND:
        found.append((f'side = "{grant.grantee.side}"', _side(grant.grantee.side, world.row)))
    found += [(str(condition), meaning(condition, grant, world)) for condition in grant.when]
    if grant.entity in CASE_BOUND:
        row = world.row
        found.append(("cases", z3.Implies(row.narrowed, row.listed)))
        found.append(("not_restricted", z3.Or(in_host(row), z3.Not(row.restricted))))
    return found


def floor(grant: Grant, row: Unknowns) -> z3.BoolRef:
    """Origin sees a case only once NOTIFIED was reached, and no more after NOT_A_NATIONAL."""
    if grant.entity not in CASE_BOUND:
        return z3.BoolVal(True)
    told = z3.And(row.main_rank >= rank("NOTIFIED"), z3.Not(row.not_a_national))
    return z3.Implies(in_origin(row), told)


def in_host(row: Unknowns) -> z3.BoolRef:
    """The caller's agency is of the host. An organisation is of no country."""
    return row.country == row.host


def in_origin(row: Unknowns) -> z3.BoolRef:
    """The caller's agency is of the country of origin."""
    return row.country == row.origin


def _grantee(grant: Grant, world: World) -> z3.BoolRef:
    to, row, words = grant.grantee, world.row, world.words
    keys = [z3.BoolVal(True)]  # a grant to everybody
    for names, known, term in (
        (to.agencies, words.agencies, row.agency),
        (to.countries, words.countries, row.country),
        (to.roles, ROLES, row.role),
    ):
        if names:
            keys.append(is_one(term, [number(known, name) for name in sorted(names)]))
    return z3.And(keys)


def _purposes(grant: Grant, world: World) -> z3.BoolRef:
    return is_one(world.row.purpose, [number(PURPOSES, str(p)) for p in sorted(grant.purposes)])


def _side(side: Side, row: Unknowns) -> z3.BoolRef:
    if side is Side.HOST:
        return in_host(row)
    if side is Side.ORIGIN:
        return in_origin(row)
    return z3.Or(in_host(row), in_origin(row))
