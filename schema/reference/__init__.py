"""Reference data: what every registry needs before its first case, as TOML that lawyers can read.

In the order in which it is loaded: `countries.toml`, `agencies.toml`,
`units.toml`, `agreements.toml`, `clauses.toml`. Gives each file as frozen
rows; touches no database. Ids are written in the data and never change.
"""

from __future__ import annotations

import datetime as dt
import tomllib
import uuid
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its ISO 3166-1 alpha-2 code."""

    code: str
    name: str
    has_seat: bool


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency; `country` None for an international organisation."""

    id: uuid.UUID
    code: str
    name: str
    name_native: str | None
    country: str | None
    organisation_type: str | None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of an agency: a province, a shelter or a centre."""

    agency_code: str
    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """An instrument; dates that are not known to the day are None."""

    id: uuid.UUID
    code: str
    title: str
    kind: str
    state: str
    parties: tuple[str, ...]
    signed_on: dt.date | None
    in_force_from: dt.date | None
    until_on: dt.date | None
    supersedes: str | None
    source: str
    verified: bool
    published: bool
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One article of an instrument, in our own words."""

    id: uuid.UUID
    agreement_code: str
    article: str
    subject: str
    purposes: tuple[str, ...]
    verified: bool


def _read(name: str) -> dict[str, Any]:
    file = resources.files("schema.reference") / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def countries() -> tuple[Country, ...]:
    """All countries of ISO 3166-1, those with a seat marked."""
    read = _read("countries")
    seats = frozenset(read["seats"])
    return tuple(Country(code, name, code in seats) for code, name in read["names"].items())


@cache
def agencies() -> tuple[Agency, ...]:
    """All agencies that come with saphan."""
    return tuple(
        Agency(
            uuid.UUID(row["id"]),
            row["code"],
            row["name"],
            row.get("name_native"),
            row.get("country"),
            row.get("organisation_type"),
        )
        for row in _read("agencies")["agency"]
    )


@cache
def units() -> tuple[Unit, ...]:
    """Units of those agencies."""
    return tuple(
        Unit(group["agency"], code, name, group["kind"])
        for group in _read("units")["of"]
        for code, name in group["units"]
    )


@cache
def agreements() -> tuple[Agreement, ...]:
    """All instruments, a superseded one before its successor."""
    return tuple(
        Agreement(
            uuid.UUID(row["id"]),
            row["code"],
            row["title"],
            row["kind"],
            row["state"],
            tuple(row["parties"]),
            row.get("signed_on"),
            row.get("in_force_from"),
            row.get("until_on"),
            row.get("supersedes"),
            row["source"],
            row["verified"],
            row["published"],
            tuple(row.get("areas", ())),
        )
        for row in _read("agreements")["agreement"]
    )


@cache
def clauses() -> tuple[Clause, ...]:
    """The articles of those instruments that bear on what is shown."""
    return tuple(
        Clause(
            uuid.UUID(row["id"]),
            row["agreement"],
            row["article"],
            row["subject"],
            tuple(row["purposes"]),
            row["verified"],
        )
        for row in _read("clauses")["clause"]
    )
