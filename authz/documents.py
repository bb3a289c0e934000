"""Protocol documents: the machine-readable part of an agreement, read strictly.

Takes the TOML of one agreement version, gives a frozen `Document` with its
grants, and promises that nothing in it is unknown, unanchored or unguarded: a
document with any problem is refused whole, with all its problems, each with
file, line and what would be right.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from authz import document_head as head
from authz.document_grants import Context, read_grant
from authz.document_head import Clause, TimeLimit
from authz.document_lines import line_index
from authz.document_problems import DocumentRefused, Problem, ProblemCode
from authz.document_register import SAPHAN, Register
from authz.document_shape import Findings
from authz.grants import Corridor, Grant
from schema.codes import AgreementKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from authz.document_lines import Path as Place
    from authz.document_shape import Table

__all__ = [
    "Clause",
    "Document",
    "DocumentRefused",
    "Problem",
    "ProblemCode",
    "Register",
    "TimeLimit",
    "read",
    "read_file",
    "read_folder",
]

LARGEST: Final = 1 << 20
"""Bytes of one document; the largest of ours has a twentieth of it."""

_REQUIRED: Final = ("agreement", "version", "title", "kind", "parties")
_OPTIONAL: Final = (
    "signed",
    "in_force",
    "until",
    "supersedes",
    "source",
    "verified",
    "published",
    "retention",
    "limits",
    "corridors",
    "clause",
    "grant",
)


@dataclass(frozen=True, slots=True)
class Document:
    """One agreement version. `until` is exclusive; `content_hash` is SHA-256 of the text, hex.

    `retention` is how long the content of access records made under it is kept,
    an ISO 8601 duration (`P10Y`), or None.
    """

    agreement: str
    version: int
    title: str
    kind: AgreementKind
    parties: tuple[str, ...]
    signed: dt.date | None
    in_force: dt.date | None
    until: dt.date | None
    supersedes: str | None
    source: str | None
    verified: bool
    published: bool
    retention: str | None
    limits: tuple[TimeLimit, ...]
    corridors: tuple[Corridor, ...]
    clauses: tuple[Clause, ...]
    grants: tuple[Grant, ...]
    content_hash: str
    file: str

    @property
    def code(self) -> str:
        """As an answer names it: `TH-KH-2014@3`."""
        return f"{self.agreement}@{self.version}"

    def in_force_on(self, day: dt.date) -> bool:
        """True if the document says it is in force on `day`; ratification is another matter."""
        begun = self.in_force is not None and self.in_force <= day
        return begun and (self.until is None or day < self.until)


def read(text: str, name: str, register: Register = SAPHAN) -> Document:
    """Read one document; `name` is the file named in problems.

    Raises DocumentRefused with every problem found.
    """
    table, lines = _parse(text, name)
    findings = Findings(name, lines)
    document = _document(table, text, findings, register)
    if findings.problems:
        raise DocumentRefused(findings.problems)
    return document


def read_folder(folder: Path, register: Register = SAPHAN) -> tuple[Document, ...]:
    """Every `*.toml` of a folder, ordered by agreement and version.

    Raises DocumentRefused with the problems of all files, and where two files
    are the same version of an agreement.
    """
    documents: dict[tuple[str, int], Document] = {}
    problems: list[Problem] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            document = read(_text_of(file), file.name, register)
        except DocumentRefused as refused:
            problems.extend(refused.problems)
            continue
        key = (document.agreement, document.version)
        if key in documents:
            problems.append(
                Problem(
                    file.name,
                    1,
                    ProblemCode.VERSION_REPEATED,
                    f"`{document.code}` is also in {documents[key].file}",
                    "raise `version`",
                )
            )
        documents.setdefault(key, document)
    if problems:
        raise DocumentRefused(problems)
    return tuple(documents[key] for key in sorted(documents))


def read_file(file: Path, register: Register = SAPHAN) -> Document:
    """Read one document from a file; problems name it as it was given.

    Raises DocumentRefused, and OSError where the file cannot be opened.
    """
    return read(_text_of(file, str(file)), str(file), register)


def _text_of(file: Path, name: str | None = None) -> str:
    with file.open("rb") as stream:
        raw = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise DocumentRefused([_too_large(name or file.name)])
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problem = Problem(
            name or file.name, line, ProblemCode.UNREADABLE, "not UTF-8", "save it as UTF-8"
        )
        raise DocumentRefused([problem]) from error


def _too_large(name: str) -> Problem:
    remedy = f"at most {LARGEST} bytes"
    return Problem(name, 1, ProblemCode.UNREADABLE, "too large", remedy)


def _parse(text: str, name: str) -> tuple[Table, Mapping[Place, int]]:
    if len(text) > LARGEST:
        raise DocumentRefused([_too_large(name)])
    try:
        return tomllib.loads(text), line_index(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        at = re.search(r" \(at line (\d+), column \d+\)$", said)
        line = int(at.group(1)) if at else text.rstrip().count("\n") + 1
        message = re.sub(r" \(at [^()]*\)$", "", said)
        message = message[:1].lower() + message[1:]
    except (RecursionError, ValueError):
        line, message = 1, "nested or numbered beyond reason"
    raise DocumentRefused([Problem(name, line, ProblemCode.TOML_SYNTAX, message, "write TOML 1.0")])


def _document(table: Table, text: str, findings: Findings, register: Register) -> Document:
    findings.keys(table, (), _REQUIRED, _OPTIONAL)
    agreement = head.agreement(table, findings)
    version = findings.number(table, "version", (), 9999) or 0
    kind = head.kind(table, findings)
    parties = head.parties(table, kind, findings, register)
    clauses = head.clauses(table, findings)
    corridors = head.corridors(table, findings, register)
    in_force, until = head.period(table, findings)
    stated = {c.article: frozenset(c.purposes) for c in clauses}
    context = Context(agreement, version, kind, frozenset(parties), corridors, stated, register)
    entries = findings.tables(table, "grant")
    grants = [read_grant(entry, path, context, findings) for entry, path in entries]
    return Document(
        agreement=agreement,
        version=version,
        title=findings.text(table, "title", ()) or "",
        kind=kind or AgreementKind.MOU,  # a document without a kind is refused by the caller
        parties=parties,
        signed=findings.date(table, "signed", ()),
        in_force=in_force,
        until=until,
        supersedes=head.supersedes(table, findings, register),
        source=findings.text(table, "source", ()),
        verified=findings.flag(table, "verified", ()),
        published=findings.flag(table, "published", ()),
        retention=head.retention(table, findings),
        limits=head.limits(table, findings),
        corridors=corridors,
        clauses=clauses,
        grants=tuple(grant for grant in grants if grant),
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
        file=findings.file,
    )
