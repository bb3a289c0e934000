"""One invented person: names in one or two spellings, an age, a home, and what befell them.

Takes the person's stream, country of origin and the day of the first entry,
gives the values of a row of `registry.victim` by column: what is known at the
entry, and what is learnt by the identification. One in four is a minor on that
day, one in thirty has a disputed age, one in fifty is stateless.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

from schema.codes import (
    App,
    BirthPrecision,
    CareNeed,
    Education,
    ExploitationType,
    Gender,
    Industry,
    MaritalStatus,
    MeansOfControl,
    Recruitment,
    RelationToTrafficker,
    SexExploitationType,
    StatusDecidedBy,
    TraffickingStatus,
)
from service.seeding.chance import Chance
from service.seeding.names import BY_ORIGIN, provinces_of

MINORS = 0.25
DISPUTED = 1 / 30
_GENDERS = ((62, Gender.FEMININE), (35, Gender.MASCULINE), (3, Gender.TRANSGENDER_FEMININE))
_KINDS = (
    (52, ExploitationType.FORCED_LABOUR),
    (24, ExploitationType.SEXUAL_EXPLOITATION),
    (9, ExploitationType.FORCED_MARRIAGE),
    (8, ExploitationType.SERVITUDE),
    (7, ExploitationType.FORCED_BEGGING),
)
_WORK = (
    (30, Industry.AGRICULTURE),
    (25, Industry.MANUFACTURING),
    (20, Industry.CONSTRUCTION),
    (15, Industry.INFORMATION),
    (10, Industry.HOUSEHOLDS),
)
_PRECISIONS = ((70, BirthPrecision.DAY), (10, BirthPrecision.MONTH), (20, BirthPrecision.YEAR))
_NEEDS, _SEXUAL, _WAYS = tuple(CareNeed), tuple(SexExploitationType), tuple(Recruitment)
_CONTROL, _RELATIONS, _APPS = tuple(MeansOfControl), tuple(RelationToTrafficker), tuple(App)
_MARITAL, _SCHOOLING = tuple(MaritalStatus)[:5], tuple(Education)[:5]
_DECIDERS = tuple(StatusDecidedBy)[:4]
_CALLING = {"KH": 855, "LA": 856, "TH": 66, "VN": 84, "MM": 95}
_PLACES = ("a fishing boat", "a factory", "a building site", "a compound", "a house", "a bar")


@dataclass(frozen=True, slots=True)
class Person:
    """Values by column: lists for arrays, JSON text for documents."""

    known: dict[str, Any]
    """At the first entry."""
    learnt: dict[str, Any]
    """By the identification."""


def person(chance: Chance, identifier: uuid.UUID, origin: str, opened: dt.date) -> Person:
    """Somebody from a country, found on a day."""
    minor = chance.true(MINORS)
    born = _born(chance, opened, minor=minor)
    known = {"id": identifier} | _named(chance, origin, identifier) | born
    known |= _home(chance, origin) | _coarse(chance, origin, minor=minor)
    birth: dt.date | None = born["birth_date"]
    age = (opened - birth).days // 365 if birth else 20
    kinds, learnt = _deed(chance, age, minor=minor)
    return Person(known | kinds, learnt)


def phone_of(chance: Chance, origin: str) -> str:
    """A number of that country, in the form of E.164; nobody's, for a zero follows the code."""
    return f"+{_CALLING[origin]}0{chance.below(10**8):08d}"


def _named(chance: Chance, origin: str, identifier: uuid.UUID) -> dict[str, Any]:
    names = BY_ORIGIN[origin]
    gender = chance.weighted(_GENDERS)
    given = chance.pick(names.men if gender is Gender.MASCULINE else names.women)
    family = chance.pick(names.families)
    own = chance.true(0.35)
    number = f"{origin}{identifier.int % 10**11:011d}"
    return {
        "given_name": given[own],
        "family_name": family[own],
        "alias": chance.pick(names.women)[1] if chance.true(0.15) else None,
        "name_in_script": f"{family[1]} {given[1]}",
        "name_script": names.script,
        "gender": gender,
        "identity_number": number if chance.true(0.55) else None,
        "photo": f"photo/{identifier}" if chance.true(0.3) else None,
    }


def _born(chance: Chance, opened: dt.date, *, minor: bool) -> dict[str, Any]:
    if not minor and chance.true(0.01):
        return {"birth_date": None, "birth_precision": None, "age_disputed": False}
    days = 2_200 + chance.below(4_200) if minor else 6_700 + int(9_500 * chance.real() ** 1.6)
    born, precision = opened - dt.timedelta(days=days), chance.weighted(_PRECISIONS)
    if precision is not BirthPrecision.DAY:
        born = born.replace(day=1)
    if precision is BirthPrecision.YEAR:
        born = born.replace(month=1)
    disputed = chance.true(DISPUTED)
    return {"birth_date": born, "birth_precision": precision, "age_disputed": disputed}


def _home(chance: Chance, origin: str) -> dict[str, Any]:
    phone = phone_of(chance, origin)
    contact = {
        "name": chance.pick(BY_ORIGIN[origin].families)[0],
        "relation": chance.pick(("mother", "father", "sister", "uncle")),
        "phone": phone,
        "doNotContact": chance.true(0.12),
    }
    return {
        "home_province": chance.pick(provinces_of(origin)),
        "home_district": f"District {1 + chance.below(12)}",
        "home_village": f"Village {1 + chance.below(90)}",
        "phone": phone if chance.true(0.4) else None,
        "email": None,
        "family_contacts": json.dumps([contact]) if chance.true(0.7) else None,
    }


def _coarse(chance: Chance, origin: str, *, minor: bool) -> dict[str, Any]:
    stateless = chance.true(0.02)
    return {
        "nationalities": [] if stateless else [origin],
        "stateless": stateless,
        "languages": [BY_ORIGIN[origin].language, *(["tha"] if chance.true(0.3) else [])],
        "education": chance.pick(_SCHOOLING) if chance.true(0.8) else None,
        "marital_status": MaritalStatus.SINGLE if minor else chance.pick(_MARITAL),
        "children_count": 0 if minor else chance.below(4),
        "trafficking_status": TraffickingStatus.POSSIBLE_VICTIM_OF_TRAFFICKING,
    }


def _deed(chance: Chance, age: int, *, minor: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """What it looks like at first, and what comes out."""
    kind = ExploitationType.CHILD_LABOUR if minor and chance.true(0.4) else chance.weighted(_KINDS)
    kinds = [kind]
    if chance.true(0.08) and kind is not ExploitationType.FORCED_LABOUR:
        kinds.append(ExploitationType.FORCED_LABOUR)
    sexual = kind is ExploitationType.SEXUAL_EXPLOITATION
    work = ExploitationType.FORCED_LABOUR in kinds or kind is ExploitationType.CHILD_LABOUR
    place = chance.pick(_PLACES)
    known = {
        "exploitation_types": kinds,
        "forced_labour_industry": chance.weighted(_WORK) if work else None,
        "care_needs": chance.some(_NEEDS, 2) if chance.true(0.4) else None,
    }
    return known, {
        "sex_exploitation_type": chance.some(_SEXUAL, 2) if sexual else None,
        "recruitment": chance.some(_WAYS, 1),
        "means_of_control": chance.some(_CONTROL, 3),
        "age_when_trafficked": max(1, age - chance.below(4)),
        "relation_to_trafficker": chance.pick(_RELATIONS),
        "apps": chance.some(_APPS, 2) if chance.true(0.35) else None,
        "narrative": f"Invented: kept at {place}." if chance.true(0.6) else None,
        "diagnosis": "Invented: see the physician's file" if chance.true(0.1) else None,
        "trafficking_status": TraffickingStatus.ACTUAL_VICTIM_OF_TRAFFICKING,
        "status_decided_by": chance.pick(_DECIDERS),
    }
