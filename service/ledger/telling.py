"""How the commands on the ledger end: an answer, a refusal in one line, lines for a terminal.

Takes a token and what to ask, or accesses, gives the answer or prints it. No
character of a name moves a terminal's cursor.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from service.asking import Asking, run
from service.ledger.accesses import Access, NotAnswered, instant
from service.ledger.pages.markup import plain

T = TypeVar("T")


def answered(token: str | None, work: Callable[[Asking], Awaitable[T]]) -> T:
    """Do `work` as the holder of `token`. Raises ClickException where it is refused."""
    try:
        return run(token, work)
    except NotAnswered as refused:
        raise click.ClickException(str(refused)) from None


def write_page(file: Path, page: str) -> None:
    """Write a page for its reader alone. Raises ClickException where the file cannot be written."""
    try:
        with os.fdopen(
            os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as out:
            out.write(page)
    except OSError as error:
        raise click.ClickException(f"cannot write {file}: {error.strerror}") from None


def print_accesses(accesses: Sequence[Access], form: str, *, with_records: bool = False) -> None:
    """Accesses as text or JSON; `with_records` where they are not of one record alone."""
    if form == "json":
        print_json([access.as_json() for access in accesses])
        return
    if not accesses:
        click.echo("no access to it is on the ledger, as far as you may read")
    for access in accesses:
        click.echo(as_lines(access, with_records=with_records))


def print_json(value: object) -> None:
    """JSON for machines."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def plural(count: int, word: str) -> str:
    """`1 access`, `2 accesses`."""
    ending = "" if count == 1 else "es" if word.endswith("s") else "s"
    return f"{count} {word}{ending}"


def as_lines(access: Access, *, with_records: bool = False) -> str:
    """An access in a few lines; `with_records` where it is not of one record alone."""
    unit = f" of {access.unit}" if access.unit else ""
    who = f"{access.agency}{unit} {','.join(access.roles)} {access.subject}"
    lines = [f"{instant(access.at)}  {who}  {access.purpose}  {access.operation or '-'}"]
    for shown in access.shown:
        of = f"{shown.type} {shown.record}: " if with_records else ""
        lines.append(f"    {of}{', '.join(shown.fields)}  under {shown.clause}")
    if access.searched:
        lines.append(f"    searched by {', '.join(access.searched)}")
    return "\n".join(plain(line) for line in lines)
