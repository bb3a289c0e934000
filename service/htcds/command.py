"""`saphan import htcds FILE`: the command over `importing`.

The door gives two callables: one verifies a token, one opens a connection of
the service's role. The report goes to standard output, refusals of the whole
run to standard error, the progress bar to a terminal and nowhere else. Exit 0,
1 if anything was refused and nothing stored, 2 for a wrong command line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import click
import psycopg

from authz.caller import Caller
from service.htcds.faults import ImportRefused
from service.htcds.importing import Options, Progress, run_import, silent
from service.htcds.refusedbook import write_refused
from service.htcds.report import Report
from service.htcds.store import Connection
from service.options import format_option

Verify = Callable[[str], Caller]
Connect = Callable[[], AbstractContextManager[Connection]]


def import_commands(verify: Verify, connect: Connect) -> click.Group:
    """The group `import`. `verify` raises an exception for a token that it refuses."""

    @click.group("import", help="Bring in records from other systems.")
    def group() -> None:
        """Only holds its subcommands."""

    @group.command("htcds")
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--token", envvar="SAPHAN_TOKEN", help="Access token; or SAPHAN_TOKEN.")
    @click.option("--agency", default="", help="Entering agency; the token's, if left out.")
    @click.option(
        "--country-of-finding",
        default="",
        metavar="CC",
        help="Where the people were found, ISO 3166; the agency's country, if left out.",
    )
    @click.option("--dry-run", is_flag=True, help="Check everything, store nothing.")
    @click.option(
        "--keep-good", is_flag=True, help="Store the good rows although others are refused."
    )
    @format_option
    @click.option(
        "--refused",
        type=click.Path(path_type=Path),
        help="Write the refused rows with their reasons to this new .xlsx file.",
    )
    def import_htcds(
        file: Path,
        token: str | None,
        agency: str,
        country_of_finding: str,
        dry_run: bool,
        keep_good: bool,
        form: str,
        refused: Path | None,
    ) -> None:
        """Import people from a filled-in HTCDS 2.0 workbook, all of them or none."""
        if not token:
            raise click.UsageError("a token is needed: --token or SAPHAN_TOKEN")
        options = Options(agency, country_of_finding, dry_run, keep_good)
        try:
            caller = verify(token)
        except Exception as fault:
            raise click.ClickException("the token is not accepted") from fault
        try:
            with connect() as conn, _progress() as progress:
                run = run_import(conn, caller, file, options, progress)
            if refused is not None and run.sheet is not None:
                write_refused(refused, run.sheet, run.report)
        except ImportRefused as fault:
            raise click.ClickException(str(fault)) from fault
        except psycopg.OperationalError as fault:
            raise click.ClickException("the database does not answer") from fault
        _print(run.report, form)
        sys.exit(run.report.exit_code)

    return group


def _print(report: Report, form: str) -> None:
    if form == "json":
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
        return
    for line in report.lines():
        click.echo(line)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error where that is a terminal, else silence."""
    if not _is_terminal():
        yield silent
        return
    from rich.console import Console  # noqa: PLC0415 - a second of start-up that pipes need not pay
    from rich.progress import Progress as Bar  # noqa: PLC0415

    with Bar(console=Console(stderr=True, force_terminal=True), transient=True) as bar:
        task = bar.add_task("storing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _is_terminal() -> bool:
    return sys.stderr.isatty()
