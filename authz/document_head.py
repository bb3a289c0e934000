"""What a document says of itself: agreement, parties, clauses, corridors, limits.

Takes the parsed table and its findings, gives typed values; each departure is
noted with its line. The grants are read by `authz.document_grants`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from authz.document_problems import ProblemCode
from authz.document_register import COUNTRIES, Register
from authz.grants import Corridor, Purpose
from schema.codes import AgreementKind
from schema.machine import EDGES

if TYPE_CHECKING:
    import datetime as dt

    from authz.document_lines import Path
    from authz.document_shape import Findings, Table

_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*", re.ASCII)
_DURATION = re.compile(r"P(?=\d)(?:\d{1,3}Y)?(?:\d{1,3}M)?(?:\d{1,4}D)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clause:
    """An article as the document declares it; no `purposes` means that it states none."""

    article: str
    subject: str
    purposes: tuple[str, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """At most `days` for the step of the case with this number (`schema.machine`)."""

    edge: int
    days: int


def agreement(table: Table, findings: Findings) -> str:
    """The code of the agreement, `""` where it is refused."""
    code = findings.text(table, "agreement", ()) or ""
    if code and (_CODE.fullmatch(code) is None or len(code) > 40):
        findings.refuse(
            ("agreement",),
            ProblemCode.BAD_CODE,
            f"`{code}` is not the code of an agreement",
            "write capitals, digits and hyphens: `TH-KH-2014`",
        )
        return ""
    return code


def kind(table: Table, findings: Findings) -> AgreementKind | None:
    """What sort of instrument it is."""
    word = findings.text(table, "kind", ())
    if word is None:
        return None
    if word not in AgreementKind.__members__:
        findings.unknown(("kind",), ProblemCode.UNKNOWN_KIND, word, AgreementKind.__members__)
        return None
    return AgreementKind(word)


def parties(
    table: Table, of_kind: AgreementKind | None, findings: Findings, register: Register
) -> tuple[str, ...]:
    """Countries and organisations that are bound: one for a law, else at least two."""
    found = findings.words(table, "parties", ())
    organisations = sorted(a for a, country in register.agencies.items() if country is None)
    for word, at in found:
        if not register.is_party(word):
            findings.unknown(at, ProblemCode.UNKNOWN_PARTY, word, ("TH", "KH", *organisations))
    is_law = of_kind is AgreementKind.LAW
    if found and of_kind and (len(found) == 1) != is_law:
        findings.refuse(
            ("parties",),
            ProblemCode.PARTY_COUNT,
            f"{len(found)} parties to a document of kind {of_kind}",
            "a LAW has one party, everything else two or more",
        )
    return tuple(word for word, _ in found)


def clauses(table: Table, findings: Findings) -> tuple[Clause, ...]:
    """The declared articles, each once."""
    found: dict[str, Clause] = {}
    for entry, path in findings.tables(table, "clause"):
        findings.keys(entry, path, ("article", "subject"), ("purposes", "verified"))
        article = findings.text(entry, "article", path) or ""
        if len(article) > 64 or "#" in article:
            findings.refuse(
                (*path, "article"),
                ProblemCode.BAD_TEXT,
                "`article` is longer than 64 letters or holds `#`",
                "write it as it is cited: `art. 9(2)`",
            )
        if article in found:
            findings.refuse(
                (*path, "article"),
                ProblemCode.CLAUSE_REPEATED,
                f"`{article}` is declared twice",
                "declare it once; several grants may name it",
            )
        clause = Clause(
            article,
            findings.text(entry, "subject", path) or "",
            _purposes(entry, path, findings),
            findings.flag(entry, "verified", path),
        )
        if article:
            found.setdefault(article, clause)
    return tuple(found.values())


def _purposes(entry: Table, path: Path, findings: Findings) -> tuple[str, ...]:
    found = findings.words(entry, "purposes", path)
    for word, at in found:
        if word not in Purpose.__members__:
            findings.unknown(at, ProblemCode.UNKNOWN_PURPOSE, word, Purpose.__members__)
    return tuple(word for word, _ in found)


def corridors(table: Table, findings: Findings, register: Register) -> tuple[Corridor, ...]:
    """The pairs of host and origin that `covers_corridor` means."""
    found = []
    for entry, path in findings.tables(table, "corridors"):
        findings.keys(entry, path, ("host", "origin"), ("except",))
        ends = [findings.text(entry, end, path) or "" for end in ("host", "origin")]
        for end, country in zip(("host", "origin"), ends, strict=True):
            if country and country != "*" and country not in COUNTRIES:
                findings.refuse(
                    (*path, end),
                    ProblemCode.BAD_CORRIDOR,
                    f"`{country}` is not a country",
                    "two capital letters (ISO 3166), or `*` for any",
                )
        if ends[0] == ends[1] != "*" and ends[0]:
            findings.refuse(
                path,
                ProblemCode.BAD_CORRIDOR,
                "host and origin are the same country",
                "a case has two",
            )
        barred = findings.words(entry, "except", path)
        for code, at in barred:
            _known_agreement(code, at, findings, register)
        found.append(Corridor(ends[0], ends[1], tuple(code for code, _ in barred)))
    return tuple(found)


def supersedes(table: Table, findings: Findings, register: Register) -> str | None:
    """The agreement that this one took the place of."""
    code = findings.text(table, "supersedes", ())
    if code is not None:
        _known_agreement(code, ("supersedes",), findings, register)
    return code


def _known_agreement(code: str, at: Path, findings: Findings, register: Register) -> None:
    if code not in register.agreements:
        findings.unknown(at, ProblemCode.UNKNOWN_AGREEMENT, code, sorted(register.agreements))


def retention(table: Table, findings: Findings) -> str | None:
    """How long the content of access records is kept: an ISO 8601 duration in years to days."""
    text = findings.text(table, "retention", ())
    if text is not None and _DURATION.fullmatch(text) is None:
        findings.refuse(
            ("retention",),
            ProblemCode.BAD_RETENTION,
            f"`{text}` is not a duration",
            "write years, months, days: `P10Y`",
        )
    return text


def limits(table: Table, findings: Findings) -> tuple[TimeLimit, ...]:
    """Time limits of steps that differ from the defaults."""
    found = []
    last = max(edge.number for edge in EDGES)
    for entry, path in findings.tables(table, "limits"):
        findings.keys(entry, path, ("edge", "days"))
        edge = findings.number(entry, "edge", path, last)
        days = findings.number(entry, "days", path, 3660)
        if edge and days:
            found.append(TimeLimit(edge, days))
    return tuple(found)


def period(table: Table, findings: Findings) -> tuple[dt.date | None, dt.date | None]:
    """First day in force and first day no longer so."""
    in_force, until = findings.date(table, "in_force", ()), findings.date(table, "until", ())
    if in_force and until and in_force >= until:
        findings.refuse(
            ("until",),
            ProblemCode.BAD_PERIOD,
            "the document ends before it is in force",
            "`until` is the first day without it",
        )
    return in_force, until
