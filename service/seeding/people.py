"""One invented person: names in one or two spellings, an age, a home, and what befell them.

Takes the person's stream, country of origin and the last day, gives the values
of a row of `registry.victim` by column. One in four is a minor on that day,
one in thirty has a disputed age, one in fifty is stateless.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
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
_PLACES = ("a fishing boat", "a factory", "a building site", "a compound", "a house", "a bar")


def person(chance: Chance, origin: str, until: dt.date, entered_by: str) -> dict[str, Any]:
    """Values by column; lists for arrays, JSON text for documents."""
    minor = chance.true(MINORS)
    row: dict[str, Any] = {"id": chance.id(), "entered_by": entered_by}
    row |= _named(chance, origin, row["id"]) | _born(chance, until, minor=minor)
    row |= _home(chance, origin) | _coarse(chance, origin, minor=minor) | _deed(chance, minor=minor)
    return row


def is_minor(row: dict[str, Any], on: dt.date) -> bool:
    """Whether guardians have to speak: under 18, or of unknown or disputed age."""
    born: dt.date | None = row["birth_date"]
    return born is None or row["age_disputed"] or born > _years_before(on, 18)


def _years_before(on: dt.date, years: int) -> dt.date:
    return on - dt.timedelta(days=365 * years)


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


def _born(chance: Chance, until: dt.date, *, minor: bool) -> dict[str, Any]:
    if not minor and chance.true(0.01):
        return {"birth_date": None, "birth_precision": None, "age_disputed": False}
    days = 2_200 + chance.below(4_200) if minor else 6_700 + int(9_500 * chance.real() ** 1.6)
    born, precision = until - dt.timedelta(days=days), chance.weighted(_PRECISIONS)
    if precision is not BirthPrecision.DAY:
        born = born.replace(day=1)
    if precision is BirthPrecision.YEAR:
        born = born.replace(month=1)
    disputed = chance.true(DISPUTED)
    return {"birth_date": born, "birth_precision": precision, "age_disputed": disputed}


def _home(chance: Chance, origin: str) -> dict[str, Any]:
    phone = f"+{855 if origin == 'KH' else 856}0{chance.below(10**8):08d}"
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
    schooling = tuple(Education)[:5]
    status = TraffickingStatus.ACTUAL_VICTIM_OF_TRAFFICKING
    return {
        "nationalities": [] if stateless else [origin],
        "stateless": stateless,
        "languages": [BY_ORIGIN[origin].language, *(["tha"] if chance.true(0.3) else [])],
        "education": chance.pick(schooling) if chance.true(0.8) else None,
        "marital_status": MaritalStatus.SINGLE if minor else chance.pick(tuple(MaritalStatus)[:5]),
        "children_count": 0 if minor else chance.below(4),
        "trafficking_status": status if chance.true(0.9) else None,
        "status_decided_by": chance.pick(tuple(StatusDecidedBy)[:4]),
    }


def _deed(chance: Chance, *, minor: bool) -> dict[str, Any]:
    kind = ExploitationType.CHILD_LABOUR if minor and chance.true(0.4) else chance.weighted(_KINDS)
    kinds = [kind]
    if chance.true(0.08) and kind is not ExploitationType.FORCED_LABOUR:
        kinds.append(ExploitationType.FORCED_LABOUR)
    sexual = kind is ExploitationType.SEXUAL_EXPLOITATION
    work = ExploitationType.FORCED_LABOUR in kinds or kind is ExploitationType.CHILD_LABOUR
    place = chance.pick(_PLACES)
    return {
        "exploitation_types": kinds,
        "forced_labour_industry": chance.weighted(_WORK) if work else None,
        "sex_exploitation_type": chance.some(tuple(SexExploitationType), 2) if sexual else None,
        "recruitment": chance.some(tuple(Recruitment), 1),
        "means_of_control": chance.some(tuple(MeansOfControl), 3),
        "age_when_trafficked": 6 + chance.below(11) if minor else 16 + chance.below(25),
        "relation_to_trafficker": chance.pick(tuple(RelationToTrafficker)),
        "apps": chance.some(tuple(App), 2) if chance.true(0.35) else None,
        "narrative": f"Invented: kept at {place}." if chance.true(0.6) else None,
        "care_needs": chance.some(tuple(CareNeed), 2) if chance.true(0.4) else None,
        "diagnosis": "Invented: see the physician's file" if chance.true(0.1) else None,
    }
