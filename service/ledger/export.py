"""`saphan ledger export`: a part of the ledger as a folder that its reader checks by herself.

Takes a folder and the token of an auditor, writes records, tiles and
checkpoints into it, or goes on where an earlier sitting stopped. Decided like
any caller and itself on record before anything is written. Exit codes: 0 done;
1 refused, or a leaf is not what the tree holds; 2 usage.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import psycopg

from ledger.notes import Verifier
from resolvers.wire import WireError
from service import surroundings
from service.instants import Instant
from service.ledger.exporting.also import KINDS
from service.ledger.exporting.folder import FolderRefused
from service.ledger.exporting.judging import Judge, NotPermitted, TokenHolder
from service.ledger.exporting.reading import LedgerIncomplete
from service.ledger.exporting.sitting import Asked, Done, NothingToExport, Progress, Sources
from service.ledger.exporting.sitting import export as export_ledger
from service.ledger.exporting.tables import AuditExtraMissing
from service.ledger.telling import print_json
from service.options import format_option, purpose_option, token_option
from service.settings import Settings
from service.surroundings import Databases, Role

REFUSED = (AuditExtraMissing, FolderRefused, LedgerIncomplete, NotPermitted, NothingToExport)


@click.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--from", "since", type=Instant(), help="Records of this time and later.")
@click.option("--to", "until", type=Instant(), help="Records before this time.")
@click.option(
    "--also",
    type=click.Choice(KINDS),
    multiple=True,
    help="Beside the records: csv and parquet for tables, ocsf for a SIEM.",
)
@token_option
@purpose_option
@format_option
def export(
    folder: Path,
    since: dt.datetime | None,
    until: dt.datetime | None,
    also: tuple[str, ...],
    token: str | None,
    purpose: str | None,
    form: str,
) -> None:
    """Write records, tree and checkpoints to DIR, or bring the export in DIR up to date.

    For auditors, and as far as they may read the ledger: of the other records
    there is the hash. A range of time is widened to whole, contiguous leaves.
    """
    if not token:
        raise click.UsageError("a token is needed: --token or SAPHAN_TOKEN")
    if since is not None and until is not None and until <= since:
        raise click.UsageError("--to comes after --from")
    settings = surroundings.settings()
    asked = Asked(folder, since, until, tuple(dict.fromkeys(also)))
    try:
        with (
            surroundings.told(),
            surroundings.databases(settings) as databases,
            _progress() as progress,
        ):
            done = export_as(settings, databases, token, asked, purpose, progress)
    except REFUSED as refused:
        raise click.ClickException(str(refused)) from None
    except WireError as error:
        said = "the database does not answer"
        if not (error.is_away or error.is_timeout):
            said = f"the database refuses (SQLSTATE {error.sqlstate})"
        raise click.ClickException(said) from None
    _print(done, folder, form)
    if done.broken is not None:
        raise click.ClickException(
            f"leaf {done.broken} is not what the tree holds: `saphan ledger fsck` says more"
        )


def export_as(
    settings: Settings,
    databases: Databases,
    token: str,
    asked: Asked,
    purpose: str | None = None,
    progress: Progress = lambda _what, _done, _all: None,
) -> Done:
    """One sitting as the holder of `token`. Raises what `exporting.sitting.export` raises."""
    service = databases.dsn(Role.SERVICE)
    who = TokenHolder(token, lambda known: surroundings.issuers(settings, known))
    with (
        psycopg.connect(service, autocommit=True) as deciding,
        psycopg.connect(
            databases.dsn(Role.AUDITOR), autocommit=True, application_name="saphan export"
        ) as reading,
    ):
        sources = Sources(service, reading, _log_key(settings))
        judge = Judge(who, purpose, service, deciding)
        return export_ledger(asked, judge, sources, progress)


def _log_key(settings: Settings) -> Verifier | None:
    """The log's public key where the log is kept here, None on an auditor's own machine."""
    if settings.ledger_key is None and not settings.embedded:
        return None
    return surroundings.ledger_key(settings).verifier


@contextmanager
def _progress() -> Iterator[Progress]:
    if not sys.stderr.isatty():
        yield lambda _what, _done, _all: None
        return
    from rich.console import Console  # noqa: PLC0415  # a terminal alone needs it
    from rich.progress import BarColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("records", total=1)
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of)


def _print(done: Done, folder: Path, form: str) -> None:
    told = _told(done, folder)
    if form == "json":
        print_json(told)
        return
    manifest, counted = done.manifest, done.manifest.counted
    older = done.checkpoints
    lines = [
        f"{counted.lines} leaves, {manifest.first} to {manifest.end - 1}"
        if counted.lines
        else "no leaf: the tree is empty",
        f"  {told['records']} records, {counted.withheld} withheld, {counted.erased} erased",
        f"  under the checkpoint over {manifest.checkpoint['size']} leaves, {older} older ones",
        f"  on record as {manifest.record}",
    ]
    if done.erased_now:
        lines.append(f"  {done.erased_now} erased since the last time")
    if done.waiting:
        waiting = (
            "1 committed leaf waits"
            if done.waiting == 1
            else f"{done.waiting} committed leaves wait"
        )
        lines.append(f"  {waiting} for an integrator and will be in a later export")
    key = f"{folder}/log.vkey" if done.has_log_key else "the log's key, from GET /ledger/key"
    lines.append(f"in {folder}; next: saphan ledger fsck {folder} --key VKEY ({key})")
    click.echo("\n".join(lines))


def _told(done: Done, folder: Path) -> dict[str, Any]:
    manifest, counted = done.manifest, done.manifest.counted
    return {
        "folder": str(folder),
        "accessRecord": manifest.record,
        "first": manifest.first,
        "end": manifest.end,
        "from": manifest.since or None,
        "to": manifest.until or None,
        "leaves": counted.lines,
        "records": counted.lines - counted.withheld - counted.erased,
        "withheld": counted.withheld,
        "erased": counted.erased,
        "erasedSince": done.erased_now,
        "waiting": done.waiting,
        "checkpoint": dict(manifest.checkpoint),
        "checkpoints": done.checkpoints,
        "also": list(manifest.also),
        "notWhatTheTreeHolds": done.broken,
    }
