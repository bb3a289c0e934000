"""Persons as acts take them: every field of `Victim` that is stored, under its own name.

Made from the type itself, so that what a query shows can be sent back as it was
read. A field that is left out stays as it is; null clears it.
"""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.types.base import StrawberryList, StrawberryOptional

from schema.held import Held, definition_of, mark_of
from schema.types.acts.field import EXPECT, FORM_ID, REASON, ActField, Argument
from schema.types.acts.payloads import CasePayload, VictimPayload
from schema.types.names import graphql_name
from schema.types.victims import FamilyContact, Suspect, TraffickingDate, TraffickingPlace, Victim

PHOTO_KIBIBYTES = 96
"""The largest photo. A request's body holds a megabyte, a third of which base64 takes."""
_OTHERWISE = {
    "photo": f"The photo itself: a JPEG or PNG image in base64, at most {PHOTO_KIBIBYTES} KiB."
}


def _input_of(cls: type, name: str, description: str, parts: dict[type, type]) -> type:
    """An input type with the stored fields of `cls`, each of which may be left out."""
    annotations: dict[str, object] = {}
    members: dict[str, object] = {"__annotations__": annotations}
    for field in definition_of(cls).fields:
        mark = mark_of(field)
        if not isinstance(mark, Held) or mark.sql is not None:
            continue
        annotations[field.python_name] = _taken(field.type, parts)
        members[field.python_name] = strawberry.field(
            name=graphql_name(field),
            description=_OTHERWISE.get(field.python_name) or field.description,
            default=strawberry.UNSET,
        )
    made: type = strawberry.input(type(name, (), members), name=name, description=description)
    return made


def _taken(kind: Any, parts: dict[type, type]) -> object:
    """The Python type of an input field, from that of the field that is shown."""
    inner: Any = kind.of_type if isinstance(kind, StrawberryOptional) else kind
    if isinstance(inner, StrawberryList):
        member: Any = inner.of_type
        return list[parts.get(member, member)] | None  # type: ignore[misc]
    taken: object = inner | None
    return taken


FamilyContactInput = _input_of(
    FamilyContact, "FamilyContactInput", "A relative or friend of the person.", {}
)
TraffickingPlaceInput = _input_of(
    TraffickingPlace, "TraffickingPlaceInput", "A place of the trafficking.", {}
)
TraffickingDateInput = _input_of(
    TraffickingDate, "TraffickingDateInput", "A date of the trafficking.", {}
)
SuspectInput = _input_of(
    Suspect, "SuspectInput", "A suspected perpetrator, by role. Never by name.", {}
)
VictimInput = _input_of(
    Victim,
    "VictimInput",
    "What is said of a person. A field that is left out stays as it is; null clears it.",
    {
        FamilyContact: FamilyContactInput,
        TraffickingPlace: TraffickingPlaceInput,
        TraffickingDate: TraffickingDateInput,
        Suspect: SuspectInput,
    },
)

ACTS: tuple[ActField, ...] = (
    ActField(
        "openReturnCase",
        CasePayload,
        "Open a return case: of a person found in the caller's country, or, by the country of "
        "origin, of one found where no desk has a seat (edge 1).",
        (
            Argument("person", VictimInput | None, "The person, where she is new here."),
            Argument(
                "victimId",
                strawberry.ID | None,
                "The person, where the registry knows her and the caller may see her.",
            ),
            Argument("host", str | None, "Where she was found; left out: the caller's country."),
            Argument("origin", str | None, "Where she returns to; left out: the caller's country."),
            Argument(
                "agreement",
                str | None,
                "Code of the agreement it is lodged under; left out: the newest one in force "
                "between both, if any.",
            ),
            Argument("caseWorker", str | None, "The case worker who owns the case."),
            FORM_ID,
        ),
    ),
    ActField(
        "amendVictim",
        VictimPayload,
        "Correct or complete what is said of a person, as a new version.",
        (
            Argument("victimId", strawberry.ID, "Id of the person."),
            Argument("person", VictimInput, "What changes."),
            REASON,
            FORM_ID,
            EXPECT,
        ),
    ),
)
