"""What must hold of every clause, on every row there can be.

Gives `PROPERTIES`. Each takes a grant and the world and gives the formula of
its own breach: the proof holds where no row satisfies it. A property is about
what a document writes (`opening.opens`), not about the registry's further nets.

Exceptions that are law stand here by name and nowhere else: organisations are
of no country (`organisation`), the host's own desks work with the children in
their care (`HOME_ROLES`), police may go by a formal request in place of
consent, a reception centre by its arrivals list of those who have come, an
emergency by its review.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import z3

from authz.conditions import CASE_BOUND, FREEZES, NEVER_FROZEN
from authz.grants import Purpose
from authz.proving import meanings
from authz.proving.events import later_and_closed, narrower
from authz.proving.opening import in_host, in_origin, opens
from authz.proving.symbols import is_one
from authz.proving.words import CONSENTS, PURPOSES, ROLES, number
from schema.classes import DataClass, Sensitivity
from schema.codes import RecordType, Role

if TYPE_CHECKING:
    from authz.grants import Grant
    from authz.proving.meanings import World
    from authz.proving.symbols import Unknowns

Classes = frozenset[DataClass]


@dataclass(frozen=True, slots=True)
class Breach:
    """True on the rows that break a property. Where it speaks of an event or of a claim, `before`
    and `after` are the row without and with it; else both are None and it is the world's row.
    """

    formula: z3.BoolRef
    before: Unknowns | None = None
    after: Unknowns | None = None


@dataclass(frozen=True, slots=True)
class Property:
    """One sentence, and when a grant breaks it. `about` gives the classes of a grant that the
    property is about, empty where it says nothing of it; `by_class` says that the breach differs
    between them.
    """

    name: str
    sentence: str
    about: Callable[[Grant], Classes]
    breach: Callable[[Grant, Classes, World], Breach]
    by_class: bool = False


HOME_ROLES: Final = (Role.CASE_WORKER, Role.FOCAL_POINT, Role.MDT_MEMBER, Role.BORDER_OFFICER)
"""Of the host, these work with a child before a guardian is found: the cells of the matrix that
name neither C3 nor C4, and the team that identifies.
"""

_BY_CONSENT: Final = frozenset(
    {
        DataClass.IDENTITY,
        DataClass.PHOTO,
        DataClass.FAMILY,
        DataClass.EXPLOITATION,
        DataClass.EXPLOITATION_DETAIL,
        DataClass.NARRATIVE,
        DataClass.CARE,
        DataClass.TRAVEL,
    }
)
_ON_ARRIVALS_LIST: Final = frozenset({DataClass.IDENTITY, DataClass.TRAVEL})
_CONSENTS_FOR: Final = {
    Purpose.TRACING: ("TRACING",),
    Purpose.RETURN: ("RETURN",),
    Purpose.REINTEGRATION: ("SERVICES", "FEEDBACK"),
    Purpose.PROSECUTION: ("PROSECUTION",),
}
_GUARDED: Final = frozenset(
    {DataClass.IDENTITY, DataClass.FAMILY, DataClass.EXPLOITATION, DataClass.CARE}
)
_ADULTS_ONLY: Final = frozenset({DataClass.PHOTO, DataClass.NARRATIVE})
_OF_A_CHILD: Final = frozenset({DataClass.IDENTITY, DataClass.PHOTO, DataClass.FAMILY})
_SEALED: Final = frozenset(c for c in DataClass if c.sensitivity is Sensitivity.S5)


def _about(classes: Classes) -> Callable[[Grant], Classes]:
    return lambda grant: grant.classes & classes if grant.entity in CASE_BOUND else frozenset()


def _third_state(grant: Grant, _: Classes, world: World) -> Breach:
    row = world.row
    neither = z3.And(row.country != 0, z3.Not(in_host(row)), z3.Not(in_origin(row)))
    return _when(grant, world, neither)


def _organisation(grant: Grant, _: Classes, world: World) -> Breach:
    row = world.row
    own = z3.Or(row.holder == row.agency, row.assigned, row.referred)
    named = world.once(
        "named", lambda: z3.Or([meanings.consent(purpose, row) for purpose in CONSENTS])
    )
    return _when(grant, world, z3.And(row.country == 0, z3.Not(own), z3.Not(named)))


def _sealed(grant: Grant, _: Classes, world: World) -> Breach:
    # after the handover the origin writes: what the host then read would have crossed as well
    crossed = z3.Or(
        z3.Not(in_host(world.row)), z3.And(_handed_over(world), z3.BoolVal(not _freezes(grant)))
    )
    return _when(grant, world, crossed)


def _later(grant: Grant, _: Classes, world: World) -> Breach:
    return _when(grant, world, z3.And(in_host(world.row), _handed_over(world)))


def _handed_over(world: World) -> z3.BoolRef:
    return world.row.main_rank >= meanings.rank("HANDED_OVER")


def _freezes(grant: Grant) -> bool:
    """What it opens after the handover is the copy that was kept then."""
    return any(condition.name == FREEZES for condition in grant.when)


def _as_it_stands(grant: Grant) -> Classes:
    """What the grant opens as it stands, at whatever stage, feedback aside."""
    if grant.entity not in CASE_BOUND or _freezes(grant):
        return frozenset()
    # of a visit after the return SHELL opens no field
    beside = {DataClass.SHELL} if grant.entity == RecordType.FOLLOW_UP else set()
    return grant.classes - NEVER_FROZEN - beside


def _notice(grant: Grant, _: Classes, world: World) -> Breach:
    before = world.row.main_rank < meanings.rank("NOTIFIED")
    return _when(grant, world, z3.And(in_origin(world.row), before))


def _objection(grant: Grant, _: Classes, world: World) -> Breach:
    row = world.row
    objected = world.once("objected", lambda: z3.And(in_origin(row), meanings.objection(row)))
    return _when(grant, world, objected)


def _consent(grant: Grant, classes: Classes, world: World) -> Breach:
    row = world.row
    consented = world.once("consented", lambda: _consented(row))
    leave = z3.Or(consented, row.requested, row.emergency)
    arrived = z3.And(meanings.arrivals_window(row), row.main_rank >= meanings.rank("HANDED_OVER"))
    listed = z3.Or(leave, arrived)
    needed = [listed] if classes & _ON_ARRIVALS_LIST else []
    if classes - _ON_ARRIVALS_LIST - {DataClass.PHOTO}:
        needed.append(leave)
    if DataClass.PHOTO in classes:
        needed.append(meanings.consent("PHOTO", row))
    return _when(grant, world, z3.And(z3.Not(in_host(row)), z3.Not(z3.And(needed))))


def _consented(row: Unknowns) -> z3.BoolRef:
    """The newest word on what the request is made for is a consent."""
    return z3.Or(
        [
            z3.And(
                row.purpose == number(PURPOSES, str(purpose)),
                z3.Or([meanings.consent(word, row) for word in words]),
            )
            for purpose, words in _CONSENTS_FOR.items()
        ]
    )


def _minor(grant: Grant, classes: Classes, world: World) -> Breach:
    row = world.row
    child = z3.Not(meanings.adult(row))
    unguarded = world.once("unguarded", lambda: z3.And(child, z3.Not(meanings.some_papers(row))))
    wrong = []
    if classes & _GUARDED:
        wrong.append(z3.And(z3.Not(in_host(row)), unguarded))
    if classes & _ADULTS_ONLY:
        wrong.append(z3.And(z3.Not(in_host(row)), child))
    if classes & _OF_A_CHILD:
        by_request = z3.And(row.role == number(ROLES, Role.INVESTIGATOR), row.requested)
        at_home = is_one(row.role, [number(ROLES, role) for role in HOME_ROLES])
        # the home and family of a child may be sought by police on a formal request alone
        lawful = z3.Or(at_home, by_request) if _OF_A_CHILD & classes == _FAMILY else at_home
        wrong.append(z3.And(in_host(row), z3.Not(lawful), unguarded))
    return _when(grant, world, z3.Or(wrong))


_FAMILY: Final = frozenset({DataClass.FAMILY})


def _withdrawal(grant: Grant, _: Classes, world: World) -> Breach:
    event, after = world.once("withdrawal", lambda: _and_world(world, *later_and_closed(world.row)))
    return _opened_by(event, (grant, world), (grant, after))


def _claims(grant: Grant, _: Classes, world: World) -> Breach:
    # a unit is who asks: where a clause asks for one (C6), the caller without it is compared as if
    # that much were met, so that the unit is seen to open nothing by itself
    asked_less = replace(grant, when=tuple(c for c in grant.when if c.name != "home_province"))
    added, before, after = world.once("claims", lambda: _and_worlds(world, *narrower(world.row)))
    return _opened_by(added, (asked_less, before), (grant, after))


def _and_world(world: World, event: z3.BoolRef, after: Unknowns) -> tuple[z3.BoolRef, World]:
    return event, world.of(after)


def _and_worlds(
    world: World, added: z3.BoolRef, before: Unknowns, after: Unknowns
) -> tuple[z3.BoolRef, World, World]:
    return added, world.of(before), world.of(after)


def _when(grant: Grant, world: World, wrong: z3.BoolRef) -> Breach:
    return Breach(z3.And(opens(grant, world), wrong, z3.Not(world.row.statistics)))


def _opened_by(
    event: z3.BoolRef, before: tuple[Grant, World], after: tuple[Grant, World]
) -> Breach:
    """Closed before, open after."""
    (_, was), (_, is_now) = before, after
    formula = z3.And(event, opens(*after), z3.Not(opens(*before)), z3.Not(was.row.statistics))
    return Breach(formula, was.row, is_now.row)


_ALL: Final = frozenset(DataClass)

PROPERTIES: Final = (
    Property(
        "third-state",
        "no agency of a state on neither side of a case reads anything of it",
        _about(_ALL),
        _third_state,
    ),
    Property(
        "organisation",
        "an organisation without a country reads what it holds, was given, or is named for alone",
        _about(_ALL),
        _organisation,
    ),
    Property(
        "sealed",
        "what is sealed (S5) crosses no border, in neither direction",
        _about(_SEALED),
        _sealed,
    ),
    Property(
        "later",
        "what is written after the handover the host does not read, save feedback",
        _as_it_stands,
        _later,
    ),
    Property(
        "notice",
        "the country of origin reads nothing before NOTIFIED",
        _about(_ALL),
        _notice,
    ),
    Property(
        "objection",
        "the country of origin reads nothing after the person objected",
        _about(_ALL),
        _objection,
    ),
    Property(
        "consent",
        "who a person is and what was done to her crosses no border without her consent,"
        " a formal request or her arrival; a photograph by consent alone",
        _about(_BY_CONSENT),
        _consent,
        by_class=True,
    ),
    Property(
        "minor",
        "no identity of a minor is read without the guardian's papers (C4), and no photograph"
        " or narrative of one crosses a border",
        _about(_GUARDED | _ADULTS_ONLY),
        _minor,
        by_class=True,
    ),
    Property(
        "withdrawal",
        "a consent withdrawn, or a restriction set by the sender, never opens anything",
        _about(_ALL),
        _withdrawal,
    ),
    Property(
        "claims",
        "a claim that narrows (`cases`, `unit`) never widens",
        _about(_ALL),
        _claims,
    ),
)
"""In the order in which they are proved and shown."""
