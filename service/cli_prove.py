"""`saphan protocol prove`: what no clause of the documents can open, proved over every row.

Takes files and folders of documents, prints a table of properties for people
or JSON for machines, and a short story for each property that does not hold.
Touches no database. Exit codes: 0 all proved, 1 something failed, a document is
refused or no solver is installed, 2 usage.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from authz import documents, proving
from service.options import format_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from authz.documents import Document
    from authz.proving import Finding, Report

SHIPPED = Path(__file__).resolve().parent.parent / "protocols"


@click.command("prove")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@format_option
def prove_command(paths: tuple[Path, ...], form: str) -> None:
    """Prove what the documents in PATHS, files or folders, can never open.

    Without PATHS, the documents that come with saphan. Those that have ended
    are left out.
    """
    read = _read(paths or (SHIPPED,))
    try:
        report = proving.prove(read)
    except proving.ProverMissing as missing:
        raise _refusal(str(missing)) from missing
    if form == "json":
        click.echo(json.dumps(_form(report), ensure_ascii=False, indent=2))
    else:
        click.echo(_text(report))
    if not report.holds:
        raise SystemExit(1)


def _read(paths: Iterable[Path]) -> list[Document]:
    found: dict[str, Document] = {}
    for path in paths:
        try:
            read = documents.read_folder(path) if path.is_dir() else (documents.read_file(path),)
        except OSError as error:
            raise _refusal(f"cannot read {path}: {error.strerror}") from error
        except documents.DocumentRefused as refused:
            for problem in refused.problems:
                click.echo(str(problem), err=True)
            raise SystemExit(1) from None
        for document in read:
            if found.setdefault(document.code, document).content_hash != document.content_hash:
                raise _refusal(f"`{document.code}` is given twice, with two texts")
    today = dt.datetime.now(dt.UTC).date()
    return [d for d in found.values() if d.until is None or d.until > today]


def _text(report: Report) -> str:
    lines = [f"{'property':<14}{'result':<8}{'grants':>6}{'seconds':>9}"]
    for proof in report.proofs:
        result = "proved" if proof.proved else "FAILED"
        lines.append(f"{proof.name:<14}{result:<8}{proof.grants:>6}{proof.seconds:>9.1f}")
        lines.append(f"    {proof.sentence}")
    for title, findings in (("FAILED", report.failures), ("remark", report.remarks)):
        for f in findings:
            lines += ["", f"{title} {f.property}: {f.clause}", f"    {f.story}"]
    failed = sum(not proof.proved for proof in report.proofs)
    verdict = f"{failed} of {len(report.proofs)} fail" if failed else "all proved"
    count = len(report.documents)
    read = f"{count} document{'' if count == 1 else 's'}"
    lines += ["", f"{read}, {report.grants} grants: {verdict}"]
    return "\n".join(lines)


def _form(report: Report) -> dict[str, object]:
    return {
        "documents": list(report.documents),
        "holds": report.holds,
        "proofs": [
            {
                "property": proof.name,
                "sentence": proof.sentence,
                "proved": proof.proved,
                "grants": proof.grants,
                "seconds": round(proof.seconds, 3),
                "findings": [_finding(f) for f in proof.findings],
            }
            for proof in report.proofs
        ],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "clause": finding.clause,
        "entity": finding.grant.entity,
        "fails": finding.fails,
        "story": finding.story,
        "case": dataclasses.asdict(finding.case) if finding.case else None,
        "after": dataclasses.asdict(finding.after) if finding.after else None,
    }


def _refusal(message: str) -> SystemExit:
    click.echo(f"error: {message}", err=True)
    return SystemExit(1)
