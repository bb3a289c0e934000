"""The end of the tour: an auditor traces one record, exports the ledger and checks the export.

Takes the demonstration's databases and an auditor's token, prints to a rich
console, leaves a page and an export in a folder. The export is brought up to
date by each tour and checked from its files and the log's public key alone;
`TourFailed` is raised where that finds anything.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import click
import psycopg
from rich.console import Console
from rich.table import Table

from authz.caller import Caller
from ledger.fsck import fsck
from resolvers.engine import Engine
from service import surroundings
from service.asking import Asking
from service.ledger.accesses import Access
from service.ledger.export import REFUSED, export_as
from service.ledger.exporting.sitting import Asked
from service.ledger.integrate import place_all
from service.ledger.pages.timeline import Traced, timeline_page
from service.ledger.telling import write_page
from service.ledger.trace import traced
from service.ledger.words import LANGUAGES
from service.settings import Settings
from service.surroundings import Databases, Role
from service.tour import TourFailed

FOLDER: Final = "demo"
_LATEST: Final = 6


async def trace_one(
    engine: Engine, databases: Databases, auditor: Caller, record: str, settings: Settings
) -> tuple[tuple[Access, ...], Path]:
    """The accesses to a record as the auditor may read them, and the page written of them."""
    found = await traced(Asking(engine, auditor, databases), None, record, None)
    told = Traced(record, None, auditor.agency, dt.datetime.now(dt.UTC), found)
    page = settings.folder / FOLDER / "trace.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    write_page(page, timeline_page(told, LANGUAGES))
    return found, page


def print_trace(console: Console, agency: str, found: tuple[Access, ...], page: Path) -> None:
    """The latest accesses, and where the whole timeline is."""
    console.rule(f"{agency} traces that record: who was shown what, under which clause")
    table = Table("at", "agency", "purpose", "fields shown", "under")
    for access in found[-_LATEST:]:
        table.add_row(
            access.at.astimezone(dt.UTC).strftime("%H:%M:%S.%f"),
            access.agency,
            access.purpose,
            ", ".join(name.partition(".")[2] for name in access.fields),
            "\n".join(access.clauses),
        )
    console.print(table)
    console.print(
        f"{len(found)} accesses; the whole timeline, in four languages: {page}", soft_wrap=True
    )


def export_and_check(
    settings: Settings, databases: Databases, token: str, agency: str, console: Console
) -> None:
    """Place what has no place yet, export, check. Raises TourFailed."""
    console.rule(f"{agency} exports the ledger and checks it, offline")
    signer = surroundings.ledger_key(settings)
    folder = settings.folder / FOLDER / f"export-{agency}"
    try:
        place_all(databases.dsn(Role.INTEGRATOR), signer)
        done = export_as(settings, databases, token, Asked(folder))
    except (*REFUSED, click.ClickException, psycopg.Error) as refused:
        raise TourFailed(f"`{agency}` could not export: {refused}") from None
    report = fsck(folder, signer.verifier)
    if not report.clean:
        raise TourFailed(f"fsck of {folder}: {report.problems[0].text}")
    console.print(
        f"{done.manifest.counted.lines} leaves under one signed checkpoint,"
        f" {report.withheld} of them outside of what {agency} may read: there is their hash alone."
    )
    console.print("fsck: every record, tile and checkpoint is what was signed. The same again:")
    console.print(
        f"  saphan ledger fsck {folder} --key {signer.vkey}", soft_wrap=True, highlight=False
    )
