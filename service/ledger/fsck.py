"""`saphan ledger fsck`: an export checked from its files and public keys alone.

Takes a folder and keys, no settings and no database, prints what was checked
and what was found. Progress goes to standard error, and only to a terminal.
Exit codes: 0 clean, 1 something is wrong, 2 usage.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import click

from ledger.fsck.checking import checking
from ledger.fsck.report import Progress, Report
from ledger.notes import COSIGNATURE, ED25519, MAX_BYTES, NoteRefused, Verifier, keys_by_id
from service.options import format_option


class _Key(click.ParamType[Verifier]):
    """A public key of one type, as the C2SP texts write it."""

    name = "vkey"

    def __init__(self, kind: int, whose: str) -> None:
        self._kind = kind
        self._whose = whose

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Verifier:
        """The key. Fails as usage."""
        if isinstance(value, Verifier):
            return value
        try:
            key = Verifier.parse(str(value).strip())
        except NoteRefused as refused:
            self.fail(str(refused), param, ctx)
        if key.kind != self._kind:
            self.fail(f"this is no key of {self._whose}", param, ctx)
        return key


def _apart(
    _ctx: click.Context, _param: click.Parameter, given: tuple[Verifier, ...]
) -> tuple[Verifier, ...]:
    """The witnesses, each once and no key under two names."""
    try:
        return tuple(keys_by_id(given).values())
    except NoteRefused as refused:
        raise click.BadParameter(str(refused)) from None


_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_NOTE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("fsck")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--key", required=True, type=_Key(ED25519, "a log"), help="Public key of the log.")
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    type=_Key(COSIGNATURE, "a witness"),
    callback=_apart,
    help="Public key of a witness.",
)
@click.option(
    "--seen",
    multiple=True,
    type=_NOTE,
    help="A checkpoint from elsewhere that the export must agree with.",
)
@format_option
def fsck(
    folder: Path, key: Verifier, witnesses: tuple[Verifier, ...], seen: tuple[Path, ...], form: str
) -> int:
    """Check an export by itself: records, tiles, checkpoints and signatures."""
    kept = tuple(_note(path) for path in seen)
    report = _shown(checking(folder, key, witnesses, kept))
    if form == "json":
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
    else:
        for line in lines_of(report):
            click.echo(line)
    return 0 if report.clean else 1


def lines_of(report: Report) -> list[str]:
    """A report for people, problems last but for the verdict."""
    if not report.origin:
        lines = []
    else:
        part = "the whole tree" if report.whole else f"of {report.size}: a part of the tree"
        lines = [
            f"log          {report.origin}",
            f"tree         {report.size} leaves, root {report.root.hex()}",
            f"leaves       {report.first} to {report.end} {part}",
            f"records      {report.records}: {report.withheld} withheld, {report.erased} erased",
            f"tiles        {report.tiles}",
            f"checkpoints  {report.checkpoints}",
        ]
        if report.unplaced:
            lines.append(f"             {report.unplaced} not placed: their tiles are not here")
        if report.acts_elsewhere:
            lines.append(f"acts         {report.acts_elsewhere} of erasure are not in this export")
        if report.forked is not None:
            known = "none" if report.agreed is None else f"that of {report.agreed} leaves"
            lines.append(f"agrees       {known}; the first that does not: {report.forked}")
        for one in report.witnesses:
            said = "not under the newest checkpoint"
            if one.newest is not None:
                said = f"cosigned the newest checkpoint {_instant(one.newest)}"
            lines.append(f"witness      {one.name}: {said}; missing on {one.missing}")
    for problem in report.problems:
        more = report.counts[problem.kind] - 1
        lines.append(f"WRONG        {problem.text}{f' ({more} more)' if more else ''}")
    number = sum(report.counts.values())
    lines.append(f"{number} problem{'' if number == 1 else 's'}" if number else "clean")
    return lines


def _note(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1).decode()
    except OSError as error:
        raise click.ClickException(f"cannot read `{path}`: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.ClickException(f"`{path}` is no checkpoint") from None


def _instant(seconds: int) -> str:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"at {seconds} s after 1970"


def _shown(going: Generator[Progress, None, Report]) -> Report:
    """The report; on the way a bar where somebody watches."""
    if not sys.stderr.isatty():
        return _ended(going)
    from rich.console import Console  # noqa: PLC0415  # costs a tenth of a second, needed only here
    from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = ("leaves", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("leaves", total=None)
        return _ended(going, lambda at: bar.update(task, completed=at.done, total=at.total))


def _ended(
    going: Generator[Progress, None, Report], tell: Callable[[Progress], None] | None = None
) -> Report:
    while True:
        try:
            at = next(going)
        except StopIteration as end:
            report: Report = end.value
            return report
        if tell is not None:
            tell(at)
