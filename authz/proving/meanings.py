"""What each named condition means, in the terms of z3.

Takes a condition, the grant it stands in and the unknowns, gives a formula.
Written from the rulings and not from the statement that the compiler makes:
where the two differ, a proof here says nothing of the registry, and the tests
of both against one plain reading are what holds them together.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import z3

from authz.proving.words import CONSENTS, Words, number
from schema.codes import MAIN_RANK, CaseState

if TYPE_CHECKING:
    from authz.grants import Condition, Corridor, Grant
    from authz.proving.symbols import Times, Unknowns

ADULT_AT: Final = 18
_WINDOW = 7


@dataclass(frozen=True, slots=True)
class World:
    """The row in question and the words it is spoken of. `made` keeps what was said of it before:
    to build a formula takes longer than to decide it.
    """

    row: Unknowns
    words: Words
    made: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, what: Hashable, make: Callable[[], Any]) -> Any:  # z3's terms
        """What `make` gives, made once for `what`."""
        if what not in self.made:
            self.made[what] = make()
        return self.made[what]

    def of(self, row: Unknowns) -> World:
        """The same words, spoken of another row."""
        return World(row, self.words)


def meaning(condition: Condition, grant: Grant, world: World) -> z3.BoolRef:
    """True where `condition` of `grant` holds on the row."""
    beside = tuple(c for c in grant.when if c.name == "consent")
    asked = (condition, grant.clause.agreement, grant.corridors, beside)
    return world.once(asked, lambda: MEANINGS[condition.name](condition, grant, world))


def rank(state: str) -> int:
    """1 for SCREENED up to 13 for CLOSED."""
    return MAIN_RANK[CaseState(state)]


def consent(purpose: str, row: Unknowns) -> z3.BoolRef:
    """The newest statement for this purpose and this caller is GIVEN.

    The agency's own statement beats its country's, whichever is newer; what closes, to agency,
    country or everybody, closes every earlier GIVEN of both. At equal times the closing stands.
    """
    t = row.times[purpose]
    spoken_to_agency = z3.Or(t.given_agency > 0, t.asked_agency > 0, t.closed_agency > 0)
    after_closing = [t.closed_agency, t.closed_country, t.closed_all]
    return z3.If(
        spoken_to_agency,
        _later(t.given_agency, [t.asked_agency, *after_closing]),
        _later(t.given_country, [t.asked_country, *after_closing]),
    )


def objection(row: Unknowns) -> z3.BoolRef:
    """The newest statement on NOTIFICATION that reaches the caller refuses or withdraws."""
    t = row.times["NOTIFICATION"]
    opened = [t.given_agency, t.given_country, t.asked_agency, t.asked_country]
    closed = [t.closed_agency, t.closed_country, t.closed_all]
    return z3.Or([z3.And(c > 0, *(c >= o for o in opened)) for c in closed])


def adult(row: Unknowns) -> z3.BoolRef:
    """Age known, undisputed, 18 or more."""
    return z3.And(row.age_known, z3.Not(row.age_disputed), row.age >= ADULT_AT)


def papers(purposes: list[str], row: Unknowns) -> z3.BoolRef:
    """What a child needs: best-interests entry, named case worker, and the guardian's consent
    with the child's assent for each purpose, closed by nobody since.

    Without a purpose, of any purpose, and nothing at all closed since.
    """
    if purposes:
        guarded = z3.And([_later(row.times[p].guarded, _closings(row.times[p])) for p in purposes])
    else:
        closings = [c for times in row.times.values() for c in _closings(times)]
        guarded = z3.Or([_later(times.guarded, closings) for times in row.times.values()])
    return z3.And(row.best_interests, row.case_worker, guarded)


def some_papers(row: Unknowns) -> z3.BoolRef:
    """The least that can be called papers: those of one purpose, whichever."""
    return z3.Or([papers([purpose], row) for purpose in CONSENTS])


def arrivals_window(row: Unknowns) -> z3.BoolRef:
    """DOCUMENTS_READY to IN_RECEPTION, and the planned day at most a week away or past."""
    return _window(row, "IN_RECEPTION", _WINDOW)


def travel_window(row: Unknowns) -> z3.BoolRef:
    """DOCUMENTS_READY to HANDED_OVER, and the planned day today or in the week to come."""
    return _window(row, "HANDED_OVER", 0)


def assigned(row: Unknowns) -> z3.BoolRef:
    """The caller's agency holds the case or was given it; with a unit, that unit was."""
    given = z3.Or(row.holder == row.agency, row.assigned, row.referred)
    return z3.If(row.unit != 0, row.assigned_to_unit, given)


def _later(time: z3.ArithRef, others: list[z3.ArithRef]) -> z3.BoolRef:
    return z3.And(time > 0, *(time > other for other in others))


def _closings(t: Times) -> list[z3.ArithRef]:
    return [t.closed_agency, t.closed_country, t.closed_all, t.closed_elsewhere]


def _window(row: Unknowns, last: str, past: int) -> z3.BoolRef:
    return z3.And(
        row.main_rank >= rank("DOCUMENTS_READY"),
        row.main_rank <= rank(last),
        row.planned,
        row.handover_in <= _WINDOW,
        row.handover_in >= -past,
    )


def _lodged_under(_: Condition, grant: Grant, world: World) -> z3.BoolRef:
    place = number(world.words.agreements, grant.clause.agreement)
    return z3.And(place != 0, world.row.agreement == place)


def _covers_corridor(_: Condition, grant: Grant, world: World) -> z3.BoolRef:
    return z3.Or([_corridor(corridor, world) for corridor in grant.corridors])


def _corridor(corridor: Corridor, world: World) -> z3.BoolRef:
    row, words = world.row, world.words
    parts = [z3.BoolVal(True)]
    if corridor.host != "*":
        parts.append(row.host == number(words.countries, corridor.host))
    if corridor.origin != "*":
        parts.append(row.origin == number(words.countries, corridor.origin))
    for code in corridor.bar:
        own = [number(words.countries, c) for c in sorted(words.parties_of.get(code, frozenset()))]
        of_host, of_origin = ([term == c for c in own] for term in (row.host, row.origin))
        parts.append(z3.Not(z3.And(z3.Or(of_host), z3.Or(of_origin))))
    return z3.And(parts)


def _held_by_party(_: Condition, __: Grant, world: World) -> z3.BoolRef:
    row = world.row
    hosts_or_holds = z3.Or(row.host == row.country, row.holder_country == row.country)
    return z3.And(row.country != 0, hosts_or_holds)


def _home_province(_: Condition, __: Grant, world: World) -> z3.BoolRef:
    return z3.And(world.row.unit != 0, world.row.home_province == world.row.unit)


def _stage_from(condition: Condition, _: Grant, world: World) -> z3.BoolRef:
    return world.row.main_rank >= rank(condition.args[0])


def _stage_between(condition: Condition, _: Grant, world: World) -> z3.BoolRef:
    low, high = condition.args
    return z3.And(world.row.main_rank >= rank(low), world.row.main_rank <= rank(high))


def _before_handover(_: Condition, __: Grant, world: World) -> z3.BoolRef:
    return world.row.main_rank < rank("HANDED_OVER")


def _host_part_frozen(_: Condition, __: Grant, world: World) -> z3.BoolRef:
    return z3.Or(world.row.main_rank < rank("HANDED_OVER"), world.row.frozen)


def _minor_needs_guardian(_: Condition, grant: Grant, world: World) -> z3.BoolRef:
    purposes = [c.args[0] for c in grant.when if c.name == "consent"]
    return z3.Or(adult(world.row), papers(purposes, world.row))


def _consent_is(condition: Condition, _: Grant, world: World) -> z3.BoolRef:
    return world.row.row_purpose == number(CONSENTS, condition.args[0])


def _of(test: Callable[[Unknowns], z3.BoolRef]) -> Meaning:
    return lambda _condition, _grant, world: test(world.row)


Meaning = Callable[["Condition", "Grant", World], "z3.BoolRef"]

MEANINGS: Final[dict[str, Meaning]] = {
    "lodged_under": _lodged_under,
    "covers_corridor": _covers_corridor,
    "held_by_party": _held_by_party,
    "assigned": _of(assigned),
    "referred_to": _of(lambda row: row.asked),
    "home_province": _home_province,
    "formal_request": _of(lambda row: row.requested),
    "stage_from": _stage_from,
    "stage_between": _stage_between,
    "arrivals_window": _of(arrivals_window),
    "travel_window": _of(travel_window),
    "before_handover": _before_handover,
    "host_part_frozen": _host_part_frozen,
    "no_objection": _of(lambda row: z3.Not(objection(row))),
    "consent": lambda condition, _grant, world: consent(condition.args[0], world.row),
    "consent_is": _consent_is,
    "minor_needs_guardian": _minor_needs_guardian,
    "adult": _of(adult),
    "not_restricted": _of(lambda row: z3.Not(row.restricted)),
    "emergency_open": _of(lambda row: row.emergency),
    "aggregate_only": _of(lambda row: row.statistics),
    "party": _of(lambda row: row.party),
    "participant": _of(lambda row: row.participant),
    "shares_corridor": _of(lambda row: row.corridor_shared),
    "own_actor": _of(lambda row: row.own_actor),
    "own_country_case": _of(lambda row: row.own_country_case),
}
"""By name; every name of `authz.conditions.CONDITIONS` and no other."""
