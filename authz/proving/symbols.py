"""A case of which nothing is known yet: one unknown for each fact that a condition may ask.

Takes `Words`, gives `Unknowns` and the laws that every row of the registry
obeys, in the terms of z3. Promises to leave out no row that the registry can
hold: a law stands here only where the database or the state machine holds it.

Of the statements of a person only the newest of each kind can decide, so the
unknowns are times: nine for each purpose, 0 where there is no such statement.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import z3

from authz.proving.words import CONSENTS, OTHERS, PURPOSES, ROLES, STATES
from schema.codes import MAIN_RANK, CaseState
from schema.machine import ranks_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from authz.proving.words import Words

OLDEST: Final = 120


@dataclass(frozen=True, slots=True)
class Times:
    """When, for one purpose, the newest statement of each kind was made; 0 for never.

    `given`, `asked` (a NOT_ASKED) and `closed` (REFUSED or WITHDRAWN) are those that name the
    caller's agency or its country; `closed_all` names everybody, `closed_elsewhere` others only;
    `guarded` is a GIVEN with the guardian's consent and the child's assent, whomever it names.
    """

    given_agency: z3.ArithRef
    given_country: z3.ArithRef
    asked_agency: z3.ArithRef
    asked_country: z3.ArithRef
    closed_agency: z3.ArithRef
    closed_country: z3.ArithRef
    closed_all: z3.ArithRef
    closed_elsewhere: z3.ArithRef
    guarded: z3.ArithRef

    def all(self) -> Iterator[z3.ArithRef]:
        return (getattr(self, field.name) for field in fields(self))

    def to_no_country(self) -> z3.BoolRef:
        """Nothing names the country of a caller who has none."""
        of_country = (self.given_country, self.asked_country, self.closed_country)
        return z3.And([time == 0 for time in of_country])


@dataclass(frozen=True, slots=True)
class Unknowns:
    """A row, its case and the request. Words are numbers of `Words`; booleans as in `Case`."""

    host: z3.ArithRef
    origin: z3.ArithRef
    state: z3.ArithRef
    main_rank: z3.ArithRef
    not_a_national: z3.BoolRef
    holder: z3.ArithRef
    holder_country: z3.ArithRef
    agreement: z3.ArithRef
    planned: z3.BoolRef
    handover_in: z3.ArithRef
    age_known: z3.BoolRef
    age: z3.ArithRef
    age_disputed: z3.BoolRef
    home_province: z3.ArithRef
    best_interests: z3.BoolRef
    case_worker: z3.BoolRef
    row_purpose: z3.ArithRef

    agency: z3.ArithRef
    country: z3.ArithRef
    role: z3.ArithRef
    purpose: z3.ArithRef
    unit: z3.ArithRef
    narrowed: z3.BoolRef
    listed: z3.BoolRef
    assigned: z3.BoolRef
    assigned_to_unit: z3.BoolRef
    referred: z3.BoolRef
    asked: z3.BoolRef
    requested: z3.BoolRef
    restricted: z3.BoolRef
    frozen: z3.BoolRef
    emergency: z3.BoolRef

    statistics: z3.BoolRef
    """The request asks for a statistic, not for a record."""
    party: z3.BoolRef
    participant: z3.BoolRef
    corridor_shared: z3.BoolRef
    own_actor: z3.BoolRef
    own_country_case: z3.BoolRef

    times: Mapping[str, Times]
    """By purpose of consent."""


def unknowns() -> Unknowns:
    """A fresh row: every fact open."""
    made = {
        field.name: z3.Bool(field.name) if "Bool" in str(field.type) else z3.Int(field.name)
        for field in fields(Unknowns)
        if field.name != "times"
    }
    times = {
        purpose: Times(**{f.name: z3.Int(f"{purpose}.{f.name}") for f in fields(Times)})
        for purpose in CONSENTS
    }
    return Unknowns(**made, times=times)


def laws(u: Unknowns, words: Words) -> list[z3.BoolRef]:
    """What holds of every row and every caller."""
    countries, agencies = len(words.countries), len(words.agencies)
    return [
        _within(u.host, 1, countries),
        _within(u.origin, 1, countries),
        u.host != u.origin,
        _within(u.country, 0, countries),
        _within(u.holder_country, 0, countries),
        _within(u.agency, 1, agencies + OTHERS),
        _within(u.holder, 1, agencies + OTHERS),
        *_agency_is_of_its_country(u.agency, u.country, words),
        *_agency_is_of_its_country(u.holder, u.holder_country, words),
        z3.Implies(u.agency == u.holder, u.country == u.holder_country),
        _within(u.agreement, 0, len(words.agreements)),
        _within(u.state, 1, len(STATES)),
        *_rank_fits_state(u),
        _within(u.age, 0, OLDEST),
        _within(u.role, 1, len(ROLES)),
        _within(u.purpose, 1, len(PURPOSES)),
        _within(u.row_purpose, 1, len(CONSENTS)),
        u.unit >= 0,
        u.home_province >= 0,
        z3.Implies(u.assigned_to_unit, z3.And(u.assigned, u.unit != 0)),
        z3.Implies(u.frozen, u.main_rank >= MAIN_RANK[CaseState.HANDED_OVER]),
        z3.Implies(u.party, u.corridor_shared),
        *(time >= 0 for times in u.times.values() for time in times.all()),
        *(z3.Implies(u.country == 0, times.to_no_country()) for times in u.times.values()),
    ]


def lodged_where_it_belongs(u: Unknowns, words: Words) -> z3.BoolRef:
    """A case is lodged under an agreement of its own two countries.

    The registry's commands keep to that and its tables do not, so safety is proved without it; a
    clause that lives on wrongly lodged cases alone is dead nevertheless.
    """
    return z3.And(
        [
            z3.Implies(
                u.agreement == place,
                z3.And(is_one(u.host, places), is_one(u.origin, places)),
            )
            for place, places in (
                (place, _places(words.countries, words.parties_of[code]))
                for place, code in enumerate(words.agreements, start=1)
            )
        ]
    )


def is_one(term: z3.ArithRef, places: list[int]) -> z3.BoolRef:
    """`term` is one of the numbers; false where there are none."""
    return z3.Or([term == place for place in places])


def _places(words: tuple[str, ...], some: frozenset[str]) -> list[int]:
    return [place for place, word in enumerate(words, start=1) if word in some]


def _within(term: z3.ArithRef, low: int, high: int) -> z3.BoolRef:
    return z3.And(term >= low, term <= high)


def _agency_is_of_its_country(
    agency: z3.ArithRef, country: z3.ArithRef, words: Words
) -> Iterator[z3.BoolRef]:
    for place, code in enumerate(words.agencies, start=1):
        if code not in words.country_of:
            continue
        of = words.country_of[code]
        home = words.countries.index(of) + 1 if of else 0
        yield z3.Implies(agency == place, country == home)


def _rank_fits_state(u: Unknowns) -> Iterator[z3.BoolRef]:
    for place, state in enumerate(CaseState, start=1):
        ranks = ranks_of(state)
        yield z3.Implies(u.state == place, _within(u.main_rank, ranks[0], ranks[-1]))
