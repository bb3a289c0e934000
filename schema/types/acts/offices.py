"""Acts on focal points: who holds which office, without a gap when it is handed over."""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.types.acts.field import EXPECT, ActField, Argument
from schema.types.acts.payloads import FocalPointPayload, OfficePayload

_ID = Argument("focalPointId", strawberry.ID, "Id of the focal point.")
_OFFICER = (
    Argument("person", str, "Name of the officer."),
    Argument("title", str | None, "The officer's title."),
    Argument("phone", str | None, "Office telephone, E.164."),
    Argument("email", str | None, "Office mail address."),
    Argument("privatePhone", str | None, "Private telephone, E.164: for the other desk alone."),
)

ACTS: tuple[ActField, ...] = (
    ActField(
        "appointFocalPoint",
        FocalPointPayload,
        "Appoint the first officer of an office: the desk of an agency under an agreement, or in "
        "general. An office that somebody holds is handed over instead.",
        (
            Argument("agency", str, "Code of the agency: of one's own country."),
            Argument("agreementId", strawberry.ID | None, "Id of the agreement, if under one."),
            Argument(
                "corridors", list[str] | None, "Pairs of countries the desk serves, as `KH-TH`."
            ),
            Argument("since", dt.date, "The first day in office."),
            *_OFFICER,
        ),
    ),
    ActField(
        "handOverOffice",
        OfficePayload,
        "Hand an office over: one officer's last day is the day before the next one's first.",
        (
            _ID,
            Argument("on", dt.date, "The next officer's first day in office."),
            *_OFFICER,
            EXPECT,
        ),
    ),
    ActField(
        "endOffice",
        FocalPointPayload,
        "End an office without a next officer.",
        (_ID, Argument("until", dt.date, "The first day without the officer."), EXPECT),
    ),
)
