"""`saphan protocol`: read, check and explain protocol documents.

Takes files and agreement codes, prints text for people or JSON for machines.
Reads the documents that come with saphan; touches no database. Exit codes: 0
fine, 1 a document is refused or there is none such, 2 usage.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from authz import documents
from authz.document_forms import condition_forms, document_form, grant_sentence
from service.asking import Asking, run
from service.cli_diff import diff_command
from service.cli_law import VERSIONS, as_text, end_command, propose_command, ratify_command
from service.cli_prove import prove_command
from service.options import format_option, purpose_option, token_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from authz.documents import Document

FOLDER = Path(__file__).resolve().parent.parent / "protocols"
"""Beside the packages, in a checkout as in an installed wheel."""


@click.group("protocol")
def protocol() -> None:
    """Agreements as data: who may see what, under which clause."""


for _command in (diff_command, propose_command, ratify_command, end_command, prove_command):
    protocol.add_command(_command)


@protocol.command("list")
@token_option
@purpose_option
@format_option
def list_command(token: str | None, purpose: str | None, form: str) -> None:
    """Every version of every agreement that comes with saphan; with a token, the registry's."""
    if token:
        _list_registry(token, purpose, form)
        return
    rows = [
        {
            "agreement": d.agreement,
            "version": d.version,
            "kind": str(d.kind),
            "parties": list(d.parties),
            "in_force": d.in_force.isoformat() if d.in_force else None,
            "until": d.until.isoformat() if d.until else None,
            "verified": d.verified,
            "grants": len(d.grants),
            "title": d.title,
        }
        for d in _packaged()
    ]
    if form == "json":
        _print_json(rows)
        return
    for row, d in zip(rows, _packaged(), strict=True):
        since = f"in force since {d.in_force}" if d.in_force else "not in force"
        mark = "verified" if d.verified else "not verified"
        parties = " ".join(d.parties)
        click.echo(f"{d.code:<20} {d.kind:<12} {since}, {mark}, {row['grants']} grants: {parties}")


def _list_registry(token: str, purpose: str | None, form: str) -> None:
    """Those of the caller's own agreements in every state, and the published ones in force."""

    async def listed(asking: Asking) -> list[dict[str, object]]:
        answer = await asking.answer(VERSIONS, purpose)
        return list(answer["data"]["protocolVersions"])

    versions = run(token, listed)
    if form == "json":
        _print_json(versions)
        return
    click.echo("\n".join(as_text(version) for version in versions))


@protocol.command("show")
@click.argument("agreement", required=False)
@click.option("--version", type=click.IntRange(min=1), help="This version, in force or not.")
@click.option("--all", "every", is_flag=True, help="All versions in force, of every agreement.")
@format_option
def show_command(agreement: str | None, version: int | None, every: bool, form: str) -> None:
    """The version of AGREEMENT in force today, with its grants in plain words."""
    if (agreement is None) is not every or (every and version is not None):
        raise click.UsageError("name an AGREEMENT, or give --all alone")
    today = dt.datetime.now(dt.UTC).date()
    found = [
        d
        for d in _packaged()
        if agreement in (None, d.agreement)
        and (d.in_force_on(today) if version is None else d.version == version)
    ]
    if not found and agreement is not None:
        which = f"version {version}" if version else "version in force"
        raise _refusal(f"`{agreement}` has no {which}")
    if form == "json":
        _print_json([document_form(d) for d in found])
        return
    click.echo("\n\n".join(_as_text(d) for d in found))


@protocol.command("check")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@format_option
def check_command(file: Path, form: str) -> None:
    """Read FILE, or every document of a folder, and say all that is wrong with it."""
    try:
        read = documents.read_folder(file) if file.is_dir() else (documents.read_file(file),)
    except OSError as error:
        raise _refusal(f"cannot read {file}: {error.strerror}") from error
    except documents.DocumentRefused as refused:
        if form == "json":
            _print_json(
                [
                    {
                        "file": p.file,
                        "line": p.line,
                        "code": str(p.code),
                        "message": p.message,
                        "remedy": p.remedy,
                    }
                    for p in refused.problems
                ]
            )
        else:
            for problem in refused.problems:
                click.echo(str(problem), err=True)
        raise SystemExit(1) from None
    if form == "json":
        _print_json([])
        return
    for d in read:
        click.echo(f"{d.code}: {len(d.clauses)} clauses, {len(d.grants)} grants, fine")


@protocol.command("conditions")
@format_option
def conditions_command(form: str) -> None:
    """Every condition that a grant may name, in the order in which they are tested."""
    forms = condition_forms()
    if form == "json":
        _print_json(forms)
        return
    for row in forms:
        mark = (
            "anchor" if row["anchor"] else "implicit" if row["implicit"] else row["reason"] or "-"
        )
        click.echo(f"{row['condition']}  [{mark}]\n    {row['meaning']}")


def _packaged() -> tuple[Document, ...]:
    try:
        return documents.read_folder(FOLDER)
    except documents.DocumentRefused as refused:
        raise _refusal(str(refused.problems[0])) from refused


def _refusal(message: str) -> SystemExit:
    click.echo(f"error: {message}", err=True)
    return SystemExit(1)


def _print_json(value: Iterable[object]) -> None:
    click.echo(json.dumps(list(value), ensure_ascii=False, indent=2))


def _as_text(d: Document) -> str:
    bound = f"{d.kind} of {', '.join(d.parties)}"
    held = f"in force {d.in_force or '-'} to {d.until or '-'}"
    lines = [
        f"{d.code}  {d.title}",
        f"  {bound}; {held}; {'verified' if d.verified else 'not verified'}",
    ]
    if d.source:
        lines.append(f"  {d.source}")
    for clause in d.clauses:
        lines += ["", f"  {clause.article}  {clause.subject}"]
        lines += [
            f"    {grant_sentence(grant)}"
            for grant in d.grants
            if grant.clause.article == clause.article
        ]
    return "\n".join(lines)
