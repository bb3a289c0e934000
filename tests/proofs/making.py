"""Documents made by hand: a good grant, ways to change it, and shipped ones with a part struck.

Built without the reader, which refuses many of them by itself: the proofs do not lean on it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path

from authz.document_conditions import parse
from authz.documents import Document, read_folder
from authz.grants import ClauseRef, Condition, Corridor, Grant, Grantee, Side
from authz.proving import Finding, Report, prove
from schema.classes import DataClass
from schema.codes import AgreementKind

FOLDER = Path(__file__).resolve().parents[2] / "protocols"


@cache
def shipped() -> tuple[Document, ...]:
    return read_folder(FOLDER)


def grant(
    *when: str,
    classes: tuple[str, ...] = ("SHELL", "PERSON"),
    agencies: tuple[str, ...] = ("KH-MOSVY",),
    roles: tuple[str, ...] = ("FOCAL_POINT",),
    side: Side | None = Side.ORIGIN,
    purposes: tuple[str, ...] = ("TRACING",),
    entity: str = "Victim",
    article: str = "art. 1",
    agreement: str = "TH-KH-2014",
    corridors: tuple[Corridor, ...] = (),
) -> Grant:
    return Grant(
        clause=ClauseRef(agreement, 1, article),
        grantee=Grantee(frozenset(agencies), frozenset(), frozenset(roles), side),
        purposes=frozenset(purposes),
        entity=entity,
        classes=frozenset(map(DataClass, classes)),
        when=tuple(map(written, when)),
        corridors=corridors,
    )


def written(text: str) -> Condition:
    """A condition as a document has it; of an implicit one the name alone."""
    return parse(text) if text != "not_restricted" else Condition(text)


def document(*grants: Grant, agreement: str = "TH-KH-2014") -> Document:
    return Document(
        agreement=agreement,
        version=1,
        title="Made by hand",
        kind=AgreementKind.LAW if agreement.endswith("LAW") else AgreementKind.MOU,
        parties=(agreement[:2],) if agreement.endswith("LAW") else ("TH", "KH"),
        signed=None,
        in_force=dt.date(2020, 1, 1),
        until=None,
        supersedes=None,
        source=None,
        verified=False,
        published=True,
        retention=None,
        limits=(),
        corridors=(),
        clauses=(),
        grants=grants,
        content_hash="",
        file="hand.toml",
    )


def proved(*grants: Grant) -> Report:
    return prove([document(*grants)])


def failures(report: Report, name: str) -> tuple[Finding, ...]:
    """What speaks against one property."""
    return tuple(finding for finding in report.failures if finding.property == name)


def failed(report: Report) -> set[str]:
    return {finding.property for finding in report.failures}


def without(grant: Grant, *names: str) -> Grant:
    """The grant with every condition of these names struck."""
    return replace(grant, when=tuple(c for c in grant.when if c.name not in names))
