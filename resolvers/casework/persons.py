"""What is said of a person, checked and made ready for its columns.

Takes a `VictimInput` as GraphQL gives it, gives values by column of
`registry.victim`, or a typed problem for each member that does not keep a rule.
Nothing is guessed: a Thai year, a name in another script than the one stated, an
image that is none are refused, with the rule and never with what was sent.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import orjson

from resolvers.casework.definitions import Given, Trouble
from resolvers.casework.given import LINE, LONG, day_rule
from resolvers.casework.verdicts import invalid
from schema.catalog import catalog
from schema.classes import DataClass
from schema.codes import (
    App,
    BirthPrecision,
    CareNeed,
    Education,
    EventType,
    ExploitationType,
    Gender,
    Industry,
    MaritalStatus,
    MeansOfControl,
    NameScript,
    PerpetratorRole,
    Recruitment,
    RelationToTrafficker,
    SexExploitationType,
    StatusDecidedBy,
    TraffickingStatus,
)
from schema.types.acts.persons import PHOTO_KIBIBYTES
from schema.written import (
    BadText,
    clean,
    country_of,
    email_of,
    phone_of,
    script_of,
    tongue_of,
)

Read = Callable[[object], object]
"""A member's value as it is stored. Raises BadText with the rule that it does not keep."""

MAX_ENTRIES = 40
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_MEDIA = {_IMAGES[0]: "jpeg", _IMAGES[1]: "png"}
_URL = re.compile(r"\Adata:image/(?:jpeg|png);base64,")
_NEVER_EMPTY = frozenset({"nationalities", "stateless", "ageDisputed"})
_TOGETHER = (("birthDate", "birthPrecision"), ("nameInScript", "nameScript"))


def _line(most: int = LINE) -> Read:
    return lambda value: clean(str(value), most) or None


def _long(value: object) -> object:
    return clean(str(value), LONG, lines=True) or None


def _code(codes: type[StrEnum]) -> Read:
    known = {member.value for member in codes}

    def read(value: object) -> object:
        if value not in known:
            raise BadText("not a code of this field's list")
        return value

    return read


def _list_of(read: Read) -> Read:
    """Each once, in the order given."""

    def listed(value: object) -> object:
        found = [read(item) for item in _items(value)]
        if any(item is None for item in found):
            raise BadText("an entry is empty")
        return list(dict.fromkeys(found))

    return listed


def _items(value: object) -> list[object]:
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise BadText(f"it has at most {MAX_ENTRIES} entries")
    return value


def _text(read: Callable[[str], str]) -> Read:
    return lambda value: read(str(value))


def _number(most: int) -> Read:
    def read(value: object) -> object:
        if not isinstance(value, int) or not 0 <= value <= most:
            raise BadText(f"it is a number from 0 to {most}")
        return value

    return read


def _flag(value: object) -> object:
    return bool(value)


def _past_day(value: object) -> object:
    if not isinstance(value, dt.date) or (rule := day_rule(value, past=True)):
        raise BadText(rule if isinstance(value, dt.date) else "it is a day")
    return value


def _photo(value: object) -> object:
    """An image by its first bytes, as a data URL. Such a URL is taken as well."""
    most = PHOTO_KIBIBYTES * 1024
    text = _URL.sub("", str(value))
    if len(text) > most * 4 // 3 + 4:
        raise BadText(f"it has at most {PHOTO_KIBIBYTES} KiB")
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadText("attachment of wrong type: a JPEG or PNG image in base64") from None
    if len(content) > most:
        raise BadText(f"it has at most {PHOTO_KIBIBYTES} KiB")
    for start in _IMAGES:
        if content.startswith(start):
            return f"data:image/{_MEDIA[start]};base64,{base64.b64encode(content).decode()}"
    raise BadText("attachment of wrong type: a JPEG or PNG image in base64")


def _countries(value: object) -> object:
    found = _list_of(_text(country_of))(value)
    if not found:
        raise BadText("it names a country at least")
    return found


def _entries(members: Mapping[str, Read]) -> Read:
    """A list of objects, as JSON."""

    def read(value: object) -> object:
        found = []
        for entry in _items(value):
            given = entry if isinstance(entry, Mapping) else {}
            found.append(
                {
                    name: None if given.get(name) is None else _json(member(given[name]))
                    for name, member in members.items()
                }
            )
            if all(each is None for each in found[-1].values()):
                raise BadText("an entry is empty")
        return orjson.dumps(found).decode()

    return read


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value


READERS: dict[str, Read] = {
    "ageDisputed": _flag,
    "gender": _code(Gender),
    "nationalities": _countries,
    "stateless": _flag,
    "languages": _list_of(_text(tongue_of)),
    "education": _code(Education),
    "maritalStatus": _code(MaritalStatus),
    "childrenCount": _number(30),
    "homeProvince": _line(),
    "traffickingStatus": _code(TraffickingStatus),
    "statusDecidedBy": _code(StatusDecidedBy),
    "givenName": _line(),
    "middleName": _line(),
    "familyName": _line(),
    "alias": _line(),
    "nameInScript": _line(),
    "nameScript": _code(NameScript),
    "birthDate": _past_day,
    "birthPrecision": _code(BirthPrecision),
    "identityNumber": _line(64),
    "photo": _photo,
    "homeDistrict": _line(),
    "homeVillage": _line(),
    "homeStreet": _line(),
    "phone": _text(phone_of),
    "email": _text(email_of),
    "familyContacts": _entries(
        {"name": _line(), "relation": _line(), "phone": _text(phone_of), "doNotContact": _flag}
    ),
    "exploitationTypes": _list_of(_code(ExploitationType)),
    "forcedLabourIndustry": _code(Industry),
    "sexExploitationType": _list_of(_code(SexExploitationType)),
    "recruitment": _list_of(_code(Recruitment)),
    "meansOfControl": _list_of(_code(MeansOfControl)),
    "ageWhenTrafficked": _number(120),
    "relationToTrafficker": _code(RelationToTrafficker),
    "apps": _list_of(_code(App)),
    "places": _entries(
        {"kind": _code(EventType), "country": _text(country_of), "state": _line(), "city": _line()}
    ),
    "dates": _entries({"kind": _code(EventType), "date": _past_day}),
    "narrative": _long,
    "suspects": _entries({"roles": _list_of(_code(PerpetratorRole)), "details": _long}),
    "careNeeds": _list_of(_code(CareNeed)),
    "diagnosis": _long,
    "psychologicalNotes": _long,
}
"""How each member is read."""


@dataclass(frozen=True, slots=True)
class Said:
    """Values by column, and what is wrong with the input."""

    values: Mapping[str, object]
    troubles: tuple[Trouble, ...]


@cache
def columns() -> dict[str, str]:
    """The column of each member."""
    fields = catalog().entities["Victim"].fields
    return {name: fields[name].sql.removeprefix("{t}.") for name in READERS}


def said(given: Given, argument: str = "person") -> Said:
    """What the input says, read."""
    person = given.get(argument)
    members = person if isinstance(person, Mapping) else {}
    values: dict[str, object] = {}
    blank: set[str] = set()
    troubles: list[Trouble] = []
    for name, value in members.items():
        try:
            read = None if value is None else READERS[name](value)
        except BadText as bad:
            troubles.append(invalid(f"{argument}.{name}", str(bad)))
            continue
        if read is None and name in _NEVER_EMPTY:
            troubles.append(invalid(f"{argument}.{name}", "it is never empty"))
        if read is None:
            blank.add(name)
        values[columns()[name]] = read
    troubles += _together(argument, members, blank)
    if not troubles:
        troubles += _in_script(argument, values)
    return Said(values, tuple(troubles))


def _together(argument: str, members: Collection[str], blank: Collection[str]) -> list[Trouble]:
    """Of two members that say one thing, both are given, or both are cleared. A text of blanks is
    none.
    """
    found: list[Trouble] = []
    for pair in _TOGETHER:
        here = [name for name in pair if name in members]
        empty = [name for name in here if name in blank]
        lacking = [name for name in pair if name not in here] if len(here) == 1 else empty
        if len(lacking) == 1:
            rule = f"`{pair[0]}` and `{pair[1]}` are stated together"
            found.append(invalid(f"{argument}.{lacking[0]}", rule))
    return found


def _in_script(argument: str, values: Mapping[str, object]) -> list[Trouble]:
    """The letters of a name are those of the script that is stated."""
    name, stated = values.get("name_in_script"), values.get("name_script")
    if name is None or stated is None:
        return []
    try:
        seen = script_of(str(name))
    except BadText as bad:
        return [invalid(f"{argument}.nameInScript", str(bad))]
    if seen == "HANI" and stated in (NameScript.HANS, NameScript.HANT):
        return []
    if seen != stated:
        rule = "its letters are not those of the script that `nameScript` states"
        return [invalid(f"{argument}.nameInScript", rule)]
    return []


def classes_of(given: Given, argument: str = "person") -> tuple[DataClass, ...]:
    """The classes of the members that are given, in the order of the table of classes."""
    person = given.get(argument)
    fields = catalog().entities["Victim"].fields
    found = {fields[name].data_class for name in (person if isinstance(person, Mapping) else ())}
    return tuple(each for each in DataClass if each in found)
