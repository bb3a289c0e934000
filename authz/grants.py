"""Grants: the clauses of agreements as data.

A grant is one clause that opens some data classes of one entity to some
agencies and roles, for some purposes, where all its conditions hold. The
dataclasses here are what `authz.documents` reads from TOML and what the
compiler turns into predicates; they carry no behaviour of a row.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from enum import StrEnum

from schema.classes import DataClass


class Side(StrEnum):
    """On which side of a case the grantee's country must stand."""

    HOST = "HOST"
    ORIGIN = "ORIGIN"
    ANY = "ANY"


class Purpose(StrEnum):
    """Why a request is made; stated on each request and named by each grant."""

    IDENTIFICATION = "IDENTIFICATION"
    TRACING = "TRACING"
    RETURN = "RETURN"
    REINTEGRATION = "REINTEGRATION"
    PROSECUTION = "PROSECUTION"
    STATISTICS = "STATISTICS"
    AUDIT = "AUDIT"
    COORDINATION = "COORDINATION"


@dataclass(frozen=True, slots=True)
class ClauseRef:
    """A clause as it is always written: `TH-KH-2014@3#art. 9(2)`."""

    agreement: str
    version: int
    article: str

    def __str__(self) -> str:
        return f"{self.agreement}@{self.version}#{self.article}"

    @property
    def order(self) -> tuple[str, int, tuple[tuple[int, int, str], ...]]:
        """Sort key: agreement as text, version as number, clause with runs of digits as numbers."""
        runs = re.findall(r"\d+|\D+", self.article)
        return (
            self.agreement,
            self.version,
            tuple((0, int(r), "") if r.isdigit() else (1, 0, r) for r in runs),
        )


@dataclass(frozen=True, slots=True)
class Condition:
    """A named row condition with literal arguments:
    `stage_between(TRACING_REQUESTED, ASSESSED)`.
    """

    name: str
    args: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.args)})" if self.args else self.name


@dataclass(frozen=True, slots=True)
class Grantee:
    """To whom. The keys are AND-ed; at least one of `agencies` and `countries` is not empty."""

    agencies: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Corridor:
    """A pair (host, origin) a document covers; `*` stands for any country."""

    host: str
    origin: str
    bar: tuple[str, ...] = field(default=())
    """Codes of agreements whose own pairs are left out (`except` in the document)."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One clause that opens `classes` of `entity`. `until` is exclusive; both None mean always."""

    clause: ClauseRef
    grantee: Grantee
    purposes: frozenset[str]
    entity: str
    classes: frozenset[DataClass]
    when: tuple[Condition, ...]
    corridors: tuple[Corridor, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    bulk: bool = False
    operations: frozenset[str] = frozenset()
