"""The matrix of who may see what (domain model, section 6), as text and as cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from authz.conditions import CASE_BOUND
from authz.documents import Document, read_folder
from authz.grants import Grant, Side
from schema.catalog import Kind, catalog
from schema.classes import DataClass
from tests.protocols.samples import FOLDER

GROUPS = {
    "G1": "SHELL REFERRAL",
    "G2": "PERSON",
    "G3": "IDENTITY PHOTO",
    "G4": "FAMILY",
    "G5": "EXPLOITATION",
    "G6": "EXPLOITATION_DETAIL NARRATIVE REFERRAL_TEXT",
    "G7": "CARE",
    "G8": "MEDICAL",
    "G9": "SHELTER HANDOVER",
    "G10": "BEST_INTERESTS LEGAL LEGAL_HOLD",
    "G11": "ASSESSMENT ASSESSMENT_OUTCOME RISK_FLAG",
    "G12": "TRAVEL",
    "G13": "REINTEGRATION FEEDBACK",
    "G14": "CONSENT",
}

TABLE = """
host CASE_WORKER | Y|Y|Y|Y|Y|Y|Y|Y|Y|Y|Y|Y|feedback|Y
host FOCAL_POINT | Y|Y|Y|Y|Y|C3|Y|-|Y|Y|Y|Y|feedback|Y
host INVESTIGATOR | Y|Y|C3 or C10|C10|Y|C3 or C10|-|-|-|Y|-|C10|-|own purpose
host BORDER_OFFICER | C7|C7|C7|-|-|-|C7|-|C7 handover|hold|-|C7|-|-
origin FOCAL_POINT | C2|C2|C3 C4 C7|C3 C4 C7|C3|-|C3 C7|-|C7 handover|hold|Y|C3 C7|Y|purposes
origin TRACING_OFFICER | C6|C6|C3 C4 C6 C7|C3 C6 C7|-|-|-|-|-|-|C6|-|C6|TRACING
origin RECEPTION | C7|C7|C7 C4|-|-|-|C3 C7|-|C7 handover|-|risk|C7|C5|SERVICES
origin INVESTIGATOR | C10|C10|C3 or C10|-|C3 or C10|C10|-|-|-|C10|-|-|-|-
IOM PARTNER_CASEWORKER | C3|C3|C3|C3|C3|-|C3|-|C3 C7|-|C3|C3|C3|own purpose
NGO PARTNER_CASEWORKER | C3 C5|C3 C5|C3 C5|C3 C5|C3 C5|-|C3 C5|-|own|-|C3 C5|-|C3 C5|own purpose
any COORDINATOR | -|-|-|-|-|-|-|-|-|-|-|-|-|-
any AUDITOR | shell|-|-|-|-|-|-|-|-|-|-|-|-|Y
any OPERATOR | -|-|-|-|-|-|-|-|-|-|-|-|-|-
"""
"""COORDINATOR's C9 cells are statistics and no records: `figures` has their grants. What an
emergency opens (C12) stands beside the matrix: `emergencies`."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one row of the matrix says of one group."""

    row: str
    group: str
    rule: str

    @property
    def classes(self) -> frozenset[DataClass]:
        return frozenset(DataClass(c) for c in GROUPS[self.group].split())

    def grants(self) -> list[Grant]:
        """Grants to the row's role and side on a case-bound entity."""
        where, role = self.row.split()
        return [g for g in case_grants() if role in g.grantee.roles and _stands(g, where)]

    def carriers(self) -> list[Grant]:
        """Those of them that open a field of a class of the group. Whether one is asked for help is
        of another kind than the case: `test_who_is_asked_sees_the_question_alone`.
        """
        return [g for g in self.grants() if self.classes & opened(g) and not asks_for_help(g)]


def asks_for_help(grant: Grant) -> bool:
    """The grant opens a referral to the agency that it asks."""
    return any(condition.name == "referred_to" for condition in grant.when)


def cells() -> list[Cell]:
    found = []
    for line in TABLE.strip().splitlines():
        row, _, rules = line.partition(" | ")
        for group, rule in zip(GROUPS, rules.split("|"), strict=True):
            found.append(Cell(row, group, rule))
    return found


@cache
def packaged() -> dict[str, Document]:
    return {d.code: d for d in read_folder(FOLDER)}


@cache
def case_grants() -> tuple[Grant, ...]:
    return tuple(g for g in _case_bound() if not names(g) & {"aggregate_only", "emergency_open"})


@cache
def figures() -> tuple[Grant, ...]:
    """Grants that open statistics alone."""
    return tuple(g for g in _case_bound() if "aggregate_only" in names(g))


@cache
def emergencies() -> tuple[Grant, ...]:
    """Grants that an emergency opens."""
    return tuple(g for g in _case_bound() if "emergency_open" in names(g))


@cache
def _case_bound() -> tuple[Grant, ...]:
    return tuple(g for d in packaged().values() for g in d.grants if g.entity in CASE_BOUND)


def names(grant: Grant) -> set[str]:
    """The names of its conditions."""
    return {c.name for c in grant.when}


def opened(grant: Grant) -> frozenset[DataClass]:
    """The classes that open a field of the entity; the others make a condition readable. A history
    is no such field: it tells the changes of what the other classes open, and nothing of its own.
    """
    fields = catalog().entities[grant.entity].fields.values()
    own = {f.data_class for f in fields if f.kind is not Kind.HISTORY}
    return grant.classes & {data_class for data_class in own if data_class is not None}


def _stands(grant: Grant, where: str) -> bool:
    to = grant.grantee
    if where == "IOM":
        return "INT-IOM" in to.agencies
    if where == "NGO":
        return any(agency.startswith("NGO-") for agency in to.agencies)
    if where == "any":
        return True
    return to.side in (Side[where.upper()], Side.ANY, None)
