"""Who is found with whom: how one person begins, twins, second entries, people trafficked again.

Takes a seed and a person's number, gives a `Beginning`. People are numbered in
pairs, and what binds a pair is drawn for the pair, so that nobody's rows depend
on how many people there are.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from enum import StrEnum

from service.seeding.agenda import working
from service.seeding.chance import Chance
from service.seeding.clauses import in_force
from service.seeding.corridors import DESKS, Corridor, agreement_of, draw, hosts_of
from service.seeding.names import BY_ORIGIN
from service.seeding.people import Person, person

TWINS, DUPLICATES, AGAIN = 0.03, 0.02, 0.02
"""Of the pairs: twins found together; one person entered twice. Of the people: trafficked again."""
_AGES = ((60, (3.0, 400.0)), (25, (400.0, 800.0)), (15, (800.0, 4_700.0)))
"""How many days ago a case began: three in five about within the year."""
_FIRST_LIFE = (680.0, 1_300.0)
_DAY = dt.timedelta(days=1)


class Bond(StrEnum):
    """What binds the two people of a pair."""

    NONE = "NONE"
    TWINS = "TWINS"
    DUPLICATE = "DUPLICATE"


@dataclass(frozen=True, slots=True)
class Beginning:
    """Who was found where and when; `again` is where and when she was found a second time."""

    corridor: Corridor
    person: Person
    opened: dt.datetime
    bond: Bond = Bond.NONE
    again: tuple[Corridor, dt.datetime] | None = None


def stream(seed: int, number: int) -> Chance:
    """The person's own stream; the first draw of it is the person's id."""
    return Chance(seed, f"person/{number}")


def beginning(chance: Chance, seed: int, number: int, end: dt.datetime) -> Beginning:
    """How the story of a person begins. Draws from `chance`, and from the other's of a pair."""
    identifier = chance.id()
    bond = bond_of(seed, number // 2)
    if bond is Bond.NONE:
        return _again(chance, _alone(chance, identifier, end), end)
    if number % 2 == 0:
        return replace(_alone(chance, identifier, end), bond=bond)
    other = stream(seed, number - 1)
    first = _alone(other, other.id(), end)
    return (
        _twin(chance, identifier, first, end)
        if bond is Bond.TWINS
        else _entered_again(chance, identifier, first, end)
    )


def bond_of(seed: int, pair: int) -> Bond:
    """Drawn for the pair."""
    point = Chance(seed, f"pair/{pair}").real()
    if point < TWINS:
        return Bond.TWINS
    return Bond.DUPLICATE if point < TWINS + DUPLICATES else Bond.NONE


def _alone(chance: Chance, identifier: uuid.UUID, end: dt.datetime) -> Beginning:
    corridor = draw(chance)
    opened = working(chance, end - chance.span(*chance.weighted(_AGES)))
    opened = _within(opened, end)
    return Beginning(corridor, person(chance, identifier, corridor.origin, opened.date()), opened)


def _within(at: dt.datetime, end: dt.datetime) -> dt.datetime:
    """Friday's entry where Monday's would come after the last day."""
    return at if at < end else at - 3 * _DAY


def _twin(chance: Chance, identifier: uuid.UUID, first: Beginning, end: dt.datetime) -> Beginning:
    """Another person: the family's name and the birth date are the same, and so is the day."""
    made = person(chance, identifier, first.corridor.origin, first.opened.date())
    known, theirs = dict(made.known), first.person.known
    for column in (
        "family_name",
        "birth_date",
        "birth_precision",
        "age_disputed",
        "marital_status",
        "children_count",
        "home_province",
        "home_district",
        "home_village",
        "family_contacts",
        "nationalities",
        "stateless",
        "exploitation_types",
        "forced_labour_industry",
    ):
        known[column] = theirs[column]
    spelling = _other_name(chance, first)
    known |= {"given_name": spelling[0], "gender": theirs["gender"]}
    known["name_in_script"] = f"{theirs['name_in_script'].split(' ')[0]} {spelling[1]}"
    learnt = made.learnt | {"age_when_trafficked": first.person.learnt["age_when_trafficked"]}
    opened = min(first.opened + chance.span(0, 0.01), end - dt.timedelta(seconds=1))
    return Beginning(first.corridor, Person(known, learnt), opened, Bond.TWINS)


def _other_name(chance: Chance, first: Beginning) -> tuple[str, str]:
    names = BY_ORIGIN[first.corridor.origin]
    given = first.person.known["given_name"]
    pairs = names.women if any(given in pair for pair in names.women) else names.men
    return chance.pick([pair for pair in pairs if given not in pair])


def _entered_again(
    chance: Chance, identifier: uuid.UUID, first: Beginning, end: dt.datetime
) -> Beginning:
    """The same person by another desk of the same country, spelt in the other script."""
    names = BY_ORIGIN[first.corridor.origin]
    known = dict(first.person.known) | {"id": identifier, "identity_number": None, "photo": None}
    known["given_name"] = _respelt(names.women + names.men, known["given_name"])
    known["family_name"] = _respelt(names.families, known["family_name"])
    opened = working(chance, first.opened + chance.span(1, 25))
    opened = opened if opened < end else first.opened + (end - first.opened) / 2
    return Beginning(first.corridor, Person(known, first.person.learnt), opened, Bond.DUPLICATE)


def _respelt(pairs: tuple[tuple[str, str], ...], name: str) -> str:
    return next((b if name == a else a for a, b in pairs if name in (a, b)), name)


def _again(chance: Chance, alone: Beginning, end: dt.datetime) -> Beginning:
    """A life before this one, whose case was closed; the second is found now, often elsewhere."""
    origin = alone.corridor.origin
    if not chance.true(AGAIN) or origin not in DESKS:
        return alone
    opened = _within(working(chance, end - chance.span(4, 240)), end)
    before = working(chance, opened - chance.span(*_FIRST_LIFE))
    corridor = alone.corridor
    if corridor.seated and not in_force(agreement_of(corridor, before.date()), before.date()):
        return alone
    host = chance.pick(hosts_of(origin)) if chance.true(0.5) else corridor.host
    made = person(chance, alone.person.known["id"], origin, before.date())
    return Beginning(corridor, made, before, again=(Corridor(host, origin), opened))
